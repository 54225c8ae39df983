-- name: network_tree
-- purpose: everybody with the parent in one tree, as fixed-width columns
COPY (
    SELECT d.user_id,
           (d.join_date - date '1970-01-01')::int4,
           d.{parent} IS NOT NULL,
           coalesce(d.{parent}, d.user_id),
           (CASE WHEN %(legs)s AND d.{parent} IS NOT NULL THEN coalesce(d.{leg}, 0) ELSE 0 END)::int4
    FROM {schema}.distributors AS d
    ORDER BY d.user_id
) TO STDOUT (FORMAT BINARY);

-- name: network_tree_as_of
-- purpose: everybody who joined by a day, each where they stood before an instant: the earliest later move of each says where
COPY (
    SELECT d.user_id,
           (d.join_date - date '1970-01-01')::int4,
           stood.parent IS NOT NULL,
           coalesce(stood.parent, d.user_id),
           (CASE WHEN %(legs)s AND stood.parent IS NOT NULL THEN coalesce(stood.leg, 0) ELSE 0 END)::int4
    FROM {schema}.distributors AS d
    LEFT JOIN (
        SELECT DISTINCT ON (m.distributor_id) m.distributor_id, m.from_parent_id, m.from_leg
        FROM {schema}.genealogy_moves AS m
        WHERE m.tree = %(tree)s AND m.moved_at >= %(end)s
        ORDER BY m.distributor_id, m.moved_at
    ) AS undone ON undone.distributor_id = d.user_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN undone.distributor_id IS NULL THEN d.{parent} ELSE undone.from_parent_id END AS parent,
               CASE WHEN undone.distributor_id IS NULL THEN d.{leg} ELSE undone.from_leg END AS leg
    ) AS stood
    WHERE d.join_date <= %(day)s
    ORDER BY d.user_id
) TO STDOUT (FORMAT BINARY);

-- name: network_moves
-- purpose: every move in one tree, the oldest of each person first, as fixed-width columns
COPY (
    SELECT m.distributor_id,
           m.from_parent_id IS NOT NULL,
           coalesce(m.from_parent_id, m.distributor_id),
           coalesce(m.from_leg, 0)::int4,
           m.to_parent_id IS NOT NULL,
           coalesce(m.to_parent_id, m.distributor_id),
           coalesce(m.to_leg, 0)::int4,
           (extract(epoch FROM m.moved_at) * 1000000)::int8
    FROM {schema}.genealogy_moves AS m
    WHERE m.tree = %(tree)s
    ORDER BY m.distributor_id, m.moved_at
) TO STDOUT (FORMAT BINARY);

-- name: network_group
-- purpose: a person and everybody below, to so many levels, as fixed-width columns; nothing where there is no such person
COPY (
    SELECT g.id,
           g.depth > 0,
           coalesce(g.parent, g.id),
           (CASE WHEN g.depth > 0 THEN coalesce(g.leg, 0) ELSE 0 END)::int4
    FROM {schema}.genealogy_group(%(tree)s, %(person)s, %(levels)s) AS g
    ORDER BY g.id
) TO STDOUT (FORMAT BINARY);

-- name: network_upline
-- purpose: everybody above a person, the nearest first
SELECT u.id FROM {schema}.genealogy_upline(%(tree)s, %(person)s) AS u ORDER BY u.steps;

-- name: network_is_below
-- purpose: whether somebody stands above a person
SELECT EXISTS (SELECT FROM {schema}.genealogy_upline(%(tree)s, %(person)s) AS u WHERE u.id = %(above)s) AS below;

-- name: network_strangers
-- purpose: which of some ids are no distributor's
SELECT n.id
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n (id, place)
WHERE NOT EXISTS (SELECT FROM {schema}.distributors AS d WHERE d.user_id = n.id)
ORDER BY n.place;

-- name: network_numbers
-- purpose: the numbers of some people and when they joined, for findings
SELECT d.user_id, d.distributor_number, d.join_date FROM {schema}.distributors AS d WHERE d.user_id = ANY (%(ids)s);

-- name: network_keeps_paths
-- purpose: whether paths are kept for a tree
SELECT c.enabled FROM {schema}.genealogy_closure AS c WHERE c.tree = %(tree)s;

-- name: paths_may_strip
-- purpose: whether some trees' rows will be most of genealogy_paths, and its indexes and keys may be dropped and made again as they are
SELECT people.count >= %(least)s
    AND (SELECT count(*) FROM {schema}.genealogy_paths AS p WHERE p.path_type::text <> ALL (%(trees)s::text[])) <= people.count
    AND {schema}.genealogy_paths_strippable() AS may
FROM (SELECT count(*) + %(coming)s AS count FROM {schema}.distributors) AS people;

-- name: paths_lock_makers
-- purpose: be the only one who makes all paths of a tree, before anything is read of the tables that may be locked for it
SELECT pg_advisory_xact_lock({schema}.genealogy_lock_key('paths'));

-- name: paths_lock_people
-- purpose: keep everybody out of the people and then of the paths, since keys between them are dropped and made again
LOCK TABLE {schema}.distributors, {schema}.genealogy_paths IN ACCESS EXCLUSIVE MODE;

-- name: paths_lock
-- purpose: have a tree alone until the transaction ends
SELECT {schema}.lock_whole_genealogy(%(tree)s);

-- name: paths_keep
-- purpose: say whether paths are kept for some trees
UPDATE {schema}.genealogy_closure SET enabled = %(keep)s WHERE tree = ANY (%(trees)s::text[]);

-- name: paths_delete
-- purpose: take all paths of some trees out
DELETE FROM {schema}.genealogy_paths AS p WHERE p.path_type::text = ANY (%(trees)s::text[]);

-- name: paths_strip
-- purpose: drop indexes and keys of genealogy_paths; what comes back makes them again
SELECT {schema}.strip_genealogy_paths() AS definitions;

-- name: paths_load
-- purpose: load closure rows
COPY {schema}.genealogy_paths (id, ancestor_id, descendant_id, depth, path_type, leg_position) FROM STDIN (FORMAT BINARY);

-- name: paths_dress
-- purpose: make indexes and keys of genealogy_paths again
SELECT {schema}.dress_genealogy_paths(%(definitions)s::text[]);

-- name: paths_read
-- purpose: all paths of a tree, as fixed-width columns
COPY (
    SELECT p.ancestor_id, p.descendant_id, p.depth, coalesce(p.leg_position, 0)
    FROM {schema}.genealogy_paths AS p
    WHERE p.path_type = %(tree)s
) TO STDOUT (FORMAT BINARY);

-- name: paths_crowded
-- purpose: whether no more people are stored than that, in a transaction that sees everybody who was enrolled
SELECT count(*) <= %(coming)s AND current_setting('transaction_isolation') = 'read committed' AS crowded
FROM (SELECT FROM {schema}.distributors LIMIT %(coming)s + 1) AS few;

-- name: paths_kept
-- purpose: the trees for which paths are kept
SELECT c.tree FROM {schema}.genealogy_closure AS c WHERE c.enabled ORDER BY c.tree;

-- name: distributors_reserve_legs
-- purpose: the highest sponsor leg that each of some sponsors ever gave; nobody else gives one until the transaction ends
SELECT g.sponsor, g.highest FROM {schema}.reserve_sponsor_legs(%(sponsors)s::uuid[]) AS g;

-- name: distributors_share_trees
-- purpose: be one of those who enrol, before anybody's row is locked
SELECT {schema}.share_genealogy_to_enrol();

-- name: distributors_next_number
-- purpose: draw a number
SELECT {schema}.next_distributor_number() AS number;

-- name: distributors_begin_numbers
-- purpose: let numbers that are drawn be at least that
SELECT {schema}.begin_distributor_numbers(%(at)s);

-- name: distributors_free_place
-- purpose: the free place of the placement tree that a rule of spillover means; nobody else asks for one until the transaction ends
SELECT f.parent, f.leg FROM {schema}.free_placement(%(under)s, %(rule)s, %(width)s, %(levels)s, %(volume)s) AS f;

-- name: network_lock
-- purpose: have a tree alone before somebody in it is moved
SELECT pg_advisory_xact_lock({schema}.genealogy_lock_key(%(tree)s));

-- name: move_reason
-- purpose: the reason that the host gave for moves in this transaction
SELECT coalesce(current_setting('mlmcore.reason', true), '') AS reason;

-- name: move_set_reason
-- purpose: say why somebody is moved; the record of moves takes it
SELECT set_config('mlmcore.reason', %(reason)s, true);
