-- Who calls the functions of 050, and when. A trigger that takes a bulk load's word for it says so in its WHEN, where it costs
-- no call; the append-only rules and the genealogy hold in every case.

-- Genealogy. The name on the insert is the one that was asked for.
CREATE TRIGGER tr_update_genealogy_paths
    AFTER INSERT ON distributors REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION update_genealogy_paths();

CREATE TRIGGER tr_distributors_share
    BEFORE INSERT ON distributors FOR EACH STATEMENT EXECUTE FUNCTION share_genealogy_first();

-- In the order of their names, which is the order of locking.
CREATE TRIGGER tr_distributors_lock_1_sponsor
    BEFORE UPDATE OF sponsor_id ON distributors
    FOR EACH STATEMENT EXECUTE FUNCTION lock_genealogy_first('sponsor');

CREATE TRIGGER tr_distributors_lock_2_placement
    BEFORE UPDATE OF placement_id, placement_leg ON distributors
    FOR EACH STATEMENT EXECUTE FUNCTION lock_genealogy_first('placement');

CREATE TRIGGER tr_distributors_lock_3_enroller
    BEFORE UPDATE OF enroller_id ON distributors
    FOR EACH STATEMENT EXECUTE FUNCTION lock_genealogy_first('enroller');

CREATE TRIGGER tr_distributors_leave_leg
    BEFORE UPDATE ON distributors FOR EACH ROW
    WHEN (OLD.sponsor_id IS DISTINCT FROM NEW.sponsor_id) EXECUTE FUNCTION leave_sponsor_leg();

CREATE TRIGGER tr_distributors_move
    AFTER UPDATE ON distributors REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION move_genealogy_paths();

CREATE TRIGGER tr_distributors_delete
    BEFORE DELETE ON distributors FOR EACH ROW
    WHEN (OLD.sponsor_id IS NOT NULL OR OLD.placement_id IS NOT NULL OR OLD.enroller_id IS NOT NULL)
    EXECUTE FUNCTION refuse_leaving_trees();

-- Sales regions.
CREATE TRIGGER tr_territories_loop
    AFTER INSERT OR UPDATE OF parent_id ON territories FOR EACH ROW
    WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_loop('territory', 'code');

-- What a contact has become.
CREATE TRIGGER tr_contacts_conversion
    BEFORE UPDATE ON contacts FOR EACH ROW
    WHEN (
        (OLD.converted_to_customer_id IS NOT NULL AND (
            NEW.converted_to_customer_id IS DISTINCT FROM OLD.converted_to_customer_id
            OR NEW.converted_at IS DISTINCT FROM OLD.converted_at))
        OR (OLD.enrolled_as_id IS NOT NULL AND NEW.enrolled_as_id IS DISTINCT FROM OLD.enrolled_as_id)
    )
    EXECUTE FUNCTION guard_conversion();

-- Partitions of a new period.
CREATE TRIGGER tr_commission_periods_partitions
    AFTER INSERT ON commission_periods FOR EACH ROW EXECUTE FUNCTION make_partitions_of_period();

-- No category below itself. A bulk load is no exception: its rows may form a loop among themselves.
CREATE TRIGGER tr_product_categories_lock
    BEFORE UPDATE OF parent_id ON product_categories FOR EACH STATEMENT EXECUTE FUNCTION lock_categories_first();

CREATE TRIGGER tr_product_categories_loop
    AFTER INSERT OR UPDATE OF parent_id ON product_categories FOR EACH ROW
    WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_category_loop();

-- Order totals, at the end of the transaction.
CREATE CONSTRAINT TRIGGER tr_orders_totals
    AFTER INSERT OR UPDATE OF subtotal, discount_amount, tax_amount, shipping_amount, total, payment_status, paid_at ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NOT bulk_load()) EXECUTE FUNCTION check_totals_of_order();

CREATE CONSTRAINT TRIGGER tr_order_items_totals
    AFTER INSERT OR UPDATE OF order_id, total_price OR DELETE ON order_items
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NOT bulk_load()) EXECUTE FUNCTION check_totals_of_order();

-- What was paid stays as it was paid, and an order is in the currency of its products. After the row, so that CHECKs speak
-- first. A bulk load checks the currencies set-wise.
CREATE TRIGGER tr_order_items_currency
    AFTER INSERT OR UPDATE OF order_id, product_id ON order_items
    FOR EACH ROW WHEN (NOT bulk_load()) EXECUTE FUNCTION check_currency_of_order();

CREATE TRIGGER tr_orders_currency
    AFTER UPDATE OF currency ON orders
    FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency) EXECUTE FUNCTION check_currency_of_order();

CREATE TRIGGER tr_orders_paid
    AFTER UPDATE OF customer_id, distributor_id, subtotal, discount_amount, tax_amount, shipping_amount, total, currency,
        volumes, paid_at ON orders
    FOR EACH ROW WHEN (was_paid(OLD.payment_status, OLD.paid_at)) EXECUTE FUNCTION guard_paid_order();

CREATE TRIGGER tr_orders_paid_kept
    AFTER DELETE ON orders FOR EACH ROW WHEN (was_paid(OLD.payment_status, OLD.paid_at)) EXECUTE FUNCTION guard_paid_order();

CREATE TRIGGER tr_order_items_paid
    AFTER UPDATE OR DELETE ON order_items FOR EACH ROW EXECUTE FUNCTION guard_paid_item();
CREATE TRIGGER tr_order_items_late
    AFTER INSERT ON order_items FOR EACH ROW WHEN (NOT bulk_load()) EXECUTE FUNCTION guard_paid_item();

-- Refunds: no more than there was, and never changed; the reason is personal, and erasing a person may change it.
CREATE TRIGGER tr_order_refunds_excess
    AFTER INSERT ON order_refunds FOR EACH ROW EXECUTE FUNCTION guard_refund();

CREATE TRIGGER tr_order_refund_items_excess
    AFTER INSERT ON order_refund_items FOR EACH ROW EXECUTE FUNCTION guard_refund_item();

CREATE TRIGGER tr_order_refunds_append_only
    BEFORE UPDATE OF id, refund_number, order_id, refunded_at, amount, currency, volumes OR DELETE ON order_refunds
    FOR EACH ROW EXECUTE FUNCTION refuse_change('order_refunds');

CREATE TRIGGER tr_order_refund_items_append_only
    BEFORE UPDATE OR DELETE ON order_refund_items FOR EACH ROW EXECUTE FUNCTION refuse_change('order_refund_items');

CREATE TRIGGER tr_auto_ship_orders_append_only
    BEFORE UPDATE OR DELETE ON auto_ship_orders FOR EACH ROW EXECUTE FUNCTION refuse_change('auto_ship_orders');

-- The ledger and the unpaid lines.
CREATE TRIGGER tr_commission_ledger_guard
    BEFORE INSERT ON commission_ledger FOR EACH ROW EXECUTE FUNCTION guard_ledger_line();

CREATE TRIGGER tr_commission_unpaid_guard
    BEFORE INSERT OR UPDATE OR DELETE ON commission_unpaid FOR EACH ROW EXECUTE FUNCTION guard_unpaid_line();

-- States, by their machines.

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

-- What of a record never changes, and what is not deleted.

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

-- Only added to. Row triggers are cloned to each partition; TRUNCATE triggers are not.

CREATE TRIGGER tr_audit_logs_append_only
    BEFORE UPDATE OR DELETE ON audit_logs FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_logs');

CREATE TRIGGER tr_commission_ledger_append_only
    BEFORE UPDATE OR DELETE ON commission_ledger FOR EACH ROW EXECUTE FUNCTION refuse_change('commission_ledger');

CREATE TRIGGER tr_commission_plans_append_only
    BEFORE UPDATE OR DELETE ON commission_plans FOR EACH ROW EXECUTE FUNCTION refuse_change('commission_plans');

CREATE TRIGGER tr_genealogy_moves_append_only
    BEFORE UPDATE OR DELETE ON genealogy_moves FOR EACH ROW EXECUTE FUNCTION refuse_change('genealogy_moves');

CREATE TRIGGER tr_audit_personal_append_only
    BEFORE UPDATE ON audit_personal FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_personal');

CREATE TRIGGER tr_audit_logs_no_truncate
    BEFORE TRUNCATE ON audit_logs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_logs');

CREATE TRIGGER tr_audit_logs_no_truncate
    BEFORE TRUNCATE ON audit_logs_default FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_logs');

CREATE TRIGGER tr_audit_logs_no_truncate
    BEFORE TRUNCATE ON audit_logs_y2024m03 FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_logs');

CREATE TRIGGER tr_commission_ledger_no_truncate
    BEFORE TRUNCATE ON commission_ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('commission_ledger');

CREATE TRIGGER tr_commission_unpaid_no_truncate
    BEFORE TRUNCATE ON commission_unpaid FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('commission_unpaid');

CREATE TRIGGER tr_commission_plans_no_truncate
    BEFORE TRUNCATE ON commission_plans FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('commission_plans');

CREATE TRIGGER tr_genealogy_moves_no_truncate
    BEFORE TRUNCATE ON genealogy_moves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('genealogy_moves');

CREATE TRIGGER tr_audit_personal_no_truncate
    BEFORE TRUNCATE ON audit_personal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit_personal');

CREATE TRIGGER tr_order_refunds_no_truncate
    BEFORE TRUNCATE ON order_refunds FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('order_refunds');

CREATE TRIGGER tr_order_refund_items_no_truncate
    BEFORE TRUNCATE ON order_refund_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('order_refund_items');

CREATE TRIGGER tr_auto_ship_orders_no_truncate
    BEFORE TRUNCATE ON auto_ship_orders FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('auto_ship_orders');

-- `updated_at`, when something else changed.

CREATE TRIGGER tr_users_updated_at
    BEFORE UPDATE ON users FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_user_profiles_updated_at
    BEFORE UPDATE ON user_profiles FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_territories_updated_at
    BEFORE UPDATE ON territories FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_distributors_updated_at
    BEFORE UPDATE ON distributors FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_contacts_updated_at
    BEFORE UPDATE ON contacts FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_tasks_updated_at
    BEFORE UPDATE ON tasks FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_customers_updated_at
    BEFORE UPDATE ON customers FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_product_categories_updated_at
    BEFORE UPDATE ON product_categories FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_products_updated_at
    BEFORE UPDATE ON products FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_orders_updated_at
    BEFORE UPDATE ON orders FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_auto_ships_updated_at
    BEFORE UPDATE ON auto_ships FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_compliance_cases_updated_at
    BEFORE UPDATE ON compliance_cases FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_commission_inputs_updated_at
    BEFORE UPDATE ON commission_inputs FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_debts_updated_at
    BEFORE UPDATE ON debts FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

-- Audit: secret columns, derived columns, personal columns, key. Not audited are the log itself and what is derived by a
-- statement that is (`genealogy_paths`, `genealogy_moves`), and the unpaid lines, which come with a run.

CREATE TRIGGER tr_users_audit
    AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('password_hash,two_factor_secret', 'created_at,updated_at', 'email,phone', 'id');

CREATE TRIGGER tr_user_profiles_audit
    AFTER INSERT OR UPDATE OR DELETE ON user_profiles FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row(
        'tax_id,kyc_documents',
        'created_at,updated_at',
        'first_name,last_name,avatar_url,date_of_birth,gender,address,emergency_contact',
        'user_id');

CREATE TRIGGER tr_territories_audit
    AFTER INSERT OR UPDATE OR DELETE ON territories FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', '', 'id');

CREATE TRIGGER tr_distributors_audit
    AFTER INSERT OR UPDATE OR DELETE ON distributors FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row(
        '',
        'created_at,updated_at,personal_pv,group_pv,current_month_pv,current_month_gv,lifetime_pv,sponsor_leg',
        'notes',
        'user_id');

CREATE TRIGGER tr_contacts_audit
    AFTER INSERT OR UPDATE OR DELETE ON contacts FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'name,email,phone,company,title,notes', 'id');

CREATE TRIGGER tr_tasks_audit
    AFTER INSERT OR UPDATE OR DELETE ON tasks FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'title,description', 'id');

CREATE TRIGGER tr_customers_audit
    AFTER INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row(
        'payment_methods',
        'created_at,updated_at',
        'email,phone,first_name,last_name,date_of_birth,billing_address,shipping_addresses,notes',
        'id');

CREATE TRIGGER tr_product_categories_audit
    AFTER INSERT OR UPDATE OR DELETE ON product_categories FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', '', 'id');

CREATE TRIGGER tr_products_audit
    AFTER INSERT OR UPDATE OR DELETE ON products FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', '', 'id');

CREATE TRIGGER tr_orders_audit
    AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'shipping_address,billing_address,notes', 'id');

CREATE TRIGGER tr_order_items_audit
    AFTER INSERT OR UPDATE OR DELETE ON order_items FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_order_refunds_audit
    AFTER INSERT OR UPDATE OR DELETE ON order_refunds FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', 'reason', 'id');

CREATE TRIGGER tr_order_refund_items_audit
    AFTER INSERT OR UPDATE OR DELETE ON order_refund_items FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_auto_ships_audit
    AFTER INSERT OR UPDATE OR DELETE ON auto_ships FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'shipping_address,billing_address', 'id');

CREATE TRIGGER tr_auto_ship_items_audit
    AFTER INSERT OR UPDATE OR DELETE ON auto_ship_items FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_auto_ship_orders_audit
    AFTER INSERT OR UPDATE OR DELETE ON auto_ship_orders FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_person_events_audit
    AFTER INSERT OR UPDATE OR DELETE ON person_events FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', 'data', 'id');

CREATE TRIGGER tr_ranks_audit
    AFTER INSERT OR UPDATE OR DELETE ON ranks FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_commission_periods_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_periods FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_payouts_audit
    AFTER INSERT OR UPDATE OR DELETE ON payouts FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('bank_details', 'created_at', '', 'id');

CREATE TRIGGER tr_commission_plans_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_plans FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'plan_id,version');

CREATE TRIGGER tr_commission_runs_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_runs FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_commission_inputs_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_inputs FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', '', 'period_id,name');

CREATE TRIGGER tr_commission_carry_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_carry FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_commission_accounts_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_accounts FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_commission_account_lines_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_account_lines FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_rank_history_audit
    AFTER INSERT OR UPDATE OR DELETE ON rank_history FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', '', 'id');

CREATE TRIGGER tr_debts_audit
    AFTER INSERT OR UPDATE OR DELETE ON debts FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'reason', 'id');

CREATE TRIGGER tr_compliance_cases_audit
    AFTER INSERT OR UPDATE OR DELETE ON compliance_cases FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', 'title,description,evidence,resolution', 'id');

CREATE TRIGGER tr_genealogy_closure_audit
    AFTER INSERT OR UPDATE OR DELETE ON genealogy_closure FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', '', '', 'tree');

-- The ledger's adjustments; a run's lines are loaded beside it and write one row for the whole run.
CREATE TRIGGER tr_commission_ledger_audit
    AFTER INSERT ON commission_ledger FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at', 'description', 'id', 'commission_ledger');
