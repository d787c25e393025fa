-- Metrics of distribution (分销): how each distributor's shop is doing, by its supplier.
--
-- Every formula stands in one view. What depends on the clock is x_at with asof: an instant later than asof has not
-- happened. Its twin x says the same as of now.
-- Amounts are sums of known amounts; orders of home decoration (jzfx) never carry one.
-- Days to ship: an order that is not shipped counts as infinitely slow, so that a percentile is NULL until that share of
-- orders is shipped; one that was closed or fully paid back before is left out, and so is one already open when the
-- subscription began; the latter is in no share either.

CREATE OR REPLACE VIEW juliu.distributor_daily {{on_cluster}}
(
    day Date COMMENT '日期 — day on which it happened; UTC+8; source: purchase_facts',
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: purchase_facts.model',
    distributor String COMMENT '分销商 — nick of the distributor; empty = unknown; source: purchase_facts.distributor',
    supplier String COMMENT '供应商 — nick of the supplier; empty = unknown; source: purchase_facts.supplier',
    created UInt64 COMMENT '创建采购单数 — purchase orders created on the day; source: purchase_facts.created_at',
    paid UInt64 COMMENT '付款采购单数 — purchase orders paid on the day; source: purchase_facts.paid_at',
    paid_amount Decimal(38, 2) COMMENT '付款金额 — sum of the amounts of those paid on the day; unit: CNY yuan; source: purchase_facts.amount',
    shipped UInt64 COMMENT '发货采购单数 — purchase orders shipped on the day; source: purchase_facts.shipped_at',
    finished UInt64 COMMENT '完成采购单数 — purchase orders finished on the day; source: purchase_facts.finished_at',
    closed UInt64 COMMENT '关闭采购单数 — purchase orders closed on the day; source: purchase_facts.closed_at',
    refunds_asked UInt64 COMMENT '申请退款采购单数 — purchase orders whose first refund was created on the day; source: purchase_facts.refund_created_at',
    refunds_paid UInt64 COMMENT '退款成功采购单数 — purchase orders whose first refund was paid back on the day; source: purchase_facts.refund_succeeded_at',
    refunded_amount Decimal(38, 2) COMMENT '退款金额 — paid back on the day, every refund under its own; unit: CNY yuan; source: purchase_facts.refund_steps'
)
{{view_security}}
AS SELECT
    toDate(step.2) AS day,
    model,
    ifNull(purchase_facts.distributor, '') AS distributor,
    ifNull(purchase_facts.supplier, '') AS supplier,
    countIf(step.1 = 'created') AS created,
    countIf(step.1 = 'paid') AS paid,
    sumIf(ifNull(amount, 0), step.1 = 'paid') AS paid_amount,
    countIf(step.1 = 'shipped') AS shipped,
    countIf(step.1 = 'finished') AS finished,
    countIf(step.1 = 'closed') AS closed,
    countIf(step.1 = 'refund_asked') AS refunds_asked,
    countIf(step.1 = 'refund_paid') AS refunds_paid,
    sum(step.3) AS refunded_amount
FROM juliu_store.purchase_facts
ARRAY JOIN arrayConcat(
    arrayMap(s -> (s.1, s.2, toDecimal64(0, 2)), arrayFilter(s -> s.2 IS NOT NULL, [
        ('created', created_at), ('paid', paid_at), ('shipped', shipped_at), ('finished', finished_at), ('closed', closed_at),
        ('refund_asked', refund_created_at), ('refund_paid', refund_succeeded_at)
    ])),
    arrayMap(s -> ('paid_back', toNullable(s.1), s.2), refund_steps)
) AS step
GROUP BY day, model, distributor, supplier
COMMENT '分销商日报 — what happened to purchase orders, per day, model, distributor and supplier';

CREATE OR REPLACE VIEW juliu.distributor_health_at {{on_cluster}} {{view_security}}
AS
WITH
    {asof:DateTime64(3, 'Asia/Shanghai')} AS as_of,
    toInt64({to:Date}) - toInt64({from:Date}) + 1 AS period_days,
    -- Numbers of days: a Date cannot be earlier than 1970 and would begin anew.
    toInt64({from:Date}) - period_days AS earlier_from
SELECT
    model,
    distributor,
    supplier,
    countIf(created_on >= {from:Date}) AS orders,
    countIf(paid_on >= {from:Date}) AS paid,
    sumIf(ifNull(amount, 0), paid_on >= {from:Date}) AS paid_amount,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife) AS paid_cohort,
    countIf(paid_on >= {from:Date} AND shipped_seen IS NOT NULL) AS shipped,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife AND shipped_seen IS NOT NULL) AS shipped_of_cohort,
    if(paid_cohort = 0, NULL, shipped_of_cohort / paid_cohort) AS shipped_share,
    countIf(paid_on >= {from:Date} AND refund_seen IS NOT NULL) AS refunded_orders,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife AND refund_seen IS NOT NULL) AS refunded_of_cohort,
    if(paid_cohort = 0, NULL, refunded_of_cohort / paid_cohort) AS refund_rate,
    sumIf(refunded_seen, paid_on >= {from:Date}) AS refunded_amount,
    countIf(in_cohort) AS ship_cohort,
    countIf(in_cohort AND seconds_to_ship IS NOT NULL) AS ship_finished,
    if(ship_cohort = 0, NULL, nullIf(quantileExactIf(0.5)(toUInt32(coalesce(seconds_to_ship, 4000000000)), in_cohort), 4000000000)) / 86400 AS p50_days_to_ship,
    if(ship_cohort = 0, NULL, nullIf(quantileExactIf(0.9)(toUInt32(coalesce(seconds_to_ship, 4000000000)), in_cohort), 4000000000)) / 86400 AS p90_days_to_ship,
    if(ship_finished = 0, NULL, avgIf(seconds_to_ship, in_cohort) / 86400) AS mean_days_to_ship,
    countIf(created_on < {from:Date}) AS orders_before,
    countIf(paid_on < {from:Date}) AS paid_before,
    sumIf(ifNull(amount, 0), paid_on < {from:Date}) AS paid_amount_before,
    if(orders_before = 0, NULL, orders / orders_before - 1) AS orders_change,
    if(paid_amount_before = 0, NULL, toFloat64(paid_amount) / toFloat64(paid_amount_before) - 1) AS paid_amount_change,
    max(last_order) AS last_order_at
FROM
(
    SELECT
        model,
        ifNull(facts.distributor, '') AS distributor,
        ifNull(facts.supplier, '') AS supplier,
        amount,
        first_seen_midlife,
        -- NULL outside of the two periods.
        if(created_at <= as_of AND toInt64(toDate(created_at)) BETWEEN earlier_from AND toInt64({to:Date}), toDate(created_at), NULL) AS created_on,
        if(paid_at <= as_of AND toInt64(toDate(paid_at)) BETWEEN earlier_from AND toInt64({to:Date}), toDate(paid_at), NULL) AS paid_on,
        if(shipped_at <= as_of, shipped_at, NULL) AS shipped_seen,
        if(refund_created_at <= as_of, refund_created_at, NULL) AS refund_seen,
        arraySum(arrayMap(s -> s.2, arrayFilter(s -> s.1 <= as_of, refund_steps))) AS refunded_seen,
        if(created_at <= as_of, created_at, NULL) AS last_order,
        least(
            ifNull(closed_at, toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai')),
            -- When what was paid back reached the amount.
            if(amount > 0, ifNull(arrayFirstOrNull((at, total) -> total >= assumeNotNull(amount), refund_steps.at, arrayCumSum(refund_steps.fee)),
                toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai')), toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai'))
        ) AS left_at,
        dateDiff('second', paid_at, shipped_seen) AS seconds_to_ship,
        ifNull(paid_on >= {from:Date}, false) AND NOT first_seen_midlife AND ifNull(seconds_to_ship, 0) >= 0
            AND NOT (left_at <= as_of AND (shipped_seen IS NULL OR shipped_seen > left_at)) AS in_cohort
    FROM juliu_store.purchase_facts AS facts
)
WHERE created_on IS NOT NULL OR paid_on IS NOT NULL
GROUP BY model, distributor, supplier
COMMENT '分销商经营状况 — distributor_health with asof, from and to (days, both inclusive) given: how each distributor’s shop is doing';

CREATE OR REPLACE VIEW juliu.distributor_health {{on_cluster}}
(
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: purchase_facts.model',
    distributor String COMMENT '分销商 — nick of the distributor; empty = unknown; source: purchase_facts.distributor',
    supplier String COMMENT '供应商 — nick of the supplier; empty = unknown; source: purchase_facts.supplier',
    orders UInt64 COMMENT '采购单数 — purchase orders created in the period; source: purchase_facts.created_at',
    paid UInt64 COMMENT '付款采购单数 — purchase orders paid in the period; source: purchase_facts.paid_at',
    paid_amount Decimal(38, 2) COMMENT '付款金额 — sum of the amounts of paid; unit: CNY yuan; source: purchase_facts.amount',
    paid_cohort UInt64 COMMENT '发货率与退款率样本数 — of paid, those seen from their creation; denominator of shipped_share and refund_rate',
    shipped UInt64 COMMENT '已发货数 — of paid, those shipped by now; source: purchase_facts.shipped_at',
    shipped_of_cohort UInt64 COMMENT '样本中已发货数 — of paid_cohort, those shipped by now; source: purchase_facts.shipped_at',
    shipped_share Nullable(Float64) COMMENT '发货率 — shipped_of_cohort / paid_cohort; unit: share 0..1; denominator: paid_cohort',
    refunded_orders UInt64 COMMENT '退款采购单数 — of paid, those with a refund created by now; source: purchase_facts.refund_created_at',
    refunded_of_cohort UInt64 COMMENT '样本中退款采购单数 — of paid_cohort, those with a refund created by now; source: purchase_facts.refund_created_at',
    refund_rate Nullable(Float64) COMMENT '退款率 — refunded_of_cohort / paid_cohort; unit: share 0..1; denominator: paid_cohort',
    refunded_amount Decimal(38, 2) COMMENT '已退款金额 — paid back by now for paid; unit: CNY yuan; source: purchase_facts.refund_steps',
    ship_cohort UInt64 COMMENT '发货时长样本数 — of paid, those seen from their creation that did not leave before they were shipped; denominator of the days to ship',
    ship_finished UInt64 COMMENT '已发货样本数 — of ship_cohort, those shipped by now',
    p50_days_to_ship Nullable(Float64) COMMENT '发货天数中位数 — paid to shipped, exact, open ones infinite; NULL = not yet reached; unit: days; denominator: ship_cohort',
    p90_days_to_ship Nullable(Float64) COMMENT '发货天数 P90 — paid to shipped, exact, open ones infinite; NULL = not yet reached; unit: days; denominator: ship_cohort',
    mean_days_to_ship Nullable(Float64) COMMENT '平均发货天数 — paid to shipped; unit: days; denominator: ship_finished',
    orders_before UInt64 COMMENT '上期采购单数 — purchase orders created in the equal period before; source: purchase_facts.created_at',
    paid_before UInt64 COMMENT '上期付款采购单数 — purchase orders paid in the equal period before; source: purchase_facts.paid_at',
    paid_amount_before Decimal(38, 2) COMMENT '上期付款金额 — sum of the amounts of paid_before; unit: CNY yuan; source: purchase_facts.amount',
    orders_change Nullable(Float64) COMMENT '采购单数环比 — orders / orders_before − 1; NULL = none before; unit: share; denominator: orders_before',
    paid_amount_change Nullable(Float64) COMMENT '付款金额环比 — paid_amount / paid_amount_before − 1; NULL = none before; unit: share; denominator: paid_amount_before',
    last_order_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近采购时间 — last purchase order created in the two periods; UTC+8; source: purchase_facts.created_at'
)
{{view_security}}
AS SELECT * FROM juliu.distributor_health_at(
    asof = now64(3, 'Asia/Shanghai'),
    from = toDate(now64(3, 'Asia/Shanghai')) - 29,
    to = toDate(now64(3, 'Asia/Shanghai'))
)
COMMENT '分销商经营状况 — how each distributor’s shop is doing in the last 30 days, today included, against the 30 days before, per model, distributor and supplier';
