-- name: unit_now
-- purpose: the transaction's instant, which is a unit's
SELECT now() AS now;

-- name: unit_actor
-- purpose: who acts now, so that it can be restored when a unit ends in a host's transaction
SELECT coalesce(current_setting('mlmcore.actor_id', true), '') AS actor_id,
       coalesce(current_setting('mlmcore.request_id', true), '') AS request_id,
       coalesce(current_setting('mlmcore.session_id', true), '') AS session_id,
       coalesce(current_setting('mlmcore.ip_address', true), '') AS ip_address,
       coalesce(current_setting('mlmcore.user_agent', true), '') AS user_agent;

-- name: unit_set_actor
-- purpose: say on whose behalf the rest of this transaction acts; the audit trigger reads it
SELECT set_config('mlmcore.actor_id', %(actor_id)s, true),
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

-- name: unit_check_deferred
-- purpose: make the totals of orders speak at the end of a unit
SET CONSTRAINTS {schema}.tr_orders_totals, {schema}.tr_order_items_totals IMMEDIATE;

-- name: unit_defer_again
-- purpose: and wait again until the end of the transaction or of the next unit
SET CONSTRAINTS {schema}.tr_orders_totals, {schema}.tr_order_items_totals DEFERRED;

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
