-- name: status
-- purpose: how far the audit log's partitions reach without a gap, and what its default partition took
SELECT (SELECT greatest(coalesce(min(ahead.n), 121) - 1, 0)::int
        FROM generate_series(0, 120) AS ahead (n)
        WHERE NOT EXISTS (
            SELECT FROM pg_inherits AS i
            JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'audit_logs'::regclass AND c.relname = 'audit_logs_' || to_char(
                (now() AT TIME ZONE 'UTC') + ahead.n * interval '1 month', '"y"YYYY"m"MM'))) AS months_ahead,
       (SELECT count(*)::int FROM audit_logs_default) AS strays;

-- name: audit_months
-- purpose: the first day of each month for which the audit log should have a partition and has none
WITH wanted AS (
    SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date AS month
    FROM generate_series(0, %(ahead)s::integer) AS n
    UNION
    SELECT date_trunc('month', l.created_at AT TIME ZONE 'UTC')::date FROM audit_logs_default AS l)
SELECT w.month
FROM wanted AS w
WHERE to_regclass(quote_ident('audit_logs_' || to_char(w.month, '"y"YYYY"m"MM'))) IS NULL
ORDER BY w.month;

-- name: audit_strays
-- purpose: how many rows of each month the audit log's default partition took
SELECT to_char(l.created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*)::int AS count
FROM audit_logs_default AS l
GROUP BY 1
ORDER BY 1;

-- name: audit_make
-- purpose: the audit log's partition for a month, with the rows of it that the default partition took
SELECT ensure_audit_partition(%(month)s) AS name;

-- name: status_periods
-- purpose: how many periods there are, by status
SELECT status, count(*)::int AS count FROM commission_periods GROUP BY status ORDER BY status;

-- name: partition_drift
-- purpose: partitions that are missing, partitions that may be truncated, and their triggers that are switched off
SELECT 'table ' || parent || '_' || period_suffix(p.id) AS what, 'missing' AS how, '' AS expected, '' AS found
FROM commission_periods AS p
CROSS JOIN unnest(ARRAY['commission_ledger', 'commission_unpaid']) AS parent
WHERE NOT EXISTS (
    SELECT FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = quote_ident(parent)::regclass AND c.relname = parent || '_' || period_suffix(p.id))
UNION ALL
SELECT 'table ' || name, 'missing', '', ''
FROM unnest(ARRAY['audit_logs_default', 'audit_logs_y2024m03']) AS name
WHERE NOT EXISTS (
    SELECT FROM pg_inherits AS i
    WHERE i.inhparent = 'audit_logs'::regclass AND i.inhrelid = to_regclass(quote_ident(name)))
UNION ALL
SELECT 'trigger ' || c.relname || '.tr_' || parent || '_no_truncate', 'missing', '', ''
FROM unnest(ARRAY['commission_ledger', 'commission_unpaid', 'audit_logs']) AS parent
JOIN pg_inherits AS i ON i.inhparent = quote_ident(parent)::regclass
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE NOT EXISTS (
    SELECT FROM pg_trigger AS t
    WHERE t.tgrelid = c.oid AND t.tgname = 'tr_' || parent || '_no_truncate')
UNION ALL
SELECT 'trigger ' || c.relname || '.' || t.tgname, 'different', 'enabled', 'switched off'
FROM unnest(ARRAY['commission_ledger', 'commission_unpaid', 'audit_logs']) AS parent
JOIN pg_inherits AS i ON i.inhparent = quote_ident(parent)::regclass
JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'O'
ORDER BY what;
