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
-- level, there the first from the left (`breadth_first`), at most so many levels down (NULL: any). No row where there is none.
-- Whoever asks has places alone, after sharing the trees as every enrolment does: nobody is moved and nobody else is given
-- a place until the transaction ends. Each step down is an index lookup.
CREATE FUNCTION free_placement(under uuid, rule text, width integer, levels integer)
    RETURNS TABLE (parent uuid, leg integer)
    LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    PERFORM share_genealogy_to_enrol();
    PERFORM pg_advisory_xact_lock(genealogy_lock_key('places'));
    IF rule = 'breadth_first' THEN
        RETURN QUERY SELECT f.parent, f.leg FROM highest_placement(under, width, levels) AS f;
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
