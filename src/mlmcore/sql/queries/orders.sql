-- name: orders_items
-- purpose: the items of some orders, in the currency of their order
SELECT i.id, i.order_id, i.product_id, i.quantity, i.unit_price, i.total_price, i.pv, i.created_at, o.currency
FROM {schema}.order_items AS i
JOIN {schema}.orders AS o ON o.id = i.order_id
WHERE i.order_id = ANY (%(orders)s)
ORDER BY i.id;

-- name: orders_refund_items
-- purpose: the items of some refunds, in the currency of their refund
SELECT i.id, i.refund_id, i.order_item_id, i.quantity, i.amount, i.pv, i.created_at, r.currency
FROM {schema}.order_refund_items AS i
JOIN {schema}.order_refunds AS r ON r.id = i.refund_id
WHERE i.refund_id = ANY (%(refunds)s)
ORDER BY i.id;

-- name: orders_lock
-- purpose: hold an order while it is changed or refunded
SELECT 1 FROM {schema}.orders WHERE id = %(id)s FOR UPDATE;

-- name: orders_check_totals
-- purpose: after a bulk load, that all its orders agree with their items
SELECT {schema}.check_order_totals(%(orders)s::uuid[]);
