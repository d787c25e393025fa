-- Days of the touched parcels: where they stand now, and where they will stand.
SELECT DISTINCT day
FROM juliu_store.parcel_facts
WHERE (tid, out_sid) IN ({touched}) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.parcels_state AS state
    WHERE (state.tid, state.out_sid) IN ({touched})
    GROUP BY state.tid, state.out_sid
)
WHERE first_day >= {oldest}
