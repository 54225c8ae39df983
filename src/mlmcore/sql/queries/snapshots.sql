-- name: snapshot_people
-- purpose: everybody who joined by the period's last day, with the parents of all three trees, as fixed-width columns
COPY (
    SELECT d.user_id,
           (d.join_date - date '1970-01-01')::int4,
           array_position(enum_range(NULL::{schema}.distributor_status), d.status)::int4,
           d.sponsor_id IS NOT NULL,
           coalesce(d.sponsor_id, d.user_id),
           coalesce(d.sponsor_leg, 0)::int4,
           d.placement_id IS NOT NULL,
           coalesce(d.placement_id, d.user_id),
           coalesce(d.placement_leg, 0)::int4,
           d.enroller_id IS NOT NULL,
           coalesce(d.enroller_id, d.user_id)
    FROM {schema}.distributors AS d
    WHERE d.join_date < %(end_day)s
    ORDER BY d.user_id
) TO STDOUT (FORMAT BINARY);

-- name: snapshot_stood_before
-- purpose: who moved in one tree from an instant on, each with the place before the first of these moves
SELECT DISTINCT ON (m.distributor_id) m.distributor_id, m.from_parent_id, m.from_leg
FROM {schema}.genealogy_moves AS m
WHERE m.tree = %(tree)s AND m.moved_at >= %(instant)s
ORDER BY m.distributor_id, m.moved_at;

-- name: snapshot_attributes
-- purpose: what plans declare about people, for everybody in the snapshot
SELECT d.user_id, d.attributes
FROM {schema}.distributors AS d
WHERE d.join_date < %(end_day)s
ORDER BY d.user_id;

-- name: snapshot_orders
-- purpose: orders that count from a first instant to the period's end, and earlier originals of refunds, as fixed-width columns
COPY (
    SELECT o.id,
           o.distributor_id,
           o.customer_id,
           c.user_id IS NOT NULL,
           coalesce(c.user_id, o.customer_id),
           ((o.at AT TIME ZONE %(zone)s)::date - date '1970-01-01')::int4,
           o.currency <> %(currency)s,
           (coalesce((SELECT sum(i.pv) FROM {schema}.order_items AS i WHERE i.order_id = o.id), 0) * 100)::int8,
           (o.subtotal * 100)::int8,
           (o.total * 100)::int8
    FROM (
        SELECT o.*, coalesce(o.paid_at, o.created_at) AS at
        FROM {schema}.orders AS o
        WHERE (o.paid_at IS NOT NULL OR o.status <> 'pending') AND o.status <> 'cancelled'
    ) AS o
    JOIN {schema}.customers AS c ON c.id = o.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(r.refunded_at >= %(first)s AND r.refunded_at < %(end)s), false) AS within,
               -- after the period in which the order's day lies, which may be the one before
               coalesce(
                   bool_or(r.refunded_at >= CASE WHEN o.at < %(start)s THEN %(start)s ELSE %(end)s END), false
               ) AS later
        FROM {schema}.order_refunds AS r
        WHERE r.order_id = o.id
    ) AS refunded
    WHERE o.at < %(end)s
      AND CASE WHEN o.at < %(first)s THEN refunded.within
          ELSE {schema}.order_counts(o.status, o.payment_status)
               OR (refunded.later AND (o.status = 'refunded' OR o.payment_status = 'refunded')) END
    ORDER BY o.id
) TO STDOUT (FORMAT BINARY);

-- name: snapshot_refunds
-- purpose: refunds from a first instant to the period's end, as fixed-width columns
COPY (
    SELECT r.id,
           r.order_id,
           ((r.refunded_at AT TIME ZONE %(zone)s)::date - date '1970-01-01')::int4,
           (coalesce(back.pv, 0) * 100)::int8,
           (coalesce(back.amount, 0) * 100)::int8,
           (r.amount * 100)::int8
    FROM {schema}.order_refunds AS r
    CROSS JOIN LATERAL (
        SELECT sum(i.pv) AS pv, sum(i.amount) AS amount
        FROM {schema}.order_refund_items AS i
        WHERE i.refund_id = r.id
    ) AS back
    WHERE r.refunded_at >= %(first)s AND r.refunded_at < %(end)s
    ORDER BY r.id
) TO STDOUT (FORMAT BINARY);

-- name: snapshot_cancelled
-- purpose: refunds in the span whose order is cancelled, so that nobody can know whether it counted
SELECT r.id, o.order_number
FROM {schema}.order_refunds AS r
JOIN {schema}.orders AS o ON o.id = r.order_id
WHERE o.status = 'cancelled'
  AND r.refunded_at >= %(first)s AND r.refunded_at < %(end)s
  AND coalesce(o.paid_at, o.created_at) < %(end)s
ORDER BY r.id;

-- name: snapshot_volumes
-- purpose: the further volumes of some orders and refunds
SELECT id, volumes FROM {schema}.orders WHERE id = ANY (%(orders)s)
UNION ALL
SELECT id, volumes FROM {schema}.order_refunds WHERE id = ANY (%(refunds)s);

-- name: snapshot_event_data
-- purpose: everything that is known of some events
SELECT id, data FROM {schema}.person_events WHERE id = ANY (%(ids)s);
