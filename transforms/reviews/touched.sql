-- Trades of whose reviews the rows stored in the spans looked at say something.
SELECT assumeNotNull(tid) AS tid FROM juliu_store.review_events WHERE {stored} AND tid IS NOT NULL
