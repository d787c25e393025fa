-- Days of the touched refunds: where they stand now, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.refund_facts
WHERE refund_id IN ({touched}) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.refunds_state AS state
    WHERE state.refund_id IN ({touched})
    GROUP BY state.refund_id
)
WHERE first_day >= {oldest}
