-- name: users_shared_emails
-- purpose: who of a load has the e-mail of a stored user, or of one before in the load: the first ten, and how many there are
WITH given AS (
    SELECT n.id, lower(n.email) AS email, n.place,
        first_value(n.id) OVER (PARTITION BY lower(n.email) ORDER BY n.place) AS first
    FROM unnest(%(ids)s::uuid[], %(emails)s::text[]) WITH ORDINALITY AS n (id, email, place)
)
SELECT g.id, coalesce(u.id, g.first) AS other, u.id IS NOT NULL AS stored, count(*) OVER () AS count
FROM given AS g LEFT JOIN {schema}.users AS u ON lower(u.email) = g.email
WHERE coalesce(u.id, g.first) <> g.id
ORDER BY g.place
LIMIT 10;
