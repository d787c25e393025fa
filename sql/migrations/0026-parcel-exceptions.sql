-- Parcels in trouble (包裹异常) and the lists of customer care, as of an instant; the rules stand in the text
-- open_units, which the views hold each for itself: a view over a view is planned twice.
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

-- One row per parcel not signed, and per paid order neither shipped nor with a parcel, as of asof, with its class.
{{#text open_units}}
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
)
{{/text}}

CREATE OR REPLACE VIEW juliu_store.open_units_at {{on_cluster}} {{view_security}}
AS
{{open_units}}
COMMENT '未完结单元 — internal: one row per parcel not signed, and per paid order neither shipped nor with a parcel, as of asof, with its exception class 1..10';

{{#text exceptions}}
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
    FROM ({{open_units}}) AS unit
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
{{/text}}

CREATE OR REPLACE VIEW juliu.parcel_exceptions_at {{on_cluster}} {{view_security}}
AS
{{exceptions}}
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
FROM ({{exceptions}})
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
    FROM ({{open_units}})
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
    FROM ({{open_units}})
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
    FROM ({{open_units}})
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
