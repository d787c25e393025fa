-- Refund messages (退款), typed; the content has no status, the topic is the status.
--
-- Engine: ReplacingMergeTree by version, so that copies of a message leave one row, the same whatever arrived last.
-- Sort key and partitions: as in trade_events and for the same reasons (whole second of publish_time, topic, event_id;
-- months of publish_time): values every copy carries alike, time first, all copies in one partition.
-- Skip indexes: the ids refunds are looked up by; stored_at for watermarks.

CREATE TABLE IF NOT EXISTS juliu_store.refund_events{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_refund_RefundCreated; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, refund_id, tid, oid, record_id, out_order_id, modified and biz_status; of events that may repeat also of their state and the second of publication' CODEC(ZSTD(1)),
    refund_id Nullable(Int64) COMMENT '退款编号 — id of the refund; source: content.refund_id, redund_id (sic) or refund_order_id',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: content.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line; source: content.oid',
    record_id Nullable(Int64) COMMENT '挽回记录编号 — id of the retrieval record; source: content.record_id',
    out_order_id Nullable(String) COMMENT '外部订单号 — outer order number; source: content.out_order_id' CODEC(ZSTD(1)),
    refund_status Nullable(String) COMMENT '退款状态 — status as the API names it, e.g. WAIT_SELLER_AGREE; source: derived from topic' CODEC(ZSTD(1)),
    refund_status_raw Nullable(String) COMMENT '原始退款状态 — status as sent; source: content.refund_status' CODEC(ZSTD(1)),
    refund_phase Nullable(String) COMMENT '退款阶段 — onsale (售中) or aftersale (售后); source: content.refund_phase' CODEC(ZSTD(1)),
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill; source: content.bill_type' CODEC(ZSTD(1)),
    refund_fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount to refund; unit: CNY yuan; source: content.refund_fee',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked to its first character and **; source: content.buyer_nick' CODEC(ZSTD(1)),
    buyer_open_uid Nullable(String) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: content.buyer_open_uid' CODEC(ZSTD(1)),
    modified Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '修改时间 — business time of the change; UTC+8; source: content.modified or modified_time',
    biz_status Nullable(Int32) COMMENT '挽回状态 — status of the retrieval; source: content.biz_status',
    biz_status_desc Nullable(String) COMMENT '挽回状态说明 — status of the retrieval in words; source: content.biz_status_desc' CODEC(ZSTD(1)),
    buyer_option_code Nullable(String) COMMENT '买家选项编码 — code of what the buyer chose; source: content.buyer_option_code' CODEC(ZSTD(1)),
    buyer_option_name Nullable(String) COMMENT '买家选项 — what the buyer chose; source: content.buyer_option_name' CODEC(ZSTD(1)),
    buyer_select_time Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '买家选择时间 — when the buyer chose; UTC+8; source: content.buyer_select_time',
    strategy_id Nullable(String) COMMENT '挽回策略编号 — id of the retrieval strategy; source: content.strategy_id' CODEC(ZSTD(1)),
    strategy_name Nullable(String) COMMENT '挽回策略 — name of the retrieval strategy; source: content.strategy_name' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_refund_id refund_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_oid oid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '退款消息 — one row per refund message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.refund_events {{on_cluster}} AS juliu_store.refund_events_local
ENGINE = Distributed({{cluster}}, juliu_store, refund_events_local, cityHash64(event_id))
COMMENT '退款消息 — one row per refund message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.refund_events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.refund_events FINAL
COMMENT '退款消息 — one row per refund message';
