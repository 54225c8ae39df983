-- Who might buy or join, and what is to be done about it: `contacts` and `tasks`. Their references to customers come in
-- 030, because customers come later. What a state demands of the other columns is said here; a state that is NULL demands
-- what `new` and `pending` do.

CREATE TABLE contacts (
    id uuid DEFAULT gen_random_uuid(),
    owner_id uuid NOT NULL,
    name varchar(200) NOT NULL,
    email varchar(255),
    phone varchar(20),
    company varchar(200),
    title varchar(100),
    source contact_source,
    status contact_status DEFAULT 'new',
    tags text[],
    notes text,
    lead_score integer DEFAULT 0,
    last_activity_at timestamptz,
    next_follow_up timestamptz,
    converted_at timestamptz,
    converted_to_customer_id uuid,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    enrolled_as_id uuid,
    CONSTRAINT contacts_pkey PRIMARY KEY (id),
    CONSTRAINT contacts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id),
    CONSTRAINT contacts_enrolled_as_id_fkey FOREIGN KEY (enrolled_as_id) REFERENCES distributors (user_id),
    CONSTRAINT contacts_lead_score_check CHECK (lead_score >= 0),
    CONSTRAINT contacts_converted_at_check CHECK ((converted_at IS NULL) = (converted_to_customer_id IS NULL)),
    CONSTRAINT contacts_converted_to_customer_id_check CHECK (
        CASE status WHEN 'won' THEN converted_to_customer_id IS NOT NULL
            WHEN 'enrolled' THEN true ELSE converted_to_customer_id IS NULL END),
    CONSTRAINT contacts_enrolled_as_id_check CHECK (
        (enrolled_as_id IS NOT NULL) = (status IS NOT DISTINCT FROM 'enrolled'))
);

CREATE TABLE tasks (
    id uuid DEFAULT gen_random_uuid(),
    title varchar(200) NOT NULL,
    description text,
    type task_type NOT NULL,
    priority task_priority DEFAULT 'medium',
    status task_status DEFAULT 'pending',
    assignee_id uuid NOT NULL,
    created_by_id uuid NOT NULL,
    contact_id uuid,
    customer_id uuid,
    due_at timestamptz,
    completed_at timestamptz,
    reminder_sent boolean DEFAULT FALSE,
    created_at timestamptz DEFAULT NOW(),
    updated_at timestamptz DEFAULT NOW(),
    CONSTRAINT tasks_pkey PRIMARY KEY (id),
    CONSTRAINT tasks_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES users (id),
    CONSTRAINT tasks_created_by_id_fkey FOREIGN KEY (created_by_id) REFERENCES users (id),
    CONSTRAINT tasks_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES contacts (id),
    CONSTRAINT tasks_completed_at_check CHECK ((completed_at IS NOT NULL) = (status IS NOT DISTINCT FROM 'completed'))
);
