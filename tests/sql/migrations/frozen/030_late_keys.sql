-- References to tables that stand further down than the table that refers: `converted_to_customer_id` becomes a real one,
-- and the rest would otherwise force another order on the files.

ALTER TABLE contacts
    ADD CONSTRAINT contacts_converted_to_customer_id_fkey
    FOREIGN KEY (converted_to_customer_id) REFERENCES customers (id);

ALTER TABLE tasks
    ADD CONSTRAINT tasks_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id);

ALTER TABLE distributors
    ADD CONSTRAINT distributors_rank_id_fkey FOREIGN KEY (rank_id) REFERENCES ranks (id);

ALTER TABLE commission_ledger
    ADD CONSTRAINT commission_ledger_run_id_fkey FOREIGN KEY (run_id) REFERENCES commission_runs (id);
