-- Metrics of refunds: rates against paid orders, and the times of the steps.
--
-- asof, from, to, cut and value as in the metrics of trades. A refund without a known item counts under an empty value.
-- Orders first seen midlife, and their refunds, are in no rate; refunds first seen midlife, and steps whose end lies
-- before their start, in no time.

-- Paid orders and their refunds, once per value of the cut: both by the day the order was paid.
CREATE OR REPLACE VIEW juliu_store.refunds_of_cohort {{on_cluster}} {{view_security}}
AS
SELECT
    is_refund,
    fee,
    succeeded,
    tid,
    arrayJoin(multiIf(
        {cut:String} = 'all', ['all'],
        {cut:String} = 'day', [toString(toDate(paid_at))],
        {cut:String} = 'seller', [ifNull(seller_nick, ifNull(toString(seller_id), ''))],
        {cut:String} = 'seller_group', if(empty(seller_groups), [''], seller_groups),
        {cut:String} = 'item', if(empty(num_iids), [''], arrayMap(item -> toString(item), num_iids)),
        -- What only refunds have: all paid orders are the denominator of each value.
        is_refund, [if({cut:String} = 'phase', phase, bill_type)],
        emptyArrayString()
    )) AS value
FROM
(
    SELECT
        part.is_refund AS is_refund, part.fee AS fee, part.succeeded AS succeeded, part.tid AS tid,
        part.paid_at AS paid_at, part.seller_id AS seller_id, part.seller_nick AS seller_nick,
        part.num_iids AS num_iids, part.phase AS phase, part.bill_type AS bill_type,
        arraySort(arrayDistinct(arrayConcat(by_nick.seller_groups, by_id.seller_groups))) AS seller_groups
    FROM
    (
        SELECT
            false AS is_refund, 0::Decimal(38, 2) AS fee, false AS succeeded, tid, assumeNotNull(paid_at) AS paid_at,
            seller_id, seller_nick, num_iids, '' AS phase, '' AS bill_type
        FROM juliu_store.order_facts
        WHERE NOT first_seen_midlife AND paid_at >= toDateTime({from:Date}, 'Asia/Shanghai')
            AND paid_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
            AND paid_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        UNION ALL
        SELECT
            true AS is_refund, ifNull(refund.fee, 0)::Decimal(38, 2) AS fee,
            ifNull(refund.succeeded_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai'), false) AS succeeded,
            trade.tid AS tid, assumeNotNull(trade.paid_at) AS paid_at, trade.seller_id AS seller_id,
            trade.seller_nick AS seller_nick,
            if(refund.num_iid IS NULL, [], [assumeNotNull(refund.num_iid)]) AS num_iids,
            ifNull(refund.phase, '') AS phase, ifNull(refund.bill_type, '') AS bill_type
        FROM juliu_store.refund_facts AS refund
        INNER JOIN
        (
            SELECT tid, paid_at, seller_id, seller_nick
            FROM juliu_store.order_facts
            WHERE NOT first_seen_midlife AND paid_at >= toDateTime({from:Date}, 'Asia/Shanghai')
                AND paid_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
                AND paid_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        ) AS trade ON trade.tid = refund.tid
        WHERE refund.created_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
    ) AS part
    LEFT JOIN juliu_store.groups_of_sellers AS by_nick ON by_nick.seller = part.seller_nick
    LEFT JOIN juliu_store.groups_of_sellers AS by_id ON by_id.seller = toString(part.seller_id)
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'item', 'phase', 'seller', 'seller_group', 'day', 'bill_type'), 'cut must be one of: all, item, phase, seller, seller_group, day, bill_type')) = 0
SETTINGS join_use_nulls = 0
COMMENT '退款队列 — paid orders and their refunds, once per value of the cut; storage only';

CREATE OR REPLACE VIEW juliu.refund_rates_at {{on_cluster}} {{view_security}}
AS
SELECT
    value,
    if({cut:String} IN ('phase', 'bill_type'),
        (
            SELECT count()
            FROM juliu_store.order_facts
            WHERE NOT first_seen_midlife AND paid_at >= toDateTime({from:Date}, 'Asia/Shanghai')
                AND paid_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
                AND paid_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        ),
        countIf(NOT is_refund)) AS paid_orders,
    countIf(is_refund) AS refunds,
    if(paid_orders = 0, NULL, refunds / paid_orders) AS refund_rate,
    uniqExactIf(tid, is_refund) AS refunded_orders,
    countIf(is_refund AND succeeded) AS refunds_succeeded,
    sumIf(fee, is_refund AND succeeded) AS refunded
FROM juliu_store.refunds_of_cohort(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
GROUP BY value
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
