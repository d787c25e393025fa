-- Item messages (商品), typed.
--
-- Engine: ReplacingMergeTree by version, so that copies of a message leave one row, the same whatever arrived last.
-- Sort key and partitions: as in trade_events and for the same reasons (whole second of publish_time, topic, event_id;
-- months of publish_time): values every copy carries alike, time first, all copies in one partition.
-- One edit publishes several messages in one second in varying order; only event_id tells them apart, so it must be in
-- the sort key.
-- Skip indexes: the ids items are looked up by; stored_at for watermarks.

CREATE TABLE IF NOT EXISTS juliu_store.item_events{{local}} {{on_cluster}}
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_item_ItemUpdate; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, num_iid, sku_id, tb_order_id, msg_id and trace_id; of events that may repeat also of their state and the second of publication' CODEC(ZSTD(1)),
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; source: content.num_iid, item_id or platform_item_id',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — id of the SKU; source: content.sku_id',
    tb_order_id Nullable(String) COMMENT '淘宝订单号 — order number of ReserveCardIdentify; source: content.tb_order_id' CODEC(ZSTD(1)),
    price Nullable(Decimal(18, 2)) COMMENT '价格 — price; unit: CNY yuan; source: content.price',
    num Nullable(Int64) COMMENT '库存 — stock after the change; unit: pieces; source: content.num',
    increment Nullable(Int64) COMMENT '库存变化 — change of stock, negative when it fell; unit: pieces; source: content.increment',
    sku_num Nullable(Int64) COMMENT 'SKU 库存 — stock of the SKU after the change; unit: pieces; source: content.sku_num',
    status Nullable(String) COMMENT '商品状态 — status as sent, its values are not documented; source: content.status' CODEC(ZSTD(1)),
    title Nullable(String) COMMENT '商品标题 — title as sent, HTML entities kept; source: content.title' CODEC(ZSTD(1)),
    changed_fields Array(String) COMMENT '变更字段 — names of the changed fields; empty when none or absent (changed_fields_raw tells which); source: content.changed_fields',
    changed_fields_raw Nullable(String) COMMENT '变更字段原文 — changed_fields as sent: NULL = absent, empty text = sent empty; source: content.changed_fields' CODEC(ZSTD(1)),
    item_type Nullable(Int32) COMMENT '商品类型 — type of item; source: content.item_type',
    biz_type Nullable(String) COMMENT '业务类型 — business type; source: content.biz_type' CODEC(ZSTD(1)),
    message_type Nullable(String) COMMENT '消息类型 — type of message; source: content.message_type' CODEC(ZSTD(1)),
    msg_id Nullable(String) COMMENT '消息编号 — message number in the content; source: content.msg_id' CODEC(ZSTD(1)),
    audit_result Nullable(Bool) COMMENT '审核结果 — true = the item passed the audit; source: content.audit_result',
    audit_message Nullable(String) COMMENT '审核说明 — result of the audit in words, personal data masked; source: content.message' CODEC(ZSTD(1)),
    detail_url Nullable(String) COMMENT '详情链接 — page with details; source: content.detail_url' CODEC(ZSTD(1)),
    trace_id Nullable(String) COMMENT '跟踪编号 — trace id of the audit; source: content.trace_id' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_num_iid num_iid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_sku_id sku_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '商品消息 — one row per item message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.item_events {{on_cluster}} AS juliu_store.item_events_local
ENGINE = Distributed({{cluster}}, juliu_store, item_events_local, cityHash64(event_id))
COMMENT '商品消息 — one row per item message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.item_events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.item_events FINAL
COMMENT '商品消息 — one row per item message';
