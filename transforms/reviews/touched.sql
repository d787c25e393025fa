-- Trades of whose reviews the rows stored in the spans looked at say something: messages about them, and files of items, as second
-- levels go by the category. A text without a second level stays as it is, and one that is not in the mart yet is read with the
-- category of then. Most runs find no file: they read nothing of the mart.
SELECT assumeNotNull(tid) AS tid FROM juliu_store.review_events WHERE {stored} AND tid IS NOT NULL
UNION DISTINCT
SELECT tid FROM juliu_store.review_readings
WHERE (SELECT count() FROM juliu_store.item_dimensions WHERE {stored}) > 0
    AND num_iid IN (SELECT num_iid FROM juliu_store.item_dimensions WHERE {stored})
    AND arrayExists(finding -> finding.subdimension != '', findings)
