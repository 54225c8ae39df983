-- Partitions: a month of the audit log, a period of the ledger and of the unpaid lines, and the successor that `calculate`
-- builds beside a period and swaps in. A partition is made by CREATE TABLE (LIKE ...) and ATTACH, because PARTITION OF locks
-- the whole parent for as long as the transaction lasts. A partition's indexes are called as the parent's with the
-- partition's suffix; TRUNCATE triggers are not inherited, so each partition gets its own.

-- The suffix of a period's partitions: '2026-W09' is 2026_w09; an id of any other shape becomes a hash, so that any text is
-- safe and no two ids meet.
CREATE FUNCTION period_suffix(period text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN period ~ '^[0-9]{4}(-([0-9]{2}(-[0-9]{2})?|W[0-9]{2}|Q[1-4]))?$' THEN lower(replace(period, '-', '_'))
        ELSE 'x' || left(md5(period), 12)
    END;

-- The partitioned table behind a kind: 'ledger' or 'unpaid'.
CREATE FUNCTION partitioned_by_period(kind text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT
AS $$
BEGIN
    IF kind IN ('ledger', 'unpaid') THEN
        RETURN 'commission_' || kind;
    END IF;
    RAISE EXCEPTION '% is no kind of partition: ledger, unpaid', coalesce(quote_literal(kind), 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
END $$;

CREATE FUNCTION successor_name(kind text, period text, run uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    RETURN partitioned_by_period(kind) || '_' || period_suffix(period) || '_r' || left(md5(run::text), 12);

-- The indexes of a partitioned table on a table that is to become its partition; they are adopted when it is attached.
CREATE FUNCTION index_like_parent(parent text, child text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    index record;
BEGIN
    FOR index IN
        SELECT i.indisprimary AS is_key, pg_get_indexdef(i.indexrelid) AS definition,
            row_number() OVER (ORDER BY c.relname) AS place
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = quote_ident(parent)::regclass
    LOOP
        IF index.is_key THEN
            EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY %s', child, child || '_pkey',
                substring(index.definition FROM ' USING btree (.*)$'));
        ELSE
            EXECUTE format('CREATE INDEX %I ON %I %s', child || '_i' || index.place, child,
                substring(index.definition FROM ' (USING .*)$'));
        END IF;
    END LOOP;
END $$;

-- An attached partition's indexes get the names of the parent's with the partition's suffix.
CREATE FUNCTION name_indexes_like_parent(child text, suffix text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    index record;
BEGIN
    FOR index IN
        SELECT c.relname AS name, above.relname || '_' || suffix AS wanted
        FROM pg_index AS i
        JOIN pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
        JOIN pg_class AS above ON above.oid = h.inhparent
        WHERE i.indrelid = quote_ident(child)::regclass
    LOOP
        IF index.name <> index.wanted THEN
            EXECUTE format('ALTER INDEX %I RENAME TO %I', index.name, index.wanted);
        END IF;
    END LOOP;
END $$;

-- A table beside the parent, with its columns, defaults and checks, and the trigger that is not inherited.
CREATE FUNCTION create_like_parent(parent text, child text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)', child, parent);
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(%L)',
        'tr_' || parent || '_no_truncate', child, parent);
END $$;

-- The empty partitions of a period, in the ledger and in the unpaid lines; nothing where they are there.
CREATE FUNCTION ensure_period_partitions(period text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    parent text;
    child text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['commission_ledger', 'commission_unpaid'] LOOP
        child := parent || '_' || period_suffix(period);
        CONTINUE WHEN to_regclass(quote_ident(child)) IS NOT NULL;
        PERFORM create_like_parent(parent, child);
        PERFORM index_like_parent(parent, child);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%L)', parent, child, period);
        PERFORM name_indexes_like_parent(child, period_suffix(period));
    END LOOP;
END $$;

CREATE FUNCTION make_partitions_of_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM ensure_period_partitions(NEW.id);
    RETURN NULL;
END $$;

-- A period whose lines may be replaced is closed or being calculated. Its row stays locked until the transaction ends.
CREATE FUNCTION require_replaceable(period text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    state period_status;
BEGIN
    SELECT p.status INTO state FROM commission_periods AS p WHERE p.id = period FOR NO KEY UPDATE;
    IF state IN ('closed', 'calculating') THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'the lines of period % cannot be replaced: it is %', quote_literal(period), coalesce(state::text, 'not stored')
    USING ERRCODE = 'check_violation', TABLE = 'commission_periods', CONSTRAINT = 'commission_periods_replaceable_check',
        HINT = 'Only a period that is closed or calculating takes a run.';
END $$;

-- Adjustments that a run must leave alone: all but those which a run of the same period wrote.
CREATE FUNCTION copy_adjustments(successor text, period text) RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    copied bigint;
BEGIN
    EXECUTE format(
        'INSERT INTO %1$I
         SELECT l.* FROM commission_ledger AS l
         WHERE l.period_id = $1 AND l.type = ''adjustment''
             AND NOT EXISTS (SELECT FROM commission_runs AS r WHERE r.id = l.run_id AND r.period_id = $1)
             AND NOT EXISTS (SELECT FROM %1$I AS s WHERE s.id = l.id)', successor)
    USING period;
    GET DIAGNOSTICS copied = ROW_COUNT;
    RETURN copied;
END $$;

-- Step 1 of 3 of a run: a table beside the period's partition, without indexes and keys, so that it loads at full speed. The
-- ledger's holds the adjustments already. Its CHECK on the period is tested row by row as it loads, so that attaching scans
-- nothing. What a killed run of the same id left behind is dropped. Returns the table's name.
CREATE FUNCTION create_successor(kind text, period text, run uuid) RETURNS text
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    parent text := partitioned_by_period(kind);
    successor text := successor_name(kind, period, run);
BEGIN
    PERFORM require_replaceable(period);
    EXECUTE format('DROP TABLE IF EXISTS %I', successor);
    PERFORM create_like_parent(parent, successor);
    EXECUTE format(
        'ALTER TABLE %I ADD CONSTRAINT %I CHECK (period_id IS NOT NULL AND period_id = %L)', successor,
        parent || '_successor_check', period);
    IF kind = 'ledger' THEN
        PERFORM copy_adjustments(successor, period);
    END IF;
    RETURN successor;
END $$;

-- Step 2 of 3, after the lines are loaded: indexes and foreign keys. Adding a foreign key keeps writers out of the tables it
-- refers to until the transaction ends, so this comes last before the swap.
CREATE FUNCTION complete_successor(kind text, period text, run uuid) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    parent text := partitioned_by_period(kind);
    successor text := successor_name(kind, period, run);
    key record;
BEGIN
    PERFORM index_like_parent(parent, successor);
    FOR key IN
        SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition
        FROM pg_constraint AS c
        WHERE c.conrelid = quote_ident(parent)::regclass AND c.contype = 'f' AND c.conparentid = 0
        ORDER BY c.conname
    LOOP
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', successor, key.name, key.definition);
    END LOOP;
END $$;

-- Lines that other lines correct must still be there after a swap.
CREATE FUNCTION refuse_lost_corrections(successor text, period text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
DECLARE
    lost bigint;
BEGIN
    EXECUTE format(
        'SELECT count(*) FROM commission_ledger AS l
         WHERE l.corrects_period_id = $1 AND NOT EXISTS (SELECT FROM %I AS s WHERE s.id = l.corrects_id)', successor)
    INTO lost USING period;
    IF lost > 0 THEN
        RAISE EXCEPTION '% line(s) correct lines of period % that the new run no longer has', lost, quote_literal(period) USING
            ERRCODE = 'foreign_key_violation', TABLE = 'commission_ledger', CONSTRAINT = 'commission_ledger_corrects_fkey',
            HINT = 'A period whose lines were corrected is not calculated again; finalize it.';
    END IF;
END $$;

-- Step 3 of 3: detach the period's partition, attach the successor, drop the old one, and give the new one its name. The
-- parent is locked before the partition, in the order in which an insert locks them. Adjustments that came in between step 1
-- and now are carried over.
CREATE FUNCTION swap_successor(kind text, period text, run uuid) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    parent text := partitioned_by_period(kind);
    successor text := successor_name(kind, period, run);
    present text := partitioned_by_period(kind) || '_' || period_suffix(period);
BEGIN
    PERFORM require_replaceable(period);
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', parent);
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', present);
    IF kind = 'ledger' THEN
        PERFORM copy_adjustments(successor, period);
        PERFORM refuse_lost_corrections(successor, period);
    END IF;
    EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, present);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%L)', parent, successor, period);
    EXECUTE format('DROP TABLE %I', present);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', successor, parent || '_successor_check');
    EXECUTE format('ALTER TABLE %I RENAME TO %I', successor, present);
    PERFORM name_indexes_like_parent(present, period_suffix(period));
END $$;

-- Drop what runs of a period that were given up have left behind. Returns how many tables that were.
CREATE FUNCTION drop_successors(kind text, period text) RETURNS integer
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    start text := partitioned_by_period(kind) || '_' || period_suffix(period) || '_r';
    dropped integer := 0;
    leftover text;
BEGIN
    FOR leftover IN
        SELECT c.relname FROM pg_class AS c
        WHERE c.relnamespace = (SELECT p.relnamespace FROM pg_class AS p WHERE p.oid = 'commission_periods'::regclass)
            AND c.relkind = 'r' AND NOT c.relispartition
            AND starts_with(c.relname, start) AND substr(c.relname, length(start) + 1) ~ '^[0-9a-f]{12}$'
    LOOP
        EXECUTE format('DROP TABLE %I', leftover);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;

-- The partition of the audit log for the month that a day lies in (UTC). Rows of that month which the default partition took
-- are moved first: making the month fails while it holds any. The default partition is detached meanwhile, since its rows
-- can't be deleted while it is a part of the log. Returns the partition's name.
CREATE FUNCTION ensure_audit_partition(month date) RETURNS text
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    first_day date := make_date(extract(year FROM month)::integer, extract(month FROM month)::integer, 1);
    next_month date := (first_day + interval '1 month')::date;
    child text := format('audit_logs_y%sm%s', to_char(first_day, 'YYYY'), to_char(first_day, 'MM'));
    since text := to_char(first_day, 'YYYY-MM-DD') || ' 00:00:00+00';
    until text := to_char(next_month, 'YYYY-MM-DD') || ' 00:00:00+00';
    strayed boolean;
BEGIN
    LOCK TABLE ONLY audit_logs IN ACCESS EXCLUSIVE MODE;
    IF to_regclass(quote_ident(child)) IS NOT NULL THEN
        RETURN child;
    END IF;
    PERFORM create_like_parent('audit_logs', child);
    PERFORM index_like_parent('audit_logs', child);
    strayed := EXISTS (
        SELECT FROM audit_logs_default AS l WHERE l.created_at >= since::timestamptz AND l.created_at < until::timestamptz);
    IF strayed THEN
        ALTER TABLE audit_logs DETACH PARTITION audit_logs_default;
        EXECUTE format(
            'WITH moved AS (DELETE FROM audit_logs_default WHERE created_at >= %L AND created_at < %L RETURNING *)
             INSERT INTO %I SELECT * FROM moved', since, until, child);
    END IF;
    EXECUTE format('ALTER TABLE audit_logs ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', child, since, until);
    IF strayed THEN
        ALTER TABLE audit_logs ATTACH PARTITION audit_logs_default DEFAULT;
    END IF;
    PERFORM name_indexes_like_parent(child, substr(child, length('audit_logs_') + 1));
    RETURN child;
END $$;

-- This month and some after it, in UTC: what a host calls once a month.
CREATE FUNCTION ensure_audit_partitions(ahead integer DEFAULT 3) RETURNS SETOF text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT ensure_audit_partition(((now() AT TIME ZONE 'UTC') + n * interval '1 month')::date)
        FROM generate_series(0, ahead) AS n;
    END;

-- The two partitions that were made with their table carry names of PostgreSQL's making until now.
SELECT name_indexes_like_parent('audit_logs_default', 'default'), name_indexes_like_parent('audit_logs_y2024m03', 'y2024m03');
