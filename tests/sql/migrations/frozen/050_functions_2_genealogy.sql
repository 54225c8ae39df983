-- Keeping the derived rows of the trees: the locks, the refusal of loops, legs of the sponsor tree, and paths on insert and in
-- one go. What a move does is in the next file. Rows have depth >= 1 and none for the person itself; `leg_position` is the leg
-- of the ancestor in which the descendant hangs. The triggers fire per statement with transition tables, so a COPY in any
-- order, child before parent, gives the same rows as one by one.
--
-- Everything that walks is written as LATERAL with OFFSET 0 and planned anew (EXECUTE): a plan that was kept from a
-- one-row insert, or one that hashes the working table, turns a COPY of 20,000 people or a chain of 70,000 quadratic.

-- The advisory lock of a tree. Enrolments share it, a move has it alone. 'paths' is that of making all rows of any tree anew,
-- 'places' that of asking for a free place, 'numbers' that of drawing (shared) and beginning numbers.
-- The schema's oid is in the key, so that two installations in one database don't wait for each other; the high bits are 'mlm'.
CREATE FUNCTION genealogy_lock_key(tree text) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN (7171181::bigint << 40)
        | ((SELECT c.relnamespace::bigint FROM pg_catalog.pg_class AS c WHERE c.oid = 'distributors'::regclass) << 8)
        | CASE tree WHEN 'sponsor' THEN 1 WHEN 'placement' THEN 2 WHEN 'enroller' THEN 3 WHEN 'places' THEN 5
            WHEN 'numbers' THEN 6 ELSE 4 END;

-- The loop that one reaches upwards from a person, as text: 'D-2 -> D-1 -> D-2', each below the next. As many steps as there
-- are people on the way lead into the loop, wherever the walk began; as many again go all the way round.
CREATE FUNCTION genealogy_loop(tree text, start uuid) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    steps bigint;
    numbers text[];
BEGIN
    EXECUTE format(
        'WITH RECURSIVE up (id) AS (
             SELECT $1
             UNION
             SELECT a.id FROM up CROSS JOIN LATERAL (
                 SELECT d.%1$I AS id FROM distributors AS d WHERE d.user_id = up.id OFFSET 0) AS a
         )
         SELECT count(*) FROM up', tree || '_id')
    INTO steps USING start;
    EXECUTE format(
        'WITH RECURSIVE walk (id, step) AS (
             SELECT $1, 0::bigint
             UNION ALL
             SELECT a.id, w.step + 1 FROM walk AS w CROSS JOIN LATERAL (
                 SELECT d.%1$I AS id FROM distributors AS d WHERE d.user_id = w.id OFFSET 0) AS a
             WHERE w.step < 2 * $2
         ), entry AS (
             SELECT w.id FROM walk AS w WHERE w.step = $2
         ), length AS (
             SELECT min(w.step) - $2 AS steps FROM walk AS w JOIN entry AS e ON e.id = w.id WHERE w.step > $2
         )
         SELECT array_agg(d.distributor_number::text ORDER BY w.step)
         FROM walk AS w JOIN distributors AS d ON d.user_id = w.id CROSS JOIN length AS l
         WHERE w.step >= $2 AND w.step < $2 + l.steps', tree || '_id')
    INTO numbers USING start, steps;
    IF cardinality(numbers) > 20 THEN
        RETURN array_to_string(numbers[1:10], ' -> ') || format(' -> (%s more) -> ', cardinality(numbers) - 10) || numbers[1];
    END IF;
    RETURN array_to_string(numbers || numbers[1], ' -> ');
END $$;

CREATE FUNCTION refuse_genealogy_loop(tree text, start uuid) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'the % tree would have a loop: %', tree, genealogy_loop(tree, start) USING
        ERRCODE = 'check_violation', TABLE = 'distributors', CONSTRAINT = format('distributors_%s_loop_check', tree),
        HINT = 'Nobody can stand below themselves; give one person of the loop another parent, or none.';
END $$;

-- Loops among people who are new. Nobody who was there before can stand below them, so what is reached downwards from those
-- whose parent is old (or who have none) is everybody, unless there is a loop.
CREATE FUNCTION refuse_loops_among_new(tree text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    lost uuid;
BEGIN
    EXECUTE format(
        'WITH RECURSIVE reached (id) AS (
             SELECT d.user_id
             FROM unnest($1) AS n (id)
             JOIN distributors AS d ON d.user_id = n.id
             LEFT JOIN unnest($1) AS above (id) ON above.id = d.%1$I
             WHERE above.id IS NULL
             UNION ALL
             SELECT child.id FROM reached AS r CROSS JOIN LATERAL (
                 SELECT d.user_id AS id FROM distributors AS d WHERE d.%1$I = r.id OFFSET 0) AS child
         )
         SELECT n.id FROM unnest($1) AS n (id) LEFT JOIN reached AS r ON r.id = n.id WHERE r.id IS NULL
         ORDER BY n.id LIMIT 1', tree || '_id')
    INTO lost USING ids;
    IF lost IS NOT NULL THEN
        PERFORM refuse_genealogy_loop(tree, lost);
    END IF;
END $$;

-- Loops that moves have made: whoever walks up from a moved person and never comes to a root has met one.
CREATE FUNCTION refuse_loops_above(tree text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    lost uuid;
BEGIN
    EXECUTE format(
        'WITH RECURSIVE up (start, id) AS (
             SELECT n.id, n.id FROM unnest($1) AS n (id)
             UNION
             SELECT up.start, a.id FROM up CROSS JOIN LATERAL (
                 SELECT d.%1$I AS id FROM distributors AS d WHERE d.user_id = up.id OFFSET 0) AS a
         )
         SELECT up.start FROM up GROUP BY up.start HAVING NOT bool_or(up.id IS NULL) ORDER BY up.start LIMIT 1',
        tree || '_id')
    INTO lost USING ids;
    IF lost IS NOT NULL THEN
        PERFORM refuse_genealogy_loop(tree, lost);
    END IF;
END $$;

-- The highest number that each of some sponsors ever gave: to a present child or to one who moved away; 0 for none. The
-- sponsors are locked, so that two enrolments under one sponsor follow each other; one who is not stored is left out.
CREATE FUNCTION given_sponsor_legs(sponsors uuid[]) RETURNS TABLE (sponsor uuid, highest integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM FROM distributors AS s WHERE s.user_id = ANY (sponsors) ORDER BY s.user_id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT s.user_id, greatest(
        (SELECT max(d.sponsor_leg) FROM distributors AS d WHERE d.sponsor_id = s.user_id),
        (SELECT max(m.from_leg) FROM genealogy_moves AS m WHERE m.from_parent_id = s.user_id AND m.tree = 'sponsor'),
        0)
    FROM distributors AS s WHERE s.user_id = ANY (sponsors);
END $$;

-- Number those who have a sponsor and no leg yet, in the order of joining (date, then number by code point), after the highest
-- number that the sponsor ever gave, which may be that of one who leaves in this statement.
CREATE FUNCTION assign_sponsor_legs(ids uuid[], left_sponsors uuid[], left_legs integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    WITH coming AS MATERIALIZED (
        SELECT d.user_id, d.sponsor_id,
            row_number() OVER (PARTITION BY d.sponsor_id ORDER BY d.join_date, d.distributor_number COLLATE "C") AS place
        FROM distributors AS d
        WHERE d.user_id = ANY (ids) AND d.sponsor_id IS NOT NULL AND d.sponsor_leg IS NULL
    ), given AS MATERIALIZED (
        SELECT g.sponsor, g.highest
        FROM given_sponsor_legs((SELECT array_agg(DISTINCT c.sponsor_id) FROM coming AS c)) AS g
    )
    UPDATE distributors AS d
    SET sponsor_leg = c.place + greatest(g.highest, (
        SELECT max(l.leg) FROM unnest(left_sponsors, left_legs) AS l (sponsor, leg) WHERE l.sponsor = c.sponsor_id))
    FROM coming AS c JOIN given AS g ON g.sponsor = c.sponsor_id
    WHERE d.user_id = c.user_id;
END $$;

-- The same for one person who has none, under a sponsor who is stored; returns the leg.
CREATE FUNCTION assign_sponsor_leg_of_one(person uuid, parent uuid) RETURNS integer
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    leg integer;
BEGIN
    PERFORM FROM distributors AS s WHERE s.user_id = parent FOR NO KEY UPDATE;
    leg := 1 + greatest(
        (SELECT max(d.sponsor_leg) FROM distributors AS d WHERE d.sponsor_id = parent),
        (SELECT max(m.from_leg) FROM genealogy_moves AS m WHERE m.from_parent_id = parent AND m.tree = 'sponsor'),
        0);
    UPDATE distributors AS d SET sponsor_leg = leg WHERE d.user_id = person;
    RETURN leg;
END $$;

-- All rows above each of some people, by walking up the parent pointers.
CREATE FUNCTION add_genealogy_paths(tree text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO genealogy_paths (ancestor_id, descendant_id, depth, path_type, leg_position)
         WITH RECURSIVE up (descendant_id, ancestor_id, depth, leg) AS (
             SELECT d.user_id, d.%1$I, 1, d.%2$I
             FROM unnest($1) AS n (id) JOIN distributors AS d ON d.user_id = n.id
             WHERE d.%1$I IS NOT NULL
             UNION ALL
             SELECT up.descendant_id, a.parent, up.depth + 1, a.leg FROM up CROSS JOIN LATERAL (
                 SELECT d.%1$I AS parent, d.%2$I AS leg FROM distributors AS d
                 WHERE d.user_id = up.ancestor_id AND d.%1$I IS NOT NULL OFFSET 0) AS a
         )
         SELECT up.ancestor_id, up.descendant_id, up.depth, %3$L, up.leg FROM up',
        tree || '_id', tree || '_leg', tree)
    USING ids;
END $$;

-- The same for one new person, from the parent's rows: as many index entries read as rows written.
CREATE FUNCTION add_genealogy_paths_of_one(tree genealogy_type, person uuid, parent uuid, leg integer) RETURNS void
    LANGUAGE sql
    BEGIN ATOMIC
        INSERT INTO genealogy_paths (ancestor_id, descendant_id, depth, path_type, leg_position)
        SELECT parent, person, 1, tree, leg
        UNION ALL
        SELECT p.ancestor_id, person, p.depth + 1, tree, p.leg_position
        FROM genealogy_paths AS p
        WHERE p.descendant_id = parent AND p.path_type = tree;
    END;

-- Enrolments share the trees' locks. At REPEATABLE READ and above a move that was committed after the snapshot would go
-- unseen: locking the tree's row, which every move writes, turns that into a serialization failure.
CREATE FUNCTION share_genealogy() RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(genealogy_lock_key('sponsor'));
    PERFORM pg_advisory_xact_lock_shared(genealogy_lock_key('placement'));
    PERFORM pg_advisory_xact_lock_shared(genealogy_lock_key('enroller'));
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM FROM genealogy_closure AS c ORDER BY c.tree FOR SHARE;
    END IF;
END $$;

-- Before an insert or an update of a parent: the trees are locked before any row, and in one order. Whoever held a row first
-- would wait for a tree that somebody else has, who waits for that row.
CREATE FUNCTION share_genealogy_first() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM share_genealogy();
    RETURN NULL;
END $$;

CREATE FUNCTION lock_genealogy_first() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(genealogy_lock_key(TG_ARGV[0]));
    RETURN NULL;
END $$;

-- The same for an enrolment that brings its sponsor legs with it: what each sponsor gave, and nobody gives meanwhile.
CREATE FUNCTION reserve_sponsor_legs(sponsors uuid[]) RETURNS TABLE (sponsor uuid, highest integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    LOCK TABLE distributors IN ROW EXCLUSIVE MODE;  -- as the insert will, and tables before trees
    PERFORM share_genealogy();
    RETURN QUERY SELECT g.sponsor, g.highest FROM given_sponsor_legs(sponsors) AS g;
END $$;

-- One new person, whose plans are kept.
CREATE FUNCTION enrol_in_genealogy(person distributors) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    leg integer := person.sponsor_leg;
    kept text;
BEGIN
    IF person.sponsor_id IS NOT NULL AND leg IS NULL THEN
        leg := assign_sponsor_leg_of_one(person.user_id, person.sponsor_id);
    END IF;
    FOR kept IN SELECT c.tree FROM genealogy_closure AS c WHERE c.enabled LOOP
        IF kept = 'sponsor' AND person.sponsor_id IS NOT NULL THEN
            PERFORM add_genealogy_paths_of_one('sponsor', person.user_id, person.sponsor_id, leg);
        ELSIF kept = 'placement' AND person.placement_id IS NOT NULL THEN
            PERFORM add_genealogy_paths_of_one('placement', person.user_id, person.placement_id, person.placement_leg);
        END IF;
    END LOOP;
END $$;

-- After an insert: `inserted` are the new people.
CREATE FUNCTION update_genealogy_paths() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    ids uuid[];
    suspect text[];
    kept text;
    person distributors;
BEGIN
    SELECT array_agg(n.user_id) INTO ids FROM inserted AS n;
    IF ids IS NULL THEN
        RETURN NULL;
    ELSIF cardinality(ids) = 1 THEN
        SELECT n.* INTO person FROM inserted AS n;
        PERFORM enrol_in_genealogy(person);
        RETURN NULL;
    END IF;
    -- Whoever stands in a loop of new people has a parent who is new. Planned anew and not EXISTS: see move_genealogy_paths.
    EXECUTE
        'SELECT array_remove(ARRAY[
             CASE WHEN bool_or(s.user_id IS NOT NULL) THEN ''sponsor'' END,
             CASE WHEN bool_or(p.user_id IS NOT NULL) THEN ''placement'' END,
             CASE WHEN bool_or(e.user_id IS NOT NULL) THEN ''enroller'' END], NULL)
         FROM inserted AS n
         LEFT JOIN inserted AS s ON s.user_id = n.sponsor_id
         LEFT JOIN inserted AS p ON p.user_id = n.placement_id
         LEFT JOIN inserted AS e ON e.user_id = n.enroller_id'
    INTO suspect;
    FOREACH kept IN ARRAY suspect LOOP
        PERFORM refuse_loops_among_new(kept, ids);
    END LOOP;
    IF EXISTS (SELECT FROM inserted AS n WHERE n.sponsor_id IS NOT NULL AND n.sponsor_leg IS NULL) THEN
        PERFORM assign_sponsor_legs(ids, '{}', '{}');
    END IF;
    FOR kept IN SELECT c.tree FROM genealogy_closure AS c WHERE c.enabled ORDER BY c.tree LOOP
        PERFORM add_genealogy_paths(kept, ids);
    END LOOP;
    RETURN NULL;
END $$;

-- All rows of a tree again, from the pointers; none where the tree keeps no paths.
CREATE FUNCTION rebuild_genealogy_paths(rebuilt genealogy_type) RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    everybody uuid[];
BEGIN
    PERFORM lock_genealogy(rebuilt::text);
    DELETE FROM genealogy_paths AS p WHERE p.path_type = rebuilt;
    IF (SELECT c.enabled FROM genealogy_closure AS c WHERE c.tree = rebuilt::text) THEN
        SELECT array_agg(d.user_id) INTO everybody FROM distributors AS d;
        PERFORM add_genealogy_paths(rebuilt::text, everybody);
    END IF;
    RETURN (SELECT count(*) FROM genealogy_paths AS p WHERE p.path_type = rebuilt);
END $$;

-- Keep the paths of a tree, or stop keeping them. Returns how many rows the tree has afterwards.
CREATE FUNCTION keep_genealogy_paths(kept genealogy_type, keep boolean) RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(genealogy_lock_key(kept::text));
    UPDATE genealogy_closure AS c SET enabled = keep WHERE c.tree = kept::text;
    RETURN rebuild_genealogy_paths(kept);
END $$;
