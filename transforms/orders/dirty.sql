-- Days of the orders touched by rows stored in [{from}, {to}): orders with new trade messages, orders of refunds with new
-- messages (of which only some name the trade), and orders a dimension file says something new about.
-- Where the order stands now, and where it will stand.
WITH trades AS
(
    SELECT assumeNotNull(tid) AS tid FROM juliu_store.trade_events WHERE stored_at >= {from} AND stored_at < {to} AND tid IS NOT NULL
    UNION DISTINCT
    SELECT assumeNotNull(tid) AS tid FROM juliu_store.refunds_state
    WHERE tid IS NOT NULL AND refund_id IN
    (
        SELECT refund_id FROM juliu_store.refund_events WHERE stored_at >= {from} AND stored_at < {to} AND refund_id IS NOT NULL
    )
    UNION DISTINCT
    SELECT tid FROM juliu_store.order_dimensions WHERE stored_at >= {from} AND stored_at < {to}
)
SELECT DISTINCT day
FROM juliu_store.order_facts
WHERE tid IN trades AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM (SELECT min(state.day) AS first_day FROM juliu_store.orders_state AS state WHERE state.tid IN trades GROUP BY state.tid)
WHERE first_day >= {oldest}
