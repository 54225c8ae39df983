-- Keeping the derived rows of the trees: paths on insert and on move, legs of the sponsor tree, the record of moves, and the
-- refusal of loops. Rows have depth >= 1 and none for the person itself; `leg_position` is the leg of the ancestor in which
-- the descendant hangs. The triggers fire per statement with transition tables, so a COPY in any order, child before
-- parent, gives the same rows as one by one.
--
-- Everything that walks is written as LATERAL with OFFSET 0 and planned anew (EXECUTE): a plan that was kept from a
-- one-row insert, or one that hashes the working table, turns a COPY of 20,000 people or a chain of 70,000 quadratic.

-- The advisory lock of a tree. Enrolments share it, a move has it alone. The schema's oid is in the key, so that two
-- installations in one database don't wait for each other; the high bits are 'mlm'.
CREATE FUNCTION genealogy_lock_key(tree text) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN (7171181::bigint << 40)
        | ((SELECT c.relnamespace::bigint FROM pg_catalog.pg_class AS c WHERE c.oid = 'distributors'::regclass) << 8)
        | CASE tree WHEN 'sponsor' THEN 1 WHEN 'placement' THEN 2 ELSE 3 END;

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

-- Before a change of sponsor: the old leg stays behind, unless the writer gives a new one, and the trigger after the
-- statement numbers those without.
CREATE FUNCTION leave_sponsor_leg() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF NEW.sponsor_leg IS NOT DISTINCT FROM OLD.sponsor_leg THEN
        NEW.sponsor_leg := NULL;
    END IF;
    RETURN NEW;
END $$;

-- A move has its tree alone, and writes the tree's row (see share_genealogy). The subtree that hangs below at the snapshot
-- must be all there is, so at a higher isolation a tree with kept paths is not moved in.
CREATE FUNCTION lock_genealogy(moving text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(genealogy_lock_key(moving));
    IF current_setting('transaction_isolation') <> 'read committed'
        AND (SELECT c.enabled FROM genealogy_closure AS c WHERE c.tree = moving) THEN
        RAISE EXCEPTION 'somebody is moved in the % tree inside a % transaction', moving,
            upper(current_setting('transaction_isolation')) USING
            ERRCODE = 'feature_not_supported',
            DETAIL = 'The paths of people who were enrolled after the snapshot would be left wrong.',
            HINT = 'Move in a READ COMMITTED transaction.';
    END IF;
    UPDATE genealogy_closure AS c SET enabled = c.enabled WHERE c.tree = moving;
END $$;

-- Replace the rows that go through the upward edge of a moved person. Taken out: what is above each in the kept rows times
-- what is below (and itself). What then is still below hangs by unmoved edges only, so each new row is found exactly once:
-- from the lowest moved edge on its path, up the pointers as they are now.
CREATE FUNCTION move_genealogy_subtrees(tree text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    EXECUTE
        'DELETE FROM genealogy_paths AS p
         USING (
             SELECT DISTINCT above.ancestor_id, below.id
             FROM unnest($1) AS m (id)
             JOIN genealogy_paths AS above ON above.descendant_id = m.id AND above.path_type = $2
             CROSS JOIN LATERAL (
                 SELECT m.id
                 UNION ALL
                 SELECT b.descendant_id FROM genealogy_paths AS b WHERE b.ancestor_id = m.id AND b.path_type = $2
             ) AS below
         ) AS gone
         WHERE p.ancestor_id = gone.ancestor_id AND p.descendant_id = gone.id AND p.path_type = $2'
    USING ids, tree::genealogy_type;
    EXECUTE format(
        'INSERT INTO genealogy_paths (ancestor_id, descendant_id, depth, path_type, leg_position)
         WITH RECURSIVE up (moved, ancestor_id, depth, leg) AS (
             SELECT d.user_id, d.%1$I, 1, d.%2$I
             FROM unnest($1) AS m (id) JOIN distributors AS d ON d.user_id = m.id
             WHERE d.%1$I IS NOT NULL
             UNION ALL
             SELECT up.moved, a.parent, up.depth + 1, a.leg FROM up CROSS JOIN LATERAL (
                 SELECT d.%1$I AS parent, d.%2$I AS leg FROM distributors AS d
                 WHERE d.user_id = up.ancestor_id AND d.%1$I IS NOT NULL OFFSET 0) AS a
         ), below (moved, id, depth) AS MATERIALIZED (
             SELECT m.id, m.id, 0 FROM unnest($1) AS m (id)
             UNION ALL
             SELECT b.ancestor_id, b.descendant_id, b.depth
             FROM unnest($1) AS m (id) JOIN genealogy_paths AS b ON b.ancestor_id = m.id AND b.path_type = $2
         )
         SELECT up.ancestor_id, below.id, up.depth + below.depth, $2, up.leg
         FROM up JOIN below ON below.moved = up.moved',
        tree || '_id', tree || '_leg')
    USING ids, tree::genealogy_type;
END $$;

-- The same place under another leg: only the parent's rows know it.
CREATE FUNCTION change_genealogy_legs(tree text, ids uuid[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    EXECUTE format(
        'UPDATE genealogy_paths AS p
         SET leg_position = d.%2$I
         FROM unnest($1) AS m (id)
         JOIN distributors AS d ON d.user_id = m.id
         CROSS JOIN LATERAL (
             SELECT m.id
             UNION ALL
             SELECT b.descendant_id FROM genealogy_paths AS b WHERE b.ancestor_id = m.id AND b.path_type = $2
         ) AS below
         WHERE p.ancestor_id = d.%1$I AND p.descendant_id = below.id AND p.path_type = $2',
        tree || '_id', tree || '_leg')
    USING ids, tree::genealogy_type;
END $$;

-- The instant of a move: later than every one before it in the tree, whatever the clock says and whenever the transaction
-- began. The tree is locked.
CREATE FUNCTION next_move_instant(moving text) RETURNS timestamptz
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RETURN greatest(now(), clock_timestamp(), (
        SELECT max(m.moved_at) + interval '1 microsecond' FROM genealogy_moves AS m WHERE m.tree = moving));
END $$;

-- Moves of one statement have one instant, since between two of them there may have been no tree.
CREATE FUNCTION record_genealogy_moves(tree text, ids uuid[], from_parents uuid[], from_legs integer[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO genealogy_moves (
             distributor_id, tree, from_parent_id, to_parent_id, from_leg, to_leg, moved_at, moved_by, reason)
         SELECT m.id, %3$L, m.parent, d.%1$I, m.leg, %2$s,
             $4,
             nullif(current_setting(''mlmcore.actor_id'', true), '''')::uuid,
             nullif(current_setting(''mlmcore.reason'', true), '''')
         FROM unnest($1, $2, $3) WITH ORDINALITY AS m (id, parent, leg, place)
         JOIN distributors AS d ON d.user_id = m.id
         ORDER BY m.place',
        tree || '_id', CASE WHEN tree = 'enroller' THEN 'NULL::integer' ELSE format('d.%I', tree || '_leg') END, tree)
    USING ids, from_parents, from_legs, next_move_instant(tree);
END $$;

-- A move of one person, by statements whose plans are kept: what the functions above do for many. Below somebody without a
-- child in the tree nobody can stand, so such a person closes no loop and takes nobody along.
CREATE FUNCTION move_genealogy_of_one(
    moving text, person uuid, from_parent uuid, to_parent uuid, from_leg integer, new_leg integer
) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    to_leg integer := new_leg;
    childless boolean := CASE moving
        WHEN 'sponsor' THEN NOT EXISTS (SELECT FROM distributors AS d WHERE d.sponsor_id = person)
        WHEN 'placement' THEN NOT EXISTS (SELECT FROM distributors AS d WHERE d.placement_id = person)
        ELSE NOT EXISTS (SELECT FROM distributors AS d WHERE d.enroller_id = person) END;
BEGIN
    IF NOT childless AND from_parent IS DISTINCT FROM to_parent THEN
        PERFORM refuse_loops_above(moving, ARRAY[person]);
    END IF;
    IF moving = 'sponsor' AND to_parent IS NOT NULL AND to_leg IS NULL THEN
        to_leg := assign_sponsor_leg_of_one(person, to_parent);
    END IF;
    IF (SELECT c.enabled FROM genealogy_closure AS c WHERE c.tree = moving) THEN
        IF from_parent IS NOT DISTINCT FROM to_parent THEN
            PERFORM change_genealogy_legs(moving, ARRAY[person]);
        ELSIF NOT childless THEN
            PERFORM move_genealogy_subtrees(moving, ARRAY[person]);
        ELSE
            DELETE FROM genealogy_paths AS p WHERE p.descendant_id = person AND p.path_type = moving::genealogy_type;
            IF to_parent IS NOT NULL THEN
                PERFORM add_genealogy_paths_of_one(moving::genealogy_type, person, to_parent, to_leg);
            END IF;
        END IF;
    END IF;
    INSERT INTO genealogy_moves (
        distributor_id, tree, from_parent_id, to_parent_id, from_leg, to_leg, moved_at, moved_by, reason)
    VALUES (
        person, moving, from_parent, to_parent, from_leg, to_leg, next_move_instant(moving),
        nullif(current_setting('mlmcore.actor_id', true), '')::uuid,
        nullif(current_setting('mlmcore.reason', true), ''));
END $$;

-- After an update: who hangs elsewhere than before, tree by tree. An update that moves nobody costs one hash join. Not
-- EXISTS: wanting one row only, the planner compares every old row with every new one, 15 s for 10,000 people.
CREATE FUNCTION move_genealogy_paths() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    moving text;
    anybody boolean;
    ids uuid[];
    parents uuid[];
    legs integer[];
    reparented uuid[];
    relegged uuid[];
    o distributors;
    n distributors;
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM old_rows LIMIT 2) AS some_rows) < 2 THEN
        SELECT r.* INTO o FROM old_rows AS r;
        SELECT r.* INTO n FROM new_rows AS r;
        -- A sponsor leg that was empty is being numbered by us, which is no move.
        IF o.sponsor_id IS DISTINCT FROM n.sponsor_id
            OR (o.sponsor_leg IS NOT NULL AND o.sponsor_leg IS DISTINCT FROM n.sponsor_leg) THEN
            PERFORM lock_genealogy('sponsor');
            PERFORM move_genealogy_of_one('sponsor', n.user_id, o.sponsor_id, n.sponsor_id, o.sponsor_leg, n.sponsor_leg);
        END IF;
        IF (o.placement_id, o.placement_leg) IS DISTINCT FROM (n.placement_id, n.placement_leg) THEN
            PERFORM lock_genealogy('placement');
            PERFORM move_genealogy_of_one(
                'placement', n.user_id, o.placement_id, n.placement_id, o.placement_leg, n.placement_leg);
        END IF;
        IF o.enroller_id IS DISTINCT FROM n.enroller_id THEN
            PERFORM lock_genealogy('enroller');
            PERFORM move_genealogy_of_one('enroller', n.user_id, o.enroller_id, n.enroller_id, NULL, NULL);
        END IF;
        RETURN NULL;
    END IF;
    EXECUTE
        'SELECT coalesce(bool_or(
             o.sponsor_id IS DISTINCT FROM n.sponsor_id OR o.placement_id IS DISTINCT FROM n.placement_id
                 OR o.enroller_id IS DISTINCT FROM n.enroller_id OR o.placement_leg IS DISTINCT FROM n.placement_leg
                 OR (o.sponsor_leg IS NOT NULL AND o.sponsor_leg IS DISTINCT FROM n.sponsor_leg)), false)
         FROM old_rows AS o JOIN new_rows AS n ON n.user_id = o.user_id'
    INTO anybody;
    IF NOT anybody THEN
        RETURN NULL;
    END IF;
    FOREACH moving IN ARRAY ARRAY['sponsor', 'placement', 'enroller'] LOOP
        EXECUTE format(
            'SELECT array_agg(m.id), array_agg(m.parent), array_agg(m.leg),
                 array_agg(m.id) FILTER (WHERE m.reparented), array_agg(m.id) FILTER (WHERE NOT m.reparented)
             FROM (
                 SELECT o.user_id AS id, o.%1$I AS parent, %2$s AS leg, o.%1$I IS DISTINCT FROM n.%1$I AS reparented
                 FROM old_rows AS o JOIN new_rows AS n ON n.user_id = o.user_id
                 WHERE o.%1$I IS DISTINCT FROM n.%1$I OR (%2$s IS NOT NULL AND %2$s IS DISTINCT FROM %3$s)
                 ORDER BY o.user_id
             ) AS m',
            moving || '_id',
            CASE WHEN moving = 'enroller' THEN 'NULL::integer' ELSE format('o.%I', moving || '_leg') END,
            CASE WHEN moving = 'enroller' THEN 'NULL::integer' ELSE format('n.%I', moving || '_leg') END)
        INTO ids, parents, legs, reparented, relegged;
        CONTINUE WHEN ids IS NULL;
        PERFORM lock_genealogy(moving);
        IF reparented IS NOT NULL THEN
            PERFORM refuse_loops_above(moving, reparented);
        END IF;
        IF moving = 'sponsor' THEN
            PERFORM assign_sponsor_legs(ids, parents, legs);
        END IF;
        IF (SELECT c.enabled FROM genealogy_closure AS c WHERE c.tree = moving) THEN
            IF reparented IS NOT NULL THEN
                PERFORM move_genealogy_subtrees(moving, reparented);
            END IF;
            IF relegged IS NOT NULL THEN
                PERFORM change_genealogy_legs(moving, relegged);
            END IF;
        END IF;
        PERFORM record_genealogy_moves(moving, ids, parents, legs);
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
