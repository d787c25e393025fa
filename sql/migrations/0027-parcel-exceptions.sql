-- Parcels in trouble (包裹异常) and the lists of customer care, as of an instant; the rules stand in juliu_store.open_units_at.
--
-- One row per parcel not signed, and per paid order that is neither shipped nor has a parcel; closed and fully refunded
-- orders and those sent offline are not there. The first rule that fits gives the class (hours are thresholds of the
-- seller, else of juliu.kpi_settings):
--   1 丢失                     lost                a trace lost
--   2 拒收/退回                refused             failed, rejected or returned, and no delivery attempt after it
--   3 派签停滞                 delivery stopped    last event out_for_delivery or failed, delivery_stop ago
--   4 运输停滞                 transport stopped   last event arrived, departed, destination_city, handed_over, exception, other
--                                                  or without stage, transport_stop ago
--   5 揽收后停滞               pick-up stopped     last event picked_up, pickup_stop ago
--   6 揽收超时/疑似虚假发货    not picked up       consigned fake_consign ago, not picked up; where only the waybill is known,
--                                                  consigned = the order's shipped
--   7 延迟发货                 dispatch late       paid consign_delay ago or past the promised delivery, neither shipped nor
--                                                  dispatched
--   8 签收未更新               sign missing        trade succeeded, not signed
--   9 即将超时                 soon late           within near_timeout hours before 3..7
--  10 正常                     normal

CREATE OR REPLACE VIEW juliu.parcel_exceptions_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    ['丢失', '拒收/退回', '派签停滞', '运输停滞', '揽收后停滞', '揽收超时/疑似虚假发货', '延迟发货', '签收未更新', '即将超时', '正常'] AS names,
    ['lost', 'refused or returned', 'delivery stopped', 'transport stopped', 'stopped after pick-up', 'not picked up, dispatch may be false', 'dispatch late', 'sign missing', 'soon late', 'normal'] AS names_en,
    (now_at - open.since) / 3600 AS hours
SELECT
    open.class AS class,
    names[class] AS exception,
    names_en[class] AS exception_en,
    open.since AS since,
    ifNull(hours, 0) AS age_hours,
    multiIf(age_hours < 24, '0-24', age_hours < 48, '24-48', age_hours < 72, '48-72', age_hours < 120, '72-120', '>120') AS ageing,
    open.threshold_hours AS threshold_hours,
    open.seller_id AS seller_id,
    open.seller_nick AS seller_nick,
    open.tid AS tid,
    open.out_sid AS out_sid,
    open.carrier AS carrier,
    open.lane AS lane,
    open.origin_province AS origin_province,
    open.destination_province AS destination_province,
    open.num_iids AS num_iids,
    open.last_stage AS last_stage,
    open.last_event_at AS last_event_at,
    open.place AS last_place,
    open.paid_at AS paid_at,
    open.consigned_at AS consigned_at,
    open.promised_at AS promised_at,
    if(empty(claims), NULL, arraySum(claims)) AS money_at_risk
FROM
(
    SELECT
        *,
        -- What the platform holds against this waybill of this trade, and against the trade as a whole.
        -- A claim that fits several units stands at the first of them, so that sums hold it once.
        row_number() OVER (PARTITION BY unit.out_sid ORDER BY unit.tid) = 1 AS first_of_waybill,
        row_number() OVER (PARTITION BY unit.tid ORDER BY unit.out_sid) = 1 AS first_of_trade,
        arrayMap(claim -> claim.2, arrayFilter(claim -> if(claim.1 = 0, first_of_waybill, claim.1 = unit.tid), waybill.claims)) AS waybill_claims,
        arrayConcat(waybill_claims, if(first_of_trade, trade.claims, [])) AS claims
    FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}) AS unit
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(out_sid) AS claimed_sid, groupArray((ifNull(tid, 0), toDecimal128(ifNull(compensate_amount, 0), 2))) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_sid
    ) AS waybill ON unit.out_sid = waybill.claimed_sid
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(tid) AS claimed_tid, groupArray(toDecimal128(ifNull(compensate_amount, 0), 2)) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NULL AND tid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_tid
    ) AS trade ON unit.tid = trade.claimed_tid
) AS open
COMMENT '包裹异常 — the same as juliu.parcel_exceptions with the instant asof given';

CREATE OR REPLACE VIEW juliu.parcel_exceptions {{on_cluster}}
(
    class UInt8 COMMENT '异常类别 — 1..10, the first rule that fits',
    exception String COMMENT '异常名称 — name of the class: 丢失, 拒收/退回, 派签停滞, 运输停滞, 揽收后停滞, 揽收超时/疑似虚假发货, 延迟发货, 签收未更新, 即将超时, 正常',
    exception_en String COMMENT '异常英文名 — name of the class in English',
    since Nullable(DateTime('Asia/Shanghai')) COMMENT '异常起始时间 — instant its age counts from: loss, refusal, last event, dispatch, payment or end of the trade; UTC+8',
    age_hours Float64 COMMENT '时长 — time since then; unit: hours',
    ageing String COMMENT '账龄 — 0-24, 24-48, 48-72, 72-120 or >120; unit: hours',
    threshold_hours Nullable(Float64) COMMENT '阈值 — threshold in force: of the seller (juliu.seller_thresholds), else of juliu.kpi_settings; NULL where the class has none; unit: hours',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    lane String COMMENT '线路 — origin→destination by city; empty when unknown',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin; NULL when unknown',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination; NULL when unknown',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order; empty when unknown',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised delivery; NULL without an imported order dimension; UTC+8',
    money_at_risk Nullable(Decimal(38, 2)) COMMENT '预计赔付 — compensation of the platform’s exceptions open for it, one that fits several units at the first of them; NULL when there is none; unit: CNY yuan'
)
{{view_security}}
AS SELECT * FROM juliu.parcel_exceptions_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '包裹异常 — open parcels and paid unshipped orders with their exception class, as of now';

CREATE OR REPLACE VIEW juliu.exception_summary_at {{on_cluster}} {{view_security}}
AS
SELECT
    class,
    any(exception) AS exception,
    any(exception_en) AS exception_en,
    ageing,
    count() AS units,
    max(age_hours) AS oldest_hours,
    sum(money_at_risk) AS money_at_risk
FROM juliu.parcel_exceptions_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
GROUP BY class, ageing
COMMENT '包裹异常汇总 — the same as juliu.exception_summary with the instant asof given';

CREATE OR REPLACE VIEW juliu.exception_summary {{on_cluster}}
(
    class UInt8 COMMENT '异常类别 — 1..10, the first rule that fits',
    exception String COMMENT '异常名称 — name of the class: 丢失, 拒收/退回, 派签停滞, 运输停滞, 揽收后停滞, 揽收超时/疑似虚假发货, 延迟发货, 签收未更新, 即将超时, 正常',
    exception_en String COMMENT '异常英文名 — name of the class in English',
    ageing String COMMENT '账龄 — 0-24, 24-48, 48-72, 72-120 or >120; unit: hours',
    units UInt64 COMMENT '件数 — open parcels and paid orders without parcel',
    oldest_hours Float64 COMMENT '最长时长 — greatest age_hours; unit: hours',
    money_at_risk Nullable(Decimal(38, 2)) COMMENT '预计赔付 — compensation of the platform’s exceptions open for it; NULL when there is none; unit: CNY yuan'
)
{{view_security}}
AS SELECT * FROM juliu.exception_summary_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '包裹异常汇总 — open units by exception class and ageing, as of now';

CREATE OR REPLACE VIEW juliu.care_out_for_delivery_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    (now_at - unit.last_event_at) / 3600 AS age_hours
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
    WHERE NOT is_order AND last_stage = 'out_for_delivery' AND lost_at IS NULL AND returned_at IS NULL
) AS unit ON trade.tid = unit.tid
COMMENT '派送中包裹 — the same as juliu.care_out_for_delivery with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_out_for_delivery {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    age_hours Nullable(Float64) COMMENT '已派送时长 — time since the last event; unit: hours'
)
{{view_security}}
AS SELECT * FROM juliu.care_out_for_delivery_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '派送中包裹 — parcels whose last event is a delivery attempt, with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_signed_today_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    if(unit.out_for_delivery_at <= now_at, unit.out_for_delivery_at, NULL) AS out_for_delivery_at,
    unit.signed_at AS signed_at,
    if(unit.last_event_at <= now_at, nullIf(unit.last_place, ''), NULL) AS last_place
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM juliu_store.parcel_facts
    WHERE signed_at >= toStartOfDay(now_at) AND signed_at <= now_at AND last_event_at >= toStartOfDay(now_at) AND send_type != 'offline'
) AS unit ON trade.tid = unit.tid
COMMENT '今日签收包裹 — the same as juliu.care_signed_today with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_signed_today {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description'
)
{{view_security}}
AS SELECT * FROM juliu.care_signed_today_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '今日签收包裹 — parcels signed since midnight (UTC+8), with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_stuck_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    ['派签停滞', '运输停滞', '揽收后停滞', '揽收超时/疑似虚假发货'] AS reasons
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    reasons[unit.class - 2] AS reason,
    unit.since AS since,
    (now_at - unit.since) / 3600 AS age_hours
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
    WHERE class IN (3, 4, 5, 6)
) AS unit ON trade.tid = unit.tid
COMMENT '停滞包裹 — the same as juliu.care_stuck with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_stuck {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    reason String COMMENT '原因 — why it is in the list',
    since Nullable(DateTime('Asia/Shanghai')) COMMENT '停滞起始时间 — last event, or dispatch when not picked up; UTC+8',
    age_hours Nullable(Float64) COMMENT '停滞时长 — time since; unit: hours'
)
{{view_security}}
AS SELECT * FROM juliu.care_stuck_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '停滞包裹 — parcels of the exception classes 3..6, with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_late_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    if(unit.promised_at <= now_at, 'promise', 'dispatch') AS reason,
    if(unit.promised_at <= now_at, unit.promised_at, unit.paid_at + toIntervalSecond(toInt64(unit.dispatch_seconds))) AS due_at,
    (now_at - due_at) / 3600 AS hours_late
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
    WHERE lost_at IS NULL AND returned_at IS NULL
        AND (promised_at <= now_at OR not_consigned AND paid_at + toIntervalSecond(toInt64(dispatch_seconds)) <= now_at)
) AS unit ON trade.tid = unit.tid
COMMENT '超时包裹 — the same as juliu.care_late with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_late {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    reason String COMMENT '原因 — promise = promised delivery passed, dispatch = not dispatched by the limit of exception class 7 (of the seller, else setting consign_delay, after payment)',
    due_at Nullable(DateTime('Asia/Shanghai')) COMMENT '应完成时间 — instant that was promised or required; UTC+8',
    hours_late Nullable(Float64) COMMENT '超时时长 — time since due_at; unit: hours'
)
{{view_security}}
AS SELECT * FROM juliu.care_late_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '超时包裹 — open parcels and orders past the promised delivery or the limit of dispatch of exception class 7, with the order, as of now';
