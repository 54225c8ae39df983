-- name: orders_items
-- purpose: the items of some orders, in the currency of their order
SELECT i.id, i.order_id, i.product_id, i.quantity, i.unit_price, i.total_price, i.pv, i.created_at, i.stock_taken,
       o.currency
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
-- purpose: hold an order while it is changed or refunded; its key never changes, so those who refer to it need not wait
SELECT 1 FROM {schema}.orders WHERE id = %(id)s FOR NO KEY UPDATE;

-- name: orders_check_totals
-- purpose: after a bulk load, that all its orders agree with their items
SELECT {schema}.check_order_totals(%(orders)s::uuid[]), {schema}.check_order_currencies(%(orders)s::uuid[]);

-- name: customers_record_payment
-- purpose: add a payment to what a customer has paid, whatever was read before; in the currency of the first payment
UPDATE {schema}.customers AS c
SET lifetime_value = coalesce(c.lifetime_value, 0)
        + CASE WHEN coalesce(c.lifetime_currency, %(currency)s) = %(currency)s THEN %(amount)s ELSE 0 END,
    lifetime_currency = coalesce(c.lifetime_currency, %(currency)s),
    first_order_date = least(c.first_order_date, %(day)s),
    last_order_date = greatest(c.last_order_date, %(day)s)
WHERE c.id = %(id)s
RETURNING c.*;

-- name: customers_record_refund
-- purpose: take what went back off what a customer has paid; no row where that is counted in another currency
UPDATE {schema}.customers AS c
SET lifetime_value = coalesce(c.lifetime_value, 0) - %(amount)s
WHERE c.id = %(id)s AND c.lifetime_currency = %(currency)s
RETURNING c.*;
