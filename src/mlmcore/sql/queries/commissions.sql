-- name: runs_periods
-- purpose: the periods of some runs
SELECT id, period_id FROM {schema}.commission_runs WHERE id = ANY (%(runs)s);

-- name: rank_history_by_distributor
-- purpose: the ranks that somebody had, by the period's first day
SELECT h.*
FROM {schema}.rank_history AS h
JOIN {schema}.commission_periods AS p ON p.id = h.period_id
WHERE h.distributor_id = %(person)s
ORDER BY p.start_date, h.period_id COLLATE "C";

-- name: distributors_unknown
-- purpose: which of some people are not stored as distributors
SELECT n.id
FROM unnest(%(people)s::uuid[]) AS n (id)
LEFT JOIN {schema}.distributors AS d ON d.user_id = n.id
WHERE d.user_id IS NULL
ORDER BY n.id;

-- name: distributors_record_volumes
-- purpose: a finalized period's volumes to everybody; whoever is not named had none
UPDATE {schema}.distributors AS d
SET personal_pv = v.personal, group_pv = v."group", lifetime_pv = d.lifetime_pv + v.personal
FROM (
    SELECT everybody.user_id, coalesce(named.personal, 0) AS personal, coalesce(named."group", 0) AS "group"
    FROM {schema}.distributors AS everybody
    LEFT JOIN unnest(%(people)s::uuid[], %(personal)s::numeric[], %(group)s::numeric[]) AS named (id, personal, "group")
        ON named.id = everybody.user_id
) AS v
WHERE d.user_id = v.user_id
    AND (d.personal_pv, d.group_pv, v.personal) IS DISTINCT FROM (v.personal, v."group", 0::numeric);

-- name: payouts_claims
-- purpose: who earned, was held back or owes, per currency, and what decides whether it is paid
WITH earned AS (
    SELECT l.distributor_id, l.currency, sum(l.amount) AS amount
    FROM {schema}.commission_ledger AS l
    WHERE l.period_id = %(period)s
    GROUP BY l.distributor_id, l.currency
), held AS (
    SELECT c.distributor_id, item.key AS currency, sum((item.value ->> 'amount')::numeric) AS amount
    FROM {schema}.commission_carry AS c
    JOIN {schema}.commission_runs AS r ON r.id = c.run_id AND r.official AND r.period_id = %(previous)s
    CROSS JOIN LATERAL jsonb_each(c.value) AS item
    WHERE c.name = %(held)s AND c.distributor_id IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM {schema}.payouts AS requested
            WHERE (requested.distributor_id, requested.period_id, requested.currency)
                = (c.distributor_id, c.period_id, item.key))
    GROUP BY c.distributor_id, item.key
), owed AS (
    SELECT d.distributor_id, d.currency, sum(d.amount - d.settled) AS amount
    FROM {schema}.debts AS d
    WHERE d.settled < d.amount
    GROUP BY d.distributor_id, d.currency
), everybody AS (
    SELECT distributor_id, currency FROM earned
    UNION SELECT distributor_id, currency FROM held
    UNION SELECT distributor_id, currency FROM owed
)
SELECT a.distributor_id, a.currency,
       coalesce(earned.amount, 0) AS earned, coalesce(held.amount, 0) AS held, coalesce(owed.amount, 0) AS owed,
       d.status, coalesce(p.kyc_status, 'pending') AS kyc_status, d.payout_method
FROM everybody AS a
JOIN {schema}.distributors AS d ON d.user_id = a.distributor_id
LEFT JOIN {schema}.user_profiles AS p ON p.user_id = a.distributor_id
LEFT JOIN earned ON (earned.distributor_id, earned.currency) = (a.distributor_id, a.currency)
LEFT JOIN held ON (held.distributor_id, held.currency) = (a.distributor_id, a.currency)
LEFT JOIN owed ON (owed.distributor_id, owed.currency) = (a.distributor_id, a.currency)
ORDER BY a.distributor_id, a.currency;

-- name: ledger_balances
-- purpose: the sum of a period's lines per distributor and currency
SELECT distributor_id, currency, sum(amount) AS amount
FROM {schema}.commission_ledger
WHERE period_id = %(period)s
GROUP BY distributor_id, currency
ORDER BY distributor_id, currency;

-- name: ledger_totals
-- purpose: the sum of a period's lines per bonus and currency
SELECT coalesce(bonus_id, type::text) COLLATE "C" AS bonus, currency, sum(amount) AS amount
FROM {schema}.commission_ledger
WHERE period_id = %(period)s
GROUP BY 1, currency
ORDER BY 1, currency;

-- name: runs_replace_official
-- purpose: a period's official run makes room for the next
UPDATE {schema}.commission_runs SET official = false, status = 'replaced' WHERE period_id = %(period)s AND official;

-- name: successor_create
-- purpose: a table beside the period's partition, with its adjustments, ready to be loaded
SELECT {schema}.create_successor(%(kind)s, %(period)s, %(run)s::uuid) AS name;

-- name: successor_complete
-- purpose: indexes and foreign keys of a loaded successor
SELECT {schema}.complete_successor(%(kind)s, %(period)s, %(run)s::uuid);

-- name: successor_total
-- purpose: what the loaded successor holds of the run, to be held against the engine's own total
SELECT coalesce(sum(amount), 0) AS amount, count(*) AS lines FROM {schema}.{table} WHERE run_id = %(run)s;

-- name: successor_swap
-- purpose: the successor takes the place of the period's partition
SELECT {schema}.swap_successor(%(kind)s, %(period)s, %(run)s::uuid);

-- name: accounts_ensure
-- purpose: the accounts that a run pays to are there
INSERT INTO {schema}.commission_accounts (id)
SELECT name FROM unnest(%(names)s::text[]) AS n (name)
ON CONFLICT (id) DO NOTHING;

-- name: account_lines_delete
-- purpose: account lines of a period's earlier runs make room
DELETE FROM {schema}.commission_account_lines WHERE period_id = %(period)s;

-- name: carry_delete
-- purpose: carried values of a period's earlier runs make room
DELETE FROM {schema}.commission_carry WHERE period_id = %(period)s;

-- name: audit_run
-- purpose: one audit row for all lines of a run
INSERT INTO {schema}.audit_logs
    (id, actor_id, entity_type, entity_id, action, after_data, ip_address, user_agent, session_id, request_id)
VALUES ({schema}.time_ordered_uuid(),
        nullif(current_setting('mlmcore.actor_id', true), '')::uuid,
        %(table)s::varchar,
        %(run)s::uuid,
        'bulk',
        jsonb_build_object('rows', %(rows)s::bigint),
        nullif(current_setting('mlmcore.ip_address', true), '')::inet,
        nullif(current_setting('mlmcore.user_agent', true), ''),
        nullif(current_setting('mlmcore.session_id', true), ''),
        nullif(current_setting('mlmcore.request_id', true), ''));
