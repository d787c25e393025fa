-- One resolved row per order, written by the job `orders` alone, from the state tables.
--
-- Holds what does not change with the clock; what does is asked of the views that read it.
-- Engine: MergeTree, as every row is there once: the job replaces partitions.
-- Sort key: the day of the later of creation and payment, so that the primary index, which is in memory, tells for a cohort
-- which days' orders to leave out; then the seller, whose orders questions are about, then tid.
-- Partitions: the day of the first message known of the order, for the job replaces whole days. Milestones are columns,
-- with minmax indexes, since cohorts go by the day of a milestone.
-- Merges make parts of at most 512 MiB (all marts): a replaced day gives up its merges, and one that takes longer than the
-- time between two runs would never end. A part counts by the rows that runs have left in it.
-- On a cluster it is one replicated table on all shards, so that replacing a partition is one statement.

CREATE TABLE IF NOT EXISTS juliu_store.order_facts {{on_cluster}}
(
    day Date COMMENT '首见日期 — day of the first message known of the order; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id' CODEC(ZSTD(1)),
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: trade_events.seller_nick' CODEC(ZSTD(1)),
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked to its first character and **; source: trade_events.buyer_nick' CODEC(ZSTD(1)),
    buyer_open_uid Nullable(String) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: trade_events.buyer_open_uid' CODEC(ZSTD(1)),
    trade_type Nullable(String) COMMENT '交易类型 — type of trade, e.g. guarantee_trade; source: trade_events.trade_type' CODEC(ZSTD(1)),
    status Nullable(String) COMMENT '交易状态 — last known status; source: trade_events.status' CODEC(ZSTD(1)),
    memo_flag Nullable(Int32) COMMENT '卖家备注旗帜 — last known colour of the memo flag; source: trade_events.seller_flag' CODEC(ZSTD(1)),
    has_memo Bool COMMENT '有卖家备注 — whether the last known memo of the seller has text; source: trade_events.seller_memo' CODEC(ZSTD(1)),
    presale Bool COMMENT '预售 — paid in steps: trade type step, or a deposit was paid; source: trade_events.trade_type, event' CODEC(ZSTD(1)),
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: trade_events.event' CODEC(ZSTD(1)),
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    deposit_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付定金时间 — first deposit_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first paid (of a presale: the final payment), else first line_paid; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first shipped; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '交易成功时间 — first succeeded or succeeded_delayed of the whole trade, else when the last line known that was neither closed nor refunded succeeded; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first closed of the whole trade, else when the last of all lines known was closed; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    rated_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家评价时间 — first rated by the buyer, or rated_out; UTC+8; source: trade_events.publish_time' CODEC(ZSTD(1)),
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order by the rule of juliu.trade_payments; a lower bound when payment_scope is unknown; NULL when no payment was seen; unit: CNY yuan; source: trade_events.payment' CODEC(ZSTD(1)),
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; empty when no payment was seen; source: juliu.trade_payments' CODEC(ZSTD(1)),
    lines UInt32 COMMENT '子订单数 — order lines known, at least 1; source: trade_events.oid' CODEC(ZSTD(1)),
    num_iids Array(Int64) COMMENT '商品编号 — items of its lines as far as messages named them, sorted; source: trade_events.num_iid' CODEC(ZSTD(1)),
    refunded Decimal(38, 2) COMMENT '已退金额 — sum of the amounts of its refunds that succeeded; unit: CNY yuan; source: refund_events.refund_fee' CODEC(ZSTD(1)),
    refund_open_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款申请时间 — first creation of a refund of the order; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    refunds UInt32 COMMENT '退款数 — refunds known of the order; source: refund_events.refund_id' CODEC(ZSTD(1)),
    refunds_succeeded UInt32 COMMENT '成功退款数 — refunds of the order that succeeded (succeeded_at is known); source: refund_events' CODEC(ZSTD(1)),
    fully_refunded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '全额退款时间 — when the last refund succeeded, if the refunds reach the amount paid, and that is above 0 and no lower bound (payment_scope line or trade); UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    left_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退出时间 — earlier of closed_at and fully_refunded_at: from then on no milestone is owed; UTC+8; source: derived' CODEC(ZSTD(1)),
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised time of delivery; NULL without a dimension file; UTC+8; source: order_dimensions' CODEC(ZSTD(1)),
    send_type Nullable(String) COMMENT '发货方式 — how it was sent, e.g. offline; NULL without a dimension file; source: order_dimensions' CODEC(ZSTD(1)),
    province Nullable(String) COMMENT '收货省份 — province of the receiver; NULL without a dimension file; source: order_dimensions' CODEC(ZSTD(1)),
    seller LowCardinality(String) MATERIALIZED coalesce(seller_nick, toString(seller_id), '') COMMENT '卖家 — seller_nick, else seller_id as text, else empty: value of the cut seller; source: derived' CODEC(ZSTD(1)),
    last_day Date MATERIALIZED toDate(greatest(ifNull(created_at, toDateTime(0, 'Asia/Shanghai')), ifNull(paid_at, toDateTime(0, 'Asia/Shanghai')), ifNull(promised_at, toDateTime(0, 'Asia/Shanghai')))) COMMENT '末次起点日期 — day of creation, payment or promise, the last of them: no cohort from the next day on has it; UTC+8; source: derived',
    in_ship_rate Bool MATERIALIZED NOT presale AND NOT first_seen_midlife AND ifNull(send_type != 'offline', true) COMMENT '计入发货率 — may count in R1: no presale, not first seen midlife, not sent offline; source: derived',
    owed_until DateTime('Asia/Shanghai') MATERIALIZED if(paid_at IS NULL OR send_type = 'offline', toDateTime(0, 'Asia/Shanghai'), least(ifNull(shipped_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(finished_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(left_at, toDateTime(4294967295, 'Asia/Shanghai')))) COMMENT '待发货至 — until when the paid order waits for its dispatch: shipped_at, finished_at or left_at, whichever came first; 2106-02-07 14:28:15 while none did; 1970 when not paid or sent offline; UTC+8; source: derived' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_owed_until owed_until TYPE minmax GRANULARITY 1,
    INDEX ix_created_at created_at TYPE minmax GRANULARITY 1,
    INDEX ix_paid_at paid_at TYPE minmax GRANULARITY 1,
    INDEX ix_shipped_at shipped_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), tid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1{{replicated_settings}}
COMMENT '订单事实 — one resolved row per order, recomputed by the job orders';

CREATE OR REPLACE VIEW juliu.order_facts {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.order_facts
COMMENT '订单事实 — one resolved row per order, recomputed by the job orders';

-- The order by its trade messages alone; read by the job and by juliu.orders. A condition on tid reaches both sides.
CREATE OR REPLACE VIEW juliu_store.resolved_orders {{on_cluster}}
(
    day Date COMMENT '首见日期 — day of the first message known of the order; UTC+8; source: trade_events.publish_time',
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: trade_events.seller_nick',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked to its first character and **; source: trade_events.buyer_nick',
    buyer_open_uid Nullable(String) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: trade_events.buyer_open_uid',
    trade_type Nullable(String) COMMENT '交易类型 — type of trade, e.g. guarantee_trade; source: trade_events.trade_type',
    status Nullable(String) COMMENT '交易状态 — last known status; source: trade_events.status',
    memo_flag Nullable(Int32) COMMENT '卖家备注旗帜 — last known colour of the memo flag; source: trade_events.seller_flag',
    has_memo Bool COMMENT '有卖家备注 — whether the last known memo of the seller has text; source: trade_events.seller_memo',
    presale Bool COMMENT '预售 — paid in steps: trade type step, or a deposit was paid; source: trade_events.trade_type, event',
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: trade_events.event',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time',
    deposit_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付定金时间 — first deposit_paid; UTC+8; source: trade_events.publish_time',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first paid (of a presale: the final payment), else first line_paid; UTC+8; source: trade_events.publish_time',
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first shipped; UTC+8; source: trade_events.publish_time',
    finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '交易成功时间 — first succeeded or succeeded_delayed of the whole trade, else when the last line known that was neither closed nor refunded succeeded; UTC+8; source: trade_events.publish_time',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first closed of the whole trade, else when the last of all lines known was closed; UTC+8; source: trade_events.publish_time',
    rated_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家评价时间 — first rated by the buyer, or rated_out; UTC+8; source: trade_events.publish_time',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order by the rule of juliu.trade_payments; a lower bound when payment_scope is unknown; NULL when no payment was seen; unit: CNY yuan; source: trade_events.payment',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; empty when no payment was seen; source: juliu.trade_payments',
    lines UInt32 COMMENT '子订单数 — order lines known, at least 1; source: trade_events.oid',
    num_iids Array(Int64) COMMENT '商品编号 — items of its lines as far as messages named them, sorted; source: trade_events.num_iid'
)
{{view_security}}
AS
SELECT
    trade.day AS day,
    trade.tid AS tid,
    trade.seller_id AS seller_id,
    trade.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    trade.buyer_open_uid AS buyer_open_uid,
    trade.trade_type AS trade_type,
    trade.status AS status,
    trade.memo_flag AS memo_flag,
    trade.has_memo AS has_memo,
    (ifNull(trade.trade_type = 'step', false) OR trade.deposit_paid_at IS NOT NULL)::Bool AS presale,
    (trade.created_at IS NULL)::Bool AS first_seen_midlife,
    trade.created_at AS created_at,
    trade.deposit_paid_at AS deposit_paid_at,
    trade.paid_at AS paid_at,
    trade.shipped_at AS shipped_at,
    trade.finished_at AS finished_at,
    trade.closed_at AS closed_at,
    trade.rated_at AS rated_at,
    if(payment.payment_scope = '', NULL, payment.amount) AS amount,
    payment.payment_scope AS payment_scope,
    trade.lines AS lines,
    trade.num_iids AS num_iids
FROM
(
    SELECT
        min(s.day) AS day,
        s.tid AS tid,
        max(s.seller_id) AS seller_id,
        max(s.seller_nick) AS seller_nick,
        max(s.buyer_nick) AS buyer_nick,
        max(s.buyer_open_uid) AS buyer_open_uid,
        max(s.trade_type) AS trade_type,
        argMaxMerge(s.status) AS status,
        argMaxMerge(s.memo_flag) AS memo_flag,
        ifNull(argMaxMerge(s.has_memo), false) AS has_memo,
        min(s.created_at) AS created_at,
        min(s.deposit_paid_at) AS deposit_paid_at,
        coalesce(min(s.paid_at), min(s.line_paid_at)) AS paid_at,
        min(s.shipped_at) AS shipped_at,
        -- What ended one line ends the trade only with all the others.
        groupUniqArrayArray(s.oids) AS oids,
        -- By line, then time: of each line the first stays.
        arraySort(groupUniqArrayArray(s.line_ends)) AS ends,
        arrayCompact(one -> one.line, arrayFilter(one -> one.outcome = 1, ends)) AS successes,
        arrayCompact(one -> one.line, arrayFilter(one -> one.outcome = 2, ends)) AS closings,
        length(oids) AS known,
        coalesce(
            min(s.finished_at),
            if(notEmpty(successes) AND length(arrayCompact(one -> one.line, ends)) = known,
                arrayMax(one -> one.at, successes), NULL)
        ) AS finished_at,
        coalesce(
            min(s.closed_at),
            if(notEmpty(closings) AND length(closings) = known, arrayMax(one -> one.at, closings), NULL)
        ) AS closed_at,
        min(s.rated_at) AS rated_at,
        greatest(1, known)::UInt32 AS lines,
        arraySort(if(empty(oids), groupUniqArrayArray(s.trade_num_iids), groupUniqArrayArray(s.num_iids))) AS num_iids
    FROM juliu_store.orders_state AS s
    GROUP BY s.tid
) AS trade
LEFT JOIN juliu.trade_payments AS payment ON payment.tid = trade.tid
SETTINGS join_use_nulls = 0
COMMENT '订单归并 — one row per order by its trade messages alone; storage only, ask juliu.orders';

CREATE OR REPLACE VIEW juliu.orders {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: trade_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: trade_events.seller_nick',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked to its first character and **; source: trade_events.buyer_nick',
    buyer_open_uid Nullable(String) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: trade_events.buyer_open_uid',
    trade_type Nullable(String) COMMENT '交易类型 — type of trade, e.g. guarantee_trade; source: trade_events.trade_type',
    status Nullable(String) COMMENT '交易状态 — last known status; source: trade_events.status',
    memo_flag Nullable(Int32) COMMENT '卖家备注旗帜 — last known colour of the memo flag; source: trade_events.seller_flag',
    has_memo Bool COMMENT '有卖家备注 — whether the last known memo of the seller has text; source: trade_events.seller_memo',
    presale Bool COMMENT '预售 — paid in steps: trade type step, or a deposit was paid; source: trade_events.trade_type, event',
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: trade_events.event',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '创建时间 — first created, alipay_created or created_delayed; UTC+8; source: trade_events.publish_time',
    deposit_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付定金时间 — first deposit_paid; UTC+8; source: trade_events.publish_time',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first paid (of a presale: the final payment), else first line_paid; UTC+8; source: trade_events.publish_time',
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first shipped; UTC+8; source: trade_events.publish_time',
    finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '交易成功时间 — first succeeded or succeeded_delayed of the whole trade, else when the last line known that was neither closed nor refunded succeeded; UTC+8; source: trade_events.publish_time',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first closed of the whole trade, else when the last of all lines known was closed; UTC+8; source: trade_events.publish_time',
    rated_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家评价时间 — first rated by the buyer, or rated_out; UTC+8; source: trade_events.publish_time',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order by the rule of juliu.trade_payments; a lower bound when payment_scope is unknown; NULL when no payment was seen; unit: CNY yuan; source: trade_events.payment',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; empty when no payment was seen; source: juliu.trade_payments',
    lines UInt32 COMMENT '子订单数 — order lines known, at least 1; source: trade_events.oid',
    num_iids Array(Int64) COMMENT '商品编号 — items of its lines as far as messages named them, sorted; source: trade_events.num_iid',
    refunded Decimal(38, 2) COMMENT '已退金额 — sum of the amounts of its refunds that succeeded; unit: CNY yuan; source: refund_events.refund_fee',
    refund_open_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款申请时间 — first creation of a refund of the order; UTC+8; source: refund_events.modified, else publish_time',
    refunds UInt32 COMMENT '退款数 — refunds known of the order; source: refund_events.refund_id',
    refunds_succeeded UInt32 COMMENT '成功退款数 — refunds of the order that succeeded (succeeded_at is known); source: refund_events',
    fully_refunded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '全额退款时间 — when the last refund succeeded, if the refunds reach the amount paid, and that is above 0 and no lower bound (payment_scope line or trade); UTC+8; source: refund_events.modified, else publish_time',
    left_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退出时间 — earlier of closed_at and fully_refunded_at: from then on no milestone is owed; UTC+8; source: derived',
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised time of delivery; NULL without a dimension file; UTC+8; source: order_dimensions',
    send_type Nullable(String) COMMENT '发货方式 — how it was sent, e.g. offline; NULL without a dimension file; source: order_dimensions',
    province Nullable(String) COMMENT '收货省份 — province of the receiver; NULL without a dimension file; source: order_dimensions'
)
{{view_security}}
AS
WITH
    -- An amount that is only a lower bound is never known to be all back.
    if(trade.payment_scope NOT IN ('', 'unknown') AND trade.amount > 0 AND refund.refunded >= trade.amount,
        refund.last_succeeded_at, NULL) AS all_back_at
SELECT
    trade.tid AS tid,
    trade.seller_id AS seller_id,
    trade.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    trade.buyer_open_uid AS buyer_open_uid,
    trade.trade_type AS trade_type,
    trade.status AS status,
    trade.memo_flag AS memo_flag,
    trade.has_memo AS has_memo,
    trade.presale AS presale,
    trade.first_seen_midlife AS first_seen_midlife,
    trade.created_at AS created_at,
    trade.deposit_paid_at AS deposit_paid_at,
    trade.paid_at AS paid_at,
    trade.shipped_at AS shipped_at,
    trade.finished_at AS finished_at,
    trade.closed_at AS closed_at,
    trade.rated_at AS rated_at,
    trade.amount AS amount,
    trade.payment_scope AS payment_scope,
    trade.lines AS lines,
    trade.num_iids AS num_iids,
    refund.refunded AS refunded,
    refund.refund_open_at AS refund_open_at,
    refund.refunds AS refunds,
    refund.refunds_succeeded AS refunds_succeeded,
    all_back_at AS fully_refunded_at,
    least(ifNull(trade.closed_at, all_back_at), ifNull(all_back_at, trade.closed_at)) AS left_at,
    known.promised_at AS promised_at,
    known.send_type AS send_type,
    known.province AS province
FROM juliu_store.resolved_orders AS trade
LEFT JOIN juliu_store.refunds_by_trade AS refund ON refund.tid = trade.tid
LEFT JOIN juliu.order_dimensions AS known ON known.tid = trade.tid
SETTINGS join_use_nulls = 0
COMMENT '订单 — every order as it stands now, one row per tid';
