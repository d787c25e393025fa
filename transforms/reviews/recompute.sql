-- Of the trades {keys} the texts first known on {days}, to be read (see readings.ts), with the category of the item; by day,
-- so that few days are written at once. A text that stands in a partition too old to be written stays there alone.
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
    text.labels AS labels,
    ifNull(item.category, '') AS category
FROM
(
    SELECT *
    FROM juliu_store.review_texts AS known
    WHERE known.tid IN ({keys})
        AND known.day IN {days}
        AND (known.tid, known.oid, known.item_key, known.part) NOT IN
        (
            SELECT tid, oid, item_key, part FROM juliu_store.review_readings WHERE day < {oldest}
        )
) AS text
LEFT JOIN
(
    SELECT num_iid, category
    FROM juliu.item_dimensions
    WHERE num_iid IN
    (
        SELECT assumeNotNull(num_iid) FROM juliu_store.reviews_state WHERE num_iid IS NOT NULL AND tid IN ({keys})
    )
) AS item ON item.num_iid = text.num_iid
ORDER BY day
