-- Orders that rows stored in the spans looked at say something about: trade messages, refunds (of whose messages only some name
-- the trade), dimension files.
SELECT assumeNotNull(tid) AS tid FROM juliu_store.trade_events WHERE {stored} AND tid IS NOT NULL
UNION DISTINCT
SELECT assumeNotNull(tid) AS tid FROM juliu_store.refunds_state
WHERE tid IS NOT NULL AND refund_id IN
(
    SELECT refund_id FROM juliu_store.refund_events WHERE {stored} AND refund_id IS NOT NULL
)
UNION DISTINCT
SELECT tid FROM juliu_store.order_dimensions WHERE {stored}
