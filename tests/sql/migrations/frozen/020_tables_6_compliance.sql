-- What went wrong and who did what: compliance cases and the audit log. The log is partitioned by month, so its primary
-- key holds the instant; the bounds of a month are written with their zone, because a bound without one would mean another
-- instant in each session. The default partition takes what no month was made for: no audit row is ever refused.

CREATE TABLE compliance_cases (
    id uuid DEFAULT gen_random_uuid(),
    case_number varchar(30) NOT NULL,
    subject_type varchar(50) NOT NULL,
    subject_id uuid NOT NULL,
    reporter_id uuid,
    assignee_id uuid,
    severity case_severity NOT NULL,
    status case_status DEFAULT 'open',
    category varchar(50),
    title varchar(200) NOT NULL,
    description text NOT NULL,
    evidence jsonb[],
    resolution text,
    resolved_at timestamptz,
    due_date date,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    CONSTRAINT compliance_cases_pkey PRIMARY KEY (id),
    CONSTRAINT compliance_cases_case_number_key UNIQUE (case_number),
    CONSTRAINT compliance_cases_reporter_id_fkey FOREIGN KEY (reporter_id) REFERENCES users (id),
    CONSTRAINT compliance_cases_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users (id),
    CONSTRAINT compliance_cases_assignee_check CHECK (assignee_id <> subject_id),
    -- A closed case without a resolution was dismissed.
    CONSTRAINT compliance_cases_resolution_check CHECK (
        (resolution IS NULL) = (resolved_at IS NULL) AND resolution ~ '\S' IS NOT FALSE
        AND CASE status WHEN 'closed' THEN TRUE ELSE (resolution IS NOT NULL) = (status = 'resolved') END),
    CONSTRAINT compliance_cases_dates_check CHECK (resolved_at >= created_at)
);

CREATE TABLE audit_logs (
    id uuid DEFAULT gen_random_uuid(),
    actor_id uuid,
    entity_type varchar(50) NOT NULL,
    entity_id uuid NOT NULL,
    action varchar(50) NOT NULL,
    before_data jsonb,
    after_data jsonb,
    ip_address inet,
    user_agent text,
    session_id varchar(100),
    request_id varchar(100),
    created_at timestamptz DEFAULT NOW(),
    CONSTRAINT audit_logs_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT audit_logs_actor_id_fkey FOREIGN KEY (actor_id) REFERENCES users (id)
) PARTITION BY RANGE (created_at);

CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;

CREATE TABLE audit_logs_y2024m03 PARTITION OF audit_logs
    FOR VALUES FROM ('2024-03-01 00:00:00+00') TO ('2024-04-01 00:00:00+00');
