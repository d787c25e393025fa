-- Days of the parcels touched by rows stored in [{from}, {to}): parcels with new traces, and parcels of trades of which a
-- trade, a refund or a dimension file says something new. Where the parcel stands now, and where it will stand.
WITH trades AS
(
    SELECT assumeNotNull(tid) AS tid FROM juliu_store.logistics_traces WHERE stored_at >= {from} AND stored_at < {to} AND event IN ('traced', 'accepted') AND tid IS NOT NULL
    UNION DISTINCT
    SELECT assumeNotNull(tid) AS tid FROM juliu_store.trade_events WHERE stored_at >= {from} AND stored_at < {to} AND tid IS NOT NULL
    UNION DISTINCT
    SELECT assumeNotNull(tid) AS tid FROM juliu_store.refund_events WHERE stored_at >= {from} AND stored_at < {to} AND tid IS NOT NULL
    UNION DISTINCT
    SELECT assumeNotNull(toInt64(tid)) AS tid FROM juliu_store.order_dimensions WHERE stored_at >= {from} AND stored_at < {to}
)
SELECT DISTINCT day
FROM juliu_store.parcel_facts
WHERE tid IN trades AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.parcels_state AS state
    WHERE state.tid IN trades
    GROUP BY state.tid, state.out_sid
)
WHERE first_day >= {oldest}
