-- The funnel of orders: created, paid, shipped, signed, finished; made like the metrics of trades (asof, cuts, percentiles).
--
-- Signed is an order when every parcel of it is: at the last sign. A parcel that nothing has happened to by asof is not
-- there yet; an order without parcels is not signed.

CREATE OR REPLACE VIEW juliu.trade_funnel_at {{on_cluster}} {{view_security}}
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    value,
    count() AS created,
    countIf(paid_at IS NOT NULL) AS paid,
    countIf(shipped_at IS NOT NULL) AS shipped,
    countIf(signed_at IS NOT NULL) AS signed,
    countIf(finished_at IS NOT NULL) AS finished,
    countIf(closed_at IS NOT NULL) AS closed,
    paid / created AS paid_rate,
    shipped / created AS shipped_rate,
    signed / created AS signed_rate,
    finished / created AS finished_rate,
    closed / created AS closed_rate,
    if(quantileExactOrNull(0.5)(created_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.5)(created_to_paid)) AS created_to_paid_p50,
    if(quantileExactOrNull(0.9)(created_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.9)(created_to_paid)) AS created_to_paid_p90,
    if(quantileExactOrNull(0.5)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.5)(paid_to_shipped)) AS paid_to_shipped_p50,
    if(quantileExactOrNull(0.9)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.9)(paid_to_shipped)) AS paid_to_shipped_p90,
    if(quantileExactOrNull(0.5)(shipped_to_signed) >= 4000000000, NULL, quantileExactOrNull(0.5)(shipped_to_signed)) AS shipped_to_signed_p50,
    if(quantileExactOrNull(0.9)(shipped_to_signed) >= 4000000000, NULL, quantileExactOrNull(0.9)(shipped_to_signed)) AS shipped_to_signed_p90,
    if(quantileExactOrNull(0.5)(signed_to_finished) >= 4000000000, NULL, quantileExactOrNull(0.5)(signed_to_finished)) AS signed_to_finished_p50,
    if(quantileExactOrNull(0.9)(signed_to_finished) >= 4000000000, NULL, quantileExactOrNull(0.9)(signed_to_finished)) AS signed_to_finished_p90
FROM
(
    SELECT
        *,
        multiIf(
            created_at IS NULL OR paid_at < created_at OR (left_at IS NOT NULL AND (paid_at IS NULL OR paid_at > left_at)), NULL,
            ifNull(toInt64(paid_at) - toInt64(created_at), 4000000000)
        ) AS created_to_paid,
        multiIf(
            paid_at IS NULL OR shipped_at < paid_at OR (left_at IS NOT NULL AND (shipped_at IS NULL OR shipped_at > left_at)), NULL,
            ifNull(toInt64(shipped_at) - toInt64(paid_at), 4000000000)
        ) AS paid_to_shipped,
        multiIf(
            shipped_at IS NULL OR signed_at < shipped_at OR (left_at IS NOT NULL AND (signed_at IS NULL OR signed_at > left_at)), NULL,
            ifNull(toInt64(signed_at) - toInt64(shipped_at), 4000000000)
        ) AS shipped_to_signed,
        multiIf(
            signed_at IS NULL OR finished_at < signed_at OR (left_at IS NOT NULL AND (finished_at IS NULL OR finished_at > left_at)), NULL,
            ifNull(toInt64(finished_at) - toInt64(signed_at), 4000000000)
        ) AS signed_to_finished
    FROM
    (
        SELECT trade.*, if(sign.tid = 0, NULL, sign.all_signed_at) AS signed_at
        FROM juliu_store.orders_created(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String}) AS trade
        LEFT ANY JOIN
        (
            SELECT
                tid,
                if(countIf(ifNull(signed_at > now_at, true)) = 0, max(signed_at), NULL) AS all_signed_at
            FROM juliu_store.parcel_facts
            WHERE last_day >= {from:Date} AND order_created_at >= toDateTime({from:Date}, 'Asia/Shanghai')
                AND order_created_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AND first_event_at <= now_at
            GROUP BY tid
        ) AS sign ON sign.tid = trade.tid
    )
)
GROUP BY value
SETTINGS join_use_nulls = 0, use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '交易漏斗 — the same as juliu.trade_funnel_daily with asof given, for orders created on the days from … to, by cut: all, seller, seller_group, day, hour (of the day), presale, trade_type';

CREATE OR REPLACE VIEW juliu.trade_funnel_daily {{on_cluster}}
(
    day Date COMMENT '下单日期 — day of creation; UTC+8; source: order_facts.created_at',
    created UInt64 COMMENT '下单数 — orders created, without those first seen midlife; unit: orders',
    paid UInt64 COMMENT '付款数 — of these, paid; unit: orders',
    shipped UInt64 COMMENT '发货数 — of these, shipped; unit: orders',
    signed UInt64 COMMENT '签收数 — of these, with at least one parcel and all parcels signed; unit: orders',
    finished UInt64 COMMENT '成交数 — of these, finished; unit: orders',
    closed UInt64 COMMENT '关闭数 — of these, closed; unit: orders',
    paid_rate Float64 COMMENT '付款率 — paid / created; share 0–1',
    shipped_rate Float64 COMMENT '发货率 — shipped / created; share 0–1',
    signed_rate Float64 COMMENT '签收率 — signed / created; share 0–1',
    finished_rate Float64 COMMENT '成交率 — finished / created; share 0–1',
    closed_rate Float64 COMMENT '关闭率 — closed / created; share 0–1',
    created_to_paid_p50 Nullable(Int64) COMMENT '下单→付款时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    created_to_paid_p90 Nullable(Int64) COMMENT '下单→付款时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    paid_to_shipped_p50 Nullable(Int64) COMMENT '付款→发货时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    paid_to_shipped_p90 Nullable(Int64) COMMENT '付款→发货时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    shipped_to_signed_p50 Nullable(Int64) COMMENT '发货→签收时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    shipped_to_signed_p90 Nullable(Int64) COMMENT '发货→签收时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    signed_to_finished_p50 Nullable(Int64) COMMENT '签收→成交时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    signed_to_finished_p90 Nullable(Int64) COMMENT '签收→成交时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds'
)
{{view_security}}
AS
SELECT toDate(value) AS day, created, paid, shipped, signed, finished, closed, paid_rate, shipped_rate, signed_rate, finished_rate, closed_rate, created_to_paid_p50, created_to_paid_p90, paid_to_shipped_p50, paid_to_shipped_p90, shipped_to_signed_p50, shipped_to_signed_p90, signed_to_finished_p50, signed_to_finished_p90
FROM juliu.trade_funnel_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '交易漏斗 — created to finished by day of creation, as of now; other cuts: trade_funnel_at';
