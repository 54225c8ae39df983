-- A label that was not there. It can't be used before this is committed, so what uses it is the next migration's.
ALTER TYPE payout_method ADD VALUE 'e_wallet';
