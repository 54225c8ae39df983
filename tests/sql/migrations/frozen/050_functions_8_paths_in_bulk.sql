-- Loading `genealogy_paths` at full speed: its indexes and keys are dropped and made again inside one transaction, from the
-- definitions that the catalogue holds, so that they cannot drift from what was there.

-- Whether that is possible: the role owns the table (and may refer to what the keys refer to), and nothing hangs on an index
-- that a new one would not get back: a foreign key into the table, a tablespace, a clustering, a replica identity, an index
-- that is not valid, a comment.
CREATE FUNCTION genealogy_paths_strippable() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (
        SELECT pg_has_role(current_user, t.relowner, 'USAGE')
            AND has_table_privilege(current_user, 'distributors'::regclass, 'REFERENCES')
            AND has_table_privilege(current_user, 'distributors'::regclass, 'UPDATE')
            AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.confrelid = t.oid)
            AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = t.oid AND NOT k.convalidated)
            AND NOT EXISTS (
                SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
                WHERE i.indrelid = t.oid AND (
                    c.reltablespace <> 0 OR i.indisclustered OR i.indisreplident OR NOT i.indisvalid
                    OR obj_description(c.oid, 'pg_class') IS NOT NULL))
            AND NOT EXISTS (
                SELECT FROM pg_constraint AS k
                WHERE k.conrelid = t.oid AND obj_description(k.oid, 'pg_constraint') IS NOT NULL)
        FROM pg_class AS t
        WHERE t.oid = 'genealogy_paths'::regclass
    );

-- Have a tree alone to make all its rows. Whoever was enrolled after this transaction's snapshot would get none.
CREATE FUNCTION lock_whole_genealogy(rebuilt text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(genealogy_lock_key(rebuilt));
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'the paths of the % tree are made inside a % transaction', rebuilt,
            upper(current_setting('transaction_isolation')) USING
            ERRCODE = 'feature_not_supported',
            DETAIL = 'The paths of people who were enrolled after the snapshot would be missing.',
            HINT = 'Make them in a READ COMMITTED transaction.';
    END IF;
    UPDATE genealogy_closure AS c SET enabled = c.enabled WHERE c.tree = rebuilt;
END $$;

-- Drop them, keys that refer to others first; returned are the statements that make them again, those keys last.
CREATE FUNCTION strip_genealogy_paths() RETURNS text[]
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    definitions text[] := '{}';
    found record;
BEGIN
    FOR found IN
        SELECT format('ALTER TABLE genealogy_paths DROP CONSTRAINT %I', k.conname) AS gone,
            format('ALTER TABLE genealogy_paths ADD CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) AS made
        FROM pg_constraint AS k
        WHERE k.conrelid = 'genealogy_paths'::regclass AND k.contype IN ('f', 'p', 'u', 'x')
        ORDER BY k.contype = 'f' DESC, k.conname DESC
    LOOP
        EXECUTE found.gone;
        definitions := found.made || definitions;
    END LOOP;
    FOR found IN
        SELECT format('DROP INDEX %s', i.indexrelid::regclass) AS gone, pg_get_indexdef(i.indexrelid) AS made
        FROM pg_index AS i
        WHERE i.indrelid = 'genealogy_paths'::regclass
        ORDER BY i.indexrelid::regclass::text
    LOOP
        EXECUTE found.gone;
        definitions := found.made || definitions;
    END LOOP;
    RETURN definitions;
END $$;

CREATE FUNCTION dress_genealogy_paths(definitions text[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    definition text;
BEGIN
    FOREACH definition IN ARRAY definitions LOOP
        EXECUTE definition;
    END LOOP;
END $$;
