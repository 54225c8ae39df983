-- A distributor's volumes between two days, under the name and the signature that were asked for. Personal volume is what
-- the distributor sold; group volume is that of everybody below in the sponsor tree as it stands now, and the distributor's
-- own. Sales count by `order_counts` on the instant they were first paid (`created_at` where that is not known); a refund
-- is subtracted on its own day. What was refunded in full later on still counts when it was paid, as in a run.

-- The zone of the period that has exactly these days. The signature has only days, and a day is another stretch of time in
-- each zone: where no period has them it is UTC, where periods in several zones have them nobody can say, and it is refused.
CREATE FUNCTION zone_of_days(first_day date, last_day date) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
DECLARE
    zones text[];
BEGIN
    SELECT array_agg(DISTINCT p.timezone::text) INTO zones
    FROM commission_periods AS p
    WHERE p.start_date = first_day AND p.end_date = last_day;
    IF cardinality(zones) > 1 THEN
        RAISE EXCEPTION 'periods from % to % lie in several zones: %', first_day, last_day, array_to_string(zones, ', ') USING
            ERRCODE = 'ambiguous_parameter',
            HINT = 'Give the periods one timezone, or read the volumes of a run instead.';
    END IF;
    RETURN coalesce(zones[1], 'UTC');
END $$;

-- Whether something of an order was refunded from an instant on.
CREATE FUNCTION refunded_since(refunded uuid, instant timestamptz) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN EXISTS (SELECT FROM order_refunds AS r WHERE r.order_id = refunded AND r.refunded_at >= instant);

-- What some sellers sold between two instants, less refunds.
CREATE FUNCTION sold_volume(sellers uuid[], since timestamptz, until timestamptz) RETURNS numeric
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT
            coalesce((
                SELECT sum(i.pv)
                FROM orders AS o JOIN order_items AS i ON i.order_id = o.id
                WHERE o.distributor_id = ANY (sellers)
                    AND coalesce(o.paid_at, o.created_at) >= since AND coalesce(o.paid_at, o.created_at) < until
                    AND refund_counts(o.status, o.payment_status, refunded_since(o.id, until))), 0)
            - coalesce((
                SELECT sum(i.pv)
                FROM order_refunds AS r
                JOIN order_refund_items AS i ON i.refund_id = r.id
                JOIN orders AS o ON o.id = r.order_id
                WHERE o.distributor_id = ANY (sellers) AND r.refunded_at >= since AND r.refunded_at < until
                    AND refund_counts(
                        o.status,
                        o.payment_status,
                        coalesce(o.paid_at, o.created_at) < since OR refunded_since(o.id, until)
                    )), 0);
    END;

-- Everybody below a person in the sponsor tree: from the paths where they are kept, else by walking down.
CREATE FUNCTION sponsor_downline(top uuid) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
BEGIN
    IF (SELECT c.enabled FROM genealogy_closure AS c WHERE c.tree = 'sponsor') THEN
        RETURN QUERY SELECT p.descendant_id FROM genealogy_paths AS p WHERE p.ancestor_id = top AND p.path_type = 'sponsor';
    ELSE
        RETURN QUERY
        WITH RECURSIVE below (id) AS (
            SELECT d.user_id FROM distributors AS d WHERE d.sponsor_id = top
            UNION ALL
            SELECT child.id FROM below AS b CROSS JOIN LATERAL (
                SELECT d.user_id AS id FROM distributors AS d WHERE d.sponsor_id = b.id OFFSET 0) AS child
        )
        SELECT b.id FROM below AS b;
    END IF;
END $$;

CREATE FUNCTION calculate_distributor_volumes(dist_id uuid, period_start date, period_end date)
    RETURNS TABLE (personal_pv decimal, group_pv decimal)
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
DECLARE
    zone text := zone_of_days(period_start, period_end);
    since timestamptz := start_of_day(period_start, zone);
    until timestamptz := start_of_day(period_end + 1, zone);
BEGIN
    personal_pv := sold_volume(ARRAY[dist_id], since, until);
    group_pv := personal_pv + sold_volume(ARRAY(SELECT sponsor_downline(dist_id)), since, until);
    RETURN NEXT;
END $$;
