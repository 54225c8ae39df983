-- Auto-ship: standing orders, what they hold, and the order that was placed for each due date. Ours; the seed has products that
-- are sold by subscription and customers who agree to it, and no table for what stands. Described in docs/schema/additions.md.

CREATE TABLE auto_ships (
    id uuid DEFAULT gen_random_uuid(),
    number varchar(20) NOT NULL,
    customer_id uuid NOT NULL,
    distributor_id uuid,
    status text NOT NULL DEFAULT 'active',
    interval_days integer NOT NULL,
    next_date date NOT NULL,
    shipping_address jsonb NOT NULL,
    billing_address jsonb NOT NULL,
    tried_on date,
    failure text,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    updated_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT auto_ships_pkey PRIMARY KEY (id),
    CONSTRAINT auto_ships_number_key UNIQUE (number),
    CONSTRAINT auto_ships_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id),
    CONSTRAINT auto_ships_distributor_id_fkey FOREIGN KEY (distributor_id) REFERENCES distributors (user_id),
    CONSTRAINT auto_ships_status_check CHECK (status IN ('active', 'paused', 'cancelled')),
    CONSTRAINT auto_ships_interval_days_check CHECK (interval_days BETWEEN 1 AND 3660)
);

CREATE TABLE auto_ship_items (
    id uuid DEFAULT gen_random_uuid(),
    auto_ship_id uuid NOT NULL,
    product_id uuid NOT NULL,
    quantity integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT auto_ship_items_pkey PRIMARY KEY (id),
    CONSTRAINT auto_ship_items_auto_ship_id_product_id_key UNIQUE (auto_ship_id, product_id),
    CONSTRAINT auto_ship_items_auto_ship_id_fkey FOREIGN KEY (auto_ship_id) REFERENCES auto_ships (id),
    CONSTRAINT auto_ship_items_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT auto_ship_items_quantity_check CHECK (quantity > 0)
);

-- That each due date brings one order rests on this unique fact, not on a lock.
CREATE TABLE auto_ship_orders (
    id uuid DEFAULT gen_random_uuid(),
    auto_ship_id uuid NOT NULL,
    due_date date NOT NULL,
    order_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT NOW(),
    CONSTRAINT auto_ship_orders_pkey PRIMARY KEY (id),
    CONSTRAINT auto_ship_orders_auto_ship_id_due_date_key UNIQUE (auto_ship_id, due_date),
    CONSTRAINT auto_ship_orders_order_id_key UNIQUE (order_id),
    CONSTRAINT auto_ship_orders_auto_ship_id_fkey FOREIGN KEY (auto_ship_id) REFERENCES auto_ships (id),
    CONSTRAINT auto_ship_orders_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id)
);
