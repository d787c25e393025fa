-- Lists of refunds to act on: parcels to be stopped, and what finance has to decide; as of asof, twins as of now.

CREATE OR REPLACE VIEW juliu.refund_interceptions_at {{on_cluster}} {{view_security}}
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    refund.refund_id AS refund_id,
    parcel.tid AS tid,
    refund.oid AS oid,
    refund.seller_id AS seller_id,
    refund.seller_nick AS seller_nick,
    refund.num_iid AS num_iid,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.fee AS fee,
    assumeNotNull(refund.created_at) AS refund_created_at,
    intDiv(toInt64(t) - toInt64(refund_created_at), 60) AS minutes_since_refund,
    parcel.carrier::String AS carrier,
    parcel.out_sid AS out_sid,
    parcel.shown_consigned_at AS consigned_at,
    parcel.shown_got_at AS picked_up_at,
    parcel.shown_scan_at AS out_for_delivery_at,
    parcel.place AS last_place,
    parcel.seen_at AS last_event_at,
    intDiv(toInt64(t) - toInt64(parcel.seen_at), 60) AS minutes_since_event
FROM
(
    SELECT *
    FROM juliu_store.refund_facts
    WHERE created_at <= t AND NOT ifNull(succeeded_at <= t, false) AND NOT ifNull(closed_at <= t, false)
) AS refund
INNER JOIN
(
    SELECT
        tid,
        out_sid,
        carrier,
        if(consigned_at <= t, consigned_at, NULL) AS shown_consigned_at,
        if(coalesce(picked_up_at, first_moved_at) <= t, coalesce(picked_up_at, first_moved_at), NULL) AS shown_got_at,
        if(out_for_delivery_at <= t, out_for_delivery_at, NULL) AS shown_scan_at,
        arrayLast(at -> at <= t, event_ats) AS last_at,
        if(last_at = toDateTime(0), NULL, last_at) AS seen_at,
        -- Of an instant in the past only the stops made by then tell the place.
        if(ifNull(last_event_at <= t, true), last_place::String,
            arrayLast(hop -> hop.arrived_at <= t, hops).node::String) AS place
    FROM juliu_store.parcel_facts
    WHERE (consigned_at <= t OR coalesce(picked_up_at, first_moved_at) <= t)
        AND NOT ifNull(signed_at <= t, false)
        AND NOT ifNull(returned_at <= t, false)
        AND NOT ifNull(lost_at <= t, false)
        AND NOT ifNull(left_at <= t, false)
) AS parcel ON parcel.tid = refund.tid
SETTINGS join_use_nulls = 0
COMMENT '待拦截包裹 — the same as juliu.refund_interceptions with asof given';

CREATE OR REPLACE VIEW juliu.refund_interceptions {{on_cluster}}
(
    refund_id Int64 COMMENT '退款编号 — id of the refund',
    tid Int64 COMMENT '交易编号 — id of the trade',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — item of the refunded line; NULL when unknown',
    phase Nullable(String) COMMENT '退款阶段 — onsale or aftersale',
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount to refund; unit: CNY yuan',
    refund_created_at DateTime('Asia/Shanghai') COMMENT '退款申请时间 — when the refund was created; UTC+8',
    minutes_since_refund Int64 COMMENT '退款已等待 — since the refund was created; unit: minutes',
    carrier String COMMENT '物流公司 — carrier of the parcel; empty when unknown',
    out_sid String COMMENT '运单号 — waybill number',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — when the parcel was consigned; UTC+8',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — pick-up, or the first arrival or departure when none was seen; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first attempt of delivery; UTC+8',
    last_place String COMMENT '最后站点 — where it was last seen, as written; empty when no trace names it (with asof in the past: when it has moved on since and made no stop before)',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last trace; UTC+8',
    minutes_since_event Nullable(Int64) COMMENT '距最新动态 — since the last trace; unit: minutes'
)
{{view_security}}
AS
SELECT refund_id, tid, oid, seller_id, seller_nick, num_iid, phase, bill_type, fee, refund_created_at, minutes_since_refund, carrier, out_sid, consigned_at, picked_up_at, out_for_delivery_at, last_place, last_event_at, minutes_since_event
FROM juliu.refund_interceptions_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '待拦截包裹 — refunds open (neither succeeded nor closed) while a parcel of the trade is on its way (consigned or picked up; not signed, returned or lost, its order neither closed nor fully refunded), one row per refund and parcel, as of now';

CREATE OR REPLACE VIEW juliu.refund_finance_queue_at {{on_cluster}} {{view_security}}
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    refund.refund_id AS refund_id,
    refund.tid AS tid,
    refund.oid AS oid,
    refund.seller_id AS seller_id,
    refund.seller_nick AS seller_nick,
    refund.num_iid AS num_iid,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.fee AS fee,
    refund.owed AS waiting_for,
    refund.last_step.2 AS waiting_since,
    toInt64(t) - toInt64(waiting_since) AS waited_seconds,
    if(refund.created_at <= t, refund.created_at, NULL) AS refund_created_at,
    if(refund.intervention_applied_at <= t, refund.intervention_applied_at, NULL) AS intervention_applied_at,
    arrayMap(step -> step.1, refund.so_far) AS status_path,
    trade.amount AS order_amount,
    trade.payment_scope::String AS payment_scope,
    if(trade.paid_at <= t, trade.paid_at, NULL) AS order_paid_at,
    if(trade.shipped_at <= t, trade.shipped_at, NULL) AS order_shipped_at,
    parcel.known AS parcels,
    parcel.signed AS parcels_signed,
    parcel.last_sign AS last_signed_at,
    parcel.numbers AS waybills
FROM
(
    SELECT
        *,
        arrayFilter(step -> step.2 <= t, arrayZip(status_path, status_path_at)) AS so_far,
        -- Asking the platform to step in changes nothing of who has to act.
        arrayLast(step -> step.1 NOT IN ('intervention_applied', 'intervened'), so_far) AS last_step,
        multiIf(
            last_step.1 IN ('created', 'buyer_modified'), 'seller_agree',
            last_step.1 = 'goods_returned', 'seller_confirm_goods',
            last_step.1 = 'seller_agreed' AND ifNull(bill_type NOT IN ('return_bill', 'replace_bill'), true), 'money',
            '') AS owed
    FROM juliu_store.refund_facts
    WHERE notEmpty(status_path) AND NOT ifNull(succeeded_at <= t, false) AND NOT ifNull(closed_at <= t, false)
        AND owed != ''
) AS refund
LEFT JOIN juliu_store.order_facts AS trade ON trade.tid = refund.tid
LEFT JOIN
(
    SELECT
        tid,
        count() AS known,
        countIf(signed_at <= t) AS signed,
        maxIf(signed_at, signed_at <= t) AS last_sign,
        arraySort(groupArray(out_sid)) AS numbers
    FROM juliu_store.parcel_facts
    WHERE first_event_at <= t OR picked_up_at <= t
    GROUP BY tid
) AS parcel ON parcel.tid = refund.tid
SETTINGS join_use_nulls = 0
COMMENT '退款待办 — the same as juliu.refund_finance_queue with asof given';

CREATE OR REPLACE VIEW juliu.refund_finance_queue {{on_cluster}}
(
    refund_id Int64 COMMENT '退款编号 — id of the refund',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — item of the refunded line; NULL when unknown',
    phase Nullable(String) COMMENT '退款阶段 — onsale or aftersale',
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount to refund; unit: CNY yuan',
    waiting_for String COMMENT '等待事项 — seller_agree (卖家同意), seller_confirm_goods (卖家确认收货) or money (打款)',
    waiting_since DateTime('Asia/Shanghai') COMMENT '等待开始时间 — when the last step came; UTC+8',
    waited_seconds Int64 COMMENT '已等待 — since waiting_since; unit: seconds',
    refund_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款申请时间 — NULL when first seen midlife; UTC+8',
    intervention_applied_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请介入时间 — when the platform was asked to step in; UTC+8',
    status_path Array(String) COMMENT '退款过程 — steps so far',
    order_amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; unit: CNY yuan; source: order_facts.amount',
    payment_scope String COMMENT '实付金额范围 — unknown: order_amount is a lower bound; source: order_facts.payment_scope',
    order_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — of the order; UTC+8',
    order_shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — of the order, as the trade says; UTC+8',
    parcels UInt64 COMMENT '包裹数 — parcels of the order that something happened to; unit: parcels',
    parcels_signed UInt64 COMMENT '已签收包裹数 — of these, signed; unit: parcels',
    last_signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最后签收时间 — last sign of a parcel of the order; UTC+8',
    waybills Array(String) COMMENT '运单号 — waybill numbers of these parcels, sorted'
)
{{view_security}}
AS
SELECT refund_id, tid, oid, seller_id, seller_nick, num_iid, phase, bill_type, fee, waiting_for, waiting_since, waited_seconds, refund_created_at, intervention_applied_at, status_path, order_amount, payment_scope, order_paid_at, order_shipped_at, parcels, parcels_signed, last_signed_at, waybills
FROM juliu.refund_finance_queue_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '退款待办 — open refunds that wait for the seller to agree, to confirm returned goods, or for the money, with the evidence of order and parcels, for approval by finance; as of now';
