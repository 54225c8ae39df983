-- The audit trigger: who changed which row, and what. Actor, request, session, address and user agent come from settings of
-- the transaction (mlmcore.actor_id, .request_id, .session_id, .ip_address, .user_agent), which on a pooled connection are
-- empty after the first transaction that set them, not NULL. An update is logged by its changed columns only.

-- An id whose order is the order of writing (version 7: milliseconds, then the rest of the microsecond, then chance), since
-- all rows of a transaction have one `created_at`.
CREATE FUNCTION time_ordered_uuid() RETURNS uuid
    LANGUAGE sql VOLATILE
    RETURN (
        SELECT (
            lpad(to_hex(clock.us / 1000), 12, '0')
            || '7' || lpad(to_hex(clock.us % 1000 * 4096 / 1000), 3, '0')
            || substr(replace(gen_random_uuid()::text, '-', ''), 17)
        )::uuid
        FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS us) AS clock
    );

-- The id under which a row is logged: its own where that is a UUID, else one made from table and key.
CREATE FUNCTION audited_key(tablename text, key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN key::uuid
        ELSE md5(tablename || ':' || key)::uuid
    END;

-- Some columns of a row as the log shows them: of a secret only that it changed; of a personal value the salted hash, while
-- the value itself goes to `audit_personal`, from which an erasure may take it.
CREATE FUNCTION audited_columns(
    audit uuid, entity_type text, entity uuid, moment text, whole jsonb, shown text[], secret text[], personal text[]
) RETURNS jsonb
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    columns jsonb;
BEGIN
    WITH hidden AS (
        INSERT INTO audit_personal (audit_id, entity_type, entity_id, column_name, moment, value, salt)
        SELECT audit, audited_columns.entity_type, entity, e.key, audited_columns.moment, e.value, uuid_send(gen_random_uuid())
        FROM jsonb_each(whole) AS e
        WHERE e.key = ANY (shown) AND e.key = ANY (personal) AND e.value <> 'null'
        RETURNING audit_personal.column_name, audit_personal.value, audit_personal.salt
    )
    SELECT jsonb_object_agg(e.key, CASE
        WHEN e.key = ANY (secret) THEN '{"changed": true}'::jsonb
        WHEN h.salt IS NOT NULL THEN jsonb_build_object(
            'sha256', encode(sha256(h.salt || convert_to(h.value::text, 'UTF8')), 'hex'))
        ELSE e.value END)
    INTO columns
    FROM jsonb_each(whole) AS e LEFT JOIN hidden AS h ON h.column_name = e.key
    WHERE e.key = ANY (shown);
    RETURN columns;
END $$;

-- Arguments, each a list with commas: secret columns, derived columns (an update of only these is not logged, and they are
-- left out of any), personal columns, the columns of the key, and the table's name where a partition would show its own.
CREATE FUNCTION audit_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    secret text[] := string_to_array(TG_ARGV[0], ',');
    derived text[] := string_to_array(TG_ARGV[1], ',');
    personal text[] := string_to_array(TG_ARGV[2], ',');
    entity_type text := coalesce(TG_ARGV[4], TG_TABLE_NAME);
    audit uuid := time_ordered_uuid();
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    shown text[];
    entity uuid;
BEGIN
    SELECT array_agg(e.key) INTO shown
    FROM jsonb_each(coalesce(new_row, old_row)) AS e
    WHERE CASE
        WHEN TG_OP = 'UPDATE' THEN e.value IS DISTINCT FROM old_row -> e.key AND e.key <> ALL (derived)
        ELSE e.value <> 'null' END;
    IF shown IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT audited_key(entity_type, string_agg(coalesce(new_row, old_row) ->> k.name, ',' ORDER BY k.place)) INTO entity
    FROM unnest(string_to_array(TG_ARGV[3], ',')) WITH ORDINALITY AS k (name, place);
    INSERT INTO audit_logs (
        id, actor_id, entity_type, entity_id, action, before_data, after_data,
        ip_address, user_agent, session_id, request_id)
    VALUES (
        audit, nullif(current_setting('mlmcore.actor_id', true), '')::uuid, entity_type, entity, lower(TG_OP),
        CASE WHEN old_row IS NOT NULL THEN
            audited_columns(audit, entity_type, entity, 'before', old_row, shown, secret, personal) END,
        CASE WHEN new_row IS NOT NULL THEN
            audited_columns(audit, entity_type, entity, 'after', new_row, shown, secret, personal) END,
        nullif(current_setting('mlmcore.ip_address', true), '')::inet,
        nullif(current_setting('mlmcore.user_agent', true), ''),
        nullif(current_setting('mlmcore.session_id', true), ''),
        nullif(current_setting('mlmcore.request_id', true), ''));
    RETURN NULL;
END $$;
