-- name: status
-- purpose: the installed version, and how far the audit log's partitions reach
SELECT v.version, v.digest,
       (SELECT count(*)::int
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit_logs'::regclass
            AND c.relname > 'audit_logs_y' || to_char(now() AT TIME ZONE 'UTC', 'YYYY"m"MM')
            AND c.relname ~ '^audit_logs_y[0-9]{4}m[0-9]{2}$') AS months_ahead,
       (SELECT count(*)::int FROM audit_logs_default) AS strays
FROM schema_versions AS v
ORDER BY v.version DESC
LIMIT 1;

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
