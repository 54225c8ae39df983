-- The shop: no category stands below itself.

-- Whoever moves categories does it alone, and waits before holding any row.
CREATE FUNCTION lock_categories() RETURNS void
    LANGUAGE sql VOLATILE
    RETURN pg_advisory_xact_lock((7171182::bigint << 40)
        | (SELECT c.relnamespace::bigint FROM pg_catalog.pg_class AS c WHERE c.oid = 'product_categories'::regclass));

CREATE FUNCTION lock_categories_first() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM lock_categories();
    RETURN NULL;
END $$;

-- FOR SHARE: in a transaction that sees an older state, a row on the way that was moved since ends it, instead of being
-- believed.
CREATE FUNCTION refuse_category_loop() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    above uuid := NEW.parent_id;
    seen uuid[] := ARRAY[NEW.id];
    way text := NEW.slug;
    parent record;
BEGIN
    WHILE above IS NOT NULL LOOP
        SELECT c.id, c.slug, c.parent_id INTO parent FROM product_categories AS c WHERE c.id = above FOR SHARE;
        EXIT WHEN NOT FOUND;
        way := way || ' -> ' || parent.slug;
        IF parent.id = NEW.id THEN
            RAISE EXCEPTION 'the tree of categories would have a loop: %', way USING
                ERRCODE = 'check_violation', TABLE = 'product_categories', CONSTRAINT = 'product_categories_loop_check',
                HINT = 'Nothing can stand below itself: give one of them another parent, or none.';
        END IF;
        EXIT WHEN parent.id = ANY (seen);
        seen := seen || parent.id;
        above := parent.parent_id;
    END LOOP;
    RETURN NULL;
END $$;

-- A category and all below it.
CREATE FUNCTION categories_below(category uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        WITH RECURSIVE below AS (
            SELECT category AS id
            UNION
            SELECT c.id FROM below AS b JOIN product_categories AS c ON c.parent_id = b.id
        )
        SELECT b.id FROM below AS b;
    END;
