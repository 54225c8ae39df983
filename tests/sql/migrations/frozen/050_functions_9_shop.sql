-- The shop: no category stands below itself, an order is in the currency of its products, what was paid stays as it was paid,
-- and no more comes back of it than there was. 060 says when these are asked.

-- Whoever moves categories does it alone, and waits before holding any row.
CREATE FUNCTION lock_categories() RETURNS void
    LANGUAGE sql VOLATILE
    RETURN pg_advisory_xact_lock((7171182::bigint << 40)
        | (SELECT c.relnamespace::bigint FROM pg_catalog.pg_class AS c WHERE c.oid = 'product_categories'::regclass));

CREATE FUNCTION lock_categories_first() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM lock_categories();
    RETURN NULL;
END $$;

-- FOR SHARE: in a transaction that sees an older state, a row on the way that was moved since ends it, instead of being
-- believed.
CREATE FUNCTION refuse_category_loop() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    above uuid := NEW.parent_id;
    seen uuid[] := ARRAY[NEW.id];
    way text := NEW.slug;
    parent record;
BEGIN
    WHILE above IS NOT NULL LOOP
        SELECT c.id, c.slug, c.parent_id INTO parent FROM product_categories AS c WHERE c.id = above FOR SHARE;
        EXIT WHEN NOT FOUND;
        way := way || ' -> ' || parent.slug;
        IF parent.id = NEW.id THEN
            RAISE EXCEPTION 'the tree of categories would have a loop: %', way USING
                ERRCODE = 'check_violation', TABLE = 'product_categories', CONSTRAINT = 'product_categories_loop_check',
                HINT = 'Nothing can stand below itself: give one of them another parent, or none.';
        END IF;
        EXIT WHEN parent.id = ANY (seen);
        seen := seen || parent.id;
        above := parent.parent_id;
    END LOOP;
    RETURN NULL;
END $$;

-- A category and all below it.
CREATE FUNCTION categories_below(category uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE below AS (
            SELECT category AS id
            UNION
            SELECT c.id FROM below AS b JOIN product_categories AS c ON c.parent_id = b.id
        )
        SELECT b.id FROM below AS b;
    END;

-- The orders among some with an item whose product is sold in another currency. Asked when items are written: a product may
-- change its currency later, and its old orders stay what they are.
CREATE FUNCTION check_order_currencies(order_ids uuid[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $$
DECLARE
    wrong record;
BEGIN
    SELECT o.order_number, o.currency, p.sku, p.currency AS other INTO wrong
    FROM orders AS o
    JOIN order_items AS i ON i.order_id = o.id
    JOIN products AS p ON p.id = i.product_id
    WHERE o.id = ANY (order_ids) AND coalesce(p.currency, 'USD') <> coalesce(o.currency, 'USD')
    ORDER BY o.order_number, p.sku
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'order % is in %, and product % is sold in %', wrong.order_number, wrong.currency, wrong.sku, wrong.other
            USING ERRCODE = 'check_violation', TABLE = 'order_items', CONSTRAINT = 'order_items_currency_check',
            HINT = 'An order is in the currency of its products.';
    END IF;
END $$;

CREATE FUNCTION check_currency_of_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_TABLE_NAME = 'orders' THEN
        PERFORM check_order_currencies(ARRAY[NEW.id]);
    ELSE
        PERFORM check_order_currencies(ARRAY[NEW.order_id]);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_paid_change(number text, what text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'order % was paid, and % any more', number, what USING
        ERRCODE = 'check_violation', TABLE = 'orders', CONSTRAINT = 'orders_paid_check',
        HINT = 'Refund the order and place a new one.';
END $$;

-- What was paid for is what counts: the buyer, the seller, the money, the volumes and the day stay.
CREATE FUNCTION guard_paid_order() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    changed text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM refuse_paid_change(OLD.order_number, 'cannot be deleted');
    END IF;
    SELECT string_agg(before.key, ', ' ORDER BY before.key) INTO changed
    FROM jsonb_each(to_jsonb(OLD)) AS before
    JOIN jsonb_each(to_jsonb(NEW)) AS after ON after.key = before.key
    WHERE before.value <> after.value AND before.key = ANY (ARRAY[
        'customer_id', 'distributor_id', 'subtotal', 'discount_amount', 'tax_amount', 'shipping_amount', 'total', 'currency',
        'volumes', 'paid_at']) AND NOT (before.key = 'paid_at' AND OLD.paid_at IS NULL);
    IF changed IS NOT NULL THEN
        PERFORM refuse_paid_change(OLD.order_number, 'its ' || changed || ' cannot change');
    END IF;
    RETURN NULL;
END $$;

-- Whether a row with this `xmin` was written by the transaction that runs: it, or a savepoint of it, is in progress still.
-- The row's 32 bits mean the number nearest to ours; one that is far ahead is a row's that was frozen long ago, which the server
-- would call a transaction of the future.
CREATE FUNCTION is_of_this_transaction(row_xmin xid) RETURNS boolean
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    ours bigint := pg_current_xact_id()::text::bigint;
    ahead bigint := (row_xmin::text::bigint - ours) & 4294967295;
BEGIN
    IF ahead BETWEEN 268435456 AND 2147483647 THEN
        RETURN false;
    END IF;
    RETURN coalesce(
        pg_xact_status((ours + ahead - CASE WHEN ahead > 2147483647 THEN 4294967296 ELSE 0 END)::text::xid8) = 'in progress',
        false);
END $$;

-- Items come with their order: one that came later would bring volume that nobody paid for. The order is held, so that nobody
-- pays it between this look and the commit. Of a paid order that this transaction stored or paid, items may come as long as
-- all of its items are this transaction's: an order that was paid before has some (a paid order has items, 050_1), and those
-- are nobody's to write any more.
CREATE FUNCTION guard_paid_item() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    head record;
BEGIN
    SELECT o.id, o.order_number, o.xmin AS version, was_paid(o.payment_status, o.paid_at) AS paid INTO head FROM orders AS o
    WHERE o.id = CASE TG_OP WHEN 'INSERT' THEN NEW.order_id ELSE OLD.order_id END FOR NO KEY UPDATE;
    IF NOT coalesce(head.paid, false) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' AND is_of_this_transaction(head.version) AND NOT EXISTS (
        SELECT FROM order_items AS i WHERE i.order_id = head.id AND NOT is_of_this_transaction(i.xmin)
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM refuse_paid_change(head.order_number, 'its items cannot change');
    RETURN NULL;
END $$;

CREATE FUNCTION refuse_refund(refund text, what text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'refund % %', refund, what USING
        ERRCODE = 'check_violation', TABLE = 'order_refunds', CONSTRAINT = 'order_refunds_excess_check',
        HINT = 'No more of an order comes back than there was.';
END $$;

-- Hold an order until the transaction ends, by writing it: behind a lock alone a transaction with an older snapshot (REPEATABLE
-- READ) would go on without seeing what was given back since. Whoever has written it holds it already.
CREATE FUNCTION hold_order(held uuid) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE orders AS o SET notes = o.notes WHERE o.id = held AND NOT is_of_this_transaction(o.xmin);
END $$;

-- The order is held first, so that two refunds at once see each other.
CREATE FUNCTION guard_refund() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    sold record;
    back numeric;
BEGIN
    PERFORM hold_order(NEW.order_id);
    SELECT o.order_number, o.currency, o.total INTO sold FROM orders AS o WHERE o.id = NEW.order_id;
    SELECT sum(r.amount) INTO back FROM order_refunds AS r WHERE r.order_id = NEW.order_id;
    IF NEW.currency <> sold.currency THEN
        PERFORM refuse_refund(NEW.refund_number,
            format('is in %s, and order %s in %s', NEW.currency, sold.order_number, sold.currency));
    ELSIF back > sold.total THEN
        PERFORM refuse_refund(NEW.refund_number,
            format('would bring what came back of order %s to %s; it had %s', sold.order_number, back, sold.total));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guard_refund_item() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    refund record;
    sold record;
    back record;
BEGIN
    SELECT r.refund_number, r.order_id INTO refund FROM order_refunds AS r WHERE r.id = NEW.refund_id;
    PERFORM hold_order(refund.order_id);
    SELECT i.order_id, i.quantity, i.total_price, i.pv INTO sold FROM order_items AS i WHERE i.id = NEW.order_item_id;
    SELECT sum(b.quantity) AS quantity, sum(b.amount) AS amount, sum(b.pv) AS pv INTO back
    FROM order_refund_items AS b WHERE b.order_item_id = NEW.order_item_id;
    IF sold.order_id <> refund.order_id THEN
        PERFORM refuse_refund(refund.refund_number, format('names item %s of another order', NEW.order_item_id));
    ELSIF back.quantity > sold.quantity OR back.amount > sold.total_price OR back.pv > sold.pv THEN
        PERFORM refuse_refund(refund.refund_number, format(
            'would bring what came back of item %s to %s pieces, %s of money and %s PV; it had %s, %s and %s', NEW.order_item_id,
            back.quantity, back.amount, back.pv, sold.quantity, sold.total_price, sold.pv));
    END IF;
    RETURN NULL;
END $$;
