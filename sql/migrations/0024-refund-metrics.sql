-- Metrics of refunds: rates against paid orders, and the times of the steps.
--
-- asof, from, to, cut and value as in the metrics of trades. A refund without a known item counts under an empty value.
-- Orders first seen midlife, and their refunds, are in no rate; refunds first seen midlife, and steps whose end lies
-- before their start, in no time.

-- Keys of the cut for what was paid at $1 and has the items $2. `identity` lets the engine fold the branches that the cut
-- does not take: it folds every second one.
{{#text keys}}
            if({cut:String} = 'day', toUInt16(toDate(assumeNotNull($1))), toUInt16(0)) AS time_key,
            if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), $2))), identity(
                if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                    if({cut:String} = 'seller', seller, identity(
                        if({cut:String} = 'all', 'all', identity(
                            if({cut:String} = 'day', '', $3))))))))) AS cut_key
{{/text}}

CREATE OR REPLACE VIEW juliu.refund_rates_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups
SELECT
    if({cut:String} = 'day', toString(toDate(time_key)), cut_key) AS value,
    -- What only refunds have: all paid orders are the denominator of each value.
    if({cut:String} IN ('phase', 'bill_type'), sum(sum(orders)) OVER (), sum(orders)) AS paid_orders,
    sum(created) AS refunds,
    if(paid_orders = 0, NULL, refunds / paid_orders) AS refund_rate,
    sum(trades) AS refunded_orders,
    sum(succeeded) AS refunds_succeeded,
    sum(fees) AS refunded
FROM
(
    SELECT time_key, cut_key, count() AS orders, 0 AS created, 0 AS trades, 0 AS succeeded, 0::Decimal(38, 2) AS fees
    FROM
    (
        SELECT
{{keys paid_at | num_iids | ''}}
        FROM juliu_store.order_facts
        WHERE last_day >= {from:Date} AND NOT first_seen_midlife AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
    )
    GROUP BY time_key, cut_key
    UNION ALL
    SELECT time_key, cut_key, 0, count(), uniqExact(tid), countIf(is_paid_back), sumIf(ifNull(fee, 0)::Decimal(38, 2), is_paid_back)
    FROM
    (
        SELECT
            tid, fee, ifNull(succeeded_at <= now_at, false) AS is_paid_back,
{{keys order_paid_at | if(num_iid IS NULL, [], [assumeNotNull(num_iid)]) | if({cut:String} = 'phase', ifNull(phase, ''), ifNull(bill_type, ''))}}
        FROM juliu_store.refund_facts
        WHERE last_day >= {from:Date} AND NOT order_first_seen_midlife AND created_at <= now_at
            AND order_paid_at >= from_at AND order_paid_at < until_at AND order_paid_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'item', 'phase', 'seller', 'seller_group', 'day', 'bill_type'), 'cut must be one of: all, item, phase, seller, seller_group, day, bill_type')) = 0
GROUP BY time_key, cut_key
QUALIFY {cut:String} NOT IN ('phase', 'bill_type') OR refunds > 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '退款率 — the same as juliu.refund_rates with asof given, for orders paid on the days from … to, by cut: all, item (of the refunded line; orders that hold it), phase, seller, seller_group, day, bill_type (phase and bill_type: of all paid orders)';

CREATE OR REPLACE VIEW juliu.refund_rates {{on_cluster}}
(
    day Date COMMENT '付款日期 — day the order was paid; UTC+8; source: order_facts.paid_at',
    paid_orders UInt64 COMMENT '付款订单数 — orders paid on the day, without those first seen midlife; unit: orders',
    refunds UInt64 COMMENT '退款数 — refunds created of these orders; unit: refunds',
    refund_rate Nullable(Float64) COMMENT '退款率 — refunds / paid_orders; NULL without orders',
    refunded_orders UInt64 COMMENT '退款订单数 — of the orders, those with a refund; unit: orders',
    refunds_succeeded UInt64 COMMENT '成功退款数 — of refunds, those that succeeded; unit: refunds',
    refunded Decimal(38, 2) COMMENT '退款金额 — sum of the amounts of those; unit: CNY yuan'
)
{{view_security}}
AS
SELECT toDate(value) AS day, paid_orders, refunds, refund_rate, refunded_orders, refunds_succeeded, refunded
FROM juliu.refund_rates_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '退款率 — refunds of the orders paid on a day, as of now; other cuts: refund_rates_at';

CREATE OR REPLACE VIEW juliu.refund_step_times_at {{on_cluster}} {{view_security}}
AS
SELECT
    step,
    value,
    count(endless) AS refunds,
    count(seconds) AS finished,
    if(refunds = 0, NULL, finished / refunds) AS completion,
    avg(seconds) AS mean_seconds,
    if(quantileExactOrNull(0.5)(endless) >= 4000000000, NULL, quantileExactOrNull(0.5)(endless)) AS p50,
    if(quantileExactOrNull(0.9)(endless) >= 4000000000, NULL, quantileExactOrNull(0.9)(endless)) AS p90,
    if(quantileExactOrNull(0.95)(endless) >= 4000000000, NULL, quantileExactOrNull(0.95)(endless)) AS p95,
    quantileExactOrNull(0.5)(seconds) AS p50_of_finished,
    quantileExactOrNull(0.9)(seconds) AS p90_of_finished,
    countIf(ifNull(took < 0, false)) AS excluded_negative
FROM
(
    SELECT
        leg.1 AS step,
        multiIf(
            {cut:String} = 'all', 'all',
            {cut:String} = 'item', ifNull(toString(num_iid), ''),
            {cut:String} = 'phase', ifNull(phase, ''),
            {cut:String} = 'seller', ifNull(seller_nick, ifNull(toString(seller_id), '')),
            {cut:String} = 'day', toString(toDate(assumeNotNull(leg.2))),
            ifNull(bill_type, '')) AS value,
        if(leg.3 <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai'), toInt64(leg.3) - toInt64(leg.2), NULL) AS took,
        if(took < 0, NULL, took) AS seconds,
        if(took < 0, NULL, ifNull(took, 4000000000)) AS endless
    FROM juliu_store.refund_facts
    ARRAY JOIN
        [
            ('created_to_agreed', created_at, agreed_at),
            ('created_to_refused', created_at, refused_at),
            ('agreed_to_goods_returned', agreed_at, goods_returned_at),
            ('goods_returned_to_succeeded', goods_returned_at, succeeded_at),
            ('created_to_succeeded', created_at, succeeded_at)
        ] AS leg
    WHERE NOT first_seen_midlife AND leg.2 >= toDateTime({from:Date}, 'Asia/Shanghai')
        AND leg.2 < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
        AND leg.2 <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        AND (SELECT throwIf({cut:String} NOT IN ('all', 'item', 'phase', 'seller', 'day', 'bill_type'), 'cut must be one of: all, item, phase, seller, day, bill_type')) = 0
)
GROUP BY step, value
COMMENT '退款各步时长 — the same as juliu.refund_step_times with asof given, for steps that began on the days from … to, by cut: all, item, phase, seller, day (the step began), bill_type';

CREATE OR REPLACE VIEW juliu.refund_step_times {{on_cluster}}
(
    day Date COMMENT '开始日期 — day the step began; UTC+8',
    step String COMMENT '步骤 — created_to_agreed, created_to_refused, agreed_to_goods_returned, goods_returned_to_succeeded or created_to_succeeded',
    refunds UInt64 COMMENT '退款数 — refunds whose step began on the day, without those first seen midlife and excluded_negative; unit: refunds',
    finished UInt64 COMMENT '已完成数 — of these, those that have reached its end; unit: refunds',
    completion Nullable(Float64) COMMENT '完成率 — finished / refunds; NULL without refunds; share 0–1',
    mean_seconds Nullable(Float64) COMMENT '平均时长 — mean of the finished; NULL when none is; unit: seconds',
    p50 Nullable(Int64) COMMENT '时长中位数 — median, the unfinished (closed ones too) counting as infinite; NULL until half have finished; unit: seconds',
    p90 Nullable(Int64) COMMENT '时长 P90 — 90th percentile, likewise; unit: seconds',
    p95 Nullable(Int64) COMMENT '时长 P95 — 95th percentile, likewise; unit: seconds',
    p50_of_finished Nullable(Int64) COMMENT '已完成的时长中位数 — median of the finished alone; unit: seconds',
    p90_of_finished Nullable(Int64) COMMENT '已完成的时长 P90 — 90th percentile of the finished alone; unit: seconds',
    excluded_negative UInt64 COMMENT '时序异常数 — refunds left out because the step ends before it begins; unit: refunds'
)
{{view_security}}
AS
SELECT toDate(value) AS day, step, refunds, finished, completion, mean_seconds, p50, p90, p95, p50_of_finished, p90_of_finished, excluded_negative
FROM juliu.refund_step_times_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '退款各步时长 — times from creation to agreement, return of goods and money, by the day a step began, as of now; other cuts: refund_step_times_at';
