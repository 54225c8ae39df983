-- Questions about one person's place in a tree, from the parent pointers alone: they answer the same whether the tree's paths
-- are kept or not. Each step is an index lookup, so what is asked about a few people is not paid for by everybody.

-- A person and everybody below, at most so many levels down (NULL: all), in no order. The leg is the parent's in which each
-- hangs, NULL in the enroller tree. Nothing where the person is not stored.
CREATE FUNCTION genealogy_group(tree text, top uuid, levels integer DEFAULT NULL)
    RETURNS TABLE (id uuid, parent uuid, leg integer, depth integer)
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH RECURSIVE below (id, parent, leg, depth) AS (
             SELECT d.user_id, d.%1$I, %2$s, 0 FROM distributors AS d WHERE d.user_id = $1
             UNION ALL
             SELECT child.id, b.id, child.leg, b.depth + 1 FROM below AS b CROSS JOIN LATERAL (
                 SELECT d.user_id AS id, %2$s AS leg FROM distributors AS d WHERE d.%1$I = b.id OFFSET 0) AS child
             WHERE $2 IS NULL OR b.depth < $2
         )
         SELECT below.id, below.parent, below.leg, below.depth FROM below',
        tree || '_id', CASE WHEN tree = 'enroller' THEN 'NULL::integer' ELSE format('d.%I', tree || '_leg') END)
    USING top, levels;
END $$;

-- Everybody above a person, with how many steps up they stand.
CREATE FUNCTION genealogy_upline(tree text, person uuid) RETURNS TABLE (id uuid, steps integer)
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off
AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'WITH RECURSIVE up (id, steps) AS (
             SELECT d.%1$I, 1 FROM distributors AS d WHERE d.user_id = $1 AND d.%1$I IS NOT NULL
             UNION ALL
             SELECT above.id, up.steps + 1 FROM up CROSS JOIN LATERAL (
                 SELECT d.%1$I AS id FROM distributors AS d WHERE d.user_id = up.id AND d.%1$I IS NOT NULL OFFSET 0) AS above
         )
         SELECT up.id, up.steps FROM up',
        tree || '_id')
    USING person;
END $$;
