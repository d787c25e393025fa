-- Parcels that rows stored in the spans looked at say something about: parcels with new traces, and parcels of trades of which a
-- trade message, a refund (of whose messages only some name the trade) or a dimension file says something new.
SELECT assumeNotNull(tid) AS tid, out_sid FROM juliu_store.logistics_traces
WHERE {stored} AND event IN ('traced', 'accepted') AND tid IS NOT NULL AND out_sid != ''
UNION DISTINCT
SELECT tid, out_sid FROM juliu_store.parcels_state
WHERE tid IN
(
    SELECT assumeNotNull(tid) FROM juliu_store.trade_events WHERE {stored} AND tid IS NOT NULL
    UNION DISTINCT
    SELECT assumeNotNull(tid) FROM juliu_store.refunds_state
    WHERE tid IS NOT NULL AND refund_id IN
    (
        SELECT refund_id FROM juliu_store.refund_events WHERE {stored} AND refund_id IS NOT NULL
    )
    UNION DISTINCT
    SELECT tid FROM juliu_store.order_dimensions WHERE {stored}
)
