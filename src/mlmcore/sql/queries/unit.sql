-- name: unit_begin
-- purpose: say on whose behalf the rest of this transaction acts, which the audit trigger reads; who acted before, to be restored when a unit ends in a host's transaction, and the transaction's instant
WITH before AS MATERIALIZED (
    SELECT coalesce(current_setting('mlmcore.actor_id', true), '') AS actor_id,
           coalesce(current_setting('mlmcore.request_id', true), '') AS request_id,
           coalesce(current_setting('mlmcore.session_id', true), '') AS session_id,
           coalesce(current_setting('mlmcore.ip_address', true), '') AS ip_address,
           coalesce(current_setting('mlmcore.user_agent', true), '') AS user_agent
)
SELECT before.*, now() AS now,
       set_config('mlmcore.actor_id', %(actor_id)s, true),
       set_config('mlmcore.request_id', %(request_id)s, true),
       set_config('mlmcore.session_id', %(session_id)s, true),
       set_config('mlmcore.ip_address', %(ip_address)s, true),
       set_config('mlmcore.user_agent', %(user_agent)s, true)
FROM before;

-- name: unit_end
-- purpose: make the totals of orders speak, which wait for the end of a unit, and let whoever acted before act again
SELECT {schema}.check_totals_now(),
       set_config('mlmcore.actor_id', %(actor_id)s, true),
       set_config('mlmcore.request_id', %(request_id)s, true),
       set_config('mlmcore.session_id', %(session_id)s, true),
       set_config('mlmcore.ip_address', %(ip_address)s, true),
       set_config('mlmcore.user_agent', %(user_agent)s, true);

-- name: unit_lock_period
-- purpose: hold a period alone until the transaction ends; works behind a transaction-pooling proxy
SELECT pg_advisory_xact_lock(hashtextextended(%(schema)s || ':period:' || %(period_id)s, 0));

-- name: bulk_setting
-- purpose: whether this transaction is a bulk load already, so that one may stand inside another
SELECT coalesce(current_setting('mlmcore.bulk', true), '') AS bulk;

-- name: bulk_set
-- purpose: keep row triggers of audit and order totals still while many rows are loaded, or let them speak again
SELECT set_config('mlmcore.bulk', %(bulk)s, true);

-- name: audit_bulk
-- purpose: one audit row for a bulk step, under the key that stands for the table as a whole
INSERT INTO {schema}.audit_logs
    (id, actor_id, entity_type, entity_id, action, after_data, ip_address, user_agent, session_id, request_id)
VALUES ({schema}.time_ordered_uuid(),
        nullif(current_setting('mlmcore.actor_id', true), '')::uuid,
        %(table)s::varchar,
        md5(%(table)s::varchar || ':bulk')::uuid,
        'bulk',
        jsonb_build_object('rows', %(rows)s::bigint),
        nullif(current_setting('mlmcore.ip_address', true), '')::inet,
        nullif(current_setting('mlmcore.user_agent', true), ''),
        nullif(current_setting('mlmcore.session_id', true), ''),
        nullif(current_setting('mlmcore.request_id', true), ''));

-- name: erasures_forget
-- purpose: delete the clear text of some rows' personal values that the audit log holds hashes of; an erasure's, and the only deletion
DELETE FROM {schema}.audit_personal WHERE entity_type = %(table)s AND entity_id = ANY (%(ids)s);

-- name: erasures_record
-- purpose: say that somebody was erased, and why
INSERT INTO {schema}.audit_logs
    (id, actor_id, entity_type, entity_id, action, after_data, ip_address, user_agent, session_id, request_id)
VALUES ({schema}.time_ordered_uuid(),
        nullif(current_setting('mlmcore.actor_id', true), '')::uuid,
        %(table)s::varchar,
        %(id)s,
        %(action)s,
        %(document)s::jsonb,
        nullif(current_setting('mlmcore.ip_address', true), '')::inet,
        nullif(current_setting('mlmcore.user_agent', true), ''),
        nullif(current_setting('mlmcore.session_id', true), ''),
        nullif(current_setting('mlmcore.request_id', true), ''));

-- name: erasures_find
-- purpose: what the log says of somebody's erasure
SELECT a.after_data -> 'rows' AS rows FROM {schema}.audit_logs AS a
WHERE a.entity_type = %(table)s AND a.entity_id = %(id)s AND a.action = %(action)s ORDER BY a.created_at, a.id LIMIT 1;
