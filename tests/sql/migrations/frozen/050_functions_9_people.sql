-- What holds of people and of the regions they sell in, whoever writes.

-- A tree of rows with `id` and `parent_id` has no loop. Arguments: what the tree is called and the column that names a row.
-- One writer of parents at a time, who sees what those before kept; where the snapshot is older, locking the rows on the way
-- up fails instead. As the trees of distributors are walked by their own functions, this one is for small trees.
CREATE FUNCTION refuse_loop() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    here uuid := NEW.id;
    walked uuid[] := '{}';
    names text[] := '{}';
    name text;
    above uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_SCHEMA || ':tree:' || TG_TABLE_NAME, 0));
    LOOP
        EXECUTE format('SELECT t.%I, t.parent_id FROM %I AS t WHERE t.id = $1 FOR SHARE', TG_ARGV[1], TG_TABLE_NAME)
        INTO name, above USING here;
        IF here = ANY (walked) THEN
            names := names[array_position(walked, here):] || name;
            RAISE EXCEPTION 'the % tree would have a loop: %', TG_ARGV[0], array_to_string(names, ' -> ') USING
                ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_loop_check',
                HINT = 'Nothing can lie below itself; give one of the loop another parent, or none.';
        END IF;
        EXIT WHEN above IS NULL;
        walked := walked || here;
        names := names || name;
        here := above;
    END LOOP;
    RETURN NULL;
END $$;

-- Drawing a number shares a lock that beginning them anew has alone, so that no number is drawn while the sequence is set.
CREATE FUNCTION next_distributor_number() RETURNS bigint
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(genealogy_lock_key('numbers'));
    RETURN nextval('distributor_number_seq');
END $$;

CREATE FUNCTION begin_distributor_numbers(at bigint) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(genealogy_lock_key('numbers'));
    PERFORM setval('distributor_number_seq', at, FALSE)
    FROM distributor_number_seq AS s WHERE s.last_value + s.is_called::integer < at;
END $$;

-- What an enrolment locks before it looks at anybody's row.
CREATE FUNCTION share_genealogy_to_enrol() RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    LOCK TABLE distributors IN ROW EXCLUSIVE MODE;  -- as the insert will, and tables before trees
    PERFORM share_genealogy();
END $$;

-- The free place of the placement tree below somebody: at the end of the outermost leg (`left`, `right`), or on the highest
-- level, there the first from the left (`breadth_first`), or down the lightest leg (`balanced`, `weaker_leg`), at most so many
-- levels down (NULL: any). No row where there is none. Whoever asks has places alone, after sharing the trees as every enrolment does: nobody is moved and nobody else is given
-- a place until the transaction ends. Each step down is an index lookup.
CREATE FUNCTION free_placement(under uuid, rule text, width integer, levels integer, volume text)
    RETURNS TABLE (parent uuid, leg integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    PERFORM share_genealogy_to_enrol();
    PERFORM pg_advisory_xact_lock(genealogy_lock_key('places'));
    IF rule = 'breadth_first' THEN
        RETURN QUERY SELECT f.parent, f.leg FROM highest_placement(under, width, levels) AS f;
    ELSIF rule IN ('balanced', 'weaker_leg') THEN
        RETURN QUERY SELECT f.parent, f.leg FROM lightest_placement(under, width, levels, volume) AS f;
    ELSE
        RETURN QUERY SELECT f.parent, f.leg
            FROM outermost_placement(under, CASE rule WHEN 'left' THEN 1 ELSE width END, levels) AS f;
    END IF;
END $$;

CREATE FUNCTION outermost_placement(under uuid, outer_leg integer, levels integer)
    RETURNS TABLE (parent uuid, leg integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY EXECUTE
        'WITH RECURSIVE down (id, depth) AS (
             SELECT $1, 1
             UNION ALL
             SELECT child.id, d.depth + 1 FROM down AS d CROSS JOIN LATERAL (
                 SELECT c.user_id AS id FROM distributors AS c
                 WHERE c.placement_id = d.id AND c.placement_leg = $2 OFFSET 0) AS child
         )
         SELECT last.id, $2 FROM (SELECT down.id, down.depth FROM down ORDER BY down.depth DESC LIMIT 1) AS last
         WHERE $3 IS NULL OR last.depth <= $3'
    USING under, outer_leg, levels;
END $$;

CREATE FUNCTION highest_placement(under uuid, width integer, levels integer)
    RETURNS TABLE (parent uuid, leg integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    level uuid[] := ARRAY[under];
    depth integer := 1;
BEGIN
    WHILE cardinality(level) > 0 AND (levels IS NULL OR depth <= levels) LOOP
        RETURN QUERY
        SELECT p.id, n.leg
        FROM unnest(level) WITH ORDINALITY AS p (id, place) CROSS JOIN generate_series(1, width) AS n (leg)
        WHERE NOT EXISTS (SELECT FROM distributors AS d WHERE d.placement_id = p.id AND d.placement_leg = n.leg)
        ORDER BY p.place, n.leg LIMIT 1;
        EXIT WHEN FOUND;
        SELECT array_agg(d.user_id ORDER BY p.place, d.placement_leg) INTO level
        FROM unnest(level) WITH ORDINALITY AS p (id, place)
        JOIN distributors AS d ON d.placement_id = p.id AND d.placement_leg <= width;
        depth := depth + 1;
    END LOOP;
END $$;

-- Down the leg whose group has the fewest people, or, by the name of a volume, the one that brings the least; ties go to fewer
-- people, then to the lower leg; a leg without a free place within the levels is no choice. A step looks at the group of
-- whoever it has come to, so all steps of a balanced tree together look at twice the first group.
CREATE FUNCTION lightest_placement(under uuid, width integer, levels integer, volume text)
    RETURNS TABLE (parent uuid, leg integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    here uuid := under;
    below integer := levels;
    chosen record;
BEGIN
    LOOP
        below := below - 1;
        SELECT n.leg, w.child INTO chosen
        FROM generate_series(1, width) AS n (leg) LEFT JOIN leg_weights(here, width, below, volume) AS w ON w.leg = n.leg
        WHERE w.child IS NULL OR below IS NULL OR w.open
        ORDER BY coalesce(w.brings, 0), coalesce(w.people, 0), n.leg LIMIT 1;
        EXIT WHEN NOT FOUND;
        IF chosen.child IS NULL THEN
            RETURN QUERY SELECT here, chosen.leg;
            RETURN;
        END IF;
        here := chosen.child;
    END LOOP;
END $$;

-- For each leg of somebody in which somebody hangs: who, how many people are in that group, what they bring of a volume (0
-- without one), and whether it has a free place within so many levels (NULL where any will do): it is full when as many people
-- as can stand on the next level do. By the kept paths where there are any, and otherwise from parent to child.
CREATE FUNCTION leg_weights(person uuid, width integer, levels integer, volume text)
    RETURNS TABLE (leg integer, child uuid, people bigint, brings numeric, open boolean)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
DECLARE
    -- Everybody has fewer than 2^40 people below; one leg each makes a level of one.
    full_level bigint := CASE WHEN width = 1 THEN 1 WHEN ln(width) * levels > ln(2) * 40 THEN 1::bigint << 40
        ELSE round(power(width::numeric, levels)) END;
    own text := CASE volume WHEN 'current_month_pv' THEN 'coalesce(d.current_month_pv, 0)'
        WHEN 'personal_pv' THEN 'coalesce(d.personal_pv, 0)' WHEN 'lifetime_pv' THEN 'coalesce(d.lifetime_pv, 0)' ELSE '0' END;
BEGIN
    IF levels IS NULL AND EXISTS (SELECT FROM genealogy_closure AS c WHERE c.tree = 'placement' AND c.enabled) THEN
        RETURN QUERY EXECUTE
            'SELECT p.leg_position, (array_agg(d.user_id) FILTER (WHERE p.depth = 1))[1], count(*), sum(' || own || ')::numeric,
                    NULL::boolean
             FROM genealogy_paths AS p JOIN distributors AS d ON d.user_id = p.descendant_id
             WHERE p.ancestor_id = $1 AND p.path_type = ''placement'' AND p.leg_position <= $2
             GROUP BY p.leg_position'
        USING person, width;
    ELSE
        RETURN QUERY EXECUTE
            'WITH RECURSIVE below (leg, id, depth, reached, own) AS (
                 SELECT d.placement_leg, d.user_id, 1, true, ' || own || '
                 FROM distributors AS d WHERE d.placement_id = $1 AND d.placement_leg <= $2
                 UNION ALL
                 SELECT b.leg, child.id, b.depth + 1, b.reached AND child.leg <= $2, child.own
                 FROM below AS b CROSS JOIN LATERAL (
                     SELECT d.user_id AS id, d.placement_leg AS leg, ' || own || ' AS own
                     FROM distributors AS d WHERE d.placement_id = b.id OFFSET 0) AS child
             )
             SELECT b.leg, (array_agg(b.id) FILTER (WHERE b.depth = 1))[1], count(*), sum(b.own)::numeric,
                    count(*) FILTER (WHERE b.reached AND b.depth = $3 + 1) < $4
             FROM below AS b GROUP BY b.leg'
        USING person, width, levels, full_level;
    END IF;
END $$;

-- Whoever stands in a tree stays, though nobody else names them: what was paid upwards along them must come out the same. Whom
-- anything else names, its foreign key keeps.
CREATE FUNCTION refuse_leaving_trees() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'distributor % stands in the % tree and is not deleted', OLD.user_id,
        CASE WHEN OLD.sponsor_id IS NOT NULL THEN 'sponsor' WHEN OLD.placement_id IS NOT NULL THEN 'placement' ELSE 'enroller' END
        USING ERRCODE = 'foreign_key_violation', TABLE = 'distributors', CONSTRAINT = 'distributors_delete_check',
        HINT = 'Terminate the contract, or erase the personal data.';
END $$;
