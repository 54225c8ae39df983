-- Which state may follow which, and what of a record never changes, whoever writes. The stores ask the same before they write;
-- these hold for a host's own statements too, and no setting switches them off. `mlmcore.domain.machines` says the same in
-- Python, and a test goes over all pairs of states. 060 says on which columns each is asked, after the row, so that CHECKs
-- speak first.

-- The states that may follow, none where the state is final.
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

-- Arguments: whose state it is, its column, and the column that names a row. A row that was stored without a state may get
-- any, and none loses its state.
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

-- The columns among some, a list with commas, that differ between two rows, in the order of the list.
CREATE FUNCTION changed_columns(old_row jsonb, new_row jsonb, columns text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT string_agg(c.name, ', ' ORDER BY c.place)
        FROM unnest(string_to_array(columns, ',')) WITH ORDINALITY AS c (name, place)
        WHERE old_row -> c.name IS DISTINCT FROM new_row -> c.name
    );

-- What was promised to somebody, is owed, or is looked into is not deleted. Arguments: what a row is called, the column that
-- names it, and what to do instead.
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

-- A case stays about what it is about, and what was found stays found.
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

-- Who is paid, for what, and how much stays; what is held is released by a step of its own, or cancelled.
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

-- A debt is only ever settled further.
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

-- A period begins open, and its days are fixed when it is closed.
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

-- The run that a finalized period was paid by stays as it is.
CREATE FUNCTION guard_final_run() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    RAISE EXCEPTION 'run % cannot change: it is the official run of the finalized period %', OLD.id, OLD.period_id USING
        ERRCODE = 'check_violation', TABLE = 'commission_runs', CONSTRAINT = 'commission_runs_finalized_check',
        HINT = 'what is wrong in it is put right by adjustments in the open period';
END $$;

-- What a finalized period was calculated from and what it hands on stays. `what` says which, in words.
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

-- Once for a statement, since a run that is repeated takes a million of these back.
CREATE FUNCTION guard_finalized_rows() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM refuse_finalized_row(TG_TABLE_NAME, TG_ARGV[0], p.period_id)
    FROM (SELECT DISTINCT o.period_id FROM old_rows AS o) AS p;
    RETURN NULL;
END $$;
