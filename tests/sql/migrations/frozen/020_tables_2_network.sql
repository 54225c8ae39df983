-- Who stands where: `territories`, `distributors` with the three parents each may have (sponsor, placement, enroller), and
-- `genealogy_paths`, the rows that are derived from them. Parent pointers are the truth; the paths can be rebuilt at any
-- time. `genealogy_closure` says for which tree paths are kept: a sponsor tree has some 14 rows a person, a power-leg binary
-- thousands.

CREATE TABLE territories (
    id uuid DEFAULT gen_random_uuid(),
    code varchar(50) NOT NULL,
    name varchar(200) NOT NULL,
    parent_id uuid,
    is_active boolean NOT NULL DEFAULT TRUE,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    updated_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT territories_pkey PRIMARY KEY (id),
    CONSTRAINT territories_code_key UNIQUE (code),
    CONSTRAINT territories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES territories (id),
    CONSTRAINT territories_parent_check CHECK (parent_id <> id)
);

-- The volumes may be negative (a refund of last month's order), never NaN, which numeric(18,2) would hold.
CREATE TABLE distributors (
    user_id uuid,
    distributor_number varchar(20) NOT NULL,
    sponsor_id uuid,
    placement_id uuid,
    enroller_id uuid,
    rank_id varchar(50),
    join_date date NOT NULL DEFAULT CURRENT_DATE,
    status distributor_status DEFAULT 'active',
    territory_id uuid,
    personal_pv numeric(18, 2) DEFAULT 0,
    group_pv numeric(18, 2) DEFAULT 0,
    current_month_pv numeric(18, 2) DEFAULT 0,
    current_month_gv numeric(18, 2) DEFAULT 0,
    lifetime_pv numeric(18, 2) DEFAULT 0,
    auto_ship_active boolean DEFAULT FALSE,
    qualification_date date,
    next_rank_target varchar(50),
    notes text,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    placement_leg integer,
    sponsor_leg integer,
    attributes jsonb NOT NULL DEFAULT '{}',
    payout_method payout_method,
    CONSTRAINT distributors_pkey PRIMARY KEY (user_id),
    CONSTRAINT distributors_distributor_number_key UNIQUE (distributor_number),
    CONSTRAINT distributors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT distributors_sponsor_id_fkey FOREIGN KEY (sponsor_id) REFERENCES distributors (user_id),
    CONSTRAINT distributors_placement_id_fkey FOREIGN KEY (placement_id) REFERENCES distributors (user_id),
    CONSTRAINT distributors_enroller_id_fkey FOREIGN KEY (enroller_id) REFERENCES distributors (user_id),
    CONSTRAINT distributors_territory_id_fkey FOREIGN KEY (territory_id) REFERENCES territories (id),
    CONSTRAINT distributors_sponsor_check CHECK (sponsor_id <> user_id),
    CONSTRAINT distributors_placement_check CHECK (placement_id <> user_id),
    CONSTRAINT distributors_enroller_check CHECK (enroller_id <> user_id),
    CONSTRAINT distributors_placement_leg_check CHECK (placement_leg >= 1),
    CONSTRAINT distributors_placement_leg_given_check CHECK ((placement_id IS NULL) = (placement_leg IS NULL)),
    CONSTRAINT distributors_sponsor_leg_check CHECK (sponsor_leg >= 1),
    CONSTRAINT distributors_sponsor_leg_given_check CHECK (sponsor_id IS NOT NULL OR sponsor_leg IS NULL),
    CONSTRAINT distributors_personal_pv_check CHECK (personal_pv <> 'NaN'),
    CONSTRAINT distributors_group_pv_check CHECK (group_pv <> 'NaN'),
    CONSTRAINT distributors_current_month_pv_check CHECK (current_month_pv <> 'NaN'),
    CONSTRAINT distributors_current_month_gv_check CHECK (current_month_gv <> 'NaN'),
    CONSTRAINT distributors_lifetime_pv_check CHECK (lifetime_pv <> 'NaN'),
    CONSTRAINT distributors_attributes_check CHECK (jsonb_typeof(attributes) = 'object')
);

-- Numbers for those whose company draws them here; a number of an undone transaction is not given again.
CREATE SEQUENCE distributor_number_seq;

CREATE TABLE genealogy_paths (
    id uuid DEFAULT gen_random_uuid(),
    ancestor_id uuid NOT NULL,
    descendant_id uuid NOT NULL,
    depth integer NOT NULL,
    path_type genealogy_type NOT NULL,
    leg_position integer,
    created_at timestamptz DEFAULT NOW(),
    CONSTRAINT genealogy_paths_pkey PRIMARY KEY (id),
    CONSTRAINT genealogy_paths_ancestor_id_descendant_id_path_type_key UNIQUE (ancestor_id, descendant_id, path_type),
    CONSTRAINT genealogy_paths_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES distributors (user_id),
    CONSTRAINT genealogy_paths_descendant_id_fkey FOREIGN KEY (descendant_id) REFERENCES distributors (user_id),
    CONSTRAINT genealogy_paths_depth_check CHECK (depth >= 1),
    CONSTRAINT genealogy_paths_self_check CHECK (ancestor_id <> descendant_id),
    CONSTRAINT genealogy_paths_leg_position_check CHECK (leg_position >= 1)
);

CREATE TABLE genealogy_closure (
    tree varchar(20),
    enabled boolean NOT NULL,
    CONSTRAINT genealogy_closure_pkey PRIMARY KEY (tree),
    CONSTRAINT genealogy_closure_tree_check CHECK (tree IN ('sponsor', 'placement', 'enroller')),
    -- `genealogy_type` has no label for enroller paths; its row is there to be locked by moves.
    CONSTRAINT genealogy_closure_enroller_check CHECK (NOT (tree = 'enroller' AND enabled))
);
