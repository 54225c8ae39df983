-- What values may look like: the 19 enums with their labels in the order that was asked for, and the two predicates that
-- CHECKs need before there is any table. Nothing here reads a table. Unqualified names land in the schema that the
-- installer puts first in search_path. A label can't be used in the transaction that adds it, so all of ours are in
-- CREATE TYPE: `commission_type` has the five labels of other plan kinds after the eight that were asked for.

-- Temporary tables are searched last: a host's temporary table called `orders` must not stand in for ours. The functions of
-- 050 keep this path (SET search_path FROM CURRENT).
SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_catalog, pg_temp', true);

CREATE TYPE user_role AS ENUM ('admin', 'manager', 'distributor', 'support', 'finance', 'auditor');

CREATE TYPE user_status AS ENUM ('active', 'inactive', 'suspended', 'pending');

CREATE TYPE distributor_status AS ENUM ('active', 'inactive', 'terminated', 'on_hold');

CREATE TYPE genealogy_type AS ENUM ('sponsor', 'placement');

CREATE TYPE contact_source AS ENUM (
    'website', 'referral', 'trade_show', 'social_media', 'advertisement', 'cold_call', 'email_campaign', 'other'
);

CREATE TYPE contact_status AS ENUM (
    'new', 'contacted', 'qualified', 'proposal', 'negotiation', 'enrolled', 'won', 'lost'
);

CREATE TYPE task_type AS ENUM ('call', 'email', 'meeting', 'follow_up', 'demo', 'presentation', 'other');

CREATE TYPE task_priority AS ENUM ('low', 'medium', 'high', 'urgent');

CREATE TYPE task_status AS ENUM ('pending', 'in_progress', 'completed', 'cancelled');

CREATE TYPE customer_status AS ENUM ('active', 'inactive', 'suspended');

CREATE TYPE product_status AS ENUM ('active', 'inactive', 'discontinued');

CREATE TYPE order_status AS ENUM (
    'pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded'
);

CREATE TYPE payment_status AS ENUM ('pending', 'paid', 'failed', 'refunded', 'partially_refunded');

CREATE TYPE period_status AS ENUM ('open', 'closed', 'calculating', 'finalized');

CREATE TYPE commission_type AS ENUM (
    'retail', 'unilevel', 'matching', 'leadership', 'fast_start', 'rank_bonus', 'car_bonus', 'adjustment',
    'binary', 'matrix', 'differential', 'generation', 'pool'
);

CREATE TYPE payout_method AS ENUM ('bank_transfer', 'paypal', 'check', 'cryptocurrency', 'e_wallet');

CREATE TYPE payout_status AS ENUM ('requested', 'approved', 'processing', 'completed', 'failed', 'cancelled');

CREATE TYPE case_severity AS ENUM ('low', 'medium', 'high', 'critical');

CREATE TYPE case_status AS ENUM ('open', 'investigating', 'resolved', 'closed');

-- An envelope is {"key": id, "sealed": base64} and may carry "hash", the keyed hash by which equal secrets are found
-- without being opened. NULL is no secret, and passes.
CREATE FUNCTION is_sealed(envelope jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN envelope IS NULL OR (
        jsonb_typeof(envelope) = 'object'
        AND envelope - ARRAY['key', 'sealed', 'hash'] = '{}'::jsonb
        AND coalesce(jsonb_typeof(envelope -> 'key') = 'string' AND envelope ->> 'key' <> '', false)
        AND coalesce(
            jsonb_typeof(envelope -> 'sealed') = 'string'
            AND envelope ->> 'sealed' ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$',
            false)
        AND coalesce(envelope ->> 'hash' ~ '^[0-9a-f]{64}$', NOT envelope ? 'hash')
    );

-- The same for an envelope kept as text (`tax_id`, `two_factor_secret`). Text that is no JSON object is not sealed; the
-- pattern stands first, so that a clear value is refused by the constraint's name and never parsed.
CREATE FUNCTION is_sealed_text(envelope text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN envelope IS NULL THEN true
        WHEN envelope ~ '^\{\s*"[a-z]+"\s*:\s*"[^"\\]*"\s*(,\s*"[a-z]+"\s*:\s*"[^"\\]*"\s*)*\}$'
            THEN is_sealed(envelope::jsonb)
        ELSE false
    END;

-- And for a column that holds several: a NULL element is not sealed.
CREATE FUNCTION all_sealed(envelopes jsonb[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN NOT EXISTS (
        SELECT FROM unnest(envelopes) AS each (envelope)
        WHERE each.envelope IS NULL OR NOT is_sealed(each.envelope)
    );
