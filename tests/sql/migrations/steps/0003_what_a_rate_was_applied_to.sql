-- A column with its CHECK, and an index, on a table whose partitions are there and hold lines. A partition's indexes are
-- called as the parent's with its suffix. A widened column, and the function behind the names of partitions.
ALTER TABLE commission_ledger
    ADD COLUMN base numeric(30, 12),
    ADD CONSTRAINT commission_ledger_base_check CHECK (base <> 'NaN');

CREATE INDEX commission_ledger_corrects_idx ON commission_ledger (corrects_period_id, corrects_id)
    WHERE corrects_id IS NOT NULL;

SELECT name_indexes_like_parent(c.relname, substr(c.relname, length('commission_ledger_') + 1))
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'commission_ledger'::regclass;

ALTER TABLE products ALTER COLUMN weight TYPE numeric(8, 2);

CREATE OR REPLACE FUNCTION period_suffix(period text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN period ~ '^[0-9]{4}(-([0-9]{2}(-[0-9]{2})?|W[0-9]{2}|Q[1-4]))?$' THEN lower(replace(period, '-', '_'))
        ELSE 'x' || left(md5(period), 12)
    END;

-- The label of the migration before, in use.
UPDATE payouts SET method = 'e_wallet' WHERE false;
