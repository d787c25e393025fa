-- Orders as they stand, kept up by every insert into trade_events.
--
-- Engine: AggregatingMergeTree with states that take rows in any order and any number of times: least and greatest, the
-- value of the greatest message (argMax skips NULL, so an absent field keeps its last known value), sets.
-- Sort key: day (UTC+8), tid. A trade has one row per day on which something was published about it, so that all trades of
-- a day are one range, however long the history; readers group by tid over the days.
-- Partitions: months of day, as the typed tables.
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
    num_iids SimpleAggregateFunction(groupUniqArrayArray, Array(Int64)) COMMENT '商品编号 — items named by messages about a line, in no order; source: trade_events.num_iid' CODEC(ZSTD(1)),
    trade_num_iids SimpleAggregateFunction(groupUniqArrayArray, Array(Int64)) COMMENT '整单商品编号 — items named by messages about the whole trade, in no order; source: trade_events.num_iid' CODEC(ZSTD(1)),
    payments SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(topic UInt32, moment DateTime('Asia/Shanghai'), line Int64, second UInt8, identity UInt64, payment Decimal(18, 2)))) COMMENT '实付金额集合 — what each message said was paid: hash of its topic, ten seconds it falls in (UTC+8), line (0 = whole trade), second within the ten, identity of the message, amount (CNY yuan), in no order; juliu.trade_payments resolves it; source: trade_events.payment' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    deposit_paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付定金时间 — first deposit_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付款时间 — first paid (of a presale: the final payment); UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    line_paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '子订单付款时间 — first line_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    shipped_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first shipped; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    finished_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '交易成功时间 — first succeeded or succeeded_delayed of the whole trade; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '关闭时间 — first closed of the whole trade; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    line_ends SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(line Int64, outcome UInt8, at DateTime('Asia/Shanghai')))) COMMENT '子订单结束集合 — what ended single lines (oid other than tid): the line, 1 succeeded, 2 closed or 3 refunded, when (UTC+8), in no order; source: trade_events.event, oid, publish_time' CODEC(ZSTD(1)),
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
    groupUniqArrayIf(assumeNotNull(e.num_iid), e.num_iid IS NOT NULL AND ifNull(oid != e.tid, false)) AS num_iids,
    groupUniqArrayIf(assumeNotNull(e.num_iid), e.num_iid IS NOT NULL AND ifNull(oid = e.tid, true)) AS trade_num_iids,
    groupUniqArrayIf(
        (
            toUInt32(cityHash64(topic)),
            toStartOfInterval(published, INTERVAL 10 SECOND, 'Asia/Shanghai'),
            if(oid = e.tid, 0, ifNull(oid, 0)),
            toUInt8(toUnixTimestamp(published) % 10),
            -- In the order of event_id, near enough: it only decides within one second.
            ifNull(toUInt64OrNull(event_id), reinterpretAsUInt64(reverse(rightPad(substring(event_id, 1, 8), 8, '\0')))),
            assumeNotNull(payment)
        ),
        payment IS NOT NULL
    ) AS payments,
    minIf(toNullable(published), event IN ('created', 'alipay_created', 'created_delayed')) AS created_at,
    minIf(toNullable(published), event = 'deposit_paid') AS deposit_paid_at,
    minIf(toNullable(published), event = 'paid') AS paid_at,
    minIf(toNullable(published), event = 'line_paid') AS line_paid_at,
    minIf(toNullable(published), event = 'shipped') AS shipped_at,
    minIf(toNullable(published), event IN ('succeeded', 'succeeded_delayed') AND ifNull(oid = e.tid, true)) AS finished_at,
    minIf(toNullable(published), event = 'closed' AND ifNull(oid = e.tid, true)) AS closed_at,
    groupUniqArrayIf(
        (
            ifNull(oid, 0),
            toUInt8(transform(event, ['succeeded', 'succeeded_delayed', 'closed', 'line_refunded'], [1, 1, 2, 3], 0)),
            published
        ),
        event IN ('succeeded', 'succeeded_delayed', 'closed', 'line_refunded') AND ifNull(oid != e.tid, false)
    ) AS line_ends,
    minIf(toNullable(published), event = 'rated_out' OR (event = 'rated' AND rater = 'buyer')) AS rated_at,
    max(published) AS last_message_at
FROM juliu_store.trade_events{{local}} AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid
COMMENT '订单状态写入 — brings each inserted trade message to orders_state';

-- juliu.trade_payments: what was paid for each trade (订单实付), one row per tid.
--
-- The payment of a trade message is the amount of one order line or of the whole trade. The message does not say which,
-- and there is a message per line, so adding payments up counts a trade once per line. This view decides per trade; it is
-- the only place that does.
--
-- Words. A line message has an oid other than its tid; a trade-wide message has none, or oid = tid. The latest payment
-- of a line (or of the trade as a whole) is that of its message with the greatest (second of publish_time, event_id).
-- Messages without a payment say nothing. A moment is ten seconds of one topic of one trade: the platform publishes the
-- messages of all lines together, while a fee changed between two messages would make totals look like amounts of lines.
--
-- 1. Evidence, within one moment:
--    a. the latest payments of the lines differ                          -> line
--    b. a trade-wide payment equals each line's                          -> trade
--    c. a trade-wide payment equals the sum of the lines'                -> line
--    d. only trade-wide messages                                         -> trade, weakly: nothing is said about lines
--    e. anything else: equal payments on two or more lines and no trade-wide message, a single line, a trade-wide
--       payment that fits neither                                        -> unknown
-- 2. Scope of the trade: the strongest evidence of its moments; line (a, c) before trade (b) before trade (d) before
--    unknown.
-- 3. amount:
--    line     the sum over the lines of their latest payments in the topics with evidence for line: another topic may
--             repeat the total of the trade with each line;
--    trade    one value, never a sum: by (b) the latest payment of any message, by (d) the latest trade-wide payment;
--    unknown  one value, never a sum: the latest trade-wide payment if there is one, else the latest of any line. For
--             equal lines that is a lower bound of what was paid.
--
-- Arrays within one GROUP BY tid, not a GROUP BY per step: a fifteenth of the time (measured), and a condition on tid
-- reaches the sort key of orders_state.

CREATE OR REPLACE VIEW juliu.trade_payments {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; source: derived from trade_events.payment',
    amount Decimal(38, 2) COMMENT '实付金额 — paid for the trade; with scope unknown one payment, a lower bound; unit: CNY yuan; source: derived from trade_events.payment',
    lines UInt64 COMMENT '子订单数 — order lines seen with a payment; 0 = only trade-wide messages; source: derived from trade_events.oid'
)
{{view_security}}
AS
WITH
    (toUInt32(0), toDateTime(0, 'Asia/Shanghai'), toInt64(0), toUInt8(0), toUInt64(0), toDecimal64(0, 2)) AS no_entry,
    -- The latest payment of each line in each moment: the last of its run, for entries are sorted by
    -- (topic, moment, line, second, identity, payment). Copies of a message stand side by side.
    arrayFilter(
        (entry, next, place) -> place = length(entries) OR (entry.1, entry.2, entry.3) != (next.1, next.2, next.3),
        entries,
        arrayPushBack(arrayPopFront(entries), no_entry),
        arrayEnumerate(entries)
    ) AS latest,
    arraySplit(
        (entry, previous) -> (entry.1, entry.2) != (previous.1, previous.2),
        latest,
        arrayPushFront(arrayPopBack(latest), no_entry)
    ) AS moments,
    arrayMap(moment -> arrayMap(entry -> entry.6, arrayFilter(entry -> entry.3 != 0, moment)), moments) AS of_lines,
    arrayMap(moment -> arrayMap(entry -> entry.6, arrayFilter(entry -> entry.3 = 0, moment)), moments) AS of_trade,
    -- 3 = line, 2 = trade, 1 = trade by trade-wide messages alone, 0 = unknown.
    arrayMap(
        (by_line, whole) -> multiIf(
            empty(by_line), 1,
            arrayMin(by_line) != arrayMax(by_line), 3,
            empty(whole), 0,
            whole[1] = by_line[1], 2,
            whole[1] = arraySum(by_line), 3,
            0),
        of_lines, of_trade
    ) AS evidence,
    arrayMax(evidence) AS strongest,
    arrayMap(moment -> moment[1].1, arrayFilter((moment, is) -> is = 3, moments, evidence)) AS topics_of_lines,
    -- Payments by line and time, of the topics that speak of lines.
    arraySort(arrayMap(entry -> (entry.3, entry.2, entry.4, entry.5, entry.6),
        arrayFilter(entry -> entry.3 != 0 AND has(topics_of_lines, entry.1), entries))) AS line_payments,
    arrayFilter((payment, next, place) -> place = length(line_payments) OR payment.1 != next.1,
        line_payments,
        arrayPushBack(arrayPopFront(line_payments), (no_entry.3, no_entry.2, no_entry.4, no_entry.5, no_entry.6)),
        arrayEnumerate(line_payments)
    ) AS latest_of_lines,
    arrayFilter(entry -> entry.3 = 0, entries) AS trade_wide,
    -- The one value: of trade-wide messages where there are any and nothing says that each message has the total.
    arrayReduce('max', arrayMap(entry -> (entry.2, entry.4, entry.5, entry.6),
        if(strongest != 2 AND notEmpty(trade_wide), trade_wide, entries))).4 AS one_value
SELECT
    tid,
    multiIf(strongest = 3, 'line', strongest = 0, 'unknown', 'trade') AS payment_scope,
    if(strongest = 3, arraySum(arrayMap(payment -> payment.5, latest_of_lines)), one_value) AS amount,
    arrayUniq(arrayFilter(line -> line != 0, arrayMap(entry -> entry.3, entries))) AS lines
FROM
(
    SELECT tid, arraySort(groupArrayArray(payments)) AS entries
    FROM juliu_store.orders_state
    GROUP BY tid
    HAVING notEmpty(entries)
)
COMMENT '订单实付 — what was paid per trade, one row per tid, by a written rule (see the migration)';
