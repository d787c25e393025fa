-- Metrics of trades: value of what was paid, the rate of orders shipped in time, presales, orders seen midlife.
--
-- Every formula stands in one view. What depends on the clock is a view x_at with asof: an instant later than asof has
-- not happened. Its twin says the same as of now.
-- from and to are days (UTC+8), both included, of the milestone the view names. cut says what the rows are made by; the
-- column value holds its value: 'all' for the cut all, an empty text for what is not known. A seller in several groups
-- counts in each of them (cut seller_group).
-- Percentiles are exact. An order that has not reached the end of a step counts as infinitely slow, so a percentile is
-- NULL until that share of orders has reached it. An order that was closed or fully refunded before the end of a step is
-- left out of the step, and so is one whose end lies before its start.
-- Shipped is an order when the trade says that the whole of it is; the dispatch of one parcel of several does not say so.
-- coverage shows how many orders only their parcels tell to be shipped (orders_with_ship_message).

CREATE OR REPLACE VIEW juliu_store.groups_of_sellers {{on_cluster}}
(
    seller String COMMENT '商家 — nick or id of the seller as text; source: juliu.seller_groups',
    seller_groups Array(String) COMMENT '商家分组 — its groups, sorted; source: juliu.seller_groups'
)
{{view_security}}
AS
SELECT seller, arraySort(groupUniqArray(seller_group)) AS seller_groups
FROM juliu.seller_groups
GROUP BY seller
COMMENT '商家的分组 — groups per seller; storage only, ask juliu.seller_groups';

{{#text clock}}
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at
{{/text}}

-- Keys of the cut for orders whose $1 counts. `identity` lets the engine fold the branches that the cut does not take: it
-- folds every second one.
{{#text keys}}
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull($1))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull($1))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull($1))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids))), identity(
            if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                if({cut:String} = 'seller', seller, identity(
                    if({cut:String} = 'send_type', ifNull(send_type, ''), identity(
                        if({cut:String} = 'presale', if(presale, 'presale', 'normal'), identity(
                            if({cut:String} = 'trade_type', ifNull(trade_type, ''), 'all'))))))))))) AS cut_key
{{/text}}

{{#text value}}
multiIf({cut:String} = 'day', toString(toDate(time_key)), {cut:String} = 'hour', leftPad(toString(time_key), 2, '0'), {cut:String} = 'weekday', toString(time_key), cut_key)
{{/text}}

{{#text groups}}
(SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group')
{{/text}}

-- The primary index has left out what it can; looking further costs more than it saves (a quarter of the answer, measured).
{{#text settings}}
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
{{/text}}

{{#text known_cut}}
(SELECT throwIf({cut:String} NOT IN ('all', 'seller', 'seller_group', 'day', 'hour', 'weekday', 'item', 'send_type', 'presale', 'trade_type'), 'cut must be one of: all, seller, seller_group, day, hour, weekday, item, send_type, presale, trade_type')) = 0
{{/text}}

-- Orders created on the days from … to, without those first seen midlife, as they stood at asof, with the keys of the cut.
CREATE OR REPLACE VIEW juliu_store.orders_created {{on_cluster}} {{view_security}}
AS
WITH
{{clock}},
    {{groups}} AS groups
SELECT
    {{value}} AS value, presale, tid, created_at, deposit_paid_at, paid_at, shipped_at, finished_at, closed_at, left_at
FROM
(
    SELECT
        presale, tid, created_at,
        if(o.deposit_paid_at <= now_at, o.deposit_paid_at, NULL) AS deposit_paid_at,
        if(o.paid_at <= now_at, o.paid_at, NULL) AS paid_at,
        if(o.shipped_at <= now_at, o.shipped_at, NULL) AS shipped_at,
        if(o.finished_at <= now_at, o.finished_at, NULL) AS finished_at,
        if(o.closed_at <= now_at, o.closed_at, NULL) AS closed_at,
        if(o.left_at <= now_at, o.left_at, NULL) AS left_at,
{{keys created_at}}
    FROM juliu_store.order_facts AS o
    WHERE last_day >= {from:Date} AND NOT first_seen_midlife AND created_at >= from_at AND created_at < until_at AND created_at <= now_at
)
WHERE {{known_cut}}
{{settings}}
COMMENT '订单队列 — orders created on the days from … to as they stood at asof, once per value of the cut; storage only';

CREATE OR REPLACE VIEW juliu.ship_rate_at {{on_cluster}} {{view_security}}
AS
WITH
{{clock}},
    {{groups}} AS groups,
    (SELECT toInt64(value * 3600) FROM juliu.kpi_settings WHERE name = 'ship_hours') AS ship_seconds
SELECT
    {{value}} AS value,
    count() AS orders,
    countIf(shipped_at <= limit_at) AS shipped_in_time,
    orders - shipped_in_time AS late,
    if(orders = 0, NULL, shipped_in_time / orders) AS rate
FROM
(
    SELECT
        shipped_at, paid_at + ship_seconds AS limit_at,
{{keys paid_at}}
    FROM juliu_store.order_facts
    WHERE last_day >= {from:Date} AND paid_at >= from_at AND paid_at < until_at AND limit_at <= now_at
        AND in_ship_rate AND (left_at IS NULL OR left_at > limit_at OR ifNull(shipped_at <= left_at, false))
)
WHERE {{known_cut}}
GROUP BY time_key, cut_key
{{settings}}
COMMENT '48h 发货率 (R1) — the same as juliu.ship_rate with asof given, for orders paid on the days from … to, by cut: all, seller, seller_group, day, hour (of the day), presale, trade_type';

CREATE OR REPLACE VIEW juliu.ship_rate {{on_cluster}}
(
    day Date COMMENT '付款日期 — day of payment; UTC+8; source: order_facts.paid_at',
    orders UInt64 COMMENT '到期订单数 — paid orders whose limit (ship_hours, 48 h unless configured) has passed, without presales, orders first seen midlife, orders sent offline, and orders closed or refunded before they were shipped and before the limit; unit: orders',
    shipped_in_time UInt64 COMMENT '按时发货订单数 — of these, shipped within the limit after payment; unit: orders',
    late UInt64 COMMENT '超时未发货订单数 — of these, not shipped within the limit; unit: orders; orders − shipped_in_time',
    rate Nullable(Float64) COMMENT '48h 发货率 (R1) — shipped_in_time / orders; NULL without orders; share 0–1'
)
{{view_security}}
AS
SELECT toDate(value) AS day, orders, shipped_in_time, late, rate
FROM juliu.ship_rate_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '48h 发货率 (R1) — orders shipped within the limit after payment, by day of payment, as of now; other cuts: ship_rate_at';

-- Paid orders and succeeded refunds of sellers, by $1(instant), which is called $2.
{{#text money}}
FROM
(
    SELECT
        $1(assumeNotNull(paid_at)) AS $2,
        seller_id,
        max(seller_nick) AS nick,
        count() AS order_count,
        ifNull(sum(amount), 0)::Decimal(38, 2) AS order_amount,
        0 AS refund_count,
        0::Decimal(38, 2) AS refund_amount,
        countIf(payment_scope = 'unknown') AS unknown_count,
        countIf(first_seen_midlife) AS midlife_count
    FROM juliu_store.order_facts
    WHERE last_day >= {from:Date} AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
    GROUP BY $2, seller_id
    UNION ALL
    SELECT
        $1(assumeNotNull(succeeded_at)) AS $2,
        seller_id,
        max(seller_nick),
        0,
        0::Decimal(38, 2),
        count(),
        ifNull(sum(fee), 0)::Decimal(38, 2),
        0,
        0
    FROM juliu_store.refund_facts
    WHERE last_day >= {from:Date} AND succeeded_at >= from_at AND succeeded_at < until_at AND succeeded_at <= now_at
    GROUP BY $2, seller_id
)
{{/text}}

CREATE OR REPLACE VIEW juliu.gmv_daily_at {{on_cluster}} {{view_security}}
AS
WITH
{{clock}},
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups
SELECT
    day,
    seller_id,
    max(nick) AS seller_nick,
    arraySort(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))) AS seller_groups,
    sum(order_count) AS orders,
    sum(order_amount) AS paid,
    sum(refund_count) AS refunds,
    sum(refund_amount) AS refunded,
    paid - refunded AS net,
    sum(unknown_count) AS unknown_orders,
    if(orders = 0, NULL, unknown_orders / orders) AS unknown_share,
    sum(midlife_count) AS midlife_orders,
    if(orders = 0, NULL, midlife_orders / orders) AS midlife_share
{{money toDate | day}}
GROUP BY day, seller_id
{{settings}}
COMMENT '日成交额 — the same as juliu.gmv_daily with asof and the days from … to given';

CREATE OR REPLACE VIEW juliu.gmv_daily {{on_cluster}}
(
    day Date COMMENT '日期 — day of payment, or of the refund’s success; UTC+8',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    seller_groups Array(String) COMMENT '商家分组 — groups the seller is in by the configuration; empty when in none',
    orders UInt64 COMMENT '付款订单数 — orders paid on the day; unit: orders',
    paid Decimal(38, 2) COMMENT '付款金额 (GMV) — sum of order_facts.amount of these orders; unit: CNY yuan',
    refunds UInt64 COMMENT '成功退款数 — refunds that succeeded on the day; unit: refunds',
    refunded Decimal(38, 2) COMMENT '退款金额 — sum of their amounts; unit: CNY yuan',
    net Decimal(38, 2) COMMENT '净额 — paid − refunded, each on its own day; unit: CNY yuan',
    unknown_orders UInt64 COMMENT '金额不明订单数 — of orders, those whose amount is a lower bound (payment_scope unknown); unit: orders',
    unknown_share Nullable(Float64) COMMENT '金额不明占比 — unknown_orders / orders; NULL without orders; share 0–1',
    midlife_orders UInt64 COMMENT '中途首见订单数 — of orders, those without a message of their creation; unit: orders',
    midlife_share Nullable(Float64) COMMENT '中途首见占比 — midlife_orders / orders; NULL without orders; share 0–1'
)
{{view_security}}
AS
SELECT day, seller_id, seller_nick, seller_groups, orders, paid, refunds, refunded, net, unknown_orders, unknown_share, midlife_orders, midlife_share
FROM juliu.gmv_daily_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '日成交额 — paid and refunded by day and seller, as of now; an order counts once, on its day of payment, a refund on the day it succeeded';

CREATE OR REPLACE VIEW juliu.gmv_by_minute_at {{on_cluster}} {{view_security}}
AS
WITH
{{clock}},
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups
SELECT
    minute,
    seller_id,
    max(nick) AS seller_nick,
    arraySort(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))) AS seller_groups,
    sum(order_count) AS orders,
    sum(order_amount) AS paid,
    sum(refund_count) AS refunds,
    sum(refund_amount) AS refunded,
    paid - refunded AS net,
    sum(unknown_count) AS unknown_orders
{{money toStartOfMinute | minute}}
GROUP BY minute, seller_id
{{settings}}
COMMENT '分钟成交额 — the same as juliu.gmv_by_minute with asof given, for what was paid or refunded on the days from … to';

CREATE OR REPLACE VIEW juliu.gmv_by_minute {{on_cluster}}
(
    minute DateTime('Asia/Shanghai') COMMENT '分钟 — minute of payment (of a presale: of the final payment), of a refund the minute it succeeded; UTC+8; source: order_facts.paid_at, refund_facts.succeeded_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    seller_groups Array(String) COMMENT '商家分组 — groups the seller is in by the configuration; empty when in none',
    orders UInt64 COMMENT '付款订单数 — orders paid in the minute; unit: orders',
    paid Decimal(38, 2) COMMENT '付款金额 — sum of order_facts.amount of these orders; unit: CNY yuan',
    refunds UInt64 COMMENT '退款成功数 — refunds that succeeded in the minute, whenever their orders were paid; unit: refunds',
    refunded Decimal(38, 2) COMMENT '退款金额 — sum of refund_facts.fee of these refunds; unit: CNY yuan',
    net Decimal(38, 2) COMMENT '净额 — paid − refunded, each in its own minute; unit: CNY yuan',
    unknown_orders UInt64 COMMENT '金额不明订单数 — of orders, those whose amount is a lower bound (payment_scope unknown); unit: orders'
)
{{view_security}}
AS
SELECT minute, seller_id, seller_nick, seller_groups, orders, paid, refunds, refunded, net, unknown_orders
FROM juliu.gmv_by_minute_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '分钟成交额 — paid and refunded by minute and seller, as of now, for promotions';

CREATE OR REPLACE VIEW juliu.presale_steps_at {{on_cluster}} {{view_security}}
AS
SELECT
    value,
    count() AS created,
    countIf(deposit_paid_at IS NOT NULL) AS deposit_paid,
    countIf(paid_at IS NOT NULL) AS paid,
    countIf(shipped_at IS NOT NULL) AS shipped,
    countIf(deposit_paid_at IS NOT NULL AND closed_at IS NOT NULL AND paid_at IS NULL) AS forfeited,
    deposit_paid / created AS deposit_rate,
    if(deposit_paid = 0, NULL, countIf(deposit_paid_at IS NOT NULL AND paid_at IS NOT NULL) / deposit_paid) AS paid_rate,
    if(deposit_paid = 0, NULL, forfeited / deposit_paid) AS forfeited_rate,
    if(quantileExactOrNull(0.5)(created_to_deposit) >= 4000000000, NULL, quantileExactOrNull(0.5)(created_to_deposit)) AS created_to_deposit_p50,
    if(quantileExactOrNull(0.9)(created_to_deposit) >= 4000000000, NULL, quantileExactOrNull(0.9)(created_to_deposit)) AS created_to_deposit_p90,
    if(quantileExactOrNull(0.5)(deposit_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.5)(deposit_to_paid)) AS deposit_to_paid_p50,
    if(quantileExactOrNull(0.9)(deposit_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.9)(deposit_to_paid)) AS deposit_to_paid_p90,
    if(quantileExactOrNull(0.5)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.5)(paid_to_shipped)) AS paid_to_shipped_p50,
    if(quantileExactOrNull(0.9)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.9)(paid_to_shipped)) AS paid_to_shipped_p90
FROM
(
    SELECT
        *,
        multiIf(
            created_at IS NULL OR deposit_paid_at < created_at OR (left_at IS NOT NULL AND (deposit_paid_at IS NULL OR deposit_paid_at > left_at)), NULL,
            ifNull(toInt64(deposit_paid_at) - toInt64(created_at), 4000000000)
        ) AS created_to_deposit,
        multiIf(
            deposit_paid_at IS NULL OR paid_at < deposit_paid_at OR (left_at IS NOT NULL AND (paid_at IS NULL OR paid_at > left_at)), NULL,
            ifNull(toInt64(paid_at) - toInt64(deposit_paid_at), 4000000000)
        ) AS deposit_to_paid,
        multiIf(
            paid_at IS NULL OR shipped_at < paid_at OR (left_at IS NOT NULL AND (shipped_at IS NULL OR shipped_at > left_at)), NULL,
            ifNull(toInt64(shipped_at) - toInt64(paid_at), 4000000000)
        ) AS paid_to_shipped
    FROM juliu_store.orders_created(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
    WHERE presale
)
GROUP BY value
COMMENT '预售步骤 — the same as juliu.presale_steps with asof given, for orders created on the days from … to, by cut: all, seller, seller_group, day, hour (of the day), presale, trade_type';

CREATE OR REPLACE VIEW juliu.presale_steps {{on_cluster}}
(
    day Date COMMENT '下单日期 — day of creation; UTC+8; source: order_facts.created_at',
    created UInt64 COMMENT '预售订单数 — presale orders created, without those first seen midlife; unit: orders',
    deposit_paid UInt64 COMMENT '已付定金 — of these, deposit paid; unit: orders',
    paid UInt64 COMMENT '已付尾款 — of these, final payment made; unit: orders',
    shipped UInt64 COMMENT '已发货 — of these, shipped; unit: orders',
    forfeited UInt64 COMMENT '定金罚没 — deposit paid and closed without a final payment; unit: orders',
    deposit_rate Nullable(Float64) COMMENT '定金支付率 — deposit_paid / created; share 0–1',
    paid_rate Nullable(Float64) COMMENT '尾款支付率 — paid with a deposit before / deposit_paid; NULL without deposits; share 0–1',
    forfeited_rate Nullable(Float64) COMMENT '定金罚没率 — forfeited / deposit_paid; NULL without deposits; share 0–1',
    created_to_deposit_p50 Nullable(Int64) COMMENT '下单→付定金时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    created_to_deposit_p90 Nullable(Int64) COMMENT '下单→付定金时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    deposit_to_paid_p50 Nullable(Int64) COMMENT '付定金→付尾款时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    deposit_to_paid_p90 Nullable(Int64) COMMENT '付定金→付尾款时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    paid_to_shipped_p50 Nullable(Int64) COMMENT '付尾款→发货时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    paid_to_shipped_p90 Nullable(Int64) COMMENT '付尾款→发货时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds'
)
{{view_security}}
AS
SELECT toDate(value) AS day, created, deposit_paid, paid, shipped, forfeited, deposit_rate, paid_rate, forfeited_rate, created_to_deposit_p50, created_to_deposit_p90, deposit_to_paid_p50, deposit_to_paid_p90, paid_to_shipped_p50, paid_to_shipped_p90
FROM juliu.presale_steps_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '预售步骤 — created, deposit, final payment, shipped, by day of creation, as of now; other cuts: presale_steps_at';

CREATE OR REPLACE VIEW juliu.orders_midlife {{on_cluster}}
(
    day Date COMMENT '首见日期 — day of the first message known of the order; UTC+8; source: order_facts.day',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    orders UInt64 COMMENT '订单数 — orders first seen on the day; unit: orders',
    midlife UInt64 COMMENT '中途首见订单数 — of these, without a message of their creation: open before the subscription began, or created messages missing; unit: orders',
    midlife_share Float64 COMMENT '中途首见占比 — midlife / orders; these orders are in no cohort; share 0–1'
)
{{view_security}}
AS
SELECT day, seller_id, max(facts.seller_nick) AS seller_nick, count() AS orders, countIf(first_seen_midlife) AS midlife, midlife / orders AS midlife_share
FROM juliu_store.order_facts AS facts
GROUP BY day, seller_id
COMMENT '中途首见订单 — share of orders that no cohort holds, because the subscription began in the middle of their life';
