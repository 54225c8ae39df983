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
