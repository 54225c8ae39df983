-- What a month needs and nobody asked for by name: refunds, events, moves, plans, runs and their results, debts, the values
-- that an audit row only holds the hash of, and the versions of this schema. Every one is described in
-- docs/schema/additions.md.

CREATE TABLE order_refunds (
    id uuid DEFAULT gen_random_uuid(),
    refund_number varchar(30) NOT NULL,
    order_id uuid NOT NULL,
    refunded_at timestamptz NOT NULL,
    amount numeric(18, 2) NOT NULL,
    currency varchar(3) NOT NULL,
    volumes jsonb NOT NULL DEFAULT '{}',
    reason text,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT order_refunds_pkey PRIMARY KEY (id),
    CONSTRAINT order_refunds_refund_number_key UNIQUE (refund_number),
    CONSTRAINT order_refunds_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_refunds_amount_check CHECK (amount >= 0 AND amount < 'NaN'),
    CONSTRAINT order_refunds_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT order_refunds_volumes_check CHECK (jsonb_typeof(volumes) = 'object')
);

CREATE TABLE order_refund_items (
    id uuid DEFAULT gen_random_uuid(),
    refund_id uuid NOT NULL,
    order_item_id uuid NOT NULL,
    quantity integer NOT NULL,
    amount numeric(18, 2) NOT NULL,
    pv numeric(18, 2) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT order_refund_items_pkey PRIMARY KEY (id),
    CONSTRAINT order_refund_items_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES order_refunds (id) ON DELETE CASCADE,
    CONSTRAINT order_refund_items_order_item_id_fkey FOREIGN KEY (order_item_id) REFERENCES order_items (id),
    CONSTRAINT order_refund_items_quantity_check CHECK (quantity > 0),
    CONSTRAINT order_refund_items_amount_check CHECK (amount >= 0 AND amount < 'NaN'),
    CONSTRAINT order_refund_items_pv_check CHECK (pv >= 0 AND pv < 'NaN')
);

CREATE TABLE person_events (
    id uuid DEFAULT gen_random_uuid(),
    distributor_id uuid NOT NULL,
    name varchar(50) NOT NULL,
    occurred_at timestamptz NOT NULL,
    data jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT person_events_pkey PRIMARY KEY (id),
    CONSTRAINT person_events_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT person_events_name_check CHECK (name <> ''),
    CONSTRAINT person_events_data_check CHECK (jsonb_typeof(data) = 'object')
);

CREATE TABLE genealogy_moves (
    id uuid DEFAULT gen_random_uuid(),
    distributor_id uuid NOT NULL,
    tree varchar(20) NOT NULL,
    from_parent_id uuid,
    to_parent_id uuid,
    from_leg integer,
    to_leg integer,
    moved_at timestamptz NOT NULL DEFAULT NOW(),
    moved_by uuid,
    reason text,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT genealogy_moves_pkey PRIMARY KEY (id),
    CONSTRAINT genealogy_moves_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT genealogy_moves_from_parent_id_fkey FOREIGN KEY (from_parent_id) REFERENCES distributors (user_id),
    CONSTRAINT genealogy_moves_to_parent_id_fkey FOREIGN KEY (to_parent_id) REFERENCES distributors (user_id),
    CONSTRAINT genealogy_moves_moved_by_fkey FOREIGN KEY (moved_by) REFERENCES users (id),
    CONSTRAINT genealogy_moves_tree_check CHECK (tree IN ('sponsor', 'placement', 'enroller'))
);

CREATE TABLE commission_plans (
    plan_id varchar(50),
    version varchar(30),
    name varchar(200),
    document text NOT NULL,
    digest char(64) NOT NULL,
    effective_from date NOT NULL,
    currency varchar(3) NOT NULL,
    installed_by uuid,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_plans_pkey PRIMARY KEY (plan_id, version),
    CONSTRAINT commission_plans_installed_by_fkey FOREIGN KEY (installed_by) REFERENCES users (id),
    CONSTRAINT commission_plans_digest_check CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT commission_plans_currency_check CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE commission_runs (
    id uuid DEFAULT gen_random_uuid(),
    period_id varchar(20) NOT NULL,
    plan_id varchar(50) NOT NULL,
    plan_version varchar(30) NOT NULL,
    official boolean NOT NULL DEFAULT FALSE,
    status text NOT NULL DEFAULT 'running',
    plan_digest char(64) NOT NULL,
    input_digest char(64),
    result_digest char(64),
    previous_run_id uuid,
    chain_hash char(64),
    software_version varchar(50) NOT NULL,
    currency varchar(3) NOT NULL,
    people_count integer,
    order_count integer,
    line_count integer,
    unpaid_count integer,
    entitled numeric(30, 12),
    brought_forward numeric(30, 12),
    paid numeric(18, 2),
    unpaid numeric(30, 12),
    carried_forward numeric(30, 12),
    started_at timestamptz NOT NULL DEFAULT NOW(),
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_runs_pkey PRIMARY KEY (id),
    CONSTRAINT commission_runs_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_runs_plan_id_plan_version_fkey
        FOREIGN KEY (plan_id, plan_version) REFERENCES commission_plans (plan_id, version),
    CONSTRAINT commission_runs_previous_run_id_fkey FOREIGN KEY (previous_run_id) REFERENCES commission_runs (id),
    CONSTRAINT commission_runs_status_check
        CHECK (status IN ('running', 'calculated', 'finalized', 'replaced', 'failed')),
    CONSTRAINT commission_runs_plan_digest_check CHECK (plan_digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT commission_runs_input_digest_check CHECK (input_digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT commission_runs_result_digest_check CHECK (result_digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT commission_runs_chain_hash_check CHECK (chain_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT commission_runs_previous_check CHECK (previous_run_id <> id),
    CONSTRAINT commission_runs_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT commission_runs_people_count_check CHECK (people_count >= 0),
    CONSTRAINT commission_runs_order_count_check CHECK (order_count >= 0),
    CONSTRAINT commission_runs_line_count_check CHECK (line_count >= 0),
    CONSTRAINT commission_runs_unpaid_count_check CHECK (unpaid_count >= 0),
    CONSTRAINT commission_runs_entitled_check CHECK (entitled <> 'NaN'),
    CONSTRAINT commission_runs_paid_check CHECK (paid <> 'NaN'),
    CONSTRAINT commission_runs_unpaid_check CHECK (unpaid <> 'NaN'),
    CONSTRAINT commission_runs_brought_forward_check CHECK (brought_forward <> 'NaN'),
    CONSTRAINT commission_runs_carried_forward_check CHECK (carried_forward <> 'NaN')
);

CREATE TABLE commission_inputs (
    period_id varchar(20),
    name varchar(100),
    value numeric(30, 12) NOT NULL,
    unit varchar(10) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    updated_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_inputs_pkey PRIMARY KEY (period_id, name),
    CONSTRAINT commission_inputs_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_inputs_value_check CHECK (value <> 'NaN'),
    CONSTRAINT commission_inputs_unit_check CHECK (unit IN ('number', 'points', 'money'))
);

CREATE TABLE commission_carry (
    id uuid DEFAULT gen_random_uuid(),
    run_id uuid NOT NULL,
    period_id varchar(20) NOT NULL,
    distributor_id uuid,
    name varchar(100) NOT NULL,
    value jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_carry_pkey PRIMARY KEY (id),
    CONSTRAINT commission_carry_run_id_distributor_id_name_key
        UNIQUE NULLS NOT DISTINCT (run_id, distributor_id, name),
    CONSTRAINT commission_carry_run_id_fkey FOREIGN KEY (run_id) REFERENCES commission_runs (id) ON DELETE CASCADE,
    CONSTRAINT commission_carry_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_carry_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id)
);

CREATE TABLE commission_unpaid (
    id uuid DEFAULT gen_random_uuid(),
    period_id varchar(20) NOT NULL,
    run_id uuid NOT NULL,
    distributor_id uuid,
    bonus_id varchar(50) NOT NULL,
    type commission_type NOT NULL,
    reason varchar(30) NOT NULL,
    amount numeric(30, 12) NOT NULL,
    currency varchar(3) NOT NULL,
    source_order_id uuid,
    source_distributor_id uuid,
    level integer,
    rate numeric(12, 8),
    base numeric(30, 12),
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_unpaid_pkey PRIMARY KEY (id, period_id),
    CONSTRAINT commission_unpaid_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_unpaid_run_id_fkey FOREIGN KEY (run_id) REFERENCES commission_runs (id),
    CONSTRAINT commission_unpaid_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT commission_unpaid_source_order_id_fkey FOREIGN KEY (source_order_id) REFERENCES orders (id),
    CONSTRAINT commission_unpaid_source_distributor_id_fkey
        FOREIGN KEY (source_distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT commission_unpaid_amount_check CHECK (amount <> 'NaN'),
    CONSTRAINT commission_unpaid_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT commission_unpaid_level_check CHECK (level >= 0),
    CONSTRAINT commission_unpaid_rate_check CHECK (rate <> 'NaN'),
    CONSTRAINT commission_unpaid_base_check CHECK (base <> 'NaN')
) PARTITION BY LIST (period_id);

CREATE TABLE commission_accounts (
    id varchar(50),
    name varchar(200),
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_accounts_pkey PRIMARY KEY (id)
);

CREATE TABLE commission_account_lines (
    id uuid DEFAULT gen_random_uuid(),
    account_id varchar(50) NOT NULL,
    run_id uuid NOT NULL,
    period_id varchar(20) NOT NULL,
    bonus_id varchar(50) NOT NULL,
    type commission_type NOT NULL,
    amount numeric(18, 2) NOT NULL,
    currency varchar(3) NOT NULL,
    source_order_id uuid,
    source_distributor_id uuid,
    level integer,
    rate numeric(12, 8),
    base numeric(30, 12),
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT commission_account_lines_pkey PRIMARY KEY (id),
    CONSTRAINT commission_account_lines_account_id_fkey FOREIGN KEY (account_id) REFERENCES commission_accounts (id),
    CONSTRAINT commission_account_lines_run_id_fkey FOREIGN KEY (run_id) REFERENCES commission_runs (id),
    CONSTRAINT commission_account_lines_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT commission_account_lines_source_order_id_fkey FOREIGN KEY (source_order_id) REFERENCES orders (id),
    CONSTRAINT commission_account_lines_source_distributor_id_fkey
        FOREIGN KEY (source_distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT commission_account_lines_amount_check CHECK (amount <> 'NaN'),
    CONSTRAINT commission_account_lines_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT commission_account_lines_level_check CHECK (level >= 0),
    CONSTRAINT commission_account_lines_rate_check CHECK (rate <> 'NaN'),
    CONSTRAINT commission_account_lines_base_check CHECK (base <> 'NaN')
);

CREATE TABLE rank_history (
    id uuid DEFAULT gen_random_uuid(),
    distributor_id uuid NOT NULL,
    period_id varchar(20) NOT NULL,
    run_id uuid NOT NULL,
    rank_id varchar(50),
    best_rank_id varchar(50),
    plan_id varchar(50) NOT NULL,
    plan_version varchar(30) NOT NULL,
    personal_pv numeric(18, 2) NOT NULL DEFAULT 0,
    group_pv numeric(18, 2) NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT rank_history_pkey PRIMARY KEY (id),
    CONSTRAINT rank_history_distributor_id_period_id_key UNIQUE (distributor_id, period_id),
    CONSTRAINT rank_history_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT rank_history_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT rank_history_run_id_fkey FOREIGN KEY (run_id) REFERENCES commission_runs (id),
    CONSTRAINT rank_history_rank_id_fkey FOREIGN KEY (rank_id) REFERENCES ranks (id),
    CONSTRAINT rank_history_best_rank_id_fkey FOREIGN KEY (best_rank_id) REFERENCES ranks (id),
    CONSTRAINT rank_history_plan_id_plan_version_fkey
        FOREIGN KEY (plan_id, plan_version) REFERENCES commission_plans (plan_id, version),
    CONSTRAINT rank_history_personal_pv_check CHECK (personal_pv <> 'NaN'),
    CONSTRAINT rank_history_group_pv_check CHECK (group_pv <> 'NaN')
);

CREATE TABLE debts (
    id uuid DEFAULT gen_random_uuid(),
    distributor_id uuid NOT NULL,
    period_id varchar(20),
    amount numeric(18, 2) NOT NULL,
    settled numeric(18, 2) NOT NULL DEFAULT 0,
    currency varchar(3) NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    updated_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT debts_pkey PRIMARY KEY (id),
    CONSTRAINT debts_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT debts_period_id_fkey FOREIGN KEY (period_id) REFERENCES commission_periods (id),
    CONSTRAINT debts_amount_check CHECK (amount > 0 AND amount < 'NaN'),
    CONSTRAINT debts_settled_check CHECK (settled >= 0 AND settled <= amount),
    CONSTRAINT debts_currency_check CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE audit_personal (
    id uuid DEFAULT gen_random_uuid(),
    audit_id uuid NOT NULL,
    entity_type varchar(50) NOT NULL,
    entity_id uuid NOT NULL,
    column_name varchar(100) NOT NULL,
    moment varchar(6) NOT NULL,
    value jsonb,
    salt bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT audit_personal_pkey PRIMARY KEY (id),
    CONSTRAINT audit_personal_moment_check CHECK (moment IN ('before', 'after'))
);

CREATE TABLE schema_versions (
    version integer,
    name varchar(100) NOT NULL,
    digest char(64) NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT schema_versions_pkey PRIMARY KEY (version)
);
