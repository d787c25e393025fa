-- One resolved row per purchase order, written by the job `purchases` alone, from the state tables.
--
-- Engine: MergeTree whose partitions the job replaces as a whole; on a cluster one replicated table on all shards, so
-- that a replacement is one statement.
-- Sort key: the purchase order. Partitions: the day of its first message, which later messages do not move; what changes
-- is recomputed as a whole partition. Questions are about the days of milestones: those have minmax indexes.
-- No TTL: the job drops what its inputs no longer hold.

CREATE TABLE IF NOT EXISTS juliu_store.purchase_facts {{on_cluster}}
(
    day Date COMMENT '首见日期 — day of the first message known of the purchase order; UTC+8; source: distribution_events.publish_time' CODEC(ZSTD(1)),
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: distribution_events.event',
    purchase_id String COMMENT '采购单号 — id of the purchase order as text; source: distribution_events.fenxiao_id, in home decoration purchase_id' CODEC(ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — subscribed seller, whichever side it is; source: distribution_events.seller_id' CODEC(ZSTD(1)),
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the subscribed seller; source: distribution_events.seller_nick' CODEC(ZSTD(1)),
    distributor Nullable(String) COMMENT '分销商 — nick of the distributor, in home decoration its shop; source: distribution_events.distributor_username, distributor_shop_name' CODEC(ZSTD(1)),
    supplier Nullable(String) COMMENT '供应商 — nick of the supplier, in home decoration its shop; source: distribution_events.supplier_username, supplier_shop_name' CODEC(ZSTD(1)),
    tc_order_id Nullable(Int64) COMMENT '下游主订单号 — id of the consumer order, equals tid of juliu.orders; NULL for dealers, and where neither the order’s messages nor its refunds’ carry it; source: distribution_events.tc_order_id' CODEC(ZSTD(1)),
    trade_type Nullable(String) COMMENT '分销方式 — AGENT, DEALER …, last known; source: distribution_events.trade_type' CODEC(ZSTD(1)),
    amount Nullable(Decimal(18, 2)) COMMENT '采购金额 — payment of the distributor, last known; NULL = no message carried it (home decoration never does); unit: CNY yuan; source: distribution_events.distributor_payment' CODEC(ZSTD(1)),
    adjust_fee Nullable(Decimal(18, 2)) COMMENT '手工调整金额 — adjustment by hand, last known; unit: CNY yuan; source: distribution_events.adjust_fee' CODEC(ZSTD(1)),
    post_fee Nullable(Decimal(18, 2)) COMMENT '邮费 — postage, last known; unit: CNY yuan; source: distribution_events.post_fee' CODEC(ZSTD(1)),
    status Nullable(String) COMMENT '采购单状态 — status as the API names it, last known; source: distribution_events.order_status' CODEC(ZSTD(1)),
    logistics_company Nullable(String) COMMENT '物流公司 — name of the carrier, last known; source: distribution_events.logistics_company_name' CODEC(ZSTD(1)),
    logistics_id Nullable(String) COMMENT '运单号 — waybill number, last known; source: distribution_events.logistics_id' CODEC(ZSTD(1)),
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '创建时间 — when it was created; NULL = before the subscription; UTC+8; source: events order_created, dealer_created, purchase_created' CODEC(ZSTD(1)),
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first known to be paid; UTC+8; source: first message with status WAIT_SELLER_SEND_GOODS' CODEC(ZSTD(1)),
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first known to be shipped; UTC+8; source: first message with status WAIT_BUYER_CONFIRM_GOODS' CODEC(ZSTD(1)),
    finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '完成时间 — first known to be finished; UTC+8; source: first message with status TRADE_FINISHED, or dealer_confirmed' CODEC(ZSTD(1)),
    settled_at Nullable(DateTime('Asia/Shanghai')) COMMENT '结算时间 — settled between distributor and supplier; UTC+8; source: event order_settled' CODEC(ZSTD(1)),
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first known to be closed; UTC+8; source: first message with status TRADE_CLOSED' CODEC(ZSTD(1)),
    refunds UInt32 COMMENT '退款数 — refunds of its lines, or reverse orders; source: purchase_refunds_state' CODEC(ZSTD(1)),
    refunds_succeeded UInt32 COMMENT '退款成功数 — of them, those that were paid back; source: purchase_refunds_state' CODEC(ZSTD(1)),
    refund_status Nullable(String) COMMENT '退款状态 — of the refund created last: INIT, AGREE, GOODS_REFUSED, REFUND, SETTLE or CLOSED; NULL = no refund; source: purchase_refunds_state' CODEC(ZSTD(1)),
    refund_fee Decimal(38, 2) COMMENT '退款金额 — asked back in refunds that were not closed, last known amounts; unit: CNY yuan; source: distribution_events.refund_fee' CODEC(ZSTD(1)),
    refunded Decimal(38, 2) COMMENT '已退款金额 — of it, in refunds that were paid back; unit: CNY yuan; source: distribution_events.refund_fee' CODEC(ZSTD(1)),
    refund_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次申请退款时间 — first refund created; UTC+8; source: events refund_created, reverse_created' CODEC(ZSTD(1)),
    refund_succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款成功时间 — first refund paid back; UTC+8; source: event refund_succeeded, status REFUND or SETTLE of a reverse order' CODEC(ZSTD(1)),
    refund_steps Array(Tuple(at DateTime('Asia/Shanghai'), fee Decimal(18, 2))) COMMENT '退款到账 — (at, fee) of each refund that was paid back, by time: when, UTC+8, and its last known amount, CNY yuan; source: purchase_refunds_state' CODEC(ZSTD(1)),
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: distribution_events.event',
    last_message_at DateTime('Asia/Shanghai') COMMENT '最后消息时间 — latest publication about the purchase order itself; UTC+8; source: distribution_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tc_order_id tc_order_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_created_at created_at TYPE minmax GRANULARITY 1,
    INDEX ix_paid_at paid_at TYPE minmax GRANULARITY 1,
    INDEX ix_refund_created_at refund_created_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
PARTITION BY day
ORDER BY (model, purchase_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1{{replicated_settings}}
COMMENT '采购单事实 — one resolved row per purchase order, recomputed by the job purchases';

CREATE OR REPLACE VIEW juliu.purchase_facts {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.purchase_facts
COMMENT '采购单事实 — one resolved row per purchase order, recomputed by the job purchases';
