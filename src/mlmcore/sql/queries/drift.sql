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
WHERE NOT EXISTS (
    SELECT FROM pg_trigger AS t
    WHERE t.tgrelid = p.oid AND t.tgname = 'tr_' || p.parent || '_no_truncate' AND t.tgfoid = 'refuse_change'::regproc
        AND t.tgtype & 34 = 34)
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
SELECT 'constraint ' || p.name || '.' || k.conname, 'different', pg_get_constraintdef(k.oid, true),
    pg_get_constraintdef(k.oid, true) || ' (not validated)'
FROM part AS p JOIN pg_constraint AS k ON k.conrelid = p.oid AND NOT k.convalidated AND k.conparentid <> 0
UNION ALL
SELECT 'index ' || i.relname, 'different', pg_get_indexdef(i.oid, 0, true), pg_get_indexdef(i.oid, 0, true) || ' INVALID'
FROM part AS p
JOIN pg_index AS x ON x.indrelid = p.oid AND NOT (x.indisvalid AND x.indisready AND x.indislive)
JOIN pg_class AS i ON i.oid = x.indexrelid
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
    'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
    CASE WHEN a.attstorage <> b.attstorage THEN 'STORAGE ' || a.attstorage::text END)) AS own (text)
CROSS JOIN LATERAL (SELECT concat_ws(' ', CASE WHEN b.attnotnull THEN 'NOT NULL' END,
    'DEFAULT ' || pg_get_expr(e.adbin, e.adrelid),
    CASE WHEN a.attstorage <> b.attstorage THEN 'STORAGE ' || b.attstorage::text END)) AS above (text)
WHERE own.text <> above.text
ORDER BY what;

-- name: drift_in_rights
-- purpose: what belongs to another than the installer, and what its owner may no longer do with it
WITH home AS (
    SELECT c.relnamespace AS schema, c.relowner AS installer FROM pg_class AS c WHERE c.oid = 'schema_versions'::regclass
), object AS (
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.relname AS name, c.relowner AS owner,
        c.relacl AS acl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner) AS given
    FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.schema AND c.relkind IN ('r', 'p', 'S')
    UNION ALL
    SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
        p.proacl, acldefault('f', p.proowner)
    FROM home AS h JOIN pg_proc AS p ON p.pronamespace = h.schema
    UNION ALL
    SELECT 'type ' || t.typname, t.typowner, t.typacl, acldefault('T', t.typowner)
    FROM home AS h JOIN pg_type AS t ON t.typnamespace = h.schema AND t.typtype = 'e'
), owned AS (
    SELECT o.name, pg_get_userbyid(o.owner) AS owner, has.list AS has, given.list AS given
    FROM object AS o
    CROSS JOIN LATERAL (SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS list
        FROM aclexplode(coalesce(o.acl, o.given)) AS a WHERE a.grantee = o.owner) AS has
    CROSS JOIN LATERAL (SELECT string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS list
        FROM aclexplode(o.given) AS a WHERE a.grantee = o.owner) AS given
)
SELECT 'owner of ' || o.name AS what, 'different' AS how, pg_get_userbyid(h.installer)::text AS expected,
    pg_get_userbyid(o.owner)::text AS found
FROM object AS o CROSS JOIN home AS h WHERE o.owner <> h.installer
UNION ALL
SELECT 'privileges of ' || name, 'different', owner || ' may ' || given, owner || ' may ' || coalesce(has, 'do nothing')
FROM owned WHERE has IS DISTINCT FROM given
ORDER BY what;

-- name: drift_in_settings
-- purpose: what is set for a role or for this database and silences triggers without a trace in any table
SELECT 'setting ' || split_part(s.setting, '=', 1) || concat(' of role ' || r.rolname, ' of database ' || d.datname) AS what,
    'different' AS how, CASE split_part(s.setting, '=', 1) WHEN 'mlmcore.bulk' THEN 'not set' ELSE 'origin' END AS expected,
    split_part(s.setting, '=', 2) AS found
FROM pg_db_role_setting AS c
LEFT JOIN pg_roles AS r ON r.oid = c.setrole
LEFT JOIN pg_database AS d ON d.oid = c.setdatabase
CROSS JOIN LATERAL unnest(c.setconfig) AS s (setting)
WHERE (c.setdatabase = 0 OR d.datname = current_database())
    AND s.setting IN ('session_replication_role=replica', 'mlmcore.bulk=on')
UNION ALL
SELECT 'setting session_replication_role of this session', 'different', 'origin', 'replica'
WHERE current_setting('session_replication_role') = 'replica'
ORDER BY what;

-- name: drift_by_additions
-- purpose: what a host may add without changing how anything works: privileges of others, and comments
WITH home AS (
    SELECT c.relnamespace AS schema FROM pg_class AS c WHERE c.oid = 'schema_versions'::regclass
), object AS (
    SELECT 'pg_class'::regclass AS catalogue, c.oid, 0 AS column_number,
        CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'i' THEN 'index ' WHEN 'I' THEN 'index ' ELSE 'table ' END
            || c.relname AS name,
        c.relowner AS owner, c.relacl AS acl
    FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.schema AND c.relkind IN ('r', 'p', 'S', 'i', 'I')
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, a.attnum, 'column ' || c.relname || '.' || a.attname, c.relowner, a.attacl
    FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.schema AND c.relkind IN ('r', 'p')
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, 0, 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
        p.proowner, p.proacl
    FROM home AS h JOIN pg_proc AS p ON p.pronamespace = h.schema
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 0, 'type ' || t.typname, t.typowner, t.typacl
    FROM home AS h JOIN pg_type AS t ON t.typnamespace = h.schema AND t.typtype = 'e'
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, 0, 'constraint ' || c.relname || '.' || k.conname, NULL, NULL
    FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.schema JOIN pg_constraint AS k ON k.conrelid = c.oid
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, 0, 'trigger ' || c.relname || '.' || t.tgname, NULL, NULL
    FROM home AS h JOIN pg_class AS c ON c.relnamespace = h.schema JOIN pg_trigger AS t ON t.tgrelid = c.oid
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, 0, 'schema', n.nspowner, n.nspacl
    FROM home AS h JOIN pg_namespace AS n ON n.oid = h.schema
)
SELECT format('privileges of %s for %s', o.name, coalesce(pg_get_userbyid(nullif(a.grantee, 0))::text, 'everybody')) AS what,
    'extra' AS how, '' AS expected, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS found
FROM object AS o CROSS JOIN LATERAL aclexplode(o.acl) AS a
WHERE a.grantee <> o.owner AND NOT (a.grantee = 0 AND split_part(o.name, ' ', 1) IN ('function', 'type'))
GROUP BY o.name, a.grantee
UNION ALL
SELECT 'comment on ' || o.name, 'extra', '', d.description
FROM object AS o JOIN pg_description AS d
    ON d.classoid = o.catalogue AND d.objoid = o.oid AND d.objsubid = o.column_number
ORDER BY what;
