-- A table with its keys, its checks and its triggers; a function between whose quotes there are semicolons.
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

CREATE TRIGGER tr_commission_inputs_updated_at
    BEFORE UPDATE ON commission_inputs FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at();

CREATE TRIGGER tr_commission_inputs_finalized
    AFTER INSERT OR UPDATE OR DELETE ON commission_inputs FOR EACH ROW EXECUTE FUNCTION guard_company_figure();

CREATE TRIGGER tr_commission_inputs_audit
    AFTER INSERT OR UPDATE OR DELETE ON commission_inputs FOR EACH ROW WHEN (NOT bulk_load())
    EXECUTE FUNCTION audit_row('', 'created_at,updated_at', '', 'period_id,name');

DO $$
BEGIN
    IF EXISTS (SELECT FROM ranks WHERE level < 0) THEN
        RAISE EXCEPTION 'a level below zero; put it right first';
    END IF;
END $$;
