-- Is everything arriving? Silent sellers, gaps against the increment API, freshness, duplicates, late messages, dead
-- letters, coverage.
--
-- seller_activity_state and topic_freshness_state follow every insert into events with states that no order and no
-- doubling changes. Engine: AggregatingMergeTree. Sort key: the day, so that "the last days" is a range read; then what
-- is asked about. Partitions: months. Retention: as the events.
-- arrivals counts deliveries, copies included, and is the one table here that does not converge: a message taken in
-- again (a redelivery, a repeated insert, a replay) is what it is there to count. Engine: AggregatingMergeTree of sums.
-- What depends on the clock is x_at with asof: an instant later than asof has not happened. Its twin x says the same as
-- of now.

CREATE TABLE IF NOT EXISTS juliu_store.seller_activity_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    seller String COMMENT '卖家 — id of the seller as text, else its nick; source: events.user_id, user_nick' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: events.user_id',
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: events.user_nick',
    minutes SimpleAggregateFunction(groupUniqArrayArray, Array(UInt16)) COMMENT '活跃分钟 — minutes of the day with a message, in no order; unit: minutes since midnight; source: events.publish_time' CODEC(ZSTD(1)),
    last_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — last message of the day; UTC+8; source: events.publish_time'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, seller)
{{ttl.events day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '卖家活跃状态 — in which minutes of a day messages of a seller were published; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.seller_activity_state {{on_cluster}} AS juliu_store.seller_activity_state_local
ENGINE = Distributed({{cluster}}, juliu_store, seller_activity_state_local, cityHash64(seller))
COMMENT '卖家活跃状态 — in which minutes of a day messages of a seller were published; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.seller_activity_state_writer {{on_cluster}}
TO juliu_store.seller_activity_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    ifNull(coalesce(toString(e.user_id), e.user_nick), '') AS seller,
    max(e.user_id) AS seller_id,
    max(e.user_nick) AS seller_nick,
    groupUniqArray(toUInt16(toHour(e.publish_time, 'Asia/Shanghai') * 60 + toMinute(e.publish_time, 'Asia/Shanghai'))) AS minutes,
    max(toDateTime(e.publish_time, 'Asia/Shanghai')) AS last_at
FROM juliu_store.events{{local}} AS e
WHERE seller != ''
GROUP BY day, seller
COMMENT '卖家活跃状态写入 — brings each inserted message to seller_activity_state';

CREATE TABLE IF NOT EXISTS juliu_store.topic_freshness_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic; source: events.topic',
    family LowCardinality(String) COMMENT '业务族 — family of the topic, unknown when juliu does not know it; source: events.family',
    last_published_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT '最近发布时间 — newest message of the day; UTC+8; source: events.publish_time',
    last_stored_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 最近入库时间 — when the store took one of them last; UTC+8'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, topic, family)
{{ttl.events day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '主题新鲜度状态 — newest message per topic and day; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.topic_freshness_state {{on_cluster}} AS juliu_store.topic_freshness_state_local
ENGINE = Distributed({{cluster}}, juliu_store, topic_freshness_state_local, cityHash64(topic))
COMMENT '主题新鲜度状态 — newest message per topic and day; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.topic_freshness_state_writer {{on_cluster}}
TO juliu_store.topic_freshness_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.topic AS topic,
    e.family AS family,
    max(e.publish_time) AS last_published_at,
    max(e.stored_at) AS last_stored_at
FROM juliu_store.events{{local}} AS e
GROUP BY day, topic, family
COMMENT '主题新鲜度状态写入 — brings each inserted message to topic_freshness_state';

CREATE TABLE IF NOT EXISTS juliu_store.arrivals{{local}} {{on_cluster}}
(
    day Date COMMENT 'operational: 日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    family LowCardinality(String) COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received SimpleAggregateFunction(sum, UInt64) COMMENT 'operational: 接收次数 — messages taken in, copies included',
    late SimpleAggregateFunction(sum, UInt64) COMMENT 'operational: 迟到次数 — of them, those received more than an hour after publication',
    largest_delay_seconds SimpleAggregateFunction(max, Int64) COMMENT 'operational: 最大延迟 — longest time from publication to receipt; unit: seconds'
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, family)
{{ttl.events day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT 'operational: 到达统计 — messages taken in per day of publication and family, copies included';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.arrivals {{on_cluster}} AS juliu_store.arrivals_local
ENGINE = Distributed({{cluster}}, juliu_store, arrivals_local, cityHash64(family))
COMMENT 'operational: 到达统计 — messages taken in per day of publication and family, copies included';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.arrivals_writer {{on_cluster}}
TO juliu_store.arrivals
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.family AS family,
    count() AS received,
    countIf(dateDiff('second', e.publish_time, e.received_at) > 3600) AS late,
    max(dateDiff('second', e.publish_time, e.received_at)) AS largest_delay_seconds
FROM juliu_store.events{{local}} AS e
GROUP BY day, family
COMMENT 'operational: 到达统计写入 — counts each inserted message in arrivals';

CREATE OR REPLACE VIEW juliu.silent_sellers_at {{on_cluster}} {{view_security}}
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS as_of,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'silence_factor')) AS silence_factor,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'silence_min_minutes')) * 60 AS least_seconds,
    toDate(as_of) AS today,
    -- Messages that name a seller by nick alone belong to the seller that has this nick elsewhere.
    named AS
    (
        SELECT seller_nick AS nick, max(seller_id) AS nick_id
        FROM juliu_store.seller_activity_state
        WHERE seller_id IS NOT NULL AND seller_nick IS NOT NULL AND day BETWEEN today - 90 AND today
        GROUP BY seller_nick
    ),
    -- The days a seller was seen, without the minutes: reading those of 90 days would be most of the work.
    days AS
    (
        SELECT
            state.seller AS seller,
            if(state.seller_id IS NULL AND named.nick_id IS NOT NULL, toString(named.nick_id), state.seller) AS whose,
            named.nick_id AS nick_id,
            state.day AS day
        FROM
        (
            SELECT seller, day, seller_id, seller_nick FROM juliu_store.seller_activity_state
            WHERE day BETWEEN today - 90 AND today - 1
            UNION ALL
            SELECT seller, day, seller_id, seller_nick FROM juliu_store.seller_activity_state
            WHERE day = today AND arrayMin(minutes) <= toHour(as_of) * 60 + toMinute(as_of)
        ) AS state
        LEFT ANY JOIN named ON named.nick = state.seller_nick
    ),
    recent AS
    (
        SELECT DISTINCT days.seller AS seller, days.whose AS whose, days.nick_id AS nick_id, days.day AS day
        FROM days
        INNER JOIN (SELECT whose, max(day) AS last_day FROM days GROUP BY whose) AS latest ON latest.whose = days.whose
        WHERE days.day >= latest.last_day - 7
    )
SELECT
    seller_id,
    seller_nick,
    last_message_at,
    toInt64(dateDiff('second', last_message_at, as_of)) AS silent_seconds,
    toInt64(arrayReduce('quantileExact(0.5)', gaps)) AS usual_gap_seconds,
    toInt64(arrayMax(gaps)) AS longest_gap_seconds,
    toInt64(greatest(silence_factor * usual_gap_seconds, least_seconds)) AS allowed_seconds,
    silent_seconds / usual_gap_seconds AS times_usual
FROM
(
    SELECT
        coalesce(max(activity.seller_id), max(recent.nick_id)) AS seller_id,
        max(activity.seller_nick) AS seller_nick,
        toDateTime(max(activity.last_seen), 'Asia/Shanghai') AS last_message_at,
        arrayPopFront(arrayDifference(arraySort(groupUniqArrayArray(activity.seen)))) AS gaps
    FROM
    (
        SELECT
            seller,
            seller_id,
            seller_nick,
            day,
            toUnixTimestamp(toDateTime(day, 'Asia/Shanghai')) AS midnight,
            arrayFilter(second -> second <= toUnixTimestamp(as_of), arrayMap(minute -> midnight + minute * 60, minutes)) AS seen,
            if(last_at <= as_of, toUnixTimestamp(last_at), arrayMax(seen)) AS last_seen
        FROM juliu_store.seller_activity_state
        WHERE (day, seller) IN (SELECT day, seller FROM recent)
    ) AS activity
    INNER JOIN recent ON recent.seller = activity.seller AND recent.day = activity.day
    GROUP BY recent.whose
    -- Fewer say nothing about what is usual.
    HAVING length(gaps) >= 5
)
WHERE silent_seconds >= allowed_seconds
SETTINGS join_use_nulls = 0
COMMENT '静默卖家 — silent_sellers with asof given';

CREATE OR REPLACE VIEW juliu.silent_sellers {{on_cluster}}
(
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: events.user_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: events.user_nick',
    last_message_at DateTime('Asia/Shanghai') COMMENT '最后消息时间 — last message published for the seller, in the last 90 days; UTC+8; source: events.publish_time',
    silent_seconds Int64 COMMENT '静默时长 — from last_message_at to now; unit: seconds',
    usual_gap_seconds Int64 COMMENT '通常间隔 — median time between minutes with messages, in the 7 days up to the last one; at least 6 such minutes; unit: seconds',
    longest_gap_seconds Int64 COMMENT '最长间隔 — longest time between minutes with messages in those days: a silence below it happened before (nights); unit: seconds',
    allowed_seconds Int64 COMMENT '允许时长 — silence_factor × usual_gap_seconds, at least silence_min_minutes, both of kpi_settings; unit: seconds',
    times_usual Float64 COMMENT '静默倍数 — silent_seconds / usual_gap_seconds; denominator: usual_gap_seconds'
)
{{view_security}}
AS SELECT * FROM juliu.silent_sellers_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '静默卖家 — sellers without a message for longer than allowed, as of now; likely causes: the seller’s authorisation has expired or the user was removed (juliu users get), its lane or filter leaves it out, the shop is closed; when all sellers are silent, receiving itself stands still (pipeline_stats)';

CREATE OR REPLACE VIEW juliu.increment_reconciliation {{on_cluster}}
(
    finding String COMMENT '差异类型 — missing: in an imported export, unknown here; extra: changed here within the time an export covers, and not in it; different: status or payment is not the same',
    tid Int64 COMMENT '交易编号 — id of the trade; source: increment_trades.tid, orders.tid',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: orders.seller_nick, else increment_trades.seller_nick',
    exported_modified Nullable(DateTime('Asia/Shanghai')) COMMENT '接口修改时间 — last modified in the exports; NULL for extra; UTC+8; source: increment_trades.modified',
    changed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '本地变更时间 — last milestone known here: created, paid, shipped, finished or closed; NULL for missing; UTC+8; source: orders',
    exported_status Nullable(String) COMMENT '接口交易状态 — status at exported_modified; source: increment_trades.status',
    status Nullable(String) COMMENT '本地交易状态 — last known here; source: orders.status',
    exported_payment Nullable(Decimal(38, 2)) COMMENT '接口实付金额 — payment at exported_modified; unit: CNY yuan; source: increment_trades.payment',
    amount Nullable(Decimal(38, 2)) COMMENT '本地实付金额 — amount known here; unit: CNY yuan; source: orders.amount',
    status_differs Bool COMMENT '状态不同 — both statuses are known and differ',
    payment_differs Bool COMMENT '金额不同 — both amounts are known, the one here is no lower bound, and they differ'
)
{{view_security}}
AS
WITH
    (SELECT groupArray((seller_nick, modified_from, modified_to)) FROM juliu.increment_exports) AS covered
SELECT
    multiIf(orders.tid = 0, 'missing', exported.tid = 0, 'extra', 'different') AS finding,
    if(exported.tid = 0, orders.tid, exported.tid) AS tid,
    coalesce(orders.seller_nick, exported.seller_nick) AS seller_nick,
    if(exported.tid = 0, NULL, exported.modified) AS exported_modified,
    orders.changed_at AS changed_at,
    exported.status AS exported_status,
    orders.status AS status,
    exported.payment AS exported_payment,
    orders.amount AS amount,
    ifNull(exported.status != orders.status, false)::Bool AS status_differs,
    (ifNull(exported.payment != orders.amount, false) AND orders.payment_scope NOT IN ('', 'unknown'))::Bool AS payment_differs
FROM
(
    SELECT
        tid,
        max(increment_trades.modified) AS modified,
        argMax(increment_trades.status, increment_trades.modified) AS status,
        argMax(increment_trades.payment, increment_trades.modified) AS payment,
        argMax(increment_trades.seller_nick, increment_trades.modified) AS seller_nick
    FROM juliu.increment_trades
    GROUP BY tid
) AS exported
FULL OUTER JOIN
(
    SELECT
        tid,
        known.seller_nick AS seller_nick,
        known.status AS status,
        known.amount AS amount,
        known.payment_scope AS payment_scope,
        arrayMax(arrayFilter(at -> at IS NOT NULL, [created_at, paid_at, shipped_at, finished_at, closed_at])) AS changed_at
    FROM juliu.orders AS known
    WHERE tid IN (SELECT tid FROM juliu_store.increment_trades)
        OR (
            arrayExists(range -> range.1 = ifNull(known.seller_nick, '-') AND changed_at BETWEEN range.2 AND range.3, covered)
            -- An export that names no seller speaks of the sellers of its trades.
            OR arrayExists(range -> range.1 = '' AND changed_at BETWEEN range.2 AND range.3, covered)
                AND known.seller_id IN (SELECT seller_id FROM juliu_store.orders_state WHERE tid IN (SELECT tid FROM juliu_store.increment_trades))
        )
) AS orders ON orders.tid = exported.tid
WHERE finding != 'different'
    -- An order that changed after the export differs rightly; a minute is left for the clocks.
    OR ((status_differs OR payment_differs) AND (changed_at IS NULL OR changed_at <= exported_modified + 60))
SETTINGS join_use_nulls = 0
COMMENT '增量接口对账 — trades that the imported exports of the increment API and the orders here do not agree on, one row each';

CREATE OR REPLACE VIEW juliu.freshness_by_topic_at {{on_cluster}} {{view_security}}
AS SELECT
    topic,
    family,
    max(state.last_published_at) AS last_published_at,
    max(state.last_stored_at) AS last_stored_at,
    greatest(0, dateDiff('second', last_published_at, {asof:DateTime64(3, 'Asia/Shanghai')})) AS seconds_since_published,
    greatest(0, dateDiff('second', last_stored_at, {asof:DateTime64(3, 'Asia/Shanghai')})) AS seconds_since_stored
FROM juliu_store.topic_freshness_state AS state
WHERE day <= toDate({asof:DateTime64(3, 'Asia/Shanghai')})
GROUP BY topic, family
COMMENT '主题新鲜度 — freshness_by_topic with asof given, exact to the day of asof';

CREATE OR REPLACE VIEW juliu.freshness_by_topic {{on_cluster}}
(
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic; source: events.topic',
    family LowCardinality(String) COMMENT '业务族 — family of the topic, unknown when juliu does not know it; source: events.family',
    last_published_at DateTime64(3, 'Asia/Shanghai') COMMENT '最近发布时间 — newest message; UTC+8; source: events.publish_time',
    last_stored_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 最近入库时间 — when the store took a message of the topic last; UTC+8',
    seconds_since_published Int64 COMMENT '距最近发布 — from last_published_at to now; unit: seconds',
    seconds_since_stored Int64 COMMENT 'operational: 距最近入库 — from last_stored_at to now; unit: seconds'
)
{{view_security}}
AS SELECT * FROM juliu.freshness_by_topic_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '主题新鲜度 — how old the newest message of each topic is, as of now';

CREATE OR REPLACE VIEW juliu.duplicates_at {{on_cluster}} {{view_security}}
AS SELECT
    day,
    family,
    sum(part.received) AS received,
    sum(part.messages) AS messages,
    greatest(0, toInt64(received) - toInt64(messages)) AS copies,
    sum(part.business_events) AS business_events,
    if(business_events = 0, 0, greatest(0, toInt64(sum(part.typed_messages)) - toInt64(business_events))) AS republished
FROM
(
    SELECT day, toString(family) AS family, sum(arrivals.received) AS received, 0 AS messages, 0 AS typed_messages, 0 AS business_events
    FROM juliu_store.arrivals WHERE day BETWEEN {from:Date} AND {to:Date} GROUP BY day, family
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, toString(family) AS family, 0, count(), 0, 0 FROM juliu.events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day, family
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'trade', 0, 0, count(), uniqExact(business_key) FROM juliu.trade_events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'refund', 0, 0, count(), uniqExact(business_key) FROM juliu.refund_events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'item', 0, 0, count(), uniqExact(business_key) FROM juliu.item_events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'logistics', 0, 0, count(), uniqExact(business_key) FROM juliu.logistics_traces
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'review', 0, 0, count(), uniqExact(business_key) FROM juliu.review_events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
    UNION ALL
    SELECT toDate(publish_time, 'Asia/Shanghai') AS day, 'distribution', 0, 0, count(), uniqExact(business_key) FROM juliu.distribution_events
    WHERE publish_time >= toDateTime({from:Date}, 'Asia/Shanghai') AND publish_time < toDateTime({to:Date} + 1, 'Asia/Shanghai') GROUP BY day
) AS part
GROUP BY day, family
COMMENT 'operational: 重复消息 — duplicates with from and to (days of publication, both inclusive) given';

CREATE OR REPLACE VIEW juliu.duplicates {{on_cluster}}
(
    day Date COMMENT 'operational: 日期 — day of publication; UTC+8; source: events.publish_time',
    family String COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received UInt64 COMMENT 'operational: 接收次数 — messages taken in, copies included (redelivery, repeated insert, replay), since this juliu counts them; source: arrivals.received',
    messages UInt64 COMMENT 'operational: 消息数 — distinct messages by event_id; source: events',
    copies Int64 COMMENT 'operational: 重复接收 — received − messages, messages taken in again',
    business_events UInt64 COMMENT 'operational: 业务事件数 — distinct business events by business_key; 0 for topics of no family; source: typed tables',
    republished Int64 COMMENT 'operational: 重复发布 — distinct messages − business_events: events the platform published again under another id'
)
{{view_security}}
AS SELECT * FROM juliu.duplicates_at(from = toDate(now64(3, 'Asia/Shanghai')) - 6, to = toDate(now64(3, 'Asia/Shanghai')))
COMMENT 'operational: 重复消息 — messages received again and events published again, per day and family, of the last 7 days';

CREATE OR REPLACE VIEW juliu.late_share {{on_cluster}}
(
    day Date COMMENT 'operational: 日期 — day of publication; UTC+8; source: events.publish_time',
    family LowCardinality(String) COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received UInt64 COMMENT 'operational: 接收次数 — messages taken in, copies included; source: arrivals.received',
    late UInt64 COMMENT 'operational: 迟到次数 — of received, those received more than an hour after publication; source: arrivals.late',
    late_share Float64 COMMENT 'operational: 迟到占比 — late / received; unit: share 0..1; denominator: received',
    largest_delay_seconds Int64 COMMENT 'operational: 最大延迟 — longest time from publication to receipt; unit: seconds; source: arrivals.largest_delay_seconds'
)
{{view_security}}
AS SELECT
    day,
    family,
    sum(arrivals.received) AS received,
    sum(arrivals.late) AS late,
    late / received AS late_share,
    max(arrivals.largest_delay_seconds) AS largest_delay_seconds
FROM juliu_store.arrivals
GROUP BY day, family
COMMENT 'operational: 迟到占比 — messages received more than an hour after publication, per day of publication and family';

CREATE OR REPLACE VIEW juliu.dead_letters_by_reason {{on_cluster}}
(
    reason LowCardinality(String) COMMENT '原因 — stable name of why messages could not be stored; source: dead_letters.reason',
    letters UInt64 COMMENT '死信数 — dead letters with this reason, retried ones included; source: dead_letters',
    still_dead UInt64 COMMENT '仍未入库 — of letters, those no retry has stored; source: dead_letters.retried_at',
    first_received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 首次接收时间 — oldest of them; UTC+8; source: dead_letters.received_at',
    last_received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 最近接收时间 — newest of them; UTC+8; source: dead_letters.received_at',
    example_detail String COMMENT '示例 — detail of the newest; source: dead_letters.detail'
)
{{view_security}}
AS SELECT
    reason,
    count() AS letters,
    countIf(retried_at IS NULL) AS still_dead,
    min(received_at) AS first_received_at,
    max(received_at) AS last_received_at,
    argMax(detail, (received_at, identity)) AS example_detail
FROM juliu.dead_letters
GROUP BY reason
COMMENT '死信原因 — messages that could not be stored, per reason';

CREATE OR REPLACE VIEW juliu.coverage {{on_cluster}}
(
    measure String COMMENT '指标 — what is covered, of what, e.g. orders_with_promise',
    covered UInt64 COMMENT '已覆盖数 — things that have it',
    total UInt64 COMMENT '总数 — things there are; denominator',
    share Nullable(Float64) COMMENT '覆盖率 — covered / total; NULL = there are none; unit: share 0..1; denominator: total',
    meaning String COMMENT '说明 — what the measure says'
)
{{view_security}}
AS SELECT
    entry.1 AS measure,
    toUInt64(entry.2) AS covered,
    toUInt64(entry.3) AS total,
    if(total = 0, NULL, covered / total) AS share,
    entry.4 AS meaning
FROM
(
    SELECT [
        ('orders_with_promise', countIf(promised_at IS NOT NULL), count(), '有承诺时间的订单 — orders with an imported promise of delivery'),
        ('orders_with_province', countIf(province IS NOT NULL), count(), '有收货省份的订单 — orders with an imported province'),
        ('orders_with_send_type', countIf(send_type IS NOT NULL), count(), '有发货方式的订单 — orders with an imported send type'),
        ('orders_with_amount', countIf(payment_scope NOT IN ('', 'unknown')), count(), '金额确定的订单 — orders whose amount is no lower bound'),
        ('orders_with_ship_message', countIf(shipped_at IS NOT NULL), countIf(shipped_at IS NOT NULL OR tid IN (SELECT tid FROM juliu_store.parcel_facts WHERE consigned_at IS NOT NULL)), '有发货消息的订单 — of the orders that were shipped by any sign, those whose trade said so'),
        ('orders_with_item', countIf(notEmpty(num_iids)), count(), '知道商品的订单 — orders with at least one known item'),
        ('orders_first_seen_midlife', countIf(first_seen_midlife), count(), '中途首见的订单 — orders that were open before the subscription; left out of cohorts')
    ] AS measures FROM juliu_store.order_facts
    UNION ALL
    SELECT [
        ('parcels_with_order', countIf(order_known), count(), '有订单的包裹 — parcels whose order is known'),
        ('parcels_with_lane', countIf(lane != ''), count(), '有线路的包裹 — parcels whose origin and destination cities are known'),
        ('parcels_first_seen_midlife', countIf(first_seen_midlife), count(), '中途首见的包裹 — parcels under way before the subscription; left out of cohorts')
    ] FROM juliu_store.parcel_facts
    UNION ALL
    SELECT [
        ('refunds_with_item', countIf(num_iid IS NOT NULL), count(), '知道商品的退款 — refunds whose item is known'),
        ('refunds_first_seen_midlife', countIf(first_seen_midlife), count(), '中途首见的退款 — refunds that were open before the subscription; left out of cohorts')
    ] FROM juliu_store.refund_facts
    UNION ALL
    SELECT [
        ('items_with_category', countIf(category IS NOT NULL), count(), '有类目的商品 — items with an imported category'),
        ('items_with_cost', countIf(cost IS NOT NULL), count(), '有成本的商品 — items with an imported cost'),
        ('items_with_title', countIf(title IS NOT NULL), count(), '有标题的商品 — items whose title is known')
    ] FROM juliu.items
    UNION ALL
    SELECT [
        ('purchases_first_seen_midlife', countIf(first_seen_midlife), count(), '中途首见的采购单 — purchase orders that were open before the subscription; left out of cohorts'),
        ('purchases_with_amount', countIf(amount IS NOT NULL), count(), '有金额的采购单 — purchase orders whose amount is known')
    ] FROM juliu_store.purchase_facts
    UNION ALL
    SELECT [
        ('purchase_refunds_with_order', countIf(purchase_id != ''), count(), '找到采购单的退款 — refunds of lines whose purchase order is known')
    ] FROM juliu.purchase_refunds
)
ARRAY JOIN measures AS entry
COMMENT '数据覆盖率 — how much of what KPIs rely on is known: share of orders, parcels, refunds, items and purchase orders';
