-- Distribution messages (分销), typed: purchase orders between distributors and suppliers.
--
-- Engine: ReplacingMergeTree by version, so that copies of a message leave one row, the same whatever arrived last.
-- Sort key and partitions: as in trade_events and for the same reasons (whole second of publish_time, topic, event_id;
-- months of publish_time): values every copy carries alike, time first, all copies in one partition.
-- fenxiao_id and sub_order_id are text: the platform sends them as text in some topics and as numbers in others.
-- Skip indexes: the ids purchase orders are looked up by; stored_at for watermarks.

CREATE TABLE IF NOT EXISTS juliu_store.distribution_events{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_fenxiao_FxOrderPaid; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, the order ids, created and modified; of events that may repeat also of their state and the second of publication' CODEC(ZSTD(1)),
    fenxiao_id String COMMENT '采购单号 — id of the purchase order as text; empty when absent; source: content.fenxiao_id' CODEC(ZSTD(1)),
    sub_order_id String COMMENT '子采购单号 — id of the purchase order line as text; empty when absent; source: content.sub_order_id' CODEC(ZSTD(1)),
    tc_order_id Nullable(Int64) COMMENT '下游主订单号 — id of the consumer order; source: content.tc_order_id',
    tc_sub_order_id Nullable(Int64) COMMENT '下游子订单号 — id of the consumer order line; source: content.tc_sub_order_id',
    purchase_id Nullable(Int64) COMMENT '家装采购单号 — id of the purchase order in home decoration; source: content.purchase_id',
    purchase_reverse_id Nullable(Int64) COMMENT '家装采购逆向单号 — id of the reverse purchase order in home decoration; source: content.purchase_reverse_id',
    distributor_username Nullable(String) COMMENT '分销商 — nick of the distributor; source: content.distributor_username' CODEC(ZSTD(1)),
    supplier_username Nullable(String) COMMENT '供应商 — nick of the supplier; source: content.supplier_username' CODEC(ZSTD(1)),
    distributor_shop_name Nullable(String) COMMENT '分销商店铺 — shop of the distributor; source: content.distributor_shop_name' CODEC(ZSTD(1)),
    supplier_shop_name Nullable(String) COMMENT '供应商店铺 — shop of the supplier; source: content.supplier_shop_name' CODEC(ZSTD(1)),
    distributor_payment Nullable(Decimal(18, 2)) COMMENT '分销商实付 — paid by the distributor; unit: CNY yuan; source: content.distributor_payment',
    adjust_fee Nullable(Decimal(18, 2)) COMMENT '手工调整金额 — adjustment by hand; unit: CNY yuan; source: content.adjust_fee',
    post_fee Nullable(Decimal(18, 2)) COMMENT '邮费 — postage; unit: CNY yuan; source: content.post_fee',
    refund_fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount refunded; unit: CNY yuan; source: content.refund_fee',
    refund_flow_type Nullable(Int32) COMMENT '退款流程类型 — 4 before shipping, 1 shipped without return, 2 shipped with return, 3 after completion; source: content.refund_flow_type',
    status Nullable(String) COMMENT '原始状态 — status as sent; source: content.status' CODEC(ZSTD(1)),
    order_status Nullable(String) COMMENT '采购单状态 — status of the purchase order as the API names it; source: derived from topic' CODEC(ZSTD(1)),
    trade_type Nullable(String) COMMENT '分销方式 — AGENT, DEALER …; source: content.trade_type' CODEC(ZSTD(1)),
    shipping Nullable(String) COMMENT '物流方式 — FAST, EMS, ORDINARY or SELLER; source: content.shipping' CODEC(ZSTD(1)),
    logistics_company_name Nullable(String) COMMENT '物流公司 — name of the carrier; source: content.logistics_company_name' CODEC(ZSTD(1)),
    logistics_id Nullable(String) COMMENT '运单号 — waybill number; source: content.logistics_id' CODEC(ZSTD(1)),
    alipay_no Nullable(String) COMMENT '支付宝交易号 — Alipay trade number; source: content.alipay_no' CODEC(ZSTD(1)),
    created Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '创建时间 — when the purchase order was created; UTC+8; source: content.created',
    modified Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '修改时间 — when the purchase order was changed; UTC+8; source: content.modified',
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_fenxiao_id fenxiao_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_sub_order_id sub_order_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tc_order_id tc_order_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '分销消息 — one row per distribution message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.distribution_events {{on_cluster}} AS juliu_store.distribution_events_local
ENGINE = Distributed({{cluster}}, juliu_store, distribution_events_local, cityHash64(event_id))
COMMENT '分销消息 — one row per distribution message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.distribution_events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.distribution_events FINAL
COMMENT '分销消息 — one row per distribution message';
