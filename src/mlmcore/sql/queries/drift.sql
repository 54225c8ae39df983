-- name: drift_missing_partitions
-- purpose: partitions that should be there: two for each period, and the audit log's two that came with it
SELECT 'table ' || w.name AS what, 'missing' AS how, 'PARTITION OF ' || w.parent || ' ' || w.bound AS expected, '' AS found
FROM (
    SELECT t.parent, t.parent || '_' || period_suffix(p.id) AS name, format('FOR VALUES IN (%L)', p.id) AS bound
    FROM commission_periods AS p CROSS JOIN unnest(ARRAY['commission_ledger', 'commission_unpaid']) AS t (parent)
    UNION ALL
    VALUES ('audit_logs', 'audit_logs_default', 'DEFAULT'),
        ('audit_logs', 'audit_logs_y2024m03', $$FOR VALUES FROM ('2024-03-01 00:00:00+00') TO ('2024-04-01 00:00:00+00')$$)
) AS w
WHERE NOT EXISTS (
    SELECT FROM pg_inherits AS i
    WHERE i.inhparent = quote_ident(w.parent)::regclass AND i.inhrelid = to_regclass(quote_ident(w.name)))
ORDER BY what;

-- name: drift_in_partitions
-- purpose: how a partition differs from its table and from the rule for its bounds; the session's zone is UTC
WITH part AS (
    SELECT c.oid, c.relname AS name, c.relpersistence, c.relrowsecurity, c.relnamespace,
        parent.name AS parent, i.inhparent, pg_get_expr(c.relpartbound, c.oid) AS bound,
        substr(c.relname, length(parent.name) + 2) AS suffix
    FROM unnest(ARRAY['commission_ledger', 'commission_unpaid', 'audit_logs']) AS parent (name)
    JOIN pg_inherits AS i ON i.inhparent = quote_ident(parent.name)::regclass
    JOIN pg_class AS c ON c.oid = i.inhrelid
), ruled AS (
    SELECT p.*, CASE
        WHEN p.parent <> 'audit_logs' THEN (
            SELECT format('FOR VALUES IN (%L)', c.id) FROM commission_periods AS c WHERE period_suffix(c.id) = p.suffix)
        WHEN p.suffix = 'default' THEN 'DEFAULT'
        WHEN p.suffix ~ '^y[0-9]{4}m(0[1-9]|1[0-2])$' THEN (
            SELECT format('FOR VALUES FROM (%L) TO (%L)', to_char(d.month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(d.month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00')
            FROM (SELECT make_date(substr(p.suffix, 2, 4)::integer, right(p.suffix, 2)::integer, 1)) AS d (month))
        END AS due
    FROM part AS p
)
SELECT 'table ' || name AS what, 'extra' AS how, '' AS expected, 'PARTITION OF ' || parent || ' ' || bound AS found
FROM ruled WHERE due IS NULL
UNION ALL
SELECT 'table ' || name, 'different', 'PARTITION OF ' || parent || ' ' || due, concat_ws(' ', 'PARTITION OF', parent, bound,
    CASE WHEN relpersistence <> 'p' THEN 'UNLOGGED' END, CASE WHEN relrowsecurity THEN 'ROW SECURITY' END)
FROM ruled WHERE bound <> due OR relpersistence <> 'p' OR relrowsecurity
UNION ALL
SELECT 'trigger ' || p.name || '.tr_' || p.parent || '_no_truncate', 'missing',
    'BEFORE TRUNCATE ON ' || p.name || ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(' || quote_literal(p.parent) || ')', ''
FROM part AS p
WHERE NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = p.oid AND t.tgname = 'tr_' || p.parent || '_no_truncate')
UNION ALL
SELECT 'trigger ' || p.name || '.' || t.tgname, 'different', 'enabled', 'switched off'
FROM part AS p JOIN pg_trigger AS t ON t.tgrelid = p.oid AND NOT t.tgisinternal AND t.tgenabled <> 'O'
UNION ALL
SELECT 'trigger ' || p.name || '.' || t.tgname, 'extra', '', pg_get_triggerdef(t.oid, true)
FROM part AS p JOIN pg_trigger AS t ON t.tgrelid = p.oid AND NOT t.tgisinternal AND t.tgparentid = 0
WHERE t.tgname <> 'tr_' || p.parent || '_no_truncate'
UNION ALL
SELECT DISTINCT 'constraint ' || p.name || '.' || k.conname, 'different', 'enabled', 'switched off'
FROM part AS p
JOIN pg_constraint AS k ON k.conrelid = p.oid
JOIN pg_trigger AS t ON t.tgconstraint = k.oid AND t.tgrelid = p.oid AND t.tgenabled <> 'O'
UNION ALL
SELECT 'constraint ' || p.name || '.' || k.conname, 'extra', '', pg_get_constraintdef(k.oid, true)
FROM part AS p JOIN pg_constraint AS k ON k.conrelid = p.oid
WHERE k.conparentid = 0 AND k.coninhcount = 0 AND k.contype <> 'n'
UNION ALL
SELECT 'index ' || i.relname, 'extra', '', pg_get_indexdef(i.oid, 0, true)
FROM part AS p
JOIN pg_index AS x ON x.indrelid = p.oid
JOIN pg_class AS i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.oid)
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid)
UNION ALL
SELECT 'column ' || p.name || '.' || a.attname, 'different', above.text, own.text
FROM part AS p
JOIN pg_attribute AS a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_attribute AS b ON b.attrelid = p.inhparent AND b.attname = a.attname
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_attrdef AS e ON e.adrelid = b.attrelid AND e.adnum = b.attnum
CROSS JOIN LATERAL (SELECT concat_ws(' ', CASE WHEN a.attnotnull THEN 'NOT NULL' END,
    'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))) AS own (text)
CROSS JOIN LATERAL (SELECT concat_ws(' ', CASE WHEN b.attnotnull THEN 'NOT NULL' END,
    'DEFAULT ' || pg_get_expr(e.adbin, e.adrelid))) AS above (text)
WHERE own.text <> above.text
ORDER BY what;
