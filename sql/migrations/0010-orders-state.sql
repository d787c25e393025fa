-- Orders as they stand, kept up by every insert into trade_events.
--
-- Engine: AggregatingMergeTree with states that take rows in any order and any number of times: least and greatest, the
-- value of the greatest message (argMax skips NULL, so an absent field keeps its last known value), sets.
-- A trade has one row per day (UTC+8) on which something was published about it, so that all trades of a day are one
-- range, however long the history; readers group by tid over the days.
-- Order of two messages: second of publish_time (trades carry no other time), rank of the status, a hash of event_id,
-- the version of the copy. All of it is in one UInt128, equal for two rows only when they are copies alike.
-- Rows without a tid stay in trade_events.

CREATE TABLE IF NOT EXISTS juliu_store.orders_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: trade_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid' CODEC(Delta(8), ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id' CODEC(ZSTD(1)),
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: trade_events.seller_nick' CODEC(ZSTD(1)),
    buyer_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '买家昵称 — nick of the buyer, masked; source: trade_events.buyer_nick' CODEC(ZSTD(1)),
    buyer_open_uid SimpleAggregateFunction(max, Nullable(String)) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: trade_events.buyer_open_uid' CODEC(ZSTD(1)),
    trade_type SimpleAggregateFunction(max, Nullable(String)) COMMENT '交易类型 — type of trade; source: trade_events.trade_type' CODEC(ZSTD(1)),
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '交易状态 — state of the last known status; source: trade_events.status' CODEC(ZSTD(1)),
    memo_flag AggregateFunction(argMax, Nullable(Int32), UInt128) COMMENT '卖家备注旗帜 — state of the last known memo flag; source: trade_events.seller_flag' CODEC(ZSTD(1)),
    has_memo AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '有卖家备注 — state of whether the last known memo has text; source: trade_events.seller_memo' CODEC(ZSTD(1)),
    oids SimpleAggregateFunction(groupUniqArrayArray, Array(Int64)) COMMENT '子订单编号 — lines named by messages (oid other than tid), in no order; source: trade_events.oid' CODEC(ZSTD(1)),
    num_iids SimpleAggregateFunction(groupUniqArrayArray, Array(Int64)) COMMENT '商品编号 — items named by messages, in no order; source: trade_events.num_iid' CODEC(ZSTD(1)),
    payments SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(topic UInt32, moment DateTime('Asia/Shanghai'), line Int64, second UInt8, identity UInt64, payment Decimal(18, 2)))) COMMENT '实付金额集合 — what each message said was paid: hash of its topic, ten seconds it falls in (UTC+8), line (0 = whole trade), second within the ten, identity of the message, amount (CNY yuan), in no order; juliu.trade_payments resolves it; source: trade_events.payment' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    deposit_paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付定金时间 — first deposit_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付款时间 — first paid (of a presale: the final payment); UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    line_paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '子订单付款时间 — first line_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    shipped_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first shipped; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    finished_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '交易成功时间 — first succeeded or succeeded_delayed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '关闭时间 — first closed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    rated_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '买家评价时间 — first rated by the buyer, or rated_out; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    last_message_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — latest publication about the trade; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '订单状态 — what is known of each trade, one row per trade and day; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.orders_state {{on_cluster}} AS juliu_store.orders_state_local
ENGINE = Distributed({{cluster}}, juliu_store, orders_state_local, cityHash64(tid))
COMMENT '订单状态 — what is known of each trade, one row per trade and day; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.orders_state_writer {{on_cluster}}
TO juliu_store.orders_state
AS
WITH
    toDateTime(publish_time, 'Asia/Shanghai') AS published,
    ifNull(transform(e.status,
        ['TRADE_NO_CREATE_PAY', 'WAIT_BUYER_PAY', 'WAIT_PRE_AUTH_CONFIRM', 'PAY_PENDING', 'PAID_FORBID_CONSIGN',
         'WAIT_SELLER_SEND_GOODS', 'SELLER_CONSIGNED_PART', 'WAIT_BUYER_CONFIRM_GOODS', 'TRADE_BUYER_SIGNED',
         'TRADE_FINISHED', 'TRADE_CLOSED', 'TRADE_CLOSED_BY_TAOBAO'],
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 0), 0) AS status_rank,
    bitShiftLeft(toUInt128(toUnixTimestamp(published)), 96) + bitShiftLeft(toUInt128(status_rank), 90)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 68719476735)), 54)
        + bitAnd(version, 18014398509481983) AS message_order
SELECT
    toDate(publish_time, 'Asia/Shanghai') AS day,
    assumeNotNull(e.tid) AS tid,
    max(e.seller_id) AS seller_id,
    max(e.seller_nick) AS seller_nick,
    max(e.buyer_nick) AS buyer_nick,
    max(e.buyer_open_uid) AS buyer_open_uid,
    max(e.trade_type) AS trade_type,
    argMaxState(e.status, message_order) AS status,
    argMaxState(e.seller_flag, message_order) AS memo_flag,
    argMaxState(CAST(e.seller_memo != '', 'Nullable(Bool)'), message_order) AS has_memo,
    groupUniqArrayIf(assumeNotNull(oid), oid IS NOT NULL AND oid != e.tid) AS oids,
    groupUniqArrayIf(assumeNotNull(num_iid), num_iid IS NOT NULL) AS num_iids,
    groupUniqArrayIf(
        (
            toUInt32(cityHash64(topic)),
            toStartOfInterval(published, INTERVAL 10 SECOND, 'Asia/Shanghai'),
            if(oid = e.tid, 0, ifNull(oid, 0)),
            toUInt8(toUnixTimestamp(published) % 10),
            ifNull(toUInt64OrNull(event_id), cityHash64(event_id)),
            assumeNotNull(payment)
        ),
        payment IS NOT NULL
    ) AS payments,
    minIf(toNullable(published), event IN ('created', 'alipay_created', 'created_delayed')) AS created_at,
    minIf(toNullable(published), event = 'deposit_paid') AS deposit_paid_at,
    minIf(toNullable(published), event = 'paid') AS paid_at,
    minIf(toNullable(published), event = 'line_paid') AS line_paid_at,
    minIf(toNullable(published), event = 'shipped') AS shipped_at,
    minIf(toNullable(published), event IN ('succeeded', 'succeeded_delayed')) AS finished_at,
    minIf(toNullable(published), event = 'closed') AS closed_at,
    minIf(toNullable(published), event = 'rated_out' OR (event = 'rated' AND rater = 'buyer')) AS rated_at,
    max(published) AS last_message_at
FROM juliu_store.trade_events{{local}} AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid
COMMENT '订单状态写入 — brings each inserted trade message to orders_state';

CREATE OR REPLACE VIEW juliu.trade_payments {{on_cluster}}
(
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade (order), never NULL here; source: trade_events.tid',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; source: derived from trade_events.payment',
    amount Decimal(38, 2) COMMENT '实付金额 — paid for the trade; with scope unknown one payment, a lower bound; unit: CNY yuan; source: derived from trade_events.payment',
    lines UInt64 COMMENT '子订单数 — order lines seen with a payment; 0 = only trade-wide messages; source: derived from trade_events.oid'
)
{{view_security}}
AS
WITH
    -- The latest payment of each line (line 0 = trade-wide) in each moment.
    by_moment_line AS
    (
        SELECT
            tid,
            topic,
            toStartOfInterval(publish_time, INTERVAL 10 SECOND) AS moment,
            if(oid IS NULL OR oid = tid, 0, oid) AS line,
            argMax(payment, (publish_time, event_id)) AS line_payment,
            max((publish_time, event_id)) AS line_at
        FROM juliu.trade_events
        WHERE tid IS NOT NULL AND payment IS NOT NULL
        GROUP BY tid, topic, moment, line
    ),
    -- 3 = line, 2 = trade, 1 = trade by trade-wide messages alone, 0 = unknown.
    by_moment AS
    (
        SELECT
            tid,
            topic,
            countIf(line != 0) AS moment_lines,
            uniqExactIf(line_payment, line != 0) AS different,
            maxIf(line_payment, line != 0) AS highest,
            sumIf(line_payment, line != 0) AS total,
            countIf(line = 0) > 0 AS has_whole,
            maxIf(line_payment, line = 0) AS whole,
            multiIf(
                moment_lines = 0, 1,
                different > 1, 3,
                has_whole AND whole = highest, 2,
                has_whole AND whole = total, 3,
                0
            ) AS evidence,
            groupArray((line, line_payment, line_at)) AS entries
        FROM by_moment_line
        GROUP BY tid, topic, moment
    ),
    by_topic AS
    (
        SELECT
            tid,
            max(evidence) AS topic_evidence,
            groupArrayArray(entries) AS topic_entries
        FROM by_moment
        GROUP BY tid, topic
    ),
    -- The latest payment of each line over all topics, and over those that speak of lines.
    by_line AS
    (
        SELECT
            tid,
            entry.1 AS trade_line,
            max(topic_evidence) AS line_evidence,
            argMax(entry.2, entry.3) AS latest,
            max(entry.3) AS latest_at,
            argMaxIf(entry.2, entry.3, topic_evidence = 3) AS latest_of_line
        FROM by_topic
        ARRAY JOIN topic_entries AS entry
        GROUP BY tid, trade_line
    )
SELECT
    tid,
    multiIf(max(line_evidence) = 3, 'line', max(line_evidence) = 0, 'unknown', 'trade') AS payment_scope,
    multiIf(
        max(line_evidence) = 3, sumIf(latest_of_line, trade_line != 0 AND line_evidence = 3),
        max(line_evidence) != 2 AND countIf(trade_line = 0) > 0, maxIf(latest, trade_line = 0),
        argMax(latest, latest_at)
    ) AS amount,
    countIf(trade_line != 0) AS lines
FROM by_line
GROUP BY tid
COMMENT '订单实付 — what was paid per trade, one row per tid, by a written rule (see the migration)';
