-- What a unit of work calls when it ends.
CREATE FUNCTION check_totals_now() RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals IMMEDIATE;
    SET CONSTRAINTS tr_orders_totals, tr_order_items_totals DEFERRED;
END $$;
