-- The orders {keys}, whose first message known lies in {days}; the same as juliu.orders says, of these orders only (a test compares
-- them): the views know no way to take the refunds of some trades, which are found by tid and told by refund_id.
-- An order that stands in a partition too old to be written stays there alone: its older messages are gone from the
-- state, and its first day with them.
WITH
    trades AS ({keys}),
    refund AS
    (
        SELECT
            assumeNotNull(r.tid) AS tid,
            sumIf(ifNull(r.fee, 0), r.succeeded_at IS NOT NULL) AS refunded,
            min(r.created_at) AS refund_open_at,
            count()::UInt32 AS refunds,
            countIf(r.succeeded_at IS NOT NULL)::UInt32 AS refunds_succeeded,
            max(r.succeeded_at) AS last_succeeded_at
        FROM juliu_store.resolved_refunds AS r
        WHERE r.refund_id IN (SELECT refund_id FROM juliu_store.refunds_state WHERE tid IN trades) AND r.tid IS NOT NULL
        GROUP BY tid
    ),
    -- An amount that is only a lower bound is never known to be all back.
    if(trade.payment_scope NOT IN ('', 'unknown') AND trade.amount > 0 AND refund.refunded >= trade.amount,
        refund.last_succeeded_at, NULL) AS all_back_at
SELECT
    trade.day AS day,
    trade.tid AS tid,
    trade.seller_id AS seller_id,
    trade.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    trade.buyer_open_uid AS buyer_open_uid,
    trade.trade_type AS trade_type,
    trade.status AS status,
    trade.memo_flag AS memo_flag,
    trade.has_memo AS has_memo,
    trade.presale AS presale,
    trade.first_seen_midlife AS first_seen_midlife,
    trade.created_at AS created_at,
    trade.deposit_paid_at AS deposit_paid_at,
    trade.paid_at AS paid_at,
    trade.shipped_at AS shipped_at,
    trade.finished_at AS finished_at,
    trade.closed_at AS closed_at,
    trade.rated_at AS rated_at,
    trade.amount AS amount,
    trade.payment_scope AS payment_scope,
    trade.lines AS lines,
    trade.num_iids AS num_iids,
    refund.refunded AS refunded,
    refund.refund_open_at AS refund_open_at,
    refund.refunds AS refunds,
    refund.refunds_succeeded AS refunds_succeeded,
    all_back_at AS fully_refunded_at,
    least(ifNull(trade.closed_at, all_back_at), ifNull(all_back_at, trade.closed_at)) AS left_at,
    known.promised_at AS promised_at,
    known.send_type AS send_type,
    known.province AS province
FROM juliu_store.resolved_orders AS trade
LEFT JOIN refund ON refund.tid = trade.tid
LEFT JOIN (SELECT * FROM juliu.order_dimensions WHERE tid IN trades) AS known ON known.tid = trade.tid
WHERE trade.tid IN trades
    AND trade.day IN {days}
    AND trade.tid NOT IN (SELECT tid FROM juliu_store.order_facts WHERE day < {oldest})
