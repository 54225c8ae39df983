-- Places by the weight of legs: the function that gives places asks for a volume, too. And what a unit of work calls at its end.
DROP FUNCTION free_placement(uuid, text, integer, integer);

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

CREATE FUNCTION check_totals_now() RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals IMMEDIATE;
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals DEFERRED;
END $$;
