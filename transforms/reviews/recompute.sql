-- Of the trades {keys} the texts first known on {days}, to be read (see readings.ts); by day, so that few days are written at
-- once. A text that stands in a partition too old to be written stays there alone.
SELECT
    text.day AS day,
    text.tid AS tid,
    text.oid AS oid,
    text.item_key AS item_key,
    text.part AS part,
    text.seller_id AS seller_id,
    text.seller_nick AS seller_nick,
    text.num_iid AS num_iid,
    text.reviewed_at AS reviewed_at,
    text.modified_at AS modified_at,
    text.text AS text,
    text.labels AS labels
FROM juliu_store.review_texts AS text
WHERE text.tid IN ({keys})
    AND text.day IN {days}
    AND (text.tid, text.oid, text.item_key, text.part) NOT IN
    (
        SELECT tid, oid, item_key, part FROM juliu_store.review_readings WHERE day < {oldest}
    )
ORDER BY day
