-- What is owed and paid: ranks, periods, the ledger and the payouts. `end_date` is a period's last day, inclusive; its days
-- become instants in the period's own zone. Two periods of one kind never overlap, each kind by its own exclusion
-- constraint (an equality in the constraint would need an extension). The ledger is partitioned by period, so its primary
-- key holds the period; nothing has a foreign key into it, because a partition that is referred to can't be swapped.

CREATE TABLE ranks (
    id varchar(50),
    name varchar(100) NOT NULL,
    level integer NOT NULL,
    min_personal_pv numeric(18, 2) DEFAULT 0,
    min_group_pv numeric(18, 2) DEFAULT 0,
    min_legs integer DEFAULT 0,
    min_leg_volume numeric(18, 2) DEFAULT 0,
    requirements jsonb,
    benefits jsonb,
    commission_rate numeric(12, 8),
    bonus_percentage numeric(12, 8),
    car_bonus numeric(18, 2),
    is_active boolean DEFAULT TRUE,
    created_at timestamptz DEFAULT NOW(),
    CONSTRAINT ranks_pkey PRIMARY KEY (id),
    CONSTRAINT ranks_level_check CHECK (level >= 0),
    CONSTRAINT ranks_min_personal_pv_check CHECK (min_personal_pv >= 0 AND min_personal_pv < 'NaN'),
    CONSTRAINT ranks_min_group_pv_check CHECK (min_group_pv >= 0 AND min_group_pv < 'NaN'),
    CONSTRAINT ranks_min_legs_check CHECK (min_legs >= 0),
    CONSTRAINT ranks_min_leg_volume_check CHECK (min_leg_volume >= 0 AND min_leg_volume < 'NaN'),
    CONSTRAINT ranks_commission_rate_check CHECK (commission_rate >= 0 AND commission_rate < 'NaN'),
    CONSTRAINT ranks_bonus_percentage_check CHECK (bonus_percentage >= 0 AND bonus_percentage < 'NaN'),
    CONSTRAINT ranks_car_bonus_check CHECK (car_bonus >= 0 AND car_bonus < 'NaN')
);

CREATE TABLE commission_periods (
    id varchar(20),
    name varchar(50) NOT NULL,
    start_date date NOT NULL,
    end_date date NOT NULL,
    status period_status DEFAULT 'open',
    close_date timestamptz,
    calculation_started_at timestamptz,
    calculation_completed_at timestamptz,
    total_pv numeric(18, 2) DEFAULT 0,
    total_commissions numeric(18, 2) DEFAULT 0,
    created_at timestamptz DEFAULT NOW(),
    kind text NOT NULL DEFAULT 'month',
    timezone varchar(50) NOT NULL DEFAULT 'UTC',
    CONSTRAINT commission_periods_pkey PRIMARY KEY (id),
    CONSTRAINT commission_periods_id_check CHECK (id <> ''),
    CONSTRAINT commission_periods_dates_check CHECK (
        end_date >= start_date AND isfinite(start_date) AND isfinite(end_date)),
    CONSTRAINT commission_periods_calculation_check CHECK (calculation_completed_at >= calculation_started_at),
    CONSTRAINT commission_periods_total_pv_check CHECK (total_pv <> 'NaN'),
    CONSTRAINT commission_periods_total_commissions_check CHECK (total_commissions <> 'NaN'),
    CONSTRAINT commission_periods_kind_check CHECK (kind IN ('day', 'week', 'month', 'quarter')),
    CONSTRAINT commission_periods_timezone_check CHECK (timezone <> ''),
    CONSTRAINT commission_periods_day_excl
        EXCLUDE USING gist (daterange(start_date, end_date, '[]') WITH &&) WHERE (kind = 'day'),
    CONSTRAINT commission_periods_week_excl
        EXCLUDE USING gist (daterange(start_date, end_date, '[]') WITH &&) WHERE (kind = 'week'),
    CONSTRAINT commission_periods_month_excl
        EXCLUDE USING gist (daterange(start_date, end_date, '[]') WITH &&) WHERE (kind = 'month'),
    CONSTRAINT commission_periods_quarter_excl
        EXCLUDE USING gist (daterange(start_date, end_date, '[]') WITH &&) WHERE (kind = 'quarter')
);

CREATE TABLE commission_ledger (
    id uuid DEFAULT gen_random_uuid(),
    period_id varchar(20) NOT NULL,
    distributor_id uuid NOT NULL,
    type commission_type NOT NULL,
    amount numeric(18, 2) NOT NULL,
    currency varchar(3) DEFAULT 'USD',
    pv numeric(18, 2) DEFAULT 0,
    gv numeric(18, 2) DEFAULT 0,
    source_order_id uuid,
    source_distributor_id uuid,
    level integer,
    rate numeric(12, 8),
    description text,
    metadata jsonb,
    created_at timestamptz DEFAULT NOW(),
    run_id uuid,
    bonus_id varchar(50),
    base numeric(30, 12),
    corrects_id uuid,
    corrects_period_id varchar(20),
    CONSTRAINT commission_ledger_pkey PRIMARY KEY (id, period_id),
    CONSTRAINT commission_ledger_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_ledger_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT commission_ledger_source_order_id_fkey FOREIGN KEY (source_order_id) REFERENCES orders (id),
    CONSTRAINT commission_ledger_source_distributor_id_fkey
        FOREIGN KEY (source_distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT commission_ledger_amount_check CHECK (amount <> 'NaN'),
    CONSTRAINT commission_ledger_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT commission_ledger_pv_check CHECK (pv <> 'NaN'),
    CONSTRAINT commission_ledger_gv_check CHECK (gv <> 'NaN'),
    CONSTRAINT commission_ledger_level_check CHECK (level >= 0),
    CONSTRAINT commission_ledger_rate_check CHECK (rate <> 'NaN'),
    CONSTRAINT commission_ledger_base_check CHECK (base <> 'NaN'),
    CONSTRAINT commission_ledger_corrects_check CHECK ((corrects_id IS NULL) = (corrects_period_id IS NULL)),
    CONSTRAINT commission_ledger_corrects_type_check CHECK (corrects_id IS NULL OR type = 'adjustment')
) PARTITION BY LIST (period_id);

CREATE TABLE payouts (
    id uuid DEFAULT gen_random_uuid(),
    distributor_id uuid NOT NULL,
    period_id varchar(20),
    amount numeric(18, 2) NOT NULL,
    currency varchar(3) DEFAULT 'USD',
    method payout_method NOT NULL,
    status payout_status DEFAULT 'requested',
    bank_details jsonb,
    reference_number varchar(100),
    fee_amount numeric(18, 2) DEFAULT 0,
    net_amount numeric(18, 2),
    kyc_status varchar(20) DEFAULT 'pending',
    requested_at timestamptz DEFAULT NOW(),
    approved_at timestamptz,
    processed_at timestamptz,
    failed_reason text,
    created_at timestamptz DEFAULT NOW(),
    held_reason varchar(200),
    CONSTRAINT payouts_pkey PRIMARY KEY (id),
    CONSTRAINT payouts_distributor_id_period_id_currency_key UNIQUE (distributor_id, period_id, currency),
    CONSTRAINT payouts_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT payouts_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT payouts_amount_check CHECK (amount > 0 AND amount < 'NaN'),
    CONSTRAINT payouts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payouts_bank_details_check CHECK (is_sealed(bank_details)),
    CONSTRAINT payouts_fee_amount_check CHECK (fee_amount >= 0 AND fee_amount <= amount),
    -- Less than amount - fee where a debt was settled from it.
    CONSTRAINT payouts_net_amount_check CHECK (
        net_amount >= 0 AND net_amount <= amount - coalesce(fee_amount, 0)),
    CONSTRAINT payouts_kyc_status_check CHECK (kyc_status IN ('pending', 'verified', 'rejected', 'expired')),
    CONSTRAINT payouts_dates_check CHECK (processed_at >= approved_at),
    CONSTRAINT payouts_held_reason_check CHECK (
        held_reason IS NULL OR held_reason <> '' AND status NOT IN ('processing', 'completed')),
    CONSTRAINT payouts_approved_at_check CHECK (
        CASE status WHEN 'cancelled' THEN TRUE ELSE (approved_at IS NULL) = (status = 'requested') END),
    CONSTRAINT payouts_processed_at_check CHECK (
        CASE status WHEN 'cancelled' THEN TRUE ELSE (processed_at IS NULL) = (status IN ('requested', 'approved')) END),
    CONSTRAINT payouts_failed_reason_check CHECK (
        failed_reason ~ '\S' IS NOT FALSE
        AND CASE status WHEN 'cancelled' THEN TRUE ELSE (failed_reason IS NOT NULL) = (status = 'failed') END)
);
