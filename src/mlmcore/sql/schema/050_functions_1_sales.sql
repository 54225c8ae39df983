-- Which orders count, on which instant a day begins, and whether an order's totals agree with its items. The predicates are
-- SQL functions with a standard body, which are bound when they are created and inlined where they are used; a SET clause
-- would make them some twenty times slower, so none has one.

-- The one rule: an order counts when it is paid, or partially refunded (less its refunds, which are rows of their own), and
-- is not pending, cancelled or refunded. A paid order that is still pending does not count, and that is meant.
-- `mlmcore.domain.orders_rule.counts` says the same in Python.
CREATE FUNCTION order_counts(status order_status, payment payment_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(payment IN ('paid', 'partially_refunded') AND status NOT IN ('pending', 'cancelled', 'refunded'), false);

-- Whether a refund lowers the volume of the period it falls into, or an order raises it: when the order counts, or when it
-- was refunded in full and not all of that happened in one period: it was paid in an earlier one, or refunded in a later
-- one. In its own period an order that was refunded in full counts for nothing, and so does its refund.
CREATE FUNCTION refund_counts(status order_status, payment payment_status, other_period boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN order_counts(status, payment) OR coalesce(
        other_period
        AND (status = 'refunded' OR payment = 'refunded')
        AND status NOT IN ('pending', 'cancelled'), false);

-- Whether an order was ever paid.
CREATE FUNCTION was_paid(payment payment_status, paid_at timestamptz) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN paid_at IS NOT NULL OR coalesce(payment IN ('paid', 'partially_refunded', 'refunded'), false);

-- The first instant of a day in a zone. Where clocks go back over midnight the day begins twice: the first time is meant
-- (PostgreSQL by itself takes the second). Where they go forward over midnight it begins when the gap ends.
CREATE FUNCTION start_of_day(day date, zone text) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT min(instant.at)
        FROM (
            SELECT (day::timestamp AT TIME ZONE zone) - back.step AS at, back.step
            FROM (VALUES (interval '0'), (interval '30 minutes'), (interval '1 hour'), (interval '2 hours')) AS back (step)
        ) AS instant
        WHERE instant.step = interval '0' OR instant.at AT TIME ZONE zone = day::timestamp
    );

-- The orders among some (or among all, for NULL) whose totals do not agree: the subtotal is the sum of its items, the total
-- is the subtotal less discount plus tax and shipping, and what was paid has items.
CREATE FUNCTION disagreeing_orders(order_ids uuid[]) RETURNS TABLE (order_number varchar, finding text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT o.order_number, concat_ws('; ',
            CASE WHEN o.subtotal <> items.total
                THEN format('subtotal %s, its items come to %s', o.subtotal, items.total) END,
            CASE WHEN items.count = 0 AND was_paid(o.payment_status, o.paid_at) THEN 'it was paid, and has no items' END,
            CASE WHEN o.total <> sums.total THEN format(
                'total %s, subtotal - discount + tax + shipping comes to %s', o.total, sums.total) END)
        FROM orders AS o
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(i.total_price), 0.00) AS total, count(*) AS count FROM order_items AS i WHERE i.order_id = o.id
        ) AS items
        CROSS JOIN LATERAL (
            SELECT o.subtotal - coalesce(o.discount_amount, 0) + coalesce(o.tax_amount, 0)
                + coalesce(o.shipping_amount, 0) AS total
        ) AS sums
        WHERE (order_ids IS NULL OR o.id = ANY (order_ids)) AND (
            o.subtotal <> items.total OR o.total <> sums.total
            OR (items.count = 0 AND was_paid(o.payment_status, o.paid_at)))
        ORDER BY o.order_number;
    END;

-- Raise when orders disagree with their items: all of them counted, the first ten named. A bulk load calls it once, without
-- an argument, in its own transaction.
CREATE FUNCTION check_order_totals(order_ids uuid[] DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
DECLARE
    found bigint;
    named text;
BEGIN
    SELECT count(*), string_agg(line, E'\n' ORDER BY place) FILTER (WHERE place <= 10)
    INTO found, named
    FROM (
        SELECT format('order %s: %s', d.order_number, d.finding) AS line, row_number() OVER (ORDER BY d.order_number) AS place
        FROM disagreeing_orders(order_ids) AS d
    ) AS lines;
    IF found > 0 THEN
        RAISE EXCEPTION '% order(s) do not add up', found USING
            ERRCODE = 'check_violation', TABLE = 'orders', CONSTRAINT = 'orders_totals_check', DETAIL = named,
            HINT = 'Write an order and all its items in one transaction, with totals that agree.';
    END IF;
END $$;

CREATE FUNCTION check_totals_of_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_TABLE_NAME = 'orders' THEN
        PERFORM check_order_totals(ARRAY[NEW.id]);
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM check_order_totals(ARRAY[OLD.order_id]);
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM check_order_totals(ARRAY[OLD.order_id, NEW.order_id]);
    ELSE
        PERFORM check_order_totals(ARRAY[NEW.order_id]);
    END IF;
    RETURN NULL;
END $$;

-- What the triggers of order totals have put off until the end of the transaction, they say now; what comes later they put off
-- again. A unit of work in a host's transaction calls it when it ends, so that the unit gets the error and not the host.
CREATE FUNCTION check_totals_now() RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals IMMEDIATE;
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals DEFERRED;
END $$;
