-- Refunds that rows stored in the spans looked at say something about: their own messages, and messages of their trades, which
-- may tell the lines and their items apart.
SELECT assumeNotNull(refund_id) AS refund_id FROM juliu_store.refund_events
WHERE {stored} AND refund_id IS NOT NULL
UNION DISTINCT
SELECT refund_id FROM juliu_store.refunds_state
WHERE tid IN
(
    SELECT tid FROM juliu_store.trade_events
    WHERE {stored} AND tid IS NOT NULL
)
