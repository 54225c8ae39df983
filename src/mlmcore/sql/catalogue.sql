-- name: catalogue_tables
-- purpose: tables with how they are partitioned
SELECT 'table ' || c.relname,
       concat_ws(' ', CASE c.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE c.relkind::text END,
           CASE WHEN c.relpersistence <> 'p' THEN 'UNLOGGED' END, CASE WHEN c.relrowsecurity THEN 'ROW SECURITY' END)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition;

-- name: catalogue_sequences
-- purpose: sequences with their type and step
SELECT 'sequence ' || c.relname, concat_ws(' ', format_type(s.seqtypid, NULL), s.seqincrement, CASE WHEN s.seqcycle THEN 'CYCLE' END)
FROM pg_sequence AS s
JOIN pg_class AS c ON c.oid = s.seqrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s;

-- name: catalogue_columns
-- purpose: columns with type, default and nullability
SELECT 'column ' || c.relname || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
           CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
           CASE WHEN a.attgenerated <> '' THEN 'GENERATED' END, CASE WHEN a.attidentity <> '' THEN 'IDENTITY' END)
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
       pg_get_constraintdef(k.oid, true) || CASE WHEN k.convalidated THEN '' ELSE ' NOT VALID' END
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND NOT c.relispartition AND k.contype NOT IN ('n', 't') AND k.conparentid = 0;

-- name: catalogue_indexes
-- purpose: indexes, but not those that are part of a constraint
SELECT 'index ' || i.relname, pg_get_indexdef(i.oid, 0, true) || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
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

-- name: catalogue_functions
-- purpose: functions with their whole text
SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname = %(schema)s AND p.prokind IN ('f', 'p');

-- name: catalogue_enums
-- purpose: enum types with their labels in order
SELECT 'type ' || t.typname, string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
FROM pg_type AS t
JOIN pg_enum AS e ON e.enumtypid = t.oid
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE n.nspname = %(schema)s
GROUP BY t.typname;
