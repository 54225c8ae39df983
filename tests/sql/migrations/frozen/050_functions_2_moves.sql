-- Moving somebody, with everybody below: the trees are locked, loops refused, legs numbered, paths replaced in proportion to the
-- rows that change, and the move is written down.

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
