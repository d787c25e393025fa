-- Order lines as they stand, kept up by every insert into trade_events; engine, partitions and
-- the order of messages as in orders_state; sort key: day, tid, oid.
--
-- Lines: a message without oid, or with oid = tid, speaks of the whole trade and makes the line (tid, tid). That line is
-- the order's only one when no other is known, and else none: the view juliu.order_lines decides.

CREATE TABLE IF NOT EXISTS juliu_store.order_lines_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: trade_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid' CODEC(Delta(8), ZSTD(1)),
    oid Int64 COMMENT '子订单编号 — id of the order line; equal to tid: messages about the whole trade; source: trade_events.oid' CODEC(Delta(8), ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id' CODEC(ZSTD(1)),
    num_iid AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT '商品数字编号 — state of the last known item; source: trade_events.num_iid' CODEC(ZSTD(1)),
    sku_id AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT 'SKU 编号 — state of the last known SKU; source: trade_events.sku_id' CODEC(ZSTD(1)),
    title SimpleAggregateFunction(max, Nullable(String)) COMMENT '商品标题 — title of the item as sent; source: trade_events.title' CODEC(ZSTD(1)),
    num AggregateFunction(argMax, Nullable(Int32), UInt128) COMMENT '数量 — state of the last known quantity; unit: pieces; source: trade_events.num' CODEC(ZSTD(1)),
    price AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '单价 — state of the last known price; unit: CNY yuan; source: trade_events.price' CODEC(ZSTD(1)),
    payment AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '实付金额 — state of the last known payment said with the line, of the line or the whole trade (juliu.trade_payments resolves it); unit: CNY yuan; source: trade_events.payment' CODEC(ZSTD(1)),
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '状态 — state of the last known status; source: trade_events.status' CODEC(ZSTD(1)),
    status_order SimpleAggregateFunction(max, UInt128) COMMENT '状态次序 — place of that status among all messages: publish_time, rank, identity; 0 without one; source: derived' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付款时间 — first paid or line_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    shipped_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first shipped or line_shipped; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    refunded_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退款成功时间 — first line_refunded; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '关闭时间 — first closed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_oid oid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, oid)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '子订单状态 — what is known of each order line, one row per line and day; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.order_lines_state {{on_cluster}} AS juliu_store.order_lines_state_local
ENGINE = Distributed({{cluster}}, juliu_store, order_lines_state_local, cityHash64(tid))
COMMENT '子订单状态 — what is known of each order line, one row per line and day; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.order_lines_state_writer {{on_cluster}}
TO juliu_store.order_lines_state
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
    assumeNotNull(ifNull(e.oid, e.tid)) AS oid,
    max(e.seller_id) AS seller_id,
    argMaxState(e.num_iid, message_order) AS num_iid,
    argMaxState(e.sku_id, message_order) AS sku_id,
    max(e.title) AS title,
    argMaxState(e.num, message_order) AS num,
    argMaxState(e.price, message_order) AS price,
    argMaxState(e.payment, message_order) AS payment,
    argMaxState(e.status, message_order) AS status,
    maxIf(message_order, e.status IS NOT NULL) AS status_order,
    minIf(toNullable(published), event IN ('created', 'alipay_created', 'created_delayed')) AS created_at,
    minIf(toNullable(published), event IN ('paid', 'line_paid')) AS paid_at,
    minIf(toNullable(published), event IN ('shipped', 'line_shipped')) AS shipped_at,
    minIf(toNullable(published), event = 'line_refunded') AS refunded_at,
    minIf(toNullable(published), event = 'closed') AS closed_at
FROM juliu_store.trade_events{{local}} AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid, oid
COMMENT '子订单状态写入 — brings each inserted trade message to order_lines_state';

CREATE OR REPLACE VIEW juliu.order_lines {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid',
    oid Int64 COMMENT '子订单编号 — id of the order line; equal to tid: the only line known; source: trade_events.oid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; NULL when no message named it; source: trade_events.num_iid',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — id of the SKU; source: trade_events.sku_id',
    title Nullable(String) COMMENT '商品标题 — title of the item as sent, HTML entities kept; source: trade_events.title',
    num Nullable(Int32) COMMENT '数量 — quantity; unit: pieces; source: trade_events.num',
    price Nullable(Decimal(18, 2)) COMMENT '单价 — price; unit: CNY yuan; source: trade_events.price',
    payment Nullable(Decimal(18, 2)) COMMENT '实付金额 — last payment said with the line, of the line or of the whole trade (juliu.trade_payments resolves it; do not sum it); unit: CNY yuan; source: trade_events.payment',
    status Nullable(String) COMMENT '状态 — last status said of the line or of the whole trade; source: trade_events.status',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first paid or line_paid of the line, else of the whole trade; UTC+8; source: trade_events.publish_time',
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first shipped or line_shipped of the line, else of the whole trade; UTC+8; source: trade_events.publish_time',
    refunded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款成功时间 — first line_refunded of the line; UTC+8; source: trade_events.publish_time',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first closed of the line, else of the whole trade; UTC+8; source: trade_events.publish_time',
    first_seen_midlife Bool COMMENT '中途首见 — no message of its creation or of its order’s; source: trade_events.event'
)
{{view_security}}
AS
SELECT
    trade.tid AS tid,
    line.oid AS oid,
    line.seller_id AS seller_id,
    line.num_iid AS num_iid,
    line.sku_id AS sku_id,
    line.title AS title,
    line.num AS num,
    line.price AS price,
    line.payment AS payment,
    if(line.status_order >= trade.whole.status_order, line.status, trade.whole.status) AS status,
    coalesce(line.paid_at, trade.whole.paid_at) AS paid_at,
    coalesce(line.shipped_at, trade.whole.shipped_at) AS shipped_at,
    line.refunded_at AS refunded_at,
    coalesce(line.closed_at, trade.whole.closed_at) AS closed_at,
    (trade.created_at IS NULL)::Bool AS first_seen_midlife
FROM
(
    -- One row per trade, so that a condition on tid reaches the sort key.
    SELECT
        l.tid AS tid,
        min(l.created_at) AS created_at,
        groupArray(l.line) AS every,
        arrayFirst(one -> one.oid = tid, every) AS whole,
        arrayFilter(one -> one.oid != tid OR length(every) = 1, every) AS lines
    FROM
    (
        SELECT
            s.tid AS tid,
            min(s.created_at) AS created_at,
            CAST(
                (
                    s.oid, max(s.seller_id), argMaxMerge(s.num_iid), argMaxMerge(s.sku_id), max(s.title),
                    argMaxMerge(s.num), argMaxMerge(s.price), argMaxMerge(s.payment), argMaxMerge(s.status),
                    max(s.status_order), min(s.paid_at), min(s.shipped_at), min(s.refunded_at), min(s.closed_at)
                ),
                'Tuple(oid Int64, seller_id Nullable(Int64), num_iid Nullable(Int64), sku_id Nullable(Int64),
                title Nullable(String), num Nullable(Int32), price Nullable(Decimal(18, 2)),
                payment Nullable(Decimal(18, 2)), status Nullable(String), status_order UInt128,
                paid_at Nullable(DateTime(\'Asia/Shanghai\')), shipped_at Nullable(DateTime(\'Asia/Shanghai\')),
                refunded_at Nullable(DateTime(\'Asia/Shanghai\')), closed_at Nullable(DateTime(\'Asia/Shanghai\')))'
            ) AS line
        FROM juliu_store.order_lines_state AS s
        GROUP BY s.tid, s.oid
    ) AS l
    GROUP BY l.tid
) AS trade
ARRAY JOIN trade.lines AS line
COMMENT '子订单 — every order line as it stands now, one row per (tid, oid)';
