-- Days of the touched refunds: where they stand now, which is not before the first of these days, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.refund_facts
WHERE refund_id IN ({touched}) AND day >= {oldest} AND day >= (SELECT min(first_day) FROM ({first_days}))
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM ({first_days})
WHERE first_day >= {oldest}
