-- The refunds {keys}, whose first message known lies in {days}, with the item of its order line and the seller and
-- payment of its order.
-- A refund that stands in a partition too old to be written stays there alone.
WITH
    wanted AS ({keys}),
    trades AS
    (
        SELECT tid FROM juliu_store.refunds_state WHERE refund_id IN wanted AND tid IS NOT NULL
    )
SELECT
    refund.day AS day,
    refund.refund_id AS refund_id,
    refund.tid AS tid,
    refund.oid AS oid,
    coalesce(trade.seller_id, refund.seller_id) AS seller_id,
    coalesce(trade.seller_nick, refund.seller_nick) AS seller_nick,
    line.num_iid AS num_iid,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.status AS status,
    refund.fee AS fee,
    refund.created_at AS created_at,
    refund.agreed_at AS agreed_at,
    refund.refused_at AS refused_at,
    refund.goods_returned_at AS goods_returned_at,
    refund.intervention_applied_at AS intervention_applied_at,
    refund.intervened_at AS intervened_at,
    refund.succeeded_at AS succeeded_at,
    refund.closed_at AS closed_at,
    refund.status_path AS status_path,
    refund.status_path_at AS status_path_at,
    refund.first_seen_midlife AS first_seen_midlife,
    trade.paid_at AS order_paid_at,
    trade.tid IS NULL OR trade.tid = 0 OR trade.first_seen_midlife AS order_first_seen_midlife
FROM juliu_store.resolved_refunds AS refund
LEFT JOIN (SELECT tid, oid, num_iid FROM juliu.order_lines WHERE tid IN trades) AS line
    ON line.tid = refund.tid AND line.oid = refund.oid
LEFT ANY JOIN (SELECT tid, seller_id, seller_nick, paid_at, first_seen_midlife FROM juliu_store.order_facts WHERE tid IN trades) AS trade
    ON trade.tid = refund.tid
WHERE refund.refund_id IN wanted
    AND refund.day IN {days}
    AND refund.refund_id NOT IN (SELECT refund_id FROM juliu_store.refund_facts WHERE day < {oldest})
