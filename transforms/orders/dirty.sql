-- Days of the touched orders: where they stand now, which is not before the first of these days, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.order_facts
WHERE tid IN ({touched}) AND day >= {oldest} AND day >= (SELECT min(first_day) FROM ({first_days}))
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM ({first_days})
WHERE first_day >= {oldest}
