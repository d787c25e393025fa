-- Days of the purchase orders touched by messages stored in the spans looked at: those they name, and those their lines belong
-- to. Where the order stands now, and where it will stand.
WITH
    arrived AS
    (
        SELECT fenxiao_id, sub_order_id, ifNull(toString(purchase_id), '') AS jzfx_id, ifNull(toString(purchase_reverse_id), '') AS reverse_id
        FROM juliu_store.distribution_events
        WHERE {stored}
    ),
    ids AS
    (
        SELECT fenxiao_id AS id FROM arrived WHERE fenxiao_id != ''
        UNION DISTINCT
        SELECT jzfx_id AS id FROM arrived WHERE jzfx_id != ''
        UNION DISTINCT
        SELECT purchase_id AS id FROM juliu_store.purchase_lines_state
        WHERE sub_order_id IN (SELECT sub_order_id FROM arrived WHERE sub_order_id != '')
        UNION DISTINCT
        SELECT purchase_id AS id FROM juliu_store.purchase_refunds_state
        WHERE kind = 'reverse' AND refund_key IN (SELECT reverse_id FROM arrived WHERE reverse_id != '')
    )
SELECT DISTINCT day
FROM juliu_store.purchase_facts
WHERE purchase_id IN (SELECT id FROM ids) AND day >= {oldest}
UNION DISTINCT
SELECT DISTINCT first_day AS day
FROM
(
    SELECT min(state.day) AS first_day
    FROM juliu_store.purchases_state AS state
    WHERE state.purchase_id IN (SELECT id FROM ids)
    GROUP BY state.model, state.purchase_id
)
WHERE first_day >= {oldest}
