-- Makes the frozen baseline older than it is: takes back what the first migrations in steps/ bring, so that they have
-- something to bring also when the baseline was frozen a moment ago. It runs after the frozen files, on an empty schema.

-- 0002: a label. None can be dropped, so the type is made anew without it.
ALTER TYPE payout_method RENAME TO payout_method_with_wallets;
CREATE TYPE payout_method AS ENUM ('bank_transfer', 'paypal', 'check', 'cryptocurrency');
ALTER TABLE distributors ALTER COLUMN payout_method TYPE payout_method USING payout_method::text::payout_method;
ALTER TABLE payouts ALTER COLUMN method TYPE payout_method USING method::text::payout_method;
DROP TYPE payout_method_with_wallets;

-- 0003: a column with its CHECK and an index, on a table whose partitions are made with their periods; a wider column; a
-- function.
ALTER TABLE commission_ledger DROP COLUMN base;
DROP INDEX commission_ledger_corrects_idx;
ALTER TABLE products ALTER COLUMN weight TYPE numeric(6, 2);

CREATE OR REPLACE FUNCTION period_suffix(period text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN period ~ '^[0-9]{4}(-[0-9]{2})?$' THEN lower(replace(period, '-', '_'))
        ELSE 'x' || left(md5(period), 12)
    END;

-- 0004: a table with its triggers.
DROP TABLE commission_inputs;
