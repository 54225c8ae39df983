-- name: catalogue_tables
-- purpose: tables with how they are partitioned, kept and guarded, and who inherits from them; views; how sequences count
SELECT CASE c.relkind
           WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence '
           WHEN 'f' THEN 'foreign table ' WHEN 'c' THEN 'type ' ELSE 'table ' END || c.relname,
       concat_ws(' ', CASE c.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) WHEN 'r' THEN 'ordinary' END,
           CASE WHEN c.relpersistence <> 'p' THEN 'UNLOGGED' END, CASE WHEN c.relrowsecurity THEN 'ROW SECURITY' END,
           CASE WHEN c.relforcerowsecurity THEN 'FORCED' END,
           (SELECT 'INHERITED BY ' || string_agg(i.inhrelid::regclass::text, ', ' ORDER BY i.inhrelid::regclass::text)
            FROM pg_inherits AS i WHERE i.inhparent = c.oid AND c.relkind = 'r'),
           (SELECT concat_ws(' ', 'AS', q.seqtypid::regtype, 'START', q.seqstart, 'INCREMENT', q.seqincrement,
                'FROM', q.seqmin, 'TO', q.seqmax, 'CACHE', q.seqcache, CASE WHEN q.seqcycle THEN 'CYCLE' END)
            FROM pg_sequence AS q WHERE q.seqrelid = c.oid))
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND NOT c.relispartition;

-- name: catalogue_columns
-- purpose: columns with type, default, nullability, and how they are kept where that is not their type's way
SELECT 'column ' || c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
           CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
           CASE a.attgenerated WHEN '' THEN NULL WHEN 's' THEN 'GENERATED' ELSE 'GENERATED VIRTUAL' END,
           CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY BY DEFAULT' END,
           CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE ' || a.attstorage::text END,
           CASE WHEN a.attcompression <> '' THEN 'COMPRESSION ' || a.attcompression::text END)
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped;

-- name: catalogue_constraints
-- purpose: keys, references, checks and exclusions (not null stands with its column, a constraint trigger with triggers)
SELECT 'constraint ' || c.relname || '.' || k.conname,
       pg_get_constraintdef(k.oid, true)
       || CASE WHEN EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')
           THEN ' (switched off)' ELSE '' END
       || CASE WHEN EXISTS (SELECT FROM pg_index AS x WHERE x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
               AND NOT (x.indisvalid AND x.indisready AND x.indislive))
           THEN ' INVALID' ELSE '' END
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT c.relispartition AND k.contype NOT IN ('n', 't') AND k.conparentid = 0;

-- name: catalogue_indexes
-- purpose: indexes, but not those that are part of a constraint
SELECT 'index ' || i.relname, pg_get_indexdef(i.oid, 0, true)
       || CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE ' INVALID' END
FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid
JOIN pg_class AS c ON c.oid = x.indrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'));

-- name: catalogue_triggers
-- purpose: triggers, but not the clones of them on partitions
SELECT 'trigger ' || c.relname || '.' || t.tgname,
       pg_get_triggerdef(t.oid, true) || CASE t.tgenabled WHEN 'O' THEN '' ELSE ' (enabled: ' || t.tgenabled::text || ')' END
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT t.tgisinternal AND t.tgparentid = 0 AND NOT c.relispartition;

-- name: catalogue_rules_and_policies
-- purpose: what rewrites a statement or hides rows: rules (a view's own is part of the view) and row security policies
SELECT 'rule ' || c.relname || '.' || r.rulename, pg_get_ruledef(r.oid, true)
FROM pg_rewrite AS r
JOIN pg_class AS c ON c.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND r.rulename <> '_RETURN'
UNION ALL
SELECT 'policy ' || c.relname || '.' || p.polname,
       concat_ws(' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, p.polcmd::text,
           'USING ' || pg_get_expr(p.polqual, p.polrelid), 'CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy AS p
JOIN pg_class AS c ON c.oid = p.polrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s;

-- name: catalogue_functions
-- purpose: functions with their whole text
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE 'aggregate or window function' END
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = %(schema)s;

-- name: catalogue_types
-- purpose: enum types with their labels in order, and whatever other types there are but those of tables and arrays
SELECT 'type ' || t.typname, coalesce(
    (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum AS e WHERE e.enumtypid = t.oid),
    CASE t.typtype WHEN 'd' THEN 'domain over ' || format_type(t.typbasetype, t.typtypmod) ELSE t.typtype::text END)
FROM pg_type AS t
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = %(schema)s AND t.typrelid = 0 AND t.typcategory <> 'A' AND t.typtype <> 'm';

-- name: catalogue_others
-- purpose: whatever else lives in the schema (operators, collations, statistics, extensions); nothing of ours does
SELECT o.type || ' ' || coalesce(o.name, replace(o.identity, quote_ident(n.nspname) || '.', '')), ''
FROM pg_depend AS d
JOIN pg_namespace AS n ON n.oid = d.refobjid
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS o
WHERE n.nspname = %(schema)s AND d.refclassid = 'pg_namespace'::regclass AND d.classid NOT IN (
    'pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass, 'pg_default_acl'::regclass,
    'pg_publication_namespace'::regclass);
