-- Days of the texts of the touched trades: where they stand now, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.review_readings
WHERE tid IN ({touched}) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT text.day AS day
FROM juliu_store.review_texts AS text
WHERE text.tid IN ({touched}) AND text.day >= {oldest}
