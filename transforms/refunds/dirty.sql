-- Days of the refunds touched by rows stored in [{from}, {to}): refunds with new messages, and refunds of trades with new
-- messages, which may tell the lines and their items apart. Where the refund stands now, and where it will stand.
WITH touched AS
(
    SELECT assumeNotNull(refund_id) AS refund_id FROM juliu_store.refund_events
    WHERE stored_at >= {from} AND stored_at < {to} AND refund_id IS NOT NULL
    UNION DISTINCT
    SELECT refund_id FROM juliu_store.refunds_state
    WHERE tid IN
    (
        SELECT tid FROM juliu_store.trade_events
        WHERE stored_at >= {from} AND stored_at < {to} AND tid IS NOT NULL
    )
)
SELECT DISTINCT day
FROM juliu_store.refund_facts
WHERE refund_id IN touched AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.refunds_state AS state
    WHERE state.refund_id IN touched
    GROUP BY state.refund_id
)
WHERE first_day >= {oldest}
