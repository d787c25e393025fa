-- Days of the touched orders: where they stand now, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.order_facts
WHERE tid IN ({touched}) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.orders_state AS state
    WHERE state.tid IN ({touched})
    GROUP BY state.tid
)
WHERE first_day >= {oldest}
