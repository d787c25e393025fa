-- Refunds that rows stored in [{from}, {to}) say something about: their own messages, and messages of their trades, which
-- may tell the lines and their items apart.
SELECT assumeNotNull(refund_id) AS refund_id FROM juliu_store.refund_events
WHERE stored_at >= {from} AND stored_at < {to} AND refund_id IS NOT NULL
UNION DISTINCT
SELECT refund_id FROM juliu_store.refunds_state
WHERE tid IN
(
    SELECT tid FROM juliu_store.trade_events
    WHERE stored_at >= {from} AND stored_at < {to} AND tid IS NOT NULL
)
