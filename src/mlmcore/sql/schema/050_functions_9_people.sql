-- What holds of people and of the regions they sell in, whoever writes.

-- A tree of rows with `id` and `parent_id` has no loop. Arguments: what the tree is called and the column that names a row.
-- One writer of parents at a time, who sees what those before kept; where the snapshot is older, locking the rows on the way
-- up fails instead. As the trees of distributors are walked by their own functions, this one is for small trees.
CREATE FUNCTION refuse_loop() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    here uuid := NEW.id;
    walked uuid[] := '{}';
    names text[] := '{}';
    name text;
    above uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(TG_TABLE_SCHEMA || ':tree:' || TG_TABLE_NAME, 0));
    LOOP
        EXECUTE format('SELECT t.%I, t.parent_id FROM %I AS t WHERE t.id = $1 FOR SHARE', TG_ARGV[1], TG_TABLE_NAME)
        INTO name, above USING here;
        IF here = ANY (walked) THEN
            names := names[array_position(walked, here):] || name;
            RAISE EXCEPTION 'the % tree would have a loop: %', TG_ARGV[0], array_to_string(names, ' -> ') USING
                ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_loop_check',
                HINT = 'Nothing can lie below itself; give one of the loop another parent, or none.';
        END IF;
        EXIT WHEN above IS NULL;
        walked := walked || here;
        names := names || name;
        here := above;
    END LOOP;
    RETURN NULL;
END $$;
