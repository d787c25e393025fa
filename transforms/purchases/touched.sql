-- Purchase orders that messages stored in the spans looked at say something about: those they name, and those their lines and
-- refunds belong to.
WITH
    arrived AS
    (
        SELECT fenxiao_id, sub_order_id, ifNull(toString(purchase_id), '') AS jzfx_id, ifNull(toString(purchase_reverse_id), '') AS reverse_id
        FROM juliu_store.distribution_events
        WHERE {stored}
    )
SELECT fenxiao_id AS purchase_id FROM arrived WHERE fenxiao_id != ''
UNION DISTINCT
SELECT jzfx_id AS purchase_id FROM arrived WHERE jzfx_id != ''
UNION DISTINCT
SELECT purchase_id FROM juliu_store.purchase_lines_state
WHERE sub_order_id IN (SELECT sub_order_id FROM arrived WHERE sub_order_id != '') AND purchase_id != ''
UNION DISTINCT
SELECT purchase_id FROM juliu_store.purchase_refunds_state
WHERE kind = 'reverse' AND refund_key IN (SELECT reverse_id FROM arrived WHERE reverse_id != '') AND purchase_id != ''
