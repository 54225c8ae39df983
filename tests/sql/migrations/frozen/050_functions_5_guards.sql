-- What the database refuses whoever asks: changes of what is only ever added to, lines in a period that does not take them,
-- corrections of lines that are not there. And the small thing that every row with `updated_at` needs.

-- Whether this transaction is a bulk load (`SET LOCAL mlmcore.bulk = 'on'`), which writes its own audit row and checks its
-- orders set-wise. After a transaction that set it the setting is an empty string, not NULL.
CREATE FUNCTION bulk_load() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(current_setting('mlmcore.bulk', true) = 'on', false);

-- The argument is the name to show: a trigger on a partition would name the partition.
CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: rows are only added to it', TG_OP, TG_ARGV[0] USING
        ERRCODE = 'check_violation', TABLE = TG_ARGV[0], CONSTRAINT = TG_ARGV[0] || '_append_only_check',
        HINT = 'Put it right by a row of its own, in the ledger by an adjustment.';
END $$;

-- `updated_at` is the transaction's instant after every change; a writer who sets it to something new is taken at his word.
CREATE FUNCTION touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END $$;

-- Whoever a contact has become, it has become for ever: a customer, a distributor, and when.
CREATE FUNCTION guard_conversion() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'contact % was converted already, to %: what it became never changes', OLD.id,
        concat_ws(' and ', 'customer ' || OLD.converted_to_customer_id, 'distributor ' || OLD.enrolled_as_id) USING
        ERRCODE = 'check_violation', TABLE = 'contacts', CONSTRAINT = 'contacts_conversion_check',
        HINT = 'Leave it as it is; a mistake is told in its notes.';
END $$;

-- The state of a period, which stays as it is until this transaction ends: closing and finalizing wait for it.
CREATE FUNCTION pinned_period_status(period text) RETURNS period_status
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    state period_status;
BEGIN
    SELECT p.status INTO state FROM commission_periods AS p WHERE p.id = period FOR SHARE;
    RETURN state;
END $$;

CREATE FUNCTION refuse_finalized(tablename text, period text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'period % is finalized: % takes no more lines and changes none', quote_literal(period), tablename USING
        ERRCODE = 'check_violation', TABLE = tablename, CONSTRAINT = tablename || '_finalized_check',
        HINT = 'Write an adjustment in the open period that points at the line it corrects.';
END $$;

-- A line of its own in the ledger (a run's lines come by the successor, which is no part of the ledger while it is loaded).
CREATE FUNCTION guard_ledger_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    state period_status := pinned_period_status(NEW.period_id);
BEGIN
    IF state = 'finalized' THEN
        PERFORM refuse_finalized('commission_ledger', NEW.period_id);
    ELSIF state = 'open' AND NEW.type <> 'adjustment' THEN
        RAISE EXCEPTION 'period % is open, and while a period is open its ledger holds only adjustments; this line is %',
            quote_literal(NEW.period_id), NEW.type USING
            ERRCODE = 'check_violation', TABLE = 'commission_ledger', CONSTRAINT = 'commission_ledger_open_check',
            HINT = 'Close the period and calculate it.';
    END IF;
    IF NEW.corrects_id IS NOT NULL AND NEW.corrects_period_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM commission_ledger AS l WHERE l.id = NEW.corrects_id AND l.period_id = NEW.corrects_period_id
    ) THEN
        RAISE EXCEPTION 'the line to correct is not in the ledger: % of period %', NEW.corrects_id,
            quote_literal(NEW.corrects_period_id) USING
            ERRCODE = 'foreign_key_violation', TABLE = 'commission_ledger', CONSTRAINT = 'commission_ledger_corrects_fkey',
            HINT = 'Name the id and the period of a stored line.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION guard_unpaid_line() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND pinned_period_status(OLD.period_id) = 'finalized' THEN
        PERFORM refuse_finalized('commission_unpaid', OLD.period_id);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF pinned_period_status(NEW.period_id) = 'finalized' THEN
        PERFORM refuse_finalized('commission_unpaid', NEW.period_id);
    END IF;
    RETURN NEW;
END $$;
