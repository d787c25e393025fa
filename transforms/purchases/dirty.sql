-- Days of the touched purchase orders: where they stand now, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.purchase_facts
WHERE purchase_id IN ({touched}) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.purchases_state AS state
    WHERE state.purchase_id IN ({touched})
    GROUP BY state.model, state.purchase_id
)
WHERE first_day >= {oldest}
