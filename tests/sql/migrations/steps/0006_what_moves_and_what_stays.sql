-- States that move by their machines whoever writes, records of which some things never change, and orders whose items and
-- refunds no session brings behind another's back.

CREATE OR REPLACE FUNCTION disagreeing_orders(order_ids uuid[]) RETURNS TABLE (order_number varchar, finding text)
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

CREATE OR REPLACE FUNCTION is_of_this_transaction(row_xmin xid) RETURNS boolean
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

CREATE OR REPLACE FUNCTION guard_paid_item() RETURNS trigger
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

CREATE FUNCTION hold_order(held uuid) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE orders AS o SET notes = o.notes WHERE o.id = held AND NOT is_of_this_transaction(o.xmin);
END $$;

CREATE OR REPLACE FUNCTION guard_refund() RETURNS trigger
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

CREATE OR REPLACE FUNCTION guard_refund_item() RETURNS trigger
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

CREATE FUNCTION legal_moves(machine text, state text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE machine
        WHEN 'user' THEN CASE state
            WHEN 'active' THEN ARRAY['suspended', 'inactive']
            WHEN 'inactive' THEN ARRAY['active']
            WHEN 'suspended' THEN ARRAY['active', 'inactive']
            WHEN 'pending' THEN ARRAY['active', 'inactive']
            ELSE ARRAY[]::text[] END
        WHEN 'distributor' THEN CASE state
            WHEN 'active' THEN ARRAY['inactive', 'on_hold', 'terminated']
            WHEN 'inactive' THEN ARRAY['active', 'on_hold', 'terminated']
            WHEN 'on_hold' THEN ARRAY['active', 'inactive', 'terminated']
            ELSE ARRAY[]::text[] END
        WHEN 'customer' THEN CASE state
            WHEN 'active' THEN ARRAY['inactive', 'suspended']
            WHEN 'inactive' THEN ARRAY['active', 'suspended']
            WHEN 'suspended' THEN ARRAY['active', 'inactive']
            ELSE ARRAY[]::text[] END
        WHEN 'product' THEN CASE state
            WHEN 'active' THEN ARRAY['inactive', 'discontinued']
            WHEN 'inactive' THEN ARRAY['active', 'discontinued']
            ELSE ARRAY[]::text[] END
        WHEN 'contact' THEN CASE state
            WHEN 'new' THEN ARRAY['contacted', 'qualified', 'lost']
            WHEN 'contacted' THEN ARRAY['qualified', 'proposal', 'lost']
            WHEN 'qualified' THEN ARRAY['proposal', 'negotiation', 'enrolled', 'won', 'lost']
            WHEN 'proposal' THEN ARRAY['negotiation', 'enrolled', 'won', 'lost']
            WHEN 'negotiation' THEN ARRAY['enrolled', 'won', 'lost']
            WHEN 'won' THEN ARRAY['enrolled']
            WHEN 'lost' THEN ARRAY['contacted']
            ELSE ARRAY[]::text[] END
        WHEN 'task' THEN CASE state
            WHEN 'pending' THEN ARRAY['in_progress', 'completed', 'cancelled']
            WHEN 'in_progress' THEN ARRAY['pending', 'completed', 'cancelled']
            WHEN 'completed' THEN ARRAY['in_progress']
            ELSE ARRAY[]::text[] END
        WHEN 'order' THEN CASE state
            WHEN 'pending' THEN ARRAY['confirmed', 'cancelled']
            WHEN 'confirmed' THEN ARRAY['processing', 'shipped', 'cancelled', 'refunded']
            WHEN 'processing' THEN ARRAY['shipped', 'cancelled', 'refunded']
            WHEN 'shipped' THEN ARRAY['delivered', 'refunded']
            WHEN 'delivered' THEN ARRAY['refunded']
            ELSE ARRAY[]::text[] END
        WHEN 'payment' THEN CASE state
            WHEN 'pending' THEN ARRAY['paid', 'failed']
            WHEN 'paid' THEN ARRAY['refunded', 'partially_refunded']
            WHEN 'failed' THEN ARRAY['pending', 'paid']
            WHEN 'partially_refunded' THEN ARRAY['refunded']
            ELSE ARRAY[]::text[] END
        WHEN 'auto-ship' THEN CASE state
            WHEN 'active' THEN ARRAY['paused', 'cancelled']
            WHEN 'paused' THEN ARRAY['active', 'cancelled']
            ELSE ARRAY[]::text[] END
        WHEN 'kyc' THEN CASE state
            WHEN 'pending' THEN ARRAY['verified', 'rejected']
            WHEN 'verified' THEN ARRAY['rejected', 'expired']
            WHEN 'rejected' THEN ARRAY['pending']
            WHEN 'expired' THEN ARRAY['pending']
            ELSE ARRAY[]::text[] END
        WHEN 'period' THEN CASE state
            WHEN 'open' THEN ARRAY['closed']
            WHEN 'closed' THEN ARRAY['calculating']
            WHEN 'calculating' THEN ARRAY['closed', 'finalized']
            ELSE ARRAY[]::text[] END
        WHEN 'payout' THEN CASE state
            WHEN 'requested' THEN ARRAY['approved', 'cancelled']
            WHEN 'approved' THEN ARRAY['processing', 'cancelled']
            WHEN 'processing' THEN ARRAY['completed', 'failed']
            WHEN 'failed' THEN ARRAY['requested', 'cancelled']
            ELSE ARRAY[]::text[] END
        WHEN 'compliance case' THEN CASE state
            WHEN 'open' THEN ARRAY['investigating', 'closed']
            WHEN 'investigating' THEN ARRAY['resolved', 'closed']
            WHEN 'resolved' THEN ARRAY['investigating', 'closed']
            ELSE ARRAY[]::text[] END
    END;

CREATE FUNCTION guard_move() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    old_row jsonb := to_jsonb(OLD);
    source text := old_row ->> TG_ARGV[1];
    target text := to_jsonb(NEW) ->> TG_ARGV[1];
    legal text[] := legal_moves(TG_ARGV[0], source);
BEGIN
    IF source IS NULL OR target = ANY (legal) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% %: % cannot become %', TG_ARGV[0], old_row ->> TG_ARGV[2], source, coalesce(target, 'NULL') USING
        ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_' || TG_ARGV[1] || '_move_check',
        HINT = format('from %s it can become %s', source,
            coalesce(nullif(array_to_string(legal, ', '), ''), 'nothing: it is final'));
END $$;

CREATE FUNCTION changed_columns(old_row jsonb, new_row jsonb, columns text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT string_agg(c.name, ', ' ORDER BY c.place)
        FROM unnest(string_to_array(columns, ',')) WITH ORDINALITY AS c (name, place)
        WHERE old_row -> c.name IS DISTINCT FROM new_row -> c.name
    );

CREATE FUNCTION refuse_deletion() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    who text := 'each';
BEGIN
    IF TG_OP = 'DELETE' THEN
        who := to_jsonb(OLD) ->> TG_ARGV[1];
    END IF;
    RAISE EXCEPTION '% %: % refused, it is not deleted', TG_ARGV[0], who, TG_OP USING
        ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_delete_check', HINT = TG_ARGV[2];
END $$;

CREATE FUNCTION guard_case() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    changed text := changed_columns(to_jsonb(OLD), to_jsonb(NEW), 'case_number,subject_type,subject_id');
    found jsonb[] := coalesce(OLD.evidence, '{}');
BEGIN
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION '% of case % cannot change once it is stored', changed, OLD.case_number USING
            ERRCODE = 'check_violation', TABLE = 'compliance_cases', CONSTRAINT = 'compliance_cases_subject_check',
            HINT = 'dismiss it and open another one';
    ELSIF (coalesce(NEW.evidence, '{}'))[1:cardinality(found)] IS DISTINCT FROM found THEN
        RAISE EXCEPTION 'evidence of case % is only ever added to', OLD.case_number USING
            ERRCODE = 'check_violation', TABLE = 'compliance_cases', CONSTRAINT = 'compliance_cases_evidence_check',
            HINT = 'add what puts it right';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guard_payout() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    changed text := changed_columns(
        to_jsonb(OLD), to_jsonb(NEW), 'distributor_id,period_id,amount,currency,fee_amount,net_amount');
BEGIN
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION '% of payout % cannot change once it is stored', changed, OLD.id USING
            ERRCODE = 'check_violation', TABLE = 'payouts', CONSTRAINT = 'payouts_fixed_check',
            HINT = 'cancel the payout instead';
    ELSIF OLD.held_reason IS NOT NULL AND NEW.status IS DISTINCT FROM OLD.status AND NEW.status <> 'cancelled' THEN
        RAISE EXCEPTION 'payout % is held (%) and cannot become %', OLD.id, OLD.held_reason, NEW.status USING
            ERRCODE = 'check_violation', TABLE = 'payouts', CONSTRAINT = 'payouts_release_check',
            HINT = 'release it first, by a step of its own';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guard_debt() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    changed text := changed_columns(to_jsonb(OLD), to_jsonb(NEW), 'distributor_id,amount,currency');
BEGIN
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION '% of debt % cannot change once it is stored', changed, OLD.id USING
            ERRCODE = 'check_violation', TABLE = 'debts', CONSTRAINT = 'debts_fixed_check',
            HINT = 'settle it, and store another one';
    ELSIF NEW.settled < OLD.settled THEN
        RAISE EXCEPTION 'debt %: % % is settled already, which cannot shrink to % %', OLD.id, OLD.settled, OLD.currency,
            NEW.settled, NEW.currency USING
            ERRCODE = 'check_violation', TABLE = 'debts', CONSTRAINT = 'debts_settled_shrinks_check',
            HINT = 'store another debt of the difference';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guard_period() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'a new period is open; period % is %', NEW.id, coalesce(NEW.status::text, 'NULL') USING
            ERRCODE = 'check_violation', TABLE = 'commission_periods', CONSTRAINT = 'commission_periods_new_check',
            HINT = 'store it open and close it by a step of its own';
    END IF;
    RAISE EXCEPTION '% of period % cannot change: it is %, not open',
        changed_columns(to_jsonb(OLD), to_jsonb(NEW), 'start_date,end_date,kind,timezone'), OLD.id, OLD.status USING
        ERRCODE = 'check_violation', TABLE = 'commission_periods', CONSTRAINT = 'commission_periods_days_check',
        HINT = 'what falls on other days is put right by adjustments in the open period';
END $$;

CREATE FUNCTION guard_final_run() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'run % cannot change: it is the official run of the finalized period %', OLD.id, OLD.period_id USING
        ERRCODE = 'check_violation', TABLE = 'commission_runs', CONSTRAINT = 'commission_runs_finalized_check',
        HINT = 'what is wrong in it is put right by adjustments in the open period';
END $$;

CREATE FUNCTION refuse_finalized_row(tablename text, what text, period text) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF pinned_period_status(period) = 'finalized' THEN
        RAISE EXCEPTION '% of period % cannot change: the period is finalized', what, period USING
            ERRCODE = 'check_violation', TABLE = tablename, CONSTRAINT = tablename || '_finalized_check',
            HINT = 'what is wrong in it is put right by adjustments in the open period';
    END IF;
END $$;

CREATE FUNCTION guard_company_figure() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refuse_finalized_row('commission_inputs', OLD.name, OLD.period_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM refuse_finalized_row('commission_inputs', NEW.name, NEW.period_id);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION guard_finalized_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM refuse_finalized_row(TG_TABLE_NAME, TG_ARGV[0], OLD.period_id);
    END IF;
    PERFORM refuse_finalized_row(TG_TABLE_NAME, TG_ARGV[0], NEW.period_id);
    RETURN NULL;
END $$;

CREATE FUNCTION guard_finalized_rows() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM refuse_finalized_row(TG_TABLE_NAME, TG_ARGV[0], p.period_id)
    FROM (SELECT DISTINCT o.period_id FROM old_rows AS o) AS p;
    RETURN NULL;
END $$;

DROP TRIGGER tr_orders_totals ON orders;
CREATE CONSTRAINT TRIGGER tr_orders_totals
    AFTER INSERT OR UPDATE OF subtotal, discount_amount, tax_amount, shipping_amount, total, payment_status, paid_at ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NOT bulk_load()) EXECUTE FUNCTION check_totals_of_order();

CREATE TRIGGER tr_users_status_move
    AFTER UPDATE OF status ON users FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('user', 'status', 'id');

CREATE TRIGGER tr_user_profiles_kyc_status_move
    AFTER UPDATE OF kyc_status ON user_profiles FOR EACH ROW WHEN (OLD.kyc_status IS DISTINCT FROM NEW.kyc_status)
    EXECUTE FUNCTION guard_move('kyc', 'kyc_status', 'user_id');

CREATE TRIGGER tr_distributors_status_move
    AFTER UPDATE OF status ON distributors FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('distributor', 'status', 'user_id');

CREATE TRIGGER tr_customers_status_move
    AFTER UPDATE OF status ON customers FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('customer', 'status', 'id');

CREATE TRIGGER tr_products_status_move
    AFTER UPDATE OF status ON products FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('product', 'status', 'id');

CREATE TRIGGER tr_contacts_status_move
    AFTER UPDATE OF status ON contacts FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('contact', 'status', 'id');

CREATE TRIGGER tr_tasks_status_move
    AFTER UPDATE OF status ON tasks FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('task', 'status', 'id');

CREATE TRIGGER tr_orders_status_move
    AFTER UPDATE OF status ON orders FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('order', 'status', 'id');

CREATE TRIGGER tr_orders_payment_status_move
    AFTER UPDATE OF payment_status ON orders FOR EACH ROW WHEN (OLD.payment_status IS DISTINCT FROM NEW.payment_status)
    EXECUTE FUNCTION guard_move('payment', 'payment_status', 'id');

CREATE TRIGGER tr_auto_ships_status_move
    AFTER UPDATE OF status ON auto_ships FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('auto-ship', 'status', 'id');

CREATE TRIGGER tr_commission_periods_status_move
    AFTER UPDATE OF status ON commission_periods FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('period', 'status', 'id');

CREATE TRIGGER tr_payouts_status_move
    AFTER UPDATE OF status ON payouts FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('payout', 'status', 'id');

CREATE TRIGGER tr_compliance_cases_status_move
    AFTER UPDATE OF status ON compliance_cases FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION guard_move('compliance case', 'status', 'id');

CREATE TRIGGER tr_compliance_cases_fixed
    AFTER UPDATE ON compliance_cases FOR EACH ROW
    WHEN (
        OLD.case_number <> NEW.case_number OR OLD.subject_type <> NEW.subject_type OR OLD.subject_id <> NEW.subject_id
        OR OLD.evidence IS DISTINCT FROM NEW.evidence
    )
    EXECUTE FUNCTION guard_case();

CREATE TRIGGER tr_compliance_cases_kept
    AFTER DELETE ON compliance_cases FOR EACH ROW
    EXECUTE FUNCTION refuse_deletion('case', 'case_number', 'dismiss it: set status ''closed''');

CREATE TRIGGER tr_compliance_cases_no_truncate
    BEFORE TRUNCATE ON compliance_cases FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_deletion('case', 'case_number', 'dismiss it: set status ''closed''');

CREATE TRIGGER tr_payouts_fixed
    AFTER UPDATE ON payouts FOR EACH ROW EXECUTE FUNCTION guard_payout();

CREATE TRIGGER tr_payouts_kept
    AFTER DELETE ON payouts FOR EACH ROW
    EXECUTE FUNCTION refuse_deletion('payout', 'id', 'cancel it: set status ''cancelled''');

CREATE TRIGGER tr_payouts_no_truncate
    BEFORE TRUNCATE ON payouts FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_deletion('payout', 'id', 'cancel it: set status ''cancelled''');

CREATE TRIGGER tr_debts_fixed
    AFTER UPDATE ON debts FOR EACH ROW EXECUTE FUNCTION guard_debt();

CREATE TRIGGER tr_debts_kept
    AFTER DELETE ON debts FOR EACH ROW EXECUTE FUNCTION refuse_deletion('debt', 'id', 'settle it');

CREATE TRIGGER tr_debts_no_truncate
    BEFORE TRUNCATE ON debts FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_deletion('debt', 'id', 'settle it');

CREATE TRIGGER tr_commission_periods_new
    AFTER INSERT ON commission_periods FOR EACH ROW
    WHEN (NEW.status IS DISTINCT FROM 'open') EXECUTE FUNCTION guard_period();

CREATE TRIGGER tr_commission_periods_days
    AFTER UPDATE ON commission_periods FOR EACH ROW
    WHEN (OLD.status <> 'open' AND (
        OLD.start_date <> NEW.start_date OR OLD.end_date <> NEW.end_date OR OLD.kind <> NEW.kind
        OR OLD.timezone <> NEW.timezone))
    EXECUTE FUNCTION guard_period();

CREATE TRIGGER tr_commission_runs_finalized
    BEFORE UPDATE OR DELETE ON commission_runs FOR EACH ROW
    WHEN (OLD.official AND OLD.status = 'finalized') EXECUTE FUNCTION guard_final_run();

CREATE TRIGGER tr_commission_inputs_finalized
    AFTER INSERT OR UPDATE OR DELETE ON commission_inputs FOR EACH ROW EXECUTE FUNCTION guard_company_figure();

CREATE TRIGGER tr_commission_carry_finalized
    AFTER UPDATE ON commission_carry FOR EACH ROW EXECUTE FUNCTION guard_finalized_row('what is carried');

CREATE TRIGGER tr_commission_carry_finalized_late
    AFTER INSERT ON commission_carry FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION guard_finalized_row('what is carried');

CREATE TRIGGER tr_commission_carry_finalized_kept
    AFTER DELETE ON commission_carry REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION guard_finalized_rows('what is carried');

CREATE TRIGGER tr_commission_account_lines_finalized
    AFTER UPDATE ON commission_account_lines FOR EACH ROW EXECUTE FUNCTION guard_finalized_row('an account line');

CREATE TRIGGER tr_commission_account_lines_finalized_late
    AFTER INSERT ON commission_account_lines FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION guard_finalized_row('an account line');

CREATE TRIGGER tr_commission_account_lines_finalized_kept
    AFTER DELETE ON commission_account_lines REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION guard_finalized_rows('an account line');

CREATE TRIGGER tr_rank_history_finalized
    AFTER UPDATE ON rank_history FOR EACH ROW EXECUTE FUNCTION guard_finalized_row('a rank');

CREATE TRIGGER tr_rank_history_finalized_late
    AFTER INSERT ON rank_history FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION guard_finalized_row('a rank');

CREATE TRIGGER tr_rank_history_finalized_kept
    AFTER DELETE ON rank_history REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION guard_finalized_rows('a rank');
