-- name: categories_lock
-- purpose: be the only one who moves a category, before its row is held
SELECT {schema}.lock_categories();

-- name: categories_path
-- purpose: a category and all above it, the topmost first
WITH RECURSIVE path AS (
    SELECT c.*, 0 AS steps FROM {schema}.product_categories AS c WHERE c.id = %(category)s
    UNION ALL
    SELECT c.*, p.steps + 1 FROM path AS p JOIN {schema}.product_categories AS c ON c.id = p.parent_id
)
SELECT p.* FROM path AS p ORDER BY p.steps DESC;

-- name: products_take_stock
-- purpose: take pieces of a product that has so many, whatever was read before; no row where it has fewer or counts none
UPDATE {schema}.products AS p
SET stock_quantity = coalesce(p.stock_quantity, 0) - %(quantity)s
WHERE p.id = %(id)s AND coalesce(p.inventory_tracked, TRUE) AND coalesce(p.stock_quantity, 0) >= %(quantity)s
RETURNING p.*;

-- name: products_put_back_stock
-- purpose: put pieces of a product back; no row where its inventory is not tracked, or the column cannot count so many
UPDATE {schema}.products AS p
SET stock_quantity = coalesce(p.stock_quantity, 0) + %(quantity)s
WHERE p.id = %(id)s AND coalesce(p.inventory_tracked, TRUE)
    AND coalesce(p.stock_quantity, 0) + %(quantity)s::numeric <= 2147483647
RETURNING p.*;

-- name: products_lock_stock
-- purpose: hold the stock of products in the order of their ids, as everybody takes them
SELECT 1 FROM {schema}.products AS p
WHERE p.id = ANY (%(ids)s::uuid[]) AND coalesce(p.inventory_tracked, TRUE)
ORDER BY p.id
FOR NO KEY UPDATE;

-- name: auto_ships_items
-- purpose: the items of some standing orders
SELECT i.* FROM {schema}.auto_ship_items AS i WHERE i.auto_ship_id = ANY (%(auto_ships)s) ORDER BY i.id;
