-- Who people are: `users` (everybody who signs in) and `user_profiles` (what is known about them). Columns, their order and
-- their defaults are the ones that were asked for; timestamps carry their zone, and the two secrets are as long as a
-- sealed value needs. A secret is never stored in clear: the CHECKs refuse what is no envelope.

CREATE TABLE users (
    id uuid DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    password_hash varchar(255),
    phone varchar(20),
    role user_role NOT NULL DEFAULT 'distributor',
    status user_status NOT NULL DEFAULT 'active',
    email_verified boolean DEFAULT FALSE,
    phone_verified boolean DEFAULT FALSE,
    two_factor_enabled boolean DEFAULT FALSE,
    two_factor_secret text,
    login_attempts integer DEFAULT 0,
    locked_until timestamptz,
    last_login timestamptz,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    created_by uuid,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT users_email_check CHECK (position('@' IN email) > 1),
    CONSTRAINT users_login_attempts_check CHECK (login_attempts >= 0),
    CONSTRAINT users_two_factor_secret_check CHECK (is_sealed_text(two_factor_secret))
);

CREATE TABLE user_profiles (
    user_id uuid,
    first_name varchar(100),
    last_name varchar(100),
    avatar_url text,
    date_of_birth date,
    gender varchar(20),
    timezone varchar(50) DEFAULT 'UTC',
    locale varchar(10) DEFAULT 'en-US',
    address jsonb,
    emergency_contact jsonb,
    tax_id text,
    kyc_status varchar(20) DEFAULT 'pending',
    kyc_documents jsonb[],
    marketing_consent boolean DEFAULT FALSE,
    data_processing_consent boolean DEFAULT TRUE,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    CONSTRAINT user_profiles_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_profiles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT user_profiles_tax_id_check CHECK (is_sealed_text(tax_id)),
    CONSTRAINT user_profiles_kyc_status_check CHECK (kyc_status IN ('pending', 'verified', 'rejected', 'expired')),
    CONSTRAINT user_profiles_kyc_documents_check CHECK (all_sealed(kyc_documents))
);
