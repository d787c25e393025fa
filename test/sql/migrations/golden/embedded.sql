-- 0001-bookkeeping.sql

CREATE DATABASE IF NOT EXISTS juliu_store;

CREATE DATABASE IF NOT EXISTS juliu;

CREATE TABLE IF NOT EXISTS juliu_store.schema_migrations
(
    version String COMMENT 'operational: 迁移编号 — number of the migration, four digits; source: file name',
    name String COMMENT 'operational: 迁移名称 — name of the migration; source: file name',
    checksum String COMMENT 'operational: 校验和 — SHA-256 (hex) of the file before its places are filled',
    statements UInt32 COMMENT 'operational: 语句数 — number of statements it ran on this store',
    duration_ms UInt32 COMMENT 'operational: 耗时 — duration of applying it; unit: milliseconds',
    juliu_version String COMMENT 'operational: 程序版本 — juliu that applied it',
    engine_version String COMMENT 'operational: 引擎版本 — newest ClickHouse engine known to have opened the data since; rewritten in the last row when a newer engine applies',
    applied_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 执行时间 — when it was applied, clock of the store; UTC+8',
    recorded_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 记录时间 — when this row was written; the latest row of a version wins; UTC+8'
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 结构迁移记录 — applied migrations, one row each';

CREATE OR REPLACE VIEW juliu.schema_migrations
AS SELECT * EXCEPT (recorded_at) FROM juliu_store.schema_migrations FINAL
COMMENT 'operational: 结构迁移记录 — applied migrations, one row each';

-- 0002-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.events
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; source: envelope outgoing_id or id, else h: and a 128-bit hash of the raw body' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_trade_TradeCreate; source: envelope topic',
    family LowCardinality(String) COMMENT '业务族 — trade, refund, item, logistics, review, distribution or unknown; source: derived from topic',
    user_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; NULL for messages to the app; source: envelope user_id',
    user_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick' CODEC(ZSTD(1)),
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    content String COMMENT '消息内容 — the content as JSON, ids exact, personal data in free text masked; source: envelope content' CODEC(ZSTD(1)),
    extra String COMMENT '未知信封字段 — JSON object of envelope keys juliu does not know, {} when none; source: envelope' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 接收时间 — when juliu received this copy; UTC+8' CODEC(Delta(8), ZSTD(1)),
    source LowCardinality(String) COMMENT 'operational: 来源 — source this copy came through',
    position String COMMENT 'operational: 位置 — place of this copy in its source' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (topic, toStartOfSecond(publish_time), event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '消息 — every message with an envelope, as received';

CREATE OR REPLACE VIEW juliu.events
AS SELECT * EXCEPT (version) FROM juliu_store.events FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1
COMMENT '消息 — every message with an envelope, as received, one row per message';

-- 0003-dead-letters.sql

CREATE TABLE IF NOT EXISTS juliu_store.dead_letters
(
    identity String COMMENT '死信标识 — identity of the message: outgoing_id or id when readable, else h: and a 128-bit hash of the raw body' CODEC(ZSTD(1)),
    reason LowCardinality(String) COMMENT '原因 — stable name of why it could not be stored, e.g. not_json, publish_time_missing',
    body String COMMENT 'storage only: 原始内容 — raw bytes of the body, not masked; the only raw copy in the store' CODEC(ZSTD(1)),
    detail String COMMENT '细节 — the offending token or size; never text of the message' CODEC(ZSTD(1)),
    source LowCardinality(String) COMMENT 'operational: 来源 — source this copy came through',
    position String COMMENT 'operational: 位置 — place of this copy in its source' CODEC(ZSTD(1)),
    received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 接收时间 — when juliu received this copy; UTC+8',
    retried_at Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 重试时间 — when dead-letters retry stored the message after all; NULL = still dead; UTC+8',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies; hash of the body, plus 2^52 once retried',
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (identity, reason)
TTL received_at + toIntervalDay(14)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '死信 — messages that could not be stored, with reason and raw body';

CREATE OR REPLACE VIEW juliu.dead_letters
AS SELECT * EXCEPT (version, body) FROM juliu_store.dead_letters FINAL
COMMENT '死信 — messages that could not be stored, and why; the raw body is left out';

-- 0004-trade-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.trade_events
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_trade_TradeBuyerPay; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, tid, oid, refund_id, modified and a digest of seller_memo; of events that may repeat also of their state and the second of publication' CODEC(ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade (order); source: content.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line; equals tid, or is absent, when the message speaks of the whole trade; source: content.oid',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; source: content.iid or num_iid',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — id of the SKU; source: content.sku_id',
    refund_id Nullable(Int64) COMMENT '退款编号 — id of the refund; source: content.refund_id',
    fenxiao_id String COMMENT '分销采购单号 — id of the purchase order as text; empty when absent; source: content.fenxiao_id' CODEC(ZSTD(1)),
    sub_order_id String COMMENT '分销子采购单号 — id of the purchase order line as text; empty when absent; source: content.sub_order_id' CODEC(ZSTD(1)),
    tc_order_id Nullable(Int64) COMMENT '下游主订单号 — id of the consumer order; source: content.tc_order_id',
    status Nullable(String) COMMENT '交易状态 — trade status as sent, e.g. WAIT_SELLER_SEND_GOODS; source: content.status' CODEC(ZSTD(1)),
    trade_type Nullable(String) COMMENT '交易类型 — type of trade, e.g. guarantee_trade; source: content.type' CODEC(ZSTD(1)),
    payment Nullable(Decimal(18, 2)) COMMENT '实付金额 — amount paid, of the line or of the whole trade (payment_scope; juliu.trade_payments resolves it; do not sum it); unit: CNY yuan; source: content.payment',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — trade when the message has no line of its own (oid absent or equal to tid), else unknown; source: derived',
    price Nullable(Decimal(18, 2)) COMMENT '单价 — price; unit: CNY yuan; source: content.price',
    post_fee Nullable(Decimal(18, 2)) COMMENT '邮费 — postage; unit: CNY yuan; source: content.post_fee',
    refund_fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount refunded; unit: CNY yuan; source: content.refund_fee',
    adjust_fee Nullable(Decimal(18, 2)) COMMENT '手工调整金额 — adjustment by hand; unit: CNY yuan; source: content.adjust_fee',
    distributor_payment Nullable(Decimal(18, 2)) COMMENT '分销商实付 — paid by the distributor; unit: CNY yuan; source: content.distributor_payment',
    num Nullable(Int32) COMMENT '数量 — quantity; unit: pieces; source: content.num',
    increment Nullable(Int32) COMMENT '数量变化 — change of quantity; unit: pieces; source: content.increment',
    sku_num Nullable(Int32) COMMENT 'SKU 数量 — quantity of the SKU; unit: pieces; source: content.sku_num',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked to its first character and **; source: content.buyer_nick' CODEC(ZSTD(1)),
    buyer_open_uid Nullable(String) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: content.buyer_open_uid' CODEC(ZSTD(1)),
    seller_open_uid Nullable(String) COMMENT '卖家 OpenUID — stable key of the seller within one app; source: content.seller_open_uid' CODEC(ZSTD(1)),
    rater Nullable(String) COMMENT '评价人 — who rated: buyer, seller or unknown; source: content.rater' CODEC(ZSTD(1)),
    action_type Nullable(String) COMMENT '备注修改方 — who changed the memo: buyer, seller or other; source: content.action_type' CODEC(ZSTD(1)),
    seller_flag Nullable(Int32) COMMENT '卖家备注旗帜 — colour of the memo flag; source: content.seller_flag',
    seller_memo Nullable(String) COMMENT '卖家备注 — memo of the seller, personal data masked; source: content.seller_memo' CODEC(ZSTD(1)),
    refund_phase Nullable(String) COMMENT '退款阶段 — onsale or aftersale; source: content.refund_phase' CODEC(ZSTD(1)),
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill; source: content.bill_type' CODEC(ZSTD(1)),
    third_party_status Nullable(Int32) COMMENT '第三方状态 — status of the open trade push; source: content.third_party_status',
    user_type Nullable(Int32) COMMENT '用户类型 — type of user of TradeRatedOut; source: content.user_type',
    distributor_username Nullable(String) COMMENT '分销商 — nick of the distributor; source: content.distributor_username' CODEC(ZSTD(1)),
    supplier_username Nullable(String) COMMENT '供应商 — nick of the supplier; source: content.supplier_username' CODEC(ZSTD(1)),
    distribution_type Nullable(String) COMMENT '分销方式 — AGENT, DEALER …; source: content.trade_type' CODEC(ZSTD(1)),
    logistics_id Nullable(String) COMMENT '运单号 — waybill number of the purchase order; source: content.logistics_id' CODEC(ZSTD(1)),
    shipping Nullable(String) COMMENT '物流方式 — shipping method; source: content.shipping' CODEC(ZSTD(1)),
    alipay_no Nullable(String) COMMENT '支付宝交易号 — Alipay trade number; source: content.alipay_no' CODEC(ZSTD(1)),
    changed_fields Array(String) COMMENT '变更字段 — names of the changed fields; source: content.changed_fields, comma separated',
    title Nullable(String) COMMENT '商品标题 — title of the item as sent, HTML entities kept; source: content.title' CODEC(ZSTD(1)),
    subject Nullable(String) COMMENT '主题 — subject of the refund message, personal data masked; source: content.subject' CODEC(ZSTD(1)),
    note Nullable(String) COMMENT '内容 — text of the refund message, personal data masked; source: content.content' CODEC(ZSTD(1)),
    store_code Nullable(String) COMMENT '仓库编码 — code of the warehouse; source: content.store_code' CODEC(ZSTD(1)),
    modified Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '修改时间 — time of the change; UTC+8; source: content.modified',
    end_time Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '结束时间 — when the trade ended; UTC+8; source: content.end_time',
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_oid oid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_num_iid num_iid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '交易消息 — one row per trade message';

CREATE OR REPLACE VIEW juliu.trade_events
AS SELECT * EXCEPT (version) FROM juliu_store.trade_events FINAL
COMMENT '交易消息 — one row per trade message';

-- 0005-refund-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.refund_events
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
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '退款消息 — one row per refund message';

CREATE OR REPLACE VIEW juliu.refund_events
AS SELECT * EXCEPT (version) FROM juliu_store.refund_events FINAL
COMMENT '退款消息 — one row per refund message';

-- 0006-item-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.item_events
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
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '商品消息 — one row per item message';

CREATE OR REPLACE VIEW juliu.item_events
AS SELECT * EXCEPT (version) FROM juliu_store.item_events FINAL
COMMENT '商品消息 — one row per item message';

-- 0007-logistics-traces.sql

CREATE TABLE IF NOT EXISTS juliu_store.logistics_traces
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_logistics_LogsticDetailTrace; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, tid, out_sid, excep_id, msg_id, action, action_time and a digest of description' CODEC(ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: content.tid',
    out_sid String COMMENT '运单号 — waybill number; empty when absent; source: content.out_sid or mail_no' CODEC(ZSTD(1)),
    company_name Nullable(String) COMMENT '物流公司 — name of the carrier; source: content.company_name' CODEC(ZSTD(1)),
    cp_code Nullable(String) COMMENT '物流公司编码 — code of the carrier; source: content.cp_code' CODEC(ZSTD(1)),
    action Nullable(String) COMMENT '原始动作 — step as sent, an open list (GOT, TMS_SIGN …); source: content.action or status_code' CODEC(ZSTD(1)),
    stage LowCardinality(String) COMMENT '节点 — step normalised: created consigned picked_up arrived departed destination_city out_for_delivery signed failed rejected returned lost handed_over exception other; empty when the message has no action; source: derived',
    action_time Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '动作时间 — when the step happened; UTC+8; source: content.time, occur_time or create_time',
    description Nullable(String) COMMENT '描述 — text of the carrier, personal data masked; source: content.desc or logistics_detail_description' CODEC(ZSTD(1)),
    seller_open_uid Nullable(String) COMMENT '卖家 OpenUID — stable key of the seller within one app; source: content.seller_open_uid' CODEC(ZSTD(1)),
    excep_id Nullable(String) COMMENT '异常编号 — id of the exception; source: content.excep_id' CODEC(ZSTD(1)),
    exception_type Nullable(String) COMMENT '异常类型 — type of the exception; source: content.exception_type' CODEC(ZSTD(1)),
    exception_code Nullable(String) COMMENT '异常编码 — code of the exception; source: content.exception_code' CODEC(ZSTD(1)),
    sub_exception_code Nullable(String) COMMENT '子异常编码 — sub-code of the exception; source: content.sub_exception_code' CODEC(ZSTD(1)),
    detail_type Nullable(String) COMMENT '明细类型 — kind of detail of the exception; source: content.detail_type' CODEC(ZSTD(1)),
    compensate_amount Nullable(Decimal(18, 2)) COMMENT '赔付金额 — compensation; unit: CNY yuan; source: content.compensate_amount',
    over_time Nullable(String) COMMENT '超时 — overtime as sent; source: content.over_time' CODEC(ZSTD(1)),
    msg_id Nullable(String) COMMENT '消息编号 — message number in the content; source: content.msg_id' CODEC(ZSTD(1)),
    trade_details Nullable(String) COMMENT '订单明细 — trades of the exception as sent, personal data masked; source: content.trade_details' CODEC(ZSTD(1)),
    mail_details Nullable(String) COMMENT '运单明细 — waybills of the exception as sent, personal data masked; source: content.mail_details' CODEC(ZSTD(1)),
    note Nullable(String) COMMENT '内容 — text of a parcel shipped outside Taobao logistics, personal data masked; source: content.content' CODEC(ZSTD(1)),
    collected_stop_warn_value Nullable(String) COMMENT '揽收停滞预警值 — warning threshold: stuck after pick-up; as sent; source: content.collected_stop_warn_value' CODEC(ZSTD(1)),
    consign_delay_warn_value Nullable(String) COMMENT '发货延迟预警值 — warning threshold: late dispatch; as sent; source: content.consign_delay_warn_value' CODEC(ZSTD(1)),
    consign_fake_warn_value Nullable(String) COMMENT '虚假发货预警值 — warning threshold: false dispatch; as sent; source: content.consign_fake_warn_value' CODEC(ZSTD(1)),
    deliverying_stop_warn_value Nullable(String) COMMENT '派送停滞预警值 — warning threshold: stuck in delivery; as sent; source: content.deliverying_stop_warn_value' CODEC(ZSTD(1)),
    transporting_stop_warn_value Nullable(String) COMMENT '运输停滞预警值 — warning threshold: stuck in transport; as sent; source: content.transporting_stop_warn_value' CODEC(ZSTD(1)),
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '物流跟踪 — one row per logistics message';

CREATE OR REPLACE VIEW juliu.logistics_traces
AS SELECT * EXCEPT (version) FROM juliu_store.logistics_traces FINAL
COMMENT '物流跟踪 — one row per logistics message';

-- 0008-review-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.review_events
(
    event_id String COMMENT '消息标识 — identity of the message, same for all its copies; joins juliu.events' CODEC(ZSTD(1)),
    app_key LowCardinality(String) COMMENT '发布方应用 — app key of the publisher; empty when absent; source: envelope publisher_appkey or pub_app_key',
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic, e.g. taobao_traderate_ImprBadTag; source: envelope topic',
    event LowCardinality(String) COMMENT '事件 — short name of what the topic says; source: derived from topic',
    publish_time DateTime64(3, 'Asia/Shanghai') COMMENT '发布时间 — when the platform published it; UTC+8; source: envelope publish_time (ms) or pub_time (s)' CODEC(Delta(8), ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: envelope user_id, else content.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: envelope user_nick, else content.seller_nick, nick or user_nick' CODEC(ZSTD(1)),
    business_key String COMMENT '业务键 — equal for two publications of one business event, whatever their event_id; count by it; made of event, tid, oid, num_iid, biz_type, gmt_modified and a digest of feedback and impr_words' CODEC(ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: content.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: content.oid',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: content.num_iid',
    biz_type Nullable(Int32) COMMENT '评价类型 — 0 = review, 3 = follow-up review; source: content.biz_type',
    review_kind LowCardinality(String) COMMENT '评价种类 — main, follow_up (追评) or unknown; source: derived from biz_type',
    feedback Nullable(String) COMMENT '评价内容 — text of the review, personal data masked; source: content.feedback' CODEC(ZSTD(1)),
    impr_words Nullable(String) COMMENT '印象词原文 — impression labels as sent; source: content.impr_words' CODEC(ZSTD(1)),
    impr_labels Array(Tuple(category String, polarity String, phrase String)) COMMENT '印象词 — impression labels as (category, polarity, phrase); source: content.impr_words, split' CODEC(ZSTD(1)),
    gmt_modified Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT '修改时间 — when the review was last changed; UTC+8; source: content.gmt_modified',
    defects Array(String) COMMENT '缺陷字段 — source names of optional fields whose value could not be used, sorted',
    version UInt64 COMMENT 'storage only: 版本 — decides between copies of one message; revision of the normaliser × 2^48 + 48-bit hash of the raw body' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this copy; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_oid oid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_num_iid num_iid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '负面印象评价 — one row per review message';

CREATE OR REPLACE VIEW juliu.review_events
AS SELECT * EXCEPT (version) FROM juliu_store.review_events FINAL
COMMENT '负面印象评价 — one row per review message';

-- 0009-distribution-events.sql

CREATE TABLE IF NOT EXISTS juliu_store.distribution_events
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
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '分销消息 — one row per distribution message';

CREATE OR REPLACE VIEW juliu.distribution_events
AS SELECT * EXCEPT (version) FROM juliu_store.distribution_events FINAL
COMMENT '分销消息 — one row per distribution message';

-- 0010-orders-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.orders_state
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
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '订单状态 — what is known of each trade, one row per trade and day; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.orders_state_writer
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
FROM juliu_store.trade_events AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid
COMMENT '订单状态写入 — brings each inserted trade message to orders_state';

CREATE OR REPLACE VIEW juliu.trade_payments
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: trade_events.tid',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; source: derived from trade_events.payment',
    amount Decimal(38, 2) COMMENT '实付金额 — paid for the trade; with scope unknown one payment, a lower bound; unit: CNY yuan; source: derived from trade_events.payment',
    lines UInt64 COMMENT '子订单数 — order lines seen with a payment; 0 = only trade-wide messages; source: derived from trade_events.oid'
)
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

-- 0011-pipeline-stats.sql

CREATE TABLE IF NOT EXISTS juliu_store.pipeline_stats
(
    at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 统计时间 — moment of the account; UTC+8' CODEC(Delta(8), ZSTD(1)),
    instance LowCardinality(String) COMMENT 'operational: 实例 — the process: host, pid and start, never used twice',
    source LowCardinality(String) COMMENT 'operational: 来源 — source it receives from',
    started_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 启动时间 — when the process began to count; UTC+8' CODEC(Delta(8), ZSTD(1)),
    received UInt64 COMMENT 'operational: 已接收 — messages received since started_at' CODEC(Delta(8), ZSTD(1)),
    received_bytes UInt64 COMMENT 'operational: 接收字节数 — bytes of their bodies; unit: bytes' CODEC(Delta(8), ZSTD(1)),
    stored UInt64 COMMENT 'operational: 已入库 — messages stored since started_at, those with defects included' CODEC(Delta(8), ZSTD(1)),
    stored_with_defects UInt64 COMMENT 'operational: 带缺陷入库 — of the stored, those with an unusable optional field' CODEC(Delta(8), ZSTD(1)),
    dead UInt64 COMMENT 'operational: 死信 — messages kept as dead letters since started_at' CODEC(Delta(8), ZSTD(1)),
    returned UInt64 COMMENT 'operational: 已退回 — messages given back to the source unfinished, by a shutdown' CODEC(Delta(8), ZSTD(1)),
    in_flight UInt64 COMMENT 'operational: 处理中 — messages received and not yet stored or dead at this moment' CODEC(ZSTD(1)),
    acked UInt64 COMMENT 'operational: 已确认 — messages acknowledged to the source since started_at' CODEC(Delta(8), ZSTD(1)),
    ack_failed UInt64 COMMENT 'operational: 确认失败 — messages stored whose acknowledgement failed; they may come again' CODEC(Delta(8), ZSTD(1)),
    batches UInt64 COMMENT 'operational: 批次 — batches stored since started_at' CODEC(Delta(8), ZSTD(1)),
    rows UInt64 COMMENT 'operational: 行数 — rows inserted since started_at, all tables' CODEC(Delta(8), ZSTD(1)),
    bytes UInt64 COMMENT 'operational: 字节数 — encoded bytes inserted since started_at; unit: bytes' CODEC(Delta(8), ZSTD(1)),
    insert_seconds Float64 COMMENT 'operational: 写入耗时 — time spent in inserts since started_at, summed over parallel ones; unit: seconds' CODEC(ZSTD(1)),
    insert_failures UInt64 COMMENT 'operational: 写入失败 — failed inserts since started_at, repeated ones included' CODEC(Delta(8), ZSTD(1)),
    violations UInt64 COMMENT 'operational: 账目不平 — how often the account did not add up; must be 0' CODEC(Delta(8), ZSTD(1)),
    lag_seconds Nullable(Float64) COMMENT 'operational: 延迟 — age of the newest stored message (publish_time) at this moment; NULL before the first; unit: seconds' CODEC(ZSTD(1)),
    marts_behind_seconds Nullable(Float64) COMMENT 'operational: 数据集市滞后 — how long the oldest stored row that is not yet in the marts has waited, the largest over all jobs; 0 when nothing waits, NULL when no transform has run; unit: seconds' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(at)
ORDER BY (source, at, instance)
TTL at + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';

CREATE OR REPLACE VIEW juliu.pipeline_stats
AS SELECT * FROM juliu_store.pipeline_stats FINAL
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';

-- 0012-lane-plans.sql

CREATE TABLE IF NOT EXISTS juliu_store.lane_plans
(
    plan_order UInt32 COMMENT 'operational: 方案序号 — place of the plan among all: 0 is the time before there were lanes',
    plan_id String COMMENT 'operational: 方案编号 — random name of the plan; tells apart plans made at the same moment',
    what LowCardinality(String) COMMENT 'operational: 事项 — proposed, attached or retired',
    consumer_group String DEFAULT '' COMMENT 'operational: 消费组 — attached: the lane’s consumer group, which a process receives from and knows the plan; else empty',
    at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 时间 — when this was so, clock of the store; UTC+8',
    lanes String DEFAULT '' COMMENT 'operational: 分组 — proposed: JSON list of lanes with name, group, isDefault and users (nicks or ids); else empty' CODEC(ZSTD(3)),
    instance LowCardinality(String) COMMENT 'operational: 实例 — the process that says so: host and pid'
)
ENGINE = ReplacingMergeTree()
ORDER BY (plan_order, plan_id, what, consumer_group, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';

CREATE OR REPLACE VIEW juliu.lane_plans
AS SELECT * FROM juliu_store.lane_plans FINAL
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';

-- 0013-jobs.sql

CREATE TABLE IF NOT EXISTS juliu_store.job_runs
(
    job LowCardinality(String) COMMENT 'operational: 任务 — name of the transform job',
    run_id String COMMENT 'operational: 运行编号 — random name of the run; a retry is a run of its own',
    kind LowCardinality(String) COMMENT 'operational: 方式 — incremental (what changed), full (every day) or days (days named by hand)',
    state LowCardinality(String) COMMENT 'operational: 状态 — running, succeeded, failed, stopped (by a signal) or crashed (its process ended without a word)',
    watermark_from Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 水位起点 — rows stored from here on were looked at, overlap with the run before included; clock of the store; UTC+8; NULL when days were named by hand',
    watermark_to Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 水位终点 — every row stored before this is in the mart; clock of the store; UTC+8; NULL when days were named by hand',
    partitions UInt32 COMMENT 'operational: 分区数 — days of the mart that were replaced',
    rows UInt64 COMMENT 'operational: 行数 — rows written into those days',
    days_left UInt32 COMMENT 'operational: 保留期外天数 — days left as they are, because their inputs are no longer kept whole',
    seconds Float64 COMMENT 'operational: 耗时 — how long it took; unit: seconds',
    error_code LowCardinality(String) COMMENT 'operational: 错误码 — code of the failure; empty when there was none',
    error String COMMENT 'operational: 错误 — sentence of the failure; empty when there was none; holds no row of the data' CODEC(ZSTD(3)),
    attempt UInt16 COMMENT 'operational: 第几次尝试 — 1 for the first try, more for its retries',
    instance LowCardinality(String) COMMENT 'operational: 实例 — the process: host and pid',
    started_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 开始时间 — clock of the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    finished_at Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 结束时间 — clock of the store; UTC+8; NULL while it runs' CODEC(ZSTD(1)),
    revision UInt8 COMMENT 'operational: 修订 — 0 started, 1 found crashed by a later run, 2 ended by itself; the highest counts'
)
ENGINE = ReplacingMergeTree(revision)
PARTITION BY toYYYYMM(started_at)
ORDER BY (job, started_at, run_id)
TTL started_at + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 任务运行记录 — runs of the transform jobs';

CREATE TABLE IF NOT EXISTS juliu_store.job_dirty_days
(
    job LowCardinality(String) COMMENT 'operational: 任务 — name of the transform job',
    day Date COMMENT 'operational: 日期 — partition of the mart to work out again',
    reason LowCardinality(String) COMMENT 'operational: 原因 — why, as a code: LEASE_LOST (a run was overtaken before it could replace the day) or UNFINISHED (a run over all days, or over days named by hand, ended before it came to this one)',
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when it was noted; runs take it up by this, as they do rows; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = MergeTree()
ORDER BY (job, stored_at, day)
TTL stored_at + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 待重算日期 — days a transform job owes';

CREATE OR REPLACE VIEW juliu.job_runs
AS SELECT * EXCEPT (revision) FROM juliu_store.job_runs FINAL
COMMENT 'operational: 任务运行记录 — runs of the transform jobs';

CREATE OR REPLACE VIEW juliu.job_dirty_days
AS SELECT * FROM juliu_store.job_dirty_days
COMMENT 'operational: 待重算日期 — days a transform job owes';

-- 0014-configured.sql

CREATE TABLE IF NOT EXISTS juliu_store.kpi_settings
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this configuration was first seen, clock of the store; UTC+8; the newest counts',
    name LowCardinality(String) COMMENT '参数名 — name of the threshold, e.g. consign_delay; source: section kpis of the configuration',
    value Float64 COMMENT '参数值 — hours; silence_min_minutes in minutes, jump_days in days, min_cohort and jump_min counts, factors without unit; source: section kpis of the configuration'
)
ENGINE = ReplacingMergeTree()
ORDER BY (generation, name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'KPI 参数 — thresholds of the metric views, by generation';

CREATE TABLE IF NOT EXISTS juliu_store.seller_groups
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this configuration was first seen, clock of the store; UTC+8; the newest counts',
    seller_group String COMMENT '商家分组 — name of the group; empty in the row that says "this generation has no groups"; source: sellerGroups of the configuration',
    seller String COMMENT '商家 — nick of the seller, or its numeric id as text; source: sellerGroups of the configuration'
)
ENGINE = ReplacingMergeTree()
ORDER BY (generation, seller_group, seller)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '商家分组 — sellers by group, by generation';

CREATE OR REPLACE VIEW juliu.kpi_settings
AS SELECT name, argMax(value, generation) AS value
FROM
(
    SELECT toString(name) AS name, value, generation
    FROM juliu_store.kpi_settings
    WHERE generation = (SELECT max(generation) FROM juliu_store.kpi_settings)
    UNION ALL
    -- What holds before any configuration was written, and for a name that is younger than the newest generation.
    SELECT tupleElement(setting, 1) AS name, tupleElement(setting, 2) AS value, toDateTime64(0, 3, 'Asia/Shanghai') AS generation
    FROM (SELECT arrayJoin(CAST([
        ('consign_delay', 48),
        ('fake_consign', 24),
        ('pickup_stop', 24),
        ('transport_stop', 48),
        ('delivery_stop', 24),
        ('near_timeout', 6),
        ('ship_hours', 48),
        ('pickup_hours', 24),
        ('min_cohort', 30),
        ('silence_factor', 5),
        ('silence_min_minutes', 30),
        ('jump_factor', 2),
        ('jump_min', 3),
        ('jump_days', 7)
    ], 'Array(Tuple(String, Float64))')) AS setting)
)
GROUP BY name
COMMENT 'KPI 参数 — thresholds of the metric views in force: name and value';

CREATE OR REPLACE VIEW juliu.seller_groups
AS SELECT DISTINCT seller_group, seller
FROM juliu_store.seller_groups
WHERE generation = (SELECT max(generation) FROM juliu_store.seller_groups) AND seller_group != ''
COMMENT '商家分组 — sellers by group, as the configuration says';

-- 0015-order-lines-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.order_lines_state
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
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, oid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '子订单状态 — what is known of each order line, one row per line and day; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.order_lines_state_writer
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
FROM juliu_store.trade_events AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid, oid
COMMENT '子订单状态写入 — brings each inserted trade message to order_lines_state';

CREATE OR REPLACE VIEW juliu.order_lines
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

-- 0016-refunds-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.refunds_state
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: refund_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    refund_id Int64 COMMENT '退款编号 — id of the refund; source: refund_events.refund_id' CODEC(Delta(8), ZSTD(1)),
    tid SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '交易编号 — id of the trade; source: refund_events.tid' CODEC(ZSTD(1)),
    oid SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '子订单编号 — id of the order line; source: refund_events.oid' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: refund_events.seller_id' CODEC(ZSTD(1)),
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: refund_events.seller_nick' CODEC(ZSTD(1)),
    buyer_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '买家昵称 — nick of the buyer, masked; source: refund_events.buyer_nick' CODEC(ZSTD(1)),
    buyer_open_uid SimpleAggregateFunction(max, Nullable(String)) COMMENT '买家 OpenUID — stable key of the buyer within one app; source: refund_events.buyer_open_uid' CODEC(ZSTD(1)),
    phase AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '退款阶段 — state of the last known phase; source: refund_events.refund_phase' CODEC(ZSTD(1)),
    bill_type AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '退款单类型 — state of the last known type of bill; source: refund_events.bill_type' CODEC(ZSTD(1)),
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '退款状态 — state of the last known status; source: refund_events.refund_status' CODEC(ZSTD(1)),
    fee AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '退款金额 — state of the last known amount; unit: CNY yuan; source: refund_events.refund_fee' CODEC(ZSTD(1)),
    steps SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime('Asia/Shanghai'), step UInt8, event String))) COMMENT '退款过程 — events that move the refund, each with its time (UTC+8) and its place among events of one second, in no order; source: refund_events.modified, event' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '申请时间 — first created; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    agreed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '同意时间 — first seller_agreed; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    refused_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '拒绝时间 — first seller_refused; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    goods_returned_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '买家退货时间 — first goods_returned; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    intervention_applied_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '申请介入时间 — first intervention_applied; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    intervened_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '平台介入时间 — first intervened; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    succeeded_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退款成功时间 — first succeeded; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退款关闭时间 — first closed; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    last_message_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — latest publication about the refund; UTC+8; source: refund_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_refund_id refund_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, refund_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '退款状态 — what is known of each refund, one row per refund and day; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.refunds_state_writer
TO juliu_store.refunds_state
AS
WITH
    toDateTime(e.publish_time, 'Asia/Shanghai') AS published,
    toDateTime(least(greatest(ifNull(e.modified, e.publish_time), toDateTime64('1970-01-02 00:00:00', 3, 'Asia/Shanghai')),
        toDateTime64('2106-01-01 00:00:00', 3, 'Asia/Shanghai')), 'Asia/Shanghai') AS at,
    ifNull(transform(e.refund_status,
        ['WAIT_SELLER_AGREE', 'SELLER_REFUSE_BUYER', 'WAIT_BUYER_RETURN_GOODS', 'WAIT_SELLER_CONFIRM_GOODS',
         'WAIT_SELLER_CONSIGN_GOODS', 'WAIT_BUYER_CONFIRM_EXCHANGE_SELLER_SEND_GOODS', 'EXCHANGE_TRANSFORM_TO_REFUND',
         'CLOSED', 'SUCCESS'],
        [1, 2, 3, 4, 5, 6, 7, 8, 9], 0), 0) AS status_rank,
    transform(event,
        ['created', 'buyer_modified', 'seller_refused', 'seller_agreed', 'goods_returned', 'intervention_applied',
         'intervened', 'closed', 'succeeded'],
        [1, 2, 3, 4, 5, 6, 7, 8, 9], 0) AS step,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(status_rank), 90)
        + bitShiftLeft(toUInt128(toUnixTimestamp(published)), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_order
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    assumeNotNull(e.refund_id) AS refund_id,
    max(e.tid) AS tid,
    max(e.oid) AS oid,
    max(e.seller_id) AS seller_id,
    max(e.seller_nick) AS seller_nick,
    max(e.buyer_nick) AS buyer_nick,
    max(e.buyer_open_uid) AS buyer_open_uid,
    argMaxState(e.refund_phase, message_order) AS phase,
    argMaxState(e.bill_type, message_order) AS bill_type,
    argMaxState(e.refund_status, message_order) AS status,
    argMaxState(e.refund_fee, message_order) AS fee,
    groupUniqArrayIf((at, toUInt8(step), toString(event)), step > 0) AS steps,
    minIf(toNullable(at), event = 'created') AS created_at,
    minIf(toNullable(at), event = 'seller_agreed') AS agreed_at,
    minIf(toNullable(at), event = 'seller_refused') AS refused_at,
    minIf(toNullable(at), event = 'goods_returned') AS goods_returned_at,
    minIf(toNullable(at), event = 'intervention_applied') AS intervention_applied_at,
    minIf(toNullable(at), event = 'intervened') AS intervened_at,
    minIf(toNullable(at), event = 'succeeded') AS succeeded_at,
    minIf(toNullable(at), event = 'closed') AS closed_at,
    max(published) AS last_message_at
FROM juliu_store.refund_events AS e
WHERE e.refund_id IS NOT NULL
GROUP BY day, refund_id
COMMENT '退款状态写入 — brings each inserted refund message to refunds_state';

CREATE OR REPLACE VIEW juliu_store.resolved_refunds
(
    day Date COMMENT '首见日期 — day of the first message known of the refund; UTC+8; source: refund_events.publish_time',
    refund_id Int64 COMMENT '退款编号 — id of the refund; source: refund_events.refund_id',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: refund_events.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line; source: refund_events.oid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: refund_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: refund_events.seller_nick',
    phase Nullable(String) COMMENT '退款阶段 — last known: onsale (售中) or aftersale (售后); source: refund_events.refund_phase',
    bill_type Nullable(String) COMMENT '退款单类型 — last known: refund_bill, return_bill or replace_bill; source: refund_events.bill_type',
    status Nullable(String) COMMENT '退款状态 — last known status as the API names it; source: refund_events.refund_status',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — last known amount; unit: CNY yuan; source: refund_events.refund_fee',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请时间 — first created; UTC+8; source: refund_events.modified, else publish_time',
    agreed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '同意时间 — first seller_agreed; UTC+8; source: refund_events.modified, else publish_time',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒绝时间 — first seller_refused; UTC+8; source: refund_events.modified, else publish_time',
    goods_returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家退货时间 — first goods_returned; UTC+8; source: refund_events.modified, else publish_time',
    intervention_applied_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请介入时间 — first intervention_applied; UTC+8; source: refund_events.modified, else publish_time',
    intervened_at Nullable(DateTime('Asia/Shanghai')) COMMENT '平台介入时间 — first intervened; UTC+8; source: refund_events.modified, else publish_time',
    succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款成功时间 — first succeeded; UTC+8; source: refund_events.modified, else publish_time',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款关闭时间 — first closed; UTC+8; source: refund_events.modified, else publish_time',
    status_path Array(String) COMMENT '退款过程 — events that moved the refund, in order of their time, repetitions in a row once; source: refund_events.event',
    status_path_at Array(DateTime('Asia/Shanghai')) COMMENT '退款过程时间 — when each event of status_path came, of repetitions the first; UTC+8; source: refund_events.modified, else publish_time',
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: refund_events.event'
)
AS
SELECT
    refund.day AS day,
    refund.refund_id AS refund_id,
    refund.tid AS tid,
    refund.oid AS oid,
    refund.seller_id AS seller_id,
    refund.seller_nick AS seller_nick,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.status AS status,
    refund.fee AS fee,
    refund.created_at AS created_at,
    refund.agreed_at AS agreed_at,
    refund.refused_at AS refused_at,
    refund.goods_returned_at AS goods_returned_at,
    refund.intervention_applied_at AS intervention_applied_at,
    refund.intervened_at AS intervened_at,
    refund.succeeded_at AS succeeded_at,
    refund.closed_at AS closed_at,
    arrayMap(step -> step.3, refund.path) AS status_path,
    arrayMap(step -> step.1, refund.path) AS status_path_at,
    (refund.created_at IS NULL)::Bool AS first_seen_midlife
FROM
(
    SELECT
        min(s.day) AS day,
        s.refund_id AS refund_id,
        max(s.tid) AS tid,
        max(s.oid) AS oid,
        max(s.seller_id) AS seller_id,
        max(s.seller_nick) AS seller_nick,
        argMaxMerge(s.phase) AS phase,
        argMaxMerge(s.bill_type) AS bill_type,
        argMaxMerge(s.status) AS status,
        argMaxMerge(s.fee) AS fee,
        min(s.created_at) AS created_at,
        min(s.agreed_at) AS agreed_at,
        min(s.refused_at) AS refused_at,
        min(s.goods_returned_at) AS goods_returned_at,
        min(s.intervention_applied_at) AS intervention_applied_at,
        min(s.intervened_at) AS intervened_at,
        min(s.succeeded_at) AS succeeded_at,
        min(s.closed_at) AS closed_at,
        arraySort(groupUniqArrayArray(s.steps)) AS steps,
        -- Without repetitions in a row.
        arrayFilter((step, place) -> place = 1 OR step.3 != steps[place - 1].3, steps, arrayEnumerate(steps)) AS path
    FROM juliu_store.refunds_state AS s
    GROUP BY s.refund_id
) AS refund
COMMENT '退款归并 — one row per refund by its own messages; storage only, ask juliu.refunds';

CREATE OR REPLACE VIEW juliu_store.refunds_by_trade
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: refund_events.tid',
    refunded Decimal(38, 2) COMMENT '已退金额 — sum of the amounts of its refunds that succeeded; unit: CNY yuan; source: refund_events.refund_fee',
    refund_open_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款申请时间 — first creation of a refund of the trade; UTC+8; source: refund_events.modified, else publish_time',
    refunds UInt32 COMMENT '退款数 — refunds known of the trade; source: refund_events.refund_id',
    refunds_succeeded UInt32 COMMENT '成功退款数 — refunds of the trade that succeeded (succeeded_at is known); source: refund_events',
    last_succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最后退款成功时间 — when the last of them succeeded; UTC+8; source: refund_events.modified, else publish_time'
)
AS
SELECT
    assumeNotNull(refund.tid) AS tid,
    sumIf(ifNull(refund.fee, 0), refund.succeeded_at IS NOT NULL) AS refunded,
    min(refund.created_at) AS refund_open_at,
    count()::UInt32 AS refunds,
    countIf(refund.succeeded_at IS NOT NULL)::UInt32 AS refunds_succeeded,
    max(refund.succeeded_at) AS last_succeeded_at
FROM juliu_store.resolved_refunds AS refund
WHERE refund.tid IS NOT NULL
GROUP BY tid
COMMENT '订单的退款 — refunds summed up per trade; storage only, ask juliu.orders';

-- 0017-parcels-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.parcels_state
(
    day Date COMMENT '日期 — day on which the traces of this row happened; UTC+8; source: logistics_traces.action_time, else publish_time',
    tid Int64 COMMENT '交易编号 — id of the trade; source: logistics_traces.tid',
    out_sid String COMMENT '运单号 — waybill number; source: logistics_traces.out_sid' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick' CODEC(ZSTD(1)),
    carrier AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '物流公司 — name of the carrier, last known; state; source: logistics_traces.company_name' CODEC(ZSTD(1)),
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '建单时间 — first trace created; UTC+8' CODEC(ZSTD(1)),
    consigned_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first trace consigned; UTC+8' CODEC(ZSTD(1)),
    picked_up_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '揽收时间 — first trace picked_up or message taobao_logistics_Accept; UTC+8' CODEC(ZSTD(1)),
    destination_city_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8' CODEC(ZSTD(1)),
    out_for_delivery_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8' CODEC(ZSTD(1)),
    signed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '签收时间 — first trace signed; UTC+8' CODEC(ZSTD(1)),
    failed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8' CODEC(ZSTD(1)),
    returned_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退回时间 — first trace returned; UTC+8' CODEC(ZSTD(1)),
    lost_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '丢失时间 — first trace lost; UTC+8' CODEC(ZSTD(1)),
    path SimpleAggregateFunction(groupUniqArrayArray, Array(Tuple(at DateTime('Asia/Shanghai'), stage UInt8, node String, says_returned UInt8, key UInt32))) COMMENT '轨迹集合 — set of traces: second, stage, node, whether the text says refused or returned, hash of the business key; messages taobao_logistics_Accept are not in it' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, out_sid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '包裹状态 — states of each parcel, one row per parcel and day';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.parcels_state_from_traces TO juliu_store.parcels_state
AS
WITH
    if(action_time >= '2003-01-01 00:00:00' AND action_time < '2100-01-01 00:00:00', assumeNotNull(action_time), publish_time) AS business_time,
    toDateTime(business_time, 'Asia/Shanghai') AS at,
    transform(stage, ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], 0)::UInt8 AS code,
    -- What masking puts in the place of personal data stands in brackets, too, and is no node.
    replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(ifNull(description, ''), '[phone]', ''), '[address]', ''), '[email]', ''), '[qq]', ''), '[wechat]', '') AS text,
    -- The node, found by searches: a regular expression took a third of the time of this view (measured).
    multiSearchFirstPosition(text, ['【', '[']) AS open_at,
    if(open_at = 0, '', substring(text, open_at)) AS tail,
    multiSearchFirstPosition(tail, ['】', ']']) AS close_at,
    close_at + if(substring(tail, close_at, 1) = ']', 1, 3) AS words_at,
    substring(tail, words_at) AS rest,
    multiSearchFirstPosition(rest, [' ', '\t', '\n', '\r', '，', '。', ',', '、', '；', ';', '：', ':', '！', '!', '（', '(']) AS stop_at,
    if(stop_at = 0, rest, substring(rest, 1, stop_at - 1)) AS words,
    multiSearchFirstPosition(words, ['转运', '集散', '分拨', '中转']) AS yard_at,
    multiSearchFirstPosition(words, ['中心', '公司', '支局', '邮局', '站', '部', '点']) AS site_at,
    multiIf(
        yard_at > 0 AND (site_at = 0 OR yard_at < site_at), yard_at + 5 + multiIf(substring(words, yard_at + 6, 6) = '中心', 6, substring(words, yard_at + 6, 3) IN ('场', '站', '点', '部'), 3, 0),
        site_at > 0, site_at + if(substring(words, site_at, 3) IN ('站', '部', '点'), 2, 5),
        0) AS words_end,
    multiSearchAny(substring(words, 1, words_end), ['已', '的', '在', '将', '被', '由', '员', '快件', '包裹', '师傅', '送往', '送达', '送至', '送到', '发往', '到达', '前往', '放']) AS is_sentence,
    -- Products, not branches: a branch computes all of the above once more.
    substring(tail, 1, (close_at > 0) * (words_at - 1 + words_end * (1 - is_sentence))) AS node,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(code), 90)
        + bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version
SELECT
    toDate(at, 'Asia/Shanghai') AS day,
    assumeNotNull(source.tid) AS tid,
    source.out_sid AS out_sid,
    max(source.seller_id) AS seller_id,
    max(source.seller_nick) AS seller_nick,
    argMaxState(company_name, message_version) AS carrier,
    min(if(code = 1, at, NULL)) AS created_at,
    min(if(code = 2, at, NULL)) AS consigned_at,
    min(if(code = 3, at, NULL)) AS picked_up_at,
    min(if(code = 6, at, NULL)) AS destination_city_at,
    min(if(code = 7, at, NULL)) AS out_for_delivery_at,
    min(if(code = 8, at, NULL)) AS signed_at,
    min(if(code IN (9, 10), at, NULL)) AS failed_at,
    min(if(code = 11, at, NULL)) AS returned_at,
    min(if(code = 12, at, NULL)) AS lost_at,
    groupUniqArrayIf((at, code, node, toUInt8(code BETWEEN 9 AND 11 AND multiSearchAny(text, ['拒收', '拒签', '退回'])), toUInt32(cityHash64(business_key))), event = 'traced')
        ::Array(Tuple(at DateTime('Asia/Shanghai'), stage UInt8, node String, says_returned UInt8, key UInt32)) AS path
FROM juliu_store.logistics_traces AS source
WHERE event IN ('traced', 'accepted') AND source.tid IS NOT NULL AND source.out_sid != ''
GROUP BY day, tid, out_sid
COMMENT '包裹状态写入 — folds each logistics message into parcels_state';

CREATE TABLE IF NOT EXISTS juliu_store.platform_exceptions_state
(
    day Date COMMENT '日期 — day on which the messages of this row were published; UTC+8; source: logistics_traces.publish_time',
    excep_id String COMMENT '异常编号 — id of the exception; source: logistics_traces.excep_id' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    tid SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '交易编号 — id of the trade; source: logistics_traces.tid, else the first tid in trade_details',
    out_sid SimpleAggregateFunction(max, Nullable(String)) COMMENT '运单号 — waybill number; source: logistics_traces.out_sid, else the first mailNo in mail_details' CODEC(ZSTD(1)),
    opened_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '异常创建时间 — when the platform opened it; UTC+8; source: content.create_time, else publish_time of taobao_logistics_PackageExceptionCreate',
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '异常核销时间 — when the platform took it back; UTC+8; source: publish_time of taobao_logistics_PackageExceptionOff',
    exception_type AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '异常类型 — type of the exception, last known; state; source: logistics_traces.exception_type' CODEC(ZSTD(1)),
    exception_code AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '异常编码 — code of the exception, last known; state; source: logistics_traces.exception_code' CODEC(ZSTD(1)),
    sub_exception_code AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '子异常编码 — sub-code of the exception, last known; state; source: logistics_traces.sub_exception_code' CODEC(ZSTD(1)),
    over_time AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '超时 — overtime as sent, last known; state; source: logistics_traces.over_time' CODEC(ZSTD(1)),
    compensate_amount AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '赔付金额 — compensation, last known; state; unit: CNY yuan; source: logistics_traces.compensate_amount' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, excep_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '平台包裹异常状态 — states of each exception the platform opened, one row per exception and day';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.platform_exceptions_state_from_traces TO juliu_store.platform_exceptions_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version,
    event = 'exception_created' AS opens
SELECT
    toDate(publish_time, 'Asia/Shanghai') AS day,
    assumeNotNull(source.excep_id) AS excep_id,
    max(source.seller_id) AS seller_id,
    max(coalesce(source.tid, toInt64OrNull(extract(ifNull(trade_details, ''), '"tid"\\s*:\\s*"?(\\d+)')))) AS tid,
    max(nullIf(if(source.out_sid != '', source.out_sid, extract(ifNull(mail_details, ''), '"(?:mailNo|mail_no|out_sid)"\\s*:\\s*"?([^",}\\s]+)')), '')) AS out_sid,
    min(if(opens, toDateTime(if(action_time >= '2003-01-01 00:00:00' AND action_time < '2100-01-01 00:00:00', assumeNotNull(action_time), publish_time), 'Asia/Shanghai'), NULL)) AS opened_at,
    min(if(opens, NULL, toDateTime(publish_time, 'Asia/Shanghai'))) AS closed_at,
    argMaxState(source.exception_type, message_version) AS exception_type,
    argMaxState(source.exception_code, message_version) AS exception_code,
    argMaxState(source.sub_exception_code, message_version) AS sub_exception_code,
    argMaxState(source.over_time, message_version) AS over_time,
    argMaxState(source.compensate_amount, message_version) AS compensate_amount
FROM juliu_store.logistics_traces AS source
WHERE event IN ('exception_created', 'exception_resolved') AND source.excep_id != ''
GROUP BY day, excep_id
COMMENT '平台包裹异常状态写入 — folds each verdict of the platform into platform_exceptions_state';

CREATE TABLE IF NOT EXISTS juliu_store.seller_warnings_state
(
    seller_id Int64 COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    collected_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '揽收停滞预警值 — stuck after pick-up, last known; state; as sent; source: logistics_traces.collected_stop_warn_value' CODEC(ZSTD(1)),
    consign_delay AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '发货延迟预警值 — late dispatch, last known; state; as sent; source: logistics_traces.consign_delay_warn_value' CODEC(ZSTD(1)),
    consign_fake AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '虚假发货预警值 — false dispatch, last known; state; as sent; source: logistics_traces.consign_fake_warn_value' CODEC(ZSTD(1)),
    delivery_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '派送停滞预警值 — stuck in delivery, last known; state; as sent; source: logistics_traces.deliverying_stop_warn_value' CODEC(ZSTD(1)),
    transport_stop AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '运输停滞预警值 — stuck in transport, last known; state; as sent; source: logistics_traces.transporting_stop_warn_value' CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree()
ORDER BY seller_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '卖家预警配置状态 — states of the thresholds each seller set on the platform, one row per seller';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.seller_warnings_state_from_traces TO juliu_store.seller_warnings_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time, 'Asia/Shanghai'))), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 22), 4294967295) AS message_version
SELECT
    assumeNotNull(source.seller_id) AS seller_id,
    argMaxState(collected_stop_warn_value, message_version) AS collected_stop,
    argMaxState(consign_delay_warn_value, message_version) AS consign_delay,
    argMaxState(consign_fake_warn_value, message_version) AS consign_fake,
    argMaxState(deliverying_stop_warn_value, message_version) AS delivery_stop,
    argMaxState(transporting_stop_warn_value, message_version) AS transport_stop
FROM juliu_store.logistics_traces AS source
WHERE event = 'warning_config_changed' AND source.seller_id IS NOT NULL
GROUP BY seller_id
COMMENT '卖家预警配置状态写入 — folds each change of thresholds into seller_warnings_state';

CREATE OR REPLACE VIEW juliu.seller_thresholds
(
    seller_id Int64 COMMENT '卖家编号 — numeric id of the seller; source: taobao_logistics_ExceptionConfigChange',
    consign_delay Nullable(Float64) COMMENT '发货延迟阈值 — paid and not consigned for longer is late; last known; NULL when never sent or not a number; unit: hours',
    consign_fake Nullable(Float64) COMMENT '虚假发货阈值 — consigned and not picked up for longer looks like a false dispatch; unit: hours',
    pickup_stop Nullable(Float64) COMMENT '揽收停滞阈值 — no news after the pick-up for longer is an exception; unit: hours',
    transport_stop Nullable(Float64) COMMENT '运输停滞阈值 — no news in transport for longer is an exception; unit: hours',
    delivery_stop Nullable(Float64) COMMENT '派签停滞阈值 — no sign after going out for delivery for longer is an exception; unit: hours'
)
AS
WITH
    -- Hours are written as a plain number; anything else (a unit, a list, a negative number) sets nothing.
    value -> if(match(trimBoth(ifNull(value, '')), '^\\d{1,6}(\\.\\d{1,6})?$'), toFloat64OrNull(trimBoth(ifNull(value, ''))), NULL) AS hours
SELECT
    state.seller_id AS seller_id,
    hours(argMaxMerge(state.consign_delay)) AS consign_delay,
    hours(argMaxMerge(state.consign_fake)) AS consign_fake,
    hours(argMaxMerge(state.collected_stop)) AS pickup_stop,
    hours(argMaxMerge(state.transport_stop)) AS transport_stop,
    hours(argMaxMerge(state.delivery_stop)) AS delivery_stop
FROM juliu_store.seller_warnings_state AS state
GROUP BY seller_id
COMMENT '卖家预警阈值 — thresholds each seller set on the platform, one row per seller; those of juliu.kpi_settings hold where it is NULL';

CREATE OR REPLACE VIEW juliu.platform_exceptions
(
    excep_id String COMMENT '异常编号 — id of the exception; source: taobao_logistics_PackageExceptionCreate',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; NULL when the message names none; source: the first tid in trade_details',
    out_sid Nullable(String) COMMENT '运单号 — waybill number; NULL when the message names none; source: the first mailNo in mail_details',
    opened_at Nullable(DateTime('Asia/Shanghai')) COMMENT '异常创建时间 — when the platform opened it; NULL when only its withdrawal was seen; UTC+8',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '异常核销时间 — when the platform took it back; NULL while it stands; UTC+8',
    is_open Bool COMMENT '是否未核销 — opened and not taken back',
    exception_type Nullable(String) COMMENT '异常类型 — type of the exception, as sent',
    exception_code Nullable(String) COMMENT '异常编码 — code of the exception, as sent',
    sub_exception_code Nullable(String) COMMENT '子异常编码 — sub-code of the exception, as sent',
    over_time Nullable(String) COMMENT '超时 — overtime as sent',
    compensate_amount Nullable(Decimal(18, 2)) COMMENT '预计赔付 — money at risk; unit: CNY yuan'
)
AS
SELECT
    state.excep_id AS excep_id,
    max(state.seller_id) AS seller_id,
    max(state.tid) AS tid,
    max(state.out_sid) AS out_sid,
    min(state.opened_at) AS opened_at,
    min(state.closed_at) AS closed_at,
    (min(state.opened_at) IS NOT NULL AND min(state.closed_at) IS NULL)::Bool AS is_open,
    argMaxMerge(state.exception_type) AS exception_type,
    argMaxMerge(state.exception_code) AS exception_code,
    argMaxMerge(state.sub_exception_code) AS sub_exception_code,
    argMaxMerge(state.over_time) AS over_time,
    argMaxMerge(state.compensate_amount) AS compensate_amount
FROM juliu_store.platform_exceptions_state AS state
GROUP BY excep_id
COMMENT '平台包裹异常 — exceptions the platform opened, one row per excep_id';

CREATE OR REPLACE VIEW juliu_store.parcel_paths
(
    day Date COMMENT '日期 — day of the first event known; UTC+8; source: parcels_state.day',
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid',
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick',
    carrier String COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces',
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces',
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces',
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces',
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces',
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces',
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces',
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces',
    last_stage String COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived',
    last_place String COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description',
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces',
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    scan_days_before_sign UInt16 COMMENT '签收前派件天数 — the same up to the sign; unit: days; source: logistics_traces',
    failed_before_sign Bool COMMENT '签收前失败 — a trace failed or rejected before the sign; source: logistics_traces',
    carrier_event_after_consign_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货后首条承运轨迹时间 — first event other than created and consigned at or after the dispatch; UTC+8; source: logistics_traces',
    origin_city Nullable(String) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description',
    destination_city Nullable(String) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived',
    lane String COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived',
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived',
    hops Array(Tuple(node String, arrived_at DateTime('Asia/Shanghai'), dwell_seconds UInt32)) COMMENT '站点停留 — arrivals whose next trace is the departure from the same node; unit: seconds; source: derived',
    segments Array(Tuple(from String, to String, departed_at DateTime('Asia/Shanghai'), seconds UInt32)) COMMENT '线路段 — departures and the arrival that comes next; unit: seconds; source: derived',
    event_ats Array(DateTime('Asia/Shanghai')) COMMENT '动态时间 — times of all events, ascending; UTC+8; source: logistics_traces',
    event_stages Array(UInt8) COMMENT '动态节点 — stages of event_ats as numbers: 1 created 2 consigned 3 picked_up 4 arrived 5 departed 6 destination_city 7 out_for_delivery 8 signed 9 failed 10 rejected 11 returned 12 lost 13 handed_over 14 exception 15 other 0 none; source: logistics_traces'
)
AS
WITH
    ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS stage_names,
    toDateTime(0, 'Asia/Shanghai') AS never,
    trail.at AS ats,
    trail.stage AS stages,
    trail.node AS nodes,
    -- The pick-up of an Accept message that no trace repeats, put in its place.
    picked_up_at IS NOT NULL AND NOT arrayExists((at, stage) -> stage = 3 AND at = picked_up_at, ats, stages) AS accepted_only,
    if(accepted_only, arraySort(arrayPushBack(arrayZip(ats, stages), (assumeNotNull(picked_up_at), toUInt8(3)))), arrayZip(ats, stages)) AS events,
    coalesce(picked_up_at, first_moved_at) AS got_at,
    -- Neighbours in the trail: the next trace's, and 0 or empty at the end.
    arrayShiftLeft(ats, 1) AS next_ats,
    arrayMap((stage, next_stage, node, next_node) -> stage = 4 AND next_stage = 5 AND node = next_node AND node != '', stages, arrayShiftLeft(stages, 1), nodes, arrayShiftLeft(nodes, 1)) AS is_hop,
    arrayFilter((_, stage) -> stage IN (4, 5), ats, stages) AS move_ats,
    arrayFilter(stage -> stage IN (4, 5), stages) AS move_stages,
    arrayFilter((_, stage) -> stage IN (4, 5), nodes, stages) AS move_nodes,
    arrayMap((stage, next_stage, node, next_node) -> stage = 5 AND next_stage = 4 AND node != '' AND next_node != '', move_stages, arrayShiftLeft(move_stages, 1), move_nodes, arrayShiftLeft(move_nodes, 1)) AS is_segment,
    arrayFilter(at -> at >= assumeNotNull(got_at) AND at <= assumeNotNull(signed_at), events.1) AS way_ats,
    node -> if(startsWith(node, '【'), substring(node, 4, greatest(0, position(node, '】') - 4)), substring(node, 2, greatest(0, position(node, ']') - 2))) AS bracketed,
    node -> if(multiSearchAny(bracketed(node), ['省', '自治区']), replaceRegexpOne(bracketed(node), '^.{2,10}?(?:省|自治区)(.+)$', '\\1'), bracketed(node)) AS words_of,
    -- Words that are no city, such as the name of a sorting centre, give ''.
    words -> if(transform(words, cities, cities, '') != '', words, if(match(words, '(?:市|州|盟|地区|县|区|旗|香港|澳门)$'), words, transform(concat(words, '市'), cities, cities, ''))) AS city_of,
    if(has(stages, 3), arrayFirst((node, stage) -> stage = 3 AND node != '', nodes, stages), '') AS pick_up_node,
    city_of(words_of(if(pick_up_node != '', pick_up_node, arrayFirst(node -> node != '', nodes)))) AS origin,
    city_of(words_of(arrayFirst((node, stage) -> stage IN (6, 7, 8) AND node != '', nodes, stages))) AS destination,
    [
        '北京市',
        '天津市',
        '上海市',
        '重庆市',
        '石家庄市', '唐山市', '秦皇岛市', '邯郸市', '邢台市', '保定市', '张家口市', '承德市', '沧州市', '廊坊市', '衡水市',
        '太原市', '大同市', '阳泉市', '长治市', '晋城市', '朔州市', '晋中市', '运城市', '忻州市', '临汾市', '吕梁市',
        '呼和浩特市', '包头市', '乌海市', '赤峰市', '通辽市', '鄂尔多斯市', '呼伦贝尔市', '巴彦淖尔市', '乌兰察布市', '兴安盟', '锡林郭勒盟', '阿拉善盟',
        '沈阳市', '大连市', '鞍山市', '抚顺市', '本溪市', '丹东市', '锦州市', '营口市', '阜新市', '辽阳市', '盘锦市', '铁岭市', '朝阳市', '葫芦岛市',
        '长春市', '吉林市', '四平市', '辽源市', '通化市', '白山市', '松原市', '白城市', '延边朝鲜族自治州',
        '哈尔滨市', '齐齐哈尔市', '鸡西市', '鹤岗市', '双鸭山市', '大庆市', '伊春市', '佳木斯市', '七台河市', '牡丹江市', '黑河市', '绥化市', '大兴安岭地区',
        '南京市', '无锡市', '徐州市', '常州市', '苏州市', '南通市', '连云港市', '淮安市', '盐城市', '扬州市', '镇江市', '泰州市', '宿迁市',
        '杭州市', '宁波市', '温州市', '嘉兴市', '湖州市', '绍兴市', '金华市', '衢州市', '舟山市', '台州市', '丽水市',
        '合肥市', '芜湖市', '蚌埠市', '淮南市', '马鞍山市', '淮北市', '铜陵市', '安庆市', '黄山市', '滁州市', '阜阳市', '宿州市', '六安市', '亳州市', '池州市', '宣城市',
        '福州市', '厦门市', '莆田市', '三明市', '泉州市', '漳州市', '南平市', '龙岩市', '宁德市',
        '南昌市', '景德镇市', '萍乡市', '九江市', '新余市', '鹰潭市', '赣州市', '吉安市', '宜春市', '抚州市', '上饶市',
        '济南市', '青岛市', '淄博市', '枣庄市', '东营市', '烟台市', '潍坊市', '济宁市', '泰安市', '威海市', '日照市', '临沂市', '德州市', '聊城市', '滨州市', '菏泽市',
        '郑州市', '开封市', '洛阳市', '平顶山市', '安阳市', '鹤壁市', '新乡市', '焦作市', '濮阳市', '许昌市', '漯河市', '三门峡市', '南阳市', '商丘市', '信阳市', '周口市', '驻马店市', '济源市',
        '武汉市', '黄石市', '十堰市', '宜昌市', '襄阳市', '鄂州市', '荆门市', '孝感市', '荆州市', '黄冈市', '咸宁市', '随州市', '恩施土家族苗族自治州', '仙桃市', '潜江市', '天门市', '神农架林区',
        '长沙市', '株洲市', '湘潭市', '衡阳市', '邵阳市', '岳阳市', '常德市', '张家界市', '益阳市', '郴州市', '永州市', '怀化市', '娄底市', '湘西土家族苗族自治州',
        '广州市', '韶关市', '深圳市', '珠海市', '汕头市', '佛山市', '江门市', '湛江市', '茂名市', '肇庆市', '惠州市', '梅州市', '汕尾市', '河源市', '阳江市', '清远市', '东莞市', '中山市', '潮州市', '揭阳市', '云浮市',
        '南宁市', '柳州市', '桂林市', '梧州市', '北海市', '防城港市', '钦州市', '贵港市', '玉林市', '百色市', '贺州市', '河池市', '来宾市', '崇左市',
        '海口市', '三亚市', '三沙市', '儋州市',
        '成都市', '自贡市', '攀枝花市', '泸州市', '德阳市', '绵阳市', '广元市', '遂宁市', '内江市', '乐山市', '南充市', '眉山市', '宜宾市', '广安市', '达州市', '雅安市', '巴中市', '资阳市', '阿坝藏族羌族自治州', '甘孜藏族自治州', '凉山彝族自治州',
        '贵阳市', '六盘水市', '遵义市', '安顺市', '毕节市', '铜仁市', '黔西南布依族苗族自治州', '黔东南苗族侗族自治州', '黔南布依族苗族自治州',
        '昆明市', '曲靖市', '玉溪市', '保山市', '昭通市', '丽江市', '普洱市', '临沧市', '楚雄彝族自治州', '红河哈尼族彝族自治州', '文山壮族苗族自治州', '西双版纳傣族自治州', '大理白族自治州', '德宏傣族景颇族自治州', '怒江傈僳族自治州', '迪庆藏族自治州',
        '拉萨市', '日喀则市', '昌都市', '林芝市', '山南市', '那曲市', '阿里地区',
        '西安市', '铜川市', '宝鸡市', '咸阳市', '渭南市', '延安市', '汉中市', '榆林市', '安康市', '商洛市',
        '兰州市', '嘉峪关市', '金昌市', '白银市', '天水市', '武威市', '张掖市', '平凉市', '酒泉市', '庆阳市', '定西市', '陇南市', '临夏回族自治州', '甘南藏族自治州',
        '西宁市', '海东市', '海北藏族自治州', '黄南藏族自治州', '海南藏族自治州', '果洛藏族自治州', '玉树藏族自治州', '海西蒙古族藏族自治州',
        '银川市', '石嘴山市', '吴忠市', '固原市', '中卫市',
        '乌鲁木齐市', '克拉玛依市', '吐鲁番市', '哈密市', '昌吉回族自治州', '博尔塔拉蒙古自治州', '巴音郭楞蒙古自治州', '阿克苏地区', '克孜勒苏柯尔克孜自治州', '喀什地区', '和田地区', '伊犁哈萨克自治州', '塔城地区', '阿勒泰地区', '石河子市', '阿拉尔市', '图木舒克市', '五家渠市',
        '台北市',
        '香港',
        '澳门'
    ] AS cities,
    [
        '北京',
        '天津',
        '上海',
        '重庆',
        '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省', '河北省',
        '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省', '山西省',
        '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古', '内蒙古',
        '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省', '辽宁省',
        '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省', '吉林省',
        '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省', '黑龙江省',
        '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省', '江苏省',
        '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省', '浙江省',
        '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省', '安徽省',
        '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省', '福建省',
        '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省', '江西省',
        '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省', '山东省',
        '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省', '河南省',
        '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省', '湖北省',
        '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省', '湖南省',
        '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省', '广东省',
        '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西', '广西',
        '海南省', '海南省', '海南省', '海南省',
        '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省', '四川省',
        '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省', '贵州省',
        '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省', '云南省',
        '西藏', '西藏', '西藏', '西藏', '西藏', '西藏', '西藏',
        '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省', '陕西省',
        '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省', '甘肃省',
        '青海省', '青海省', '青海省', '青海省', '青海省', '青海省', '青海省', '青海省',
        '宁夏', '宁夏', '宁夏', '宁夏', '宁夏',
        '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆', '新疆',
        '台湾',
        '香港',
        '澳门'
    ] AS provinces
SELECT
    first_day AS day,
    tid,
    out_sid,
    seller_id,
    seller_nick,
    ifNull(last_carrier, '') AS carrier,
    created_at,
    consigned_at,
    picked_up_at,
    nullIf(arrayMin(arrayFilter((at, stage) -> stage IN (4, 5), ats, stages)), never) AS first_moved_at,
    (picked_up_at IS NULL AND first_moved_at IS NOT NULL)::Bool AS got_inferred,
    destination_city_at,
    out_for_delivery_at,
    nullIf(arrayMax(arrayFilter((at, stage) -> stage = 7, ats, stages)), never) AS last_out_for_delivery_at,
    signed_at,
    failed_at,
    nullIf(arrayMin(arrayFilter((at, stage, says_returned) -> stage IN (10, 11) OR (stage = 9 AND says_returned), ats, stages, trail.says_returned)), never) AS refused_at,
    returned_at,
    lost_at,
    nullIf(events[1].1, never) AS first_event_at,
    nullIf(events[-1].1, never) AS last_event_at,
    stage_names[events[-1].2] AS last_stage,
    arrayLast(node -> node != '', nodes) AS last_place,
    (created_at IS NULL AND consigned_at IS NULL AND picked_up_at IS NULL)::Bool AS first_seen_midlife,
    length(trail) AS traces,
    length(arrayDistinct(arrayMap(at -> toDate(at), arrayFilter((at, stage) -> stage = 7, ats, stages)))) AS attempts,
    length(arrayDistinct(arrayMap(at -> toDate(at), arrayFilter((at, stage) -> stage = 7 AND at <= ifNull(signed_at, at), ats, stages)))) AS scan_days_before_sign,
    arrayExists((at, stage) -> stage IN (9, 10) AND (signed_at IS NULL OR at < signed_at), ats, stages)::Bool AS failed_before_sign,
    if(consigned_at IS NULL, NULL, nullIf(arrayFirst(event -> event.2 NOT IN (1, 2) AND event.1 >= consigned_at, events).1, never)) AS carrier_event_after_consign_at,
    nullIf(origin, '') AS origin_city,
    nullIf(destination, '') AS destination_city,
    nullIf(transform(origin, cities, provinces, ''), '') AS origin_province,
    nullIf(transform(destination, cities, provinces, ''), '') AS destination_province,
    if(origin = '' OR destination = '', '', concat(origin, '→', destination)) AS lane,
    if(signed_at >= got_at, arrayMax(arrayMap((at, later) -> if(later > at, later - at, 0), way_ats, arrayShiftLeft(way_ats, 1))), NULL) AS max_gap_seconds,
    arrayZip(arrayFilter((node, hit) -> hit, nodes, is_hop), arrayFilter((at, hit) -> hit, ats, is_hop), arrayMap((at, later) -> later - at, arrayFilter((at, hit) -> hit, ats, is_hop), arrayFilter((at, hit) -> hit, next_ats, is_hop))) AS hops,
    arrayZip(arrayFilter((node, hit) -> hit, move_nodes, is_segment), arrayFilter((node, hit) -> hit, arrayShiftLeft(move_nodes, 1), is_segment), arrayFilter((at, hit) -> hit, move_ats, is_segment), arrayMap((at, later) -> later - at, arrayFilter((at, hit) -> hit, move_ats, is_segment), arrayFilter((at, hit) -> hit, arrayShiftLeft(move_ats, 1), is_segment))) AS segments,
    events.1 AS event_ats,
    events.2 AS event_stages
FROM
(
    SELECT
        state.tid AS tid,
        state.out_sid AS out_sid,
        min(state.day) AS first_day,
        max(state.seller_id) AS seller_id,
        max(state.seller_nick) AS seller_nick,
        argMaxMerge(state.carrier) AS last_carrier,
        min(state.created_at) AS created_at,
        min(state.consigned_at) AS consigned_at,
        min(state.picked_up_at) AS picked_up_at,
        min(state.destination_city_at) AS destination_city_at,
        min(state.out_for_delivery_at) AS out_for_delivery_at,
        min(state.signed_at) AS signed_at,
        min(state.failed_at) AS failed_at,
        min(state.returned_at) AS returned_at,
        min(state.lost_at) AS lost_at,
        arraySort(groupUniqArrayArray(state.path)) AS trail
    FROM juliu_store.parcels_state AS state
    GROUP BY tid, out_sid
)
COMMENT '包裹解析 — each parcel resolved from its states; what marts and juliu.parcels are made of';

CREATE OR REPLACE VIEW juliu.parcels
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid',
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick',
    carrier String COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces',
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces',
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces',
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces',
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces',
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces',
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces',
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces',
    last_stage String COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived',
    last_place String COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description',
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces',
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    origin_city Nullable(String) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description',
    destination_city Nullable(String) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived',
    lane String COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived',
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived'
)
AS
SELECT
    tid,
    out_sid,
    seller_id,
    seller_nick,
    carrier,
    created_at,
    consigned_at,
    picked_up_at,
    first_moved_at,
    got_inferred,
    destination_city_at,
    out_for_delivery_at,
    last_out_for_delivery_at,
    signed_at,
    failed_at,
    refused_at,
    returned_at,
    lost_at,
    first_event_at,
    last_event_at,
    last_stage,
    last_place,
    first_seen_midlife,
    traces,
    attempts,
    origin_city,
    destination_city,
    origin_province,
    destination_province,
    lane,
    max_gap_seconds
FROM juliu_store.parcel_paths
COMMENT '包裹 — current state, one row per parcel (tid, out_sid)';

-- 0018-items-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.items_state
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    seller_nick AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '卖家昵称 — nick of the seller, last known; source: item_events.seller_nick',
    title AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '商品标题 — title, last known; source: item_events.title',
    price AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '价格 — price, last known, of whatever SKU; unit: CNY yuan; source: item_events.price',
    stock AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT '库存 — stock of all SKUs, last known; unit: pieces; source: item_events.num',
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '商品状态 — status as sent, last known; source: item_events.status',
    on_shelf AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否在架 — on the shelves; source: item_events.event',
    deleted AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否已删除 — deleted; source: item_events.event',
    punished AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否受处罚 — under a verdict of the platform; source: item_events.event',
    recommended AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '是否橱窗推荐 — recommended in the shop window; source: item_events.event',
    audit_passed AggregateFunction(argMax, Nullable(Bool), UInt128) COMMENT '审核是否通过 — result of the last audit; source: item_events.audit_result',
    last_event AggregateFunction(argMax, String, UInt128) COMMENT '最近事件 — event of the last message; source: item_events.event',
    first_seen_at SimpleAggregateFunction(min, DateTime('Asia/Shanghai')) COMMENT '首次消息时间 — first message; UTC+8; source: item_events.publish_time',
    last_change_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最近变更时间 — last message; UTC+8; source: item_events.publish_time',
    added_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '新增时间 — when it was added; UTC+8; source: item_events.publish_time',
    edited_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近编辑时间 — last edit; UTC+8; source: item_events.publish_time',
    punished_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近处罚时间 — last verdict of the platform; UTC+8; source: item_events.publish_time',
    sold_out_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '最近卖空时间 — when it was sold out last; UTC+8; source: item_events.publish_time'
)
ENGINE = AggregatingMergeTree()
ORDER BY num_iid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '商品状态 — states of items; ask juliu.items';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.items_state_writer TO juliu_store.items_state
AS
WITH
    toDateTime(publish_time) AS second,
    multiIf(
        event = 'added', 5,
        event IN ('delisted', 'punished_delisted'), 10,
        event = 'listed', 30,
        event IN ('deleted', 'punished_deleted'), 40,
        20
    ) AS rank,
    bitShiftLeft(toUInt128(toUnixTimestamp(second)), 96) + bitShiftLeft(toUInt128(rank), 90)
        + bitShiftLeft(toUInt128(toMillisecond(publish_time)), 80)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 1099511627775)), 40)
        + bitAnd(bitShiftRight(version, 24), 1099511627775) AS message_order,
    startsWith(event, 'punished') AS by_platform
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    max(item_events.seller_id) AS seller_id,
    argMaxState(item_events.seller_nick, message_order) AS seller_nick,
    argMaxState(item_events.title, message_order) AS title,
    argMaxState(item_events.price, message_order) AS price,
    argMaxState(if(event = 'sold_out', ifNull(num, 0), num), message_order) AS stock,
    argMaxState(item_events.status, message_order) AS status,
    argMaxState(CAST(multiIf(
        event = 'listed', true,
        event IN ('delisted', 'punished_delisted', 'deleted', 'punished_deleted'), false,
        NULL
    ), 'Nullable(Bool)'), message_order) AS on_shelf,
    argMaxState(CAST(multiIf(
        event IN ('deleted', 'punished_deleted'), true,
        event IN ('added', 'listed'), false,
        NULL
    ), 'Nullable(Bool)'), message_order) AS deleted,
    argMaxState(CAST(multiIf(by_platform, true, event IN ('added', 'listed'), false, NULL), 'Nullable(Bool)'), message_order) AS punished,
    argMaxState(CAST(multiIf(event = 'recommended', true, event = 'unrecommended', false, NULL), 'Nullable(Bool)'), message_order) AS recommended,
    argMaxState(audit_result, message_order) AS audit_passed,
    argMaxState(toString(event), message_order) AS last_event,
    min(second) AS first_seen_at,
    max(second) AS last_change_at,
    min(if(event = 'added', second, NULL)) AS added_at,
    max(if(event = 'updated', second, NULL)) AS edited_at,
    max(if(by_platform, second, NULL)) AS punished_at,
    max(if(event = 'sold_out', second, NULL)) AS sold_out_at
FROM juliu_store.item_events AS item_events
WHERE item_events.num_iid IS NOT NULL
GROUP BY num_iid
COMMENT '商品状态写入 — brings each inserted item message to items_state';

CREATE TABLE IF NOT EXISTS juliu_store.item_skus_state
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    sku_id Int64 COMMENT 'SKU 编号 — id of the SKU; source: item_events.sku_id',
    stock AggregateFunction(argMax, Nullable(Int64), UInt128) COMMENT 'SKU 库存 — stock of the SKU, last known; unit: pieces; source: item_events.sku_num',
    price AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '价格 — price, last known, in messages about the SKU; unit: CNY yuan; source: item_events.price'
)
ENGINE = AggregatingMergeTree()
ORDER BY (num_iid, sku_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'SKU 状态 — states of SKUs; ask juliu.items';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.item_skus_state_writer TO juliu_store.item_skus_state
AS
WITH
    bitShiftLeft(toUInt128(toUnixTimestamp(toDateTime(publish_time))), 96)
        + bitShiftLeft(toUInt128(toMillisecond(publish_time)), 80)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 1099511627775)), 40)
        + bitAnd(bitShiftRight(version, 24), 1099511627775) AS message_order
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    assumeNotNull(item_events.sku_id) AS sku_id,
    argMaxState(if(event = 'sku_sold_out', ifNull(sku_num, 0), sku_num), message_order) AS stock,
    argMaxState(item_events.price, message_order) AS price
FROM juliu_store.item_events AS item_events
WHERE item_events.num_iid IS NOT NULL AND item_events.sku_id IS NOT NULL
GROUP BY num_iid, sku_id
COMMENT 'SKU 状态写入 — brings each inserted item message to item_skus_state';

CREATE OR REPLACE VIEW juliu.items
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller, last known; source: item_events.seller_nick',
    title Nullable(String) COMMENT '商品标题 — title, last known from messages, else imported; source: item_events.title, item_dimensions.title',
    category Nullable(String) COMMENT '商品类目 — category, NULL when not imported; source: item_dimensions.category',
    cost Nullable(Decimal(18, 2)) COMMENT '成本价 — cost of one piece, NULL when not imported; unit: CNY yuan; source: item_dimensions.cost',
    price Nullable(Decimal(18, 2)) COMMENT '价格 — price, last known, of whatever SKU; unit: CNY yuan; source: item_events.price',
    stock Nullable(Int64) COMMENT '库存 — stock of all SKUs, last known; unit: pieces; source: item_events.num, 0 at ItemZeroStock',
    sku_stock Array(Tuple(sku_id Int64, stock Nullable(Int64), price Nullable(Decimal(18, 2)))) COMMENT 'SKU 库存 — SKUs seen with their stock (pieces) and price (CNY yuan), last known, by sku_id; source: item_events.sku_num, price',
    status Nullable(String) COMMENT '商品状态 — status as sent, last known, its values are not documented; source: item_events.status',
    on_shelf Nullable(Bool) COMMENT '是否在架 — on the shelves; NULL = neither seen put on nor taken off; source: events listed, delisted, deleted and those of the platform',
    deleted Bool COMMENT '是否已删除 — deleted, by the seller or the platform, and not listed again since; source: events deleted, punished_deleted',
    punished Bool COMMENT '是否受处罚 — the platform took it down, moved or deleted it and it was not listed again since; source: events punished_*',
    recommended Nullable(Bool) COMMENT '是否橱窗推荐 — recommended in the shop window; NULL = unknown; source: events recommended, unrecommended',
    audit_passed Nullable(Bool) COMMENT '审核是否通过 — result of the last audit; NULL = none seen; source: item_events.audit_result',
    last_event String COMMENT '最近事件 — event of the last message; source: item_events.event',
    last_change_at DateTime('Asia/Shanghai') COMMENT '最近变更时间 — last message; UTC+8; source: item_events.publish_time',
    first_seen_at DateTime('Asia/Shanghai') COMMENT '首次消息时间 — first message; UTC+8; source: item_events.publish_time',
    added_at Nullable(DateTime('Asia/Shanghai')) COMMENT '新增时间 — when it was added; NULL = before the subscription; UTC+8; source: event added',
    edited_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近编辑时间 — last edit; UTC+8; source: event updated',
    punished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近处罚时间 — last verdict of the platform, also when it is over; UTC+8; source: events punished_*',
    sold_out_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近卖空时间 — when it was sold out last; UTC+8; source: event sold_out'
)
AS SELECT
    states.num_iid AS num_iid,
    max(states.seller_id) AS seller_id,
    argMaxMerge(states.seller_nick) AS seller_nick,
    coalesce(argMaxMerge(states.title), any(dimensions.title)) AS title,
    any(dimensions.category) AS category,
    any(dimensions.cost) AS cost,
    argMaxMerge(states.price) AS price,
    argMaxMerge(states.stock) AS stock,
    any(skus.sku_stock) AS sku_stock,
    argMaxMerge(states.status) AS status,
    argMaxMerge(states.on_shelf) AS on_shelf,
    ifNull(argMaxMerge(states.deleted), false) AS deleted,
    ifNull(argMaxMerge(states.punished), false) AS punished,
    argMaxMerge(states.recommended) AS recommended,
    argMaxMerge(states.audit_passed) AS audit_passed,
    argMaxMerge(states.last_event) AS last_event,
    max(states.last_change_at) AS last_change_at,
    min(states.first_seen_at) AS first_seen_at,
    min(states.added_at) AS added_at,
    max(states.edited_at) AS edited_at,
    max(states.punished_at) AS punished_at,
    max(states.sold_out_at) AS sold_out_at
FROM juliu_store.items_state AS states
LEFT JOIN
(
    SELECT num_iid, arraySort(groupArray((sku_id, sku_last_stock, sku_last_price))) AS sku_stock
    FROM
    (
        SELECT num_iid, sku_id, argMaxMerge(stock) AS sku_last_stock, argMaxMerge(price) AS sku_last_price
        FROM juliu_store.item_skus_state
        GROUP BY num_iid, sku_id
    )
    GROUP BY num_iid
) AS skus ON skus.num_iid = states.num_iid
LEFT JOIN juliu.item_dimensions AS dimensions ON dimensions.num_iid = states.num_iid
GROUP BY states.num_iid
COMMENT '商品 — one row per item: its state by the messages so far';

CREATE TABLE IF NOT EXISTS juliu_store.item_changes_state
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    at DateTime64(0, 'Asia/Shanghai') COMMENT '变更时间 — second of the message; UTC+8; source: item_events.publish_time',
    field LowCardinality(String) COMMENT '变更字段 — what changed; source: item_events.changed_fields, event and values',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_events.event',
    business_key String COMMENT '业务键 — business event that says so; source: item_events.business_key' CODEC(ZSTD(1)),
    sku_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT 'SKU 编号 — SKU the message is about; source: item_events.sku_id',
    basis SimpleAggregateFunction(min, String) COMMENT '依据 — event, named or value, see juliu.item_changes; source: item_events',
    new_value SimpleAggregateFunction(max, Nullable(String)) COMMENT '新值 — value after the change; NULL = the message does not carry it; source: item_events',
    published_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT '发布时间 — publication in ms; UTC+8; source: item_events.publish_time',
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id'
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(at)
ORDER BY (num_iid, at, field, event, business_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '商品变更状态 — states of the log of changes; ask juliu.item_changes';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.item_changes_state_writer TO juliu_store.item_changes_state
AS
WITH
    if(event = 'sold_out', ifNull(num, 0), num) AS stock,
    if(event = 'sku_sold_out', ifNull(sku_num, 0), sku_num) AS sku_stock,
    -- Values the message carries, whether it says that they changed or not.
    arrayFilter(value -> value.2 IS NOT NULL, [
        ('price', toDecimalString(price, 2)),
        ('num', toString(stock)),
        ('sku_num', toString(sku_stock)),
        ('title', title)
    ]) AS carried,
    arrayMap(value -> (value.1, if(has(changed_fields, value.1), 'named', 'value'), value.2), carried) AS by_value,
    arrayMap(
        name -> (name, 'named', if(name = 'approve_status', status, NULL)),
        arrayFilter(name -> NOT has(carried.1, name), changed_fields)
    ) AS by_name,
    multiIf(
        event IN ('updated', 'distribution_edited'), if(empty(changed_fields), [('unspecified', 'named', CAST(NULL, 'Nullable(String)'))], []),
        event = 'added', [('added', 'event', 'true')],
        event = 'listed', [('shelf', 'event', 'on')],
        event = 'delisted', [('shelf', 'event', 'off')],
        event = 'punished_delisted', [('shelf', 'event', 'off'), ('punished', 'event', 'delisted')],
        event = 'deleted', [('deleted', 'event', 'true')],
        event = 'punished_deleted', [('deleted', 'event', 'true'), ('punished', 'event', 'deleted')],
        event = 'punished_cc', [('punished', 'event', 'cc')],
        event = 'audited', [('audit', 'event', multiIf(audit_result, 'passed', audit_result IS NULL, NULL, 'failed'))],
        event = 'recommended', [('recommended', 'event', 'on')],
        event = 'unrecommended', [('recommended', 'event', 'off')],
        []
    ) AS by_event,
    arrayConcat(by_value, by_name, by_event) AS known
SELECT
    assumeNotNull(item_events.num_iid) AS num_iid,
    toDateTime64(toDateTime(item_events.publish_time), 0, 'Asia/Shanghai') AS at,
    change.1 AS field,
    item_events.event AS event,
    item_events.business_key AS business_key,
    item_events.sku_id AS sku_id,
    change.2 AS basis,
    change.3 AS new_value,
    item_events.publish_time AS published_at,
    item_events.seller_id AS seller_id
FROM juliu_store.item_events AS item_events
ARRAY JOIN if(empty(known), [(toString(event), 'event', CAST(NULL, 'Nullable(String)'))], known) AS change
WHERE item_events.num_iid IS NOT NULL
COMMENT '商品变更状态写入 — brings each inserted item message to item_changes_state';

CREATE OR REPLACE VIEW juliu.item_changes
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    at DateTime('Asia/Shanghai') COMMENT '变更时间 — when it changed, to the second; UTC+8; source: item_events.publish_time',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_events.event',
    field LowCardinality(String) COMMENT '变更字段 — a name the platform sent in changed_fields; or price, num (stock), sku_num (stock of sku_id), title when a value differs from the one before; or shelf, deleted, punished, audit, added, recommended; unspecified = an edit that names no field; else the event itself',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU the message is about, NULL = none; source: item_events.sku_id',
    basis String COMMENT '依据 — named = the platform says that the field changed; value = the value differs from the last known one; event = the message says it by its topic',
    old_value Nullable(String) COMMENT '旧值 — last value known before (of price and sku_num: of this SKU); NULL = none known; source: earlier messages',
    new_value Nullable(String) COMMENT '新值 — value after the change; NULL = the message does not carry it; shelf: on or off; punished: delisted, deleted or cc; audit: passed or failed; prices in CNY yuan, stock in pieces',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: item_events.seller_id',
    business_key String COMMENT '业务键 — business event that says so; rows of one message share it; source: item_events.business_key'
)
AS SELECT num_iid, at, event, field, sku_id, basis, old_value, new_value, seller_id, business_key
FROM
(
    SELECT
        *,
        anyLast(new_value) OVER
        (
            PARTITION BY num_iid, field, if(field IN ('price', 'sku_num'), sku_id, NULL)
            ORDER BY at, rank, published_at, business_key
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS old_value
    FROM
    (
        SELECT
            num_iid,
            toDateTime(min(states.at)) AS at,
            event,
            field,
            max(states.sku_id) AS sku_id,
            min(states.basis) AS basis,
            max(states.new_value) AS new_value,
            max(states.published_at) AS published_at,
            max(states.seller_id) AS seller_id,
            business_key,
            multiIf(
                event = 'added', 5,
                event IN ('delisted', 'punished_delisted'), 10,
                event = 'listed', 30,
                event IN ('deleted', 'punished_deleted'), 40,
                20
            ) AS rank
        FROM juliu_store.item_changes_state AS states
        GROUP BY num_iid, event, field, business_key
    )
)
WHERE basis != 'value' OR old_value IS NULL OR old_value != new_value
COMMENT '商品变更 — one row per item, field and business event: what changed, when, from what to what';

-- 0019-reviews-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.reviews_state
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: review_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_events.tid' CODEC(Delta(8), ZSTD(1)),
    oid Int64 COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: review_events.oid' CODEC(ZSTD(1)),
    item_key Int64 COMMENT '商品标识 — id of the reviewed item where no order line is named, else 0; source: review_events.num_iid' CODEC(ZSTD(1)),
    num_iid SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id' CODEC(ZSTD(1)),
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick' CODEC(ZSTD(1)),
    feedback AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '评价内容 — state of the last known text of the review; source: review_events.feedback',
    other_feedback AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '未知类型评价内容 — state of the last known text that is neither called review nor follow-up; source: review_events.feedback',
    follow_up AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '追评内容 — state of the last known text of the follow-up; source: review_events.feedback',
    labels AggregateFunction(argMaxIf, Array(Tuple(category String, polarity String, phrase String)), UInt128, UInt8) COMMENT '印象词 — state of the last known labels of the review; source: review_events.impr_labels',
    follow_up_labels AggregateFunction(argMaxIf, Array(Tuple(category String, polarity String, phrase String)), UInt128, UInt8) COMMENT '追评印象词 — state of the last known labels of the follow-up; source: review_events.impr_labels',
    reviewed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '评价时间 — first known state of the review; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    review_modified_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '评价修改时间 — last known state of the review; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    followed_up_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '追评时间 — first known state of the follow-up; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    follow_up_modified_at SimpleAggregateFunction(max, Nullable(DateTime('Asia/Shanghai'))) COMMENT '追评修改时间 — last known state of the follow-up; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    last_message_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — latest publication about the review; UTC+8; source: review_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, oid, item_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '评价状态 — what is known of each review, one row per review and day; states to be merged; ask juliu.reviews';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.reviews_state_writer
TO juliu_store.reviews_state
AS
WITH
    toDateTime(e.publish_time, 'Asia/Shanghai') AS published,
    toDateTime(least(greatest(ifNull(e.gmt_modified, e.publish_time), toDateTime64('1970-01-02 00:00:00', 3, 'Asia/Shanghai')),
        toDateTime64('2106-01-01 00:00:00', 3, 'Asia/Shanghai')), 'Asia/Shanghai') AS at,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(toUnixTimestamp(published)), 64)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 4294967295)), 32)
        + bitAnd(bitShiftRight(version, 32), 4294967295) AS message_order,
    review_kind = 'follow_up' AS is_follow_up
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    assumeNotNull(e.tid) AS tid,
    assumeNotNull(ifNull(e.oid, e.tid)) AS oid,
    if(e.oid IS NULL, ifNull(e.num_iid, 0), 0) AS item_key,
    max(e.num_iid) AS num_iid,
    max(e.seller_id) AS seller_id,
    max(e.seller_nick) AS seller_nick,
    argMaxState(if(review_kind = 'main', e.feedback, NULL), message_order) AS feedback,
    argMaxState(if(review_kind NOT IN ('main', 'follow_up'), e.feedback, NULL), message_order) AS other_feedback,
    argMaxState(if(is_follow_up, e.feedback, NULL), message_order) AS follow_up,
    argMaxIfState(impr_labels, message_order, NOT is_follow_up AND notEmpty(impr_labels)) AS labels,
    argMaxIfState(impr_labels, message_order, is_follow_up AND notEmpty(impr_labels)) AS follow_up_labels,
    minIf(toNullable(at), NOT is_follow_up) AS reviewed_at,
    maxIf(toNullable(at), NOT is_follow_up) AS review_modified_at,
    minIf(toNullable(at), is_follow_up) AS followed_up_at,
    maxIf(toNullable(at), is_follow_up) AS follow_up_modified_at,
    max(published) AS last_message_at
FROM juliu_store.review_events AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid, oid, item_key
COMMENT '评价状态写入 — brings each inserted review message to reviews_state';

CREATE OR REPLACE VIEW juliu.reviews
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_events.tid',
    oid Int64 COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: review_events.oid',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    feedback Nullable(String) COMMENT '评价内容 — text of the review, last by gmt_modified, personal data masked; NULL = only the follow-up is known; source: review_events.feedback',
    reviewed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '评价时间 — first known state of the review; UTC+8; source: review_events.gmt_modified, else publish_time',
    review_modified_at Nullable(DateTime('Asia/Shanghai')) COMMENT '评价修改时间 — last known state of the review; UTC+8; source: review_events.gmt_modified, else publish_time',
    labels Array(Tuple(category String, polarity String, phrase String)) COMMENT '印象词 — the platform’s labels of the review, last by gmt_modified, as (category, polarity, phrase); source: review_events.impr_labels',
    follow_up Nullable(String) COMMENT '追评内容 — text of the follow-up, last by gmt_modified, personal data masked; NULL = none; source: review_events.feedback',
    followed_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '追评时间 — first known state of the follow-up; UTC+8; source: review_events.gmt_modified, else publish_time',
    follow_up_modified_at Nullable(DateTime('Asia/Shanghai')) COMMENT '追评修改时间 — last known state of the follow-up; UTC+8; source: review_events.gmt_modified, else publish_time',
    follow_up_labels Array(Tuple(category String, polarity String, phrase String)) COMMENT '追评印象词 — the platform’s labels of the follow-up, last by gmt_modified, as (category, polarity, phrase); source: review_events.impr_labels',
    last_message_at DateTime('Asia/Shanghai') COMMENT '最后消息时间 — latest publication about the review; UTC+8; source: review_events.publish_time'
)
AS SELECT
    state.tid AS tid,
    state.oid AS oid,
    max(state.num_iid) AS num_iid,
    max(state.seller_id) AS seller_id,
    max(state.seller_nick) AS seller_nick,
    coalesce(argMaxMerge(state.feedback), argMaxMerge(state.other_feedback)) AS feedback,
    min(state.reviewed_at) AS reviewed_at,
    max(state.review_modified_at) AS review_modified_at,
    argMaxIfMerge(state.labels) AS labels,
    argMaxMerge(state.follow_up) AS follow_up,
    min(state.followed_up_at) AS followed_up_at,
    max(state.follow_up_modified_at) AS follow_up_modified_at,
    argMaxIfMerge(state.follow_up_labels) AS follow_up_labels,
    max(state.last_message_at) AS last_message_at
FROM juliu_store.reviews_state AS state
GROUP BY state.tid, state.oid, state.item_key
COMMENT '评价 — one row per review with a negative impression: its text, its follow-up, the platform’s labels';

-- 0020-dimensions.sql

CREATE TABLE IF NOT EXISTS juliu_store.order_dimensions
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: imported file',
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — until when delivery was promised to the buyer; NULL = no promise known; UTC+8; source: imported file',
    send_type Nullable(String) COMMENT '发货方式 — how it was sent, in lower case; offline = without waybill on the platform, such orders stay out of logistics KPIs; source: imported file' CODEC(ZSTD(1)),
    province Nullable(String) COMMENT '收货省份 — province of the receiver; source: imported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY tid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '订单维度 — imported facts of orders, one row per tid';

CREATE OR REPLACE VIEW juliu.order_dimensions
AS SELECT * EXCEPT (version) FROM juliu_store.order_dimensions FINAL
COMMENT '订单维度 — imported facts of orders, one row per tid';

CREATE TABLE IF NOT EXISTS juliu_store.item_dimensions
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: imported file',
    category Nullable(String) COMMENT '商品类目 — category of the item in the shop’s own words; source: imported file' CODEC(ZSTD(1)),
    cost Nullable(Decimal(18, 2)) COMMENT '成本价 — cost of one piece; unit: CNY yuan; source: imported file',
    title Nullable(String) COMMENT '商品标题 — title of the item; source: imported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY num_iid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '商品维度 — imported facts of items, one row per num_iid';

CREATE OR REPLACE VIEW juliu.item_dimensions
AS SELECT * EXCEPT (version) FROM juliu_store.item_dimensions FINAL
COMMENT '商品维度 — imported facts of items, one row per num_iid';

CREATE TABLE IF NOT EXISTS juliu_store.increment_trades
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: exported file',
    modified DateTime('Asia/Shanghai') COMMENT '修改时间 — when the platform changed the trade last, as of the export; UTC+8; source: exported file' CODEC(Delta(4), ZSTD(1)),
    status Nullable(String) COMMENT '交易状态 — status of the trade at modified; source: exported file' CODEC(ZSTD(1)),
    payment Nullable(Decimal(18, 2)) COMMENT '实付金额 — paid for the whole trade; unit: CNY yuan; source: exported file',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: exported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (tid, modified)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '增量接口订单 — trades as exported from the increment API, one row per state of a trade';

CREATE OR REPLACE VIEW juliu.increment_trades
AS SELECT * EXCEPT (version) FROM juliu_store.increment_trades FINAL
COMMENT '增量接口订单 — trades as exported from the increment API, one row per state of a trade';

CREATE TABLE IF NOT EXISTS juliu_store.increment_exports
(
    seller_nick String COMMENT '卖家昵称 — seller whose trades the export holds; empty = the file names none, its time range then counts for every seller; source: exported file',
    modified_from DateTime('Asia/Shanghai') COMMENT '起始时间 — first moment the export covers, inclusive; UTC+8; source: told at the import, else the earliest modified of the file',
    modified_to DateTime('Asia/Shanghai') COMMENT '结束时间 — last moment the export covers, inclusive; UTC+8; source: told at the import, else the latest modified of the file',
    trades UInt64 COMMENT '订单数 — rows of the seller in the file',
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (seller_nick, modified_from, modified_to)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '增量接口导出 — which time of which seller the imported exports cover';

CREATE OR REPLACE VIEW juliu.increment_exports
AS SELECT * EXCEPT (version) FROM juliu_store.increment_exports FINAL
COMMENT '增量接口导出 — which time of which seller the imported exports cover';

-- 0021-order-facts.sql

CREATE TABLE IF NOT EXISTS juliu_store.order_facts
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
ENGINE = MergeTree()
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), tid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1
COMMENT '订单事实 — one resolved row per order, recomputed by the job orders';

CREATE OR REPLACE VIEW juliu.order_facts
AS SELECT * FROM juliu_store.order_facts
COMMENT '订单事实 — one resolved row per order, recomputed by the job orders';

CREATE OR REPLACE VIEW juliu_store.resolved_orders
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

CREATE OR REPLACE VIEW juliu.orders
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

-- 0022-refund-facts.sql

CREATE TABLE IF NOT EXISTS juliu_store.refund_facts
(
    day Date COMMENT '首见日期 — day of the first message known of the refund; UTC+8; source: refund_events.publish_time' CODEC(ZSTD(1)),
    refund_id Int64 COMMENT '退款编号 — id of the refund; source: refund_events.refund_id' CODEC(Delta(8), ZSTD(1)),
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: refund_events.tid' CODEC(ZSTD(1)),
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line; source: refund_events.oid' CODEC(ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: refund_events.seller_id' CODEC(ZSTD(1)),
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: refund_events.seller_nick' CODEC(ZSTD(1)),
    num_iid Nullable(Int64) COMMENT '商品数字编号 — item of the refunded order line; NULL when no trade message named it; source: juliu.order_lines by tid, oid' CODEC(ZSTD(1)),
    phase Nullable(String) COMMENT '退款阶段 — last known: onsale (售中) or aftersale (售后); source: refund_events.refund_phase' CODEC(ZSTD(1)),
    bill_type Nullable(String) COMMENT '退款单类型 — last known: refund_bill, return_bill or replace_bill; source: refund_events.bill_type' CODEC(ZSTD(1)),
    status Nullable(String) COMMENT '退款状态 — last known status as the API names it; source: refund_events.refund_status' CODEC(ZSTD(1)),
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — last known amount; unit: CNY yuan; source: refund_events.refund_fee' CODEC(ZSTD(1)),
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请时间 — first created; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    agreed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '同意时间 — first seller_agreed; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒绝时间 — first seller_refused; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    goods_returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家退货时间 — first goods_returned; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    intervention_applied_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请介入时间 — first intervention_applied; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    intervened_at Nullable(DateTime('Asia/Shanghai')) COMMENT '平台介入时间 — first intervened; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款成功时间 — first succeeded; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款关闭时间 — first closed; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    status_path Array(String) COMMENT '退款过程 — events that moved the refund, in order of their time, repetitions in a row once; source: refund_events.event' CODEC(ZSTD(1)),
    status_path_at Array(DateTime('Asia/Shanghai')) COMMENT '退款过程时间 — when each event of status_path came, of repetitions the first; UTC+8; source: refund_events.modified, else publish_time' CODEC(ZSTD(1)),
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: refund_events.event' CODEC(ZSTD(1)),
    order_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单付款时间 — payment of its order; NULL when unknown; UTC+8; source: order_facts.paid_at' CODEC(ZSTD(1)),
    order_first_seen_midlife Bool COMMENT '订单中途首见 — no creation message of its order was seen, or no order is known: in no refund rate; source: order_facts' CODEC(ZSTD(1)),
    seller LowCardinality(String) MATERIALIZED coalesce(seller_nick, toString(seller_id), '') COMMENT '卖家 — seller_nick, else seller_id as text, else empty: value of the cut seller; source: derived' CODEC(ZSTD(1)),
    last_day Date MATERIALIZED toDate(greatest(ifNull(created_at, toDateTime(0, 'Asia/Shanghai')), ifNull(succeeded_at, toDateTime(0, 'Asia/Shanghai')), ifNull(order_paid_at, toDateTime(0, 'Asia/Shanghai')))) COMMENT '末次起点日期 — day of creation, of success or of the payment of its order, the latest: no question from the next day on has it; UTC+8; source: derived',
    INDEX ix_refund_id refund_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_created_at created_at TYPE minmax GRANULARITY 1,
    INDEX ix_succeeded_at succeeded_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), refund_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1
COMMENT '退款事实 — one resolved row per refund, recomputed by the job refunds';

CREATE OR REPLACE VIEW juliu.refund_facts
AS SELECT * FROM juliu_store.refund_facts
COMMENT '退款事实 — one resolved row per refund, recomputed by the job refunds';

CREATE OR REPLACE VIEW juliu.refunds
(
    refund_id Int64 COMMENT '退款编号 — id of the refund; source: refund_events.refund_id',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade; source: refund_events.tid',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line; source: refund_events.oid',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: refund_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: refund_events.seller_nick',
    phase Nullable(String) COMMENT '退款阶段 — last known: onsale (售中) or aftersale (售后); source: refund_events.refund_phase',
    bill_type Nullable(String) COMMENT '退款单类型 — last known: refund_bill, return_bill or replace_bill; source: refund_events.bill_type',
    status Nullable(String) COMMENT '退款状态 — last known status as the API names it; source: refund_events.refund_status',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — last known amount; unit: CNY yuan; source: refund_events.refund_fee',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请时间 — first created; UTC+8; source: refund_events.modified, else publish_time',
    agreed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '同意时间 — first seller_agreed; UTC+8; source: refund_events.modified, else publish_time',
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒绝时间 — first seller_refused; UTC+8; source: refund_events.modified, else publish_time',
    goods_returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '买家退货时间 — first goods_returned; UTC+8; source: refund_events.modified, else publish_time',
    intervention_applied_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请介入时间 — first intervention_applied; UTC+8; source: refund_events.modified, else publish_time',
    intervened_at Nullable(DateTime('Asia/Shanghai')) COMMENT '平台介入时间 — first intervened; UTC+8; source: refund_events.modified, else publish_time',
    succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款成功时间 — first succeeded; UTC+8; source: refund_events.modified, else publish_time',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款关闭时间 — first closed; UTC+8; source: refund_events.modified, else publish_time',
    status_path Array(String) COMMENT '退款过程 — events that moved the refund, in order of their time, repetitions in a row once; source: refund_events.event',
    status_path_at Array(DateTime('Asia/Shanghai')) COMMENT '退款过程时间 — when each event of status_path came, of repetitions the first; UTC+8; source: refund_events.modified, else publish_time',
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: refund_events.event'
)
AS
SELECT
    refund_id,
    tid,
    oid,
    seller_id,
    seller_nick,
    phase,
    bill_type,
    status,
    fee,
    created_at,
    agreed_at,
    refused_at,
    goods_returned_at,
    intervention_applied_at,
    intervened_at,
    succeeded_at,
    closed_at,
    status_path,
    status_path_at,
    first_seen_midlife
FROM juliu_store.resolved_refunds
COMMENT '退款 — every refund as it stands now, one row per refund_id; with the item: juliu.refund_facts';

-- 0023-trade-metrics.sql

CREATE OR REPLACE VIEW juliu_store.groups_of_sellers
(
    seller String COMMENT '商家 — nick or id of the seller as text; source: juliu.seller_groups',
    seller_groups Array(String) COMMENT '商家分组 — its groups, sorted; source: juliu.seller_groups'
)
AS
SELECT seller, arraySort(groupUniqArray(seller_group)) AS seller_groups
FROM juliu.seller_groups
GROUP BY seller
COMMENT '商家的分组 — groups per seller; storage only, ask juliu.seller_groups';

CREATE OR REPLACE VIEW juliu_store.orders_created
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups
SELECT
    multiIf({cut:String} = 'day', toString(toDate(time_key)), {cut:String} = 'hour', leftPad(toString(time_key), 2, '0'), {cut:String} = 'weekday', toString(time_key), cut_key) AS value, presale, tid, created_at, deposit_paid_at, paid_at, shipped_at, finished_at, closed_at, left_at
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
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(created_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(created_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(created_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids))), identity(
            if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                if({cut:String} = 'seller', seller, identity(
                    if({cut:String} = 'send_type', ifNull(send_type, ''), identity(
                        if({cut:String} = 'presale', if(presale, 'presale', 'normal'), identity(
                            if({cut:String} = 'trade_type', ifNull(trade_type, ''), 'all'))))))))))) AS cut_key
    FROM juliu_store.order_facts AS o
    WHERE last_day >= {from:Date} AND NOT first_seen_midlife AND created_at >= from_at AND created_at < until_at AND created_at <= now_at
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'seller', 'seller_group', 'day', 'hour', 'weekday', 'item', 'send_type', 'presale', 'trade_type'), 'cut must be one of: all, seller, seller_group, day, hour, weekday, item, send_type, presale, trade_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '订单队列 — orders created on the days from … to as they stood at asof, once per value of the cut; storage only';

CREATE OR REPLACE VIEW juliu.ship_rate_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT toInt64(value * 3600) FROM juliu.kpi_settings WHERE name = 'ship_hours') AS ship_seconds
SELECT
    multiIf({cut:String} = 'day', toString(toDate(time_key)), {cut:String} = 'hour', leftPad(toString(time_key), 2, '0'), {cut:String} = 'weekday', toString(time_key), cut_key) AS value,
    count() AS orders,
    countIf(shipped_at <= limit_at) AS shipped_in_time,
    orders - shipped_in_time AS late,
    if(orders = 0, NULL, shipped_in_time / orders) AS rate
FROM
(
    SELECT
        shipped_at, paid_at + ship_seconds AS limit_at,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(paid_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(paid_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids))), identity(
            if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                if({cut:String} = 'seller', seller, identity(
                    if({cut:String} = 'send_type', ifNull(send_type, ''), identity(
                        if({cut:String} = 'presale', if(presale, 'presale', 'normal'), identity(
                            if({cut:String} = 'trade_type', ifNull(trade_type, ''), 'all'))))))))))) AS cut_key
    FROM juliu_store.order_facts
    WHERE last_day >= {from:Date} AND paid_at >= from_at AND paid_at < until_at AND limit_at <= now_at
        AND in_ship_rate AND (left_at IS NULL OR left_at > limit_at OR ifNull(shipped_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'seller', 'seller_group', 'day', 'hour', 'weekday', 'item', 'send_type', 'presale', 'trade_type'), 'cut must be one of: all, seller, seller_group, day, hour, weekday, item, send_type, presale, trade_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '48h 发货率 (R1) — the same as juliu.ship_rate with asof given, for orders paid on the days from … to, by cut: all, seller, seller_group, day, hour (of the day), presale, trade_type';

CREATE OR REPLACE VIEW juliu.ship_rate
(
    day Date COMMENT '付款日期 — day of payment; UTC+8; source: order_facts.paid_at',
    orders UInt64 COMMENT '到期订单数 — paid orders whose limit (ship_hours, 48 h unless configured) has passed, without presales, orders first seen midlife, orders sent offline, and orders closed or refunded before they were shipped and before the limit; unit: orders',
    shipped_in_time UInt64 COMMENT '按时发货订单数 — of these, shipped within the limit after payment; unit: orders',
    late UInt64 COMMENT '超时未发货订单数 — of these, not shipped within the limit; unit: orders; orders − shipped_in_time',
    rate Nullable(Float64) COMMENT '48h 发货率 (R1) — shipped_in_time / orders; NULL without orders; share 0–1'
)
AS
SELECT toDate(value) AS day, orders, shipped_in_time, late, rate
FROM juliu.ship_rate_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '48h 发货率 (R1) — orders shipped within the limit after payment, by day of payment, as of now; other cuts: ship_rate_at';

CREATE OR REPLACE VIEW juliu.gmv_daily_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
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
FROM
(
    SELECT
        toDate(assumeNotNull(paid_at)) AS day,
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
    GROUP BY day, seller_id
    UNION ALL
    SELECT
        toDate(assumeNotNull(succeeded_at)) AS day,
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
    GROUP BY day, seller_id
)
GROUP BY day, seller_id
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '日成交额 — the same as juliu.gmv_daily with asof and the days from … to given';

CREATE OR REPLACE VIEW juliu.gmv_daily
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
AS
SELECT day, seller_id, seller_nick, seller_groups, orders, paid, refunds, refunded, net, unknown_orders, unknown_share, midlife_orders, midlife_share
FROM juliu.gmv_daily_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '日成交额 — paid and refunded by day and seller, as of now; an order counts once, on its day of payment, a refund on the day it succeeded';

CREATE OR REPLACE VIEW juliu.gmv_by_minute_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
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
FROM
(
    SELECT
        toStartOfMinute(assumeNotNull(paid_at)) AS minute,
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
    GROUP BY minute, seller_id
    UNION ALL
    SELECT
        toStartOfMinute(assumeNotNull(succeeded_at)) AS minute,
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
    GROUP BY minute, seller_id
)
GROUP BY minute, seller_id
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '分钟成交额 — the same as juliu.gmv_by_minute with asof given, for what was paid or refunded on the days from … to';

CREATE OR REPLACE VIEW juliu.gmv_by_minute
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
AS
SELECT minute, seller_id, seller_nick, seller_groups, orders, paid, refunds, refunded, net, unknown_orders
FROM juliu.gmv_by_minute_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '分钟成交额 — paid and refunded by minute and seller, as of now, for promotions';

CREATE OR REPLACE VIEW juliu.presale_steps_at
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

CREATE OR REPLACE VIEW juliu.presale_steps
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
AS
SELECT toDate(value) AS day, created, deposit_paid, paid, shipped, forfeited, deposit_rate, paid_rate, forfeited_rate, created_to_deposit_p50, created_to_deposit_p90, deposit_to_paid_p50, deposit_to_paid_p90, paid_to_shipped_p50, paid_to_shipped_p90
FROM juliu.presale_steps_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '预售步骤 — created, deposit, final payment, shipped, by day of creation, as of now; other cuts: presale_steps_at';

CREATE OR REPLACE VIEW juliu.orders_midlife
(
    day Date COMMENT '首见日期 — day of the first message known of the order; UTC+8; source: order_facts.day',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    orders UInt64 COMMENT '订单数 — orders first seen on the day; unit: orders',
    midlife UInt64 COMMENT '中途首见订单数 — of these, without a message of their creation: open before the subscription began, or created messages missing; unit: orders',
    midlife_share Float64 COMMENT '中途首见占比 — midlife / orders; these orders are in no cohort; share 0–1'
)
AS
SELECT day, seller_id, max(facts.seller_nick) AS seller_nick, count() AS orders, countIf(first_seen_midlife) AS midlife, midlife / orders AS midlife_share
FROM juliu_store.order_facts AS facts
GROUP BY day, seller_id
COMMENT '中途首见订单 — share of orders that no cohort holds, because the subscription began in the middle of their life';

-- 0024-refund-metrics.sql

CREATE OR REPLACE VIEW juliu.refund_rates_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime({from:Date}, 'Asia/Shanghai') AS from_at,
    toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups
SELECT
    if({cut:String} = 'day', toString(toDate(time_key)), cut_key) AS value,
    -- What only refunds have: all paid orders are the denominator of each value.
    if({cut:String} IN ('phase', 'bill_type'), sum(sum(orders)) OVER (), sum(orders)) AS paid_orders,
    sum(created) AS refunds,
    if(paid_orders = 0, NULL, refunds / paid_orders) AS refund_rate,
    sum(trades) AS refunded_orders,
    sum(succeeded) AS refunds_succeeded,
    sum(fees) AS refunded
FROM
(
    SELECT time_key, cut_key, count() AS orders, 0 AS created, 0 AS trades, 0 AS succeeded, 0::Decimal(38, 2) AS fees
    FROM
    (
        SELECT
            if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), toUInt16(0)) AS time_key,
            if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids))), identity(
                if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                    if({cut:String} = 'seller', seller, identity(
                        if({cut:String} = 'all', 'all', identity(
                            if({cut:String} = 'day', '', ''))))))))) AS cut_key
        FROM juliu_store.order_facts
        WHERE last_day >= {from:Date} AND NOT first_seen_midlife AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
    )
    GROUP BY time_key, cut_key
    UNION ALL
    SELECT time_key, cut_key, 0, count(), uniqExact(tid), countIf(is_paid_back), sumIf(ifNull(fee, 0)::Decimal(38, 2), is_paid_back)
    FROM
    (
        SELECT
            tid, fee, ifNull(succeeded_at <= now_at, false) AS is_paid_back,
            if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(order_paid_at))), toUInt16(0)) AS time_key,
            if({cut:String} = 'item', arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), if(num_iid IS NULL, [], [assumeNotNull(num_iid)])))), identity(
                if({cut:String} = 'seller_group', arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(seller_nick, '') OR pair.2 = ifNull(toString(seller_id), ''), groups))))), identity(
                    if({cut:String} = 'seller', seller, identity(
                        if({cut:String} = 'all', 'all', identity(
                            if({cut:String} = 'day', '', if({cut:String} = 'phase', ifNull(phase, ''), ifNull(bill_type, ''))))))))))) AS cut_key
        FROM juliu_store.refund_facts
        WHERE last_day >= {from:Date} AND NOT order_first_seen_midlife AND created_at <= now_at
            AND order_paid_at >= from_at AND order_paid_at < until_at AND order_paid_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'item', 'phase', 'seller', 'seller_group', 'day', 'bill_type'), 'cut must be one of: all, item, phase, seller, seller_group, day, bill_type')) = 0
GROUP BY time_key, cut_key
QUALIFY {cut:String} NOT IN ('phase', 'bill_type') OR refunds > 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '退款率 — the same as juliu.refund_rates with asof given, for orders paid on the days from … to, by cut: all, item (of the refunded line; orders that hold it), phase, seller, seller_group, day, bill_type (phase and bill_type: of all paid orders)';

CREATE OR REPLACE VIEW juliu.refund_rates
(
    day Date COMMENT '付款日期 — day the order was paid; UTC+8; source: order_facts.paid_at',
    paid_orders UInt64 COMMENT '付款订单数 — orders paid on the day, without those first seen midlife; unit: orders',
    refunds UInt64 COMMENT '退款数 — refunds created of these orders; unit: refunds',
    refund_rate Nullable(Float64) COMMENT '退款率 — refunds / paid_orders; NULL without orders',
    refunded_orders UInt64 COMMENT '退款订单数 — of the orders, those with a refund; unit: orders',
    refunds_succeeded UInt64 COMMENT '成功退款数 — of refunds, those that succeeded; unit: refunds',
    refunded Decimal(38, 2) COMMENT '退款金额 — sum of the amounts of those; unit: CNY yuan'
)
AS
SELECT toDate(value) AS day, paid_orders, refunds, refund_rate, refunded_orders, refunds_succeeded, refunded
FROM juliu.refund_rates_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '退款率 — refunds of the orders paid on a day, as of now; other cuts: refund_rates_at';

CREATE OR REPLACE VIEW juliu.refund_step_times_at
AS
SELECT
    step,
    value,
    count(endless) AS refunds,
    count(seconds) AS finished,
    if(refunds = 0, NULL, finished / refunds) AS completion,
    avg(seconds) AS mean_seconds,
    if(quantileExactOrNull(0.5)(endless) >= 4000000000, NULL, quantileExactOrNull(0.5)(endless)) AS p50,
    if(quantileExactOrNull(0.9)(endless) >= 4000000000, NULL, quantileExactOrNull(0.9)(endless)) AS p90,
    if(quantileExactOrNull(0.95)(endless) >= 4000000000, NULL, quantileExactOrNull(0.95)(endless)) AS p95,
    quantileExactOrNull(0.5)(seconds) AS p50_of_finished,
    quantileExactOrNull(0.9)(seconds) AS p90_of_finished,
    countIf(ifNull(took < 0, false)) AS excluded_negative
FROM
(
    SELECT
        leg.1 AS step,
        multiIf(
            {cut:String} = 'all', 'all',
            {cut:String} = 'item', ifNull(toString(num_iid), ''),
            {cut:String} = 'phase', ifNull(phase, ''),
            {cut:String} = 'seller', ifNull(seller_nick, ifNull(toString(seller_id), '')),
            {cut:String} = 'day', toString(toDate(assumeNotNull(leg.2))),
            ifNull(bill_type, '')) AS value,
        if(leg.3 <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai'), toInt64(leg.3) - toInt64(leg.2), NULL) AS took,
        if(took < 0, NULL, took) AS seconds,
        if(took < 0, NULL, ifNull(took, 4000000000)) AS endless
    FROM juliu_store.refund_facts
    ARRAY JOIN
        [
            ('created_to_agreed', created_at, agreed_at),
            ('created_to_refused', created_at, refused_at),
            ('agreed_to_goods_returned', agreed_at, goods_returned_at),
            ('goods_returned_to_succeeded', goods_returned_at, succeeded_at),
            ('created_to_succeeded', created_at, succeeded_at)
        ] AS leg
    WHERE NOT first_seen_midlife AND leg.2 >= toDateTime({from:Date}, 'Asia/Shanghai')
        AND leg.2 < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
        AND leg.2 <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        AND (SELECT throwIf({cut:String} NOT IN ('all', 'item', 'phase', 'seller', 'day', 'bill_type'), 'cut must be one of: all, item, phase, seller, day, bill_type')) = 0
)
GROUP BY step, value
COMMENT '退款各步时长 — the same as juliu.refund_step_times with asof given, for steps that began on the days from … to, by cut: all, item, phase, seller, day (the step began), bill_type';

CREATE OR REPLACE VIEW juliu.refund_step_times
(
    day Date COMMENT '开始日期 — day the step began; UTC+8',
    step String COMMENT '步骤 — created_to_agreed, created_to_refused, agreed_to_goods_returned, goods_returned_to_succeeded or created_to_succeeded',
    refunds UInt64 COMMENT '退款数 — refunds whose step began on the day, without those first seen midlife and excluded_negative; unit: refunds',
    finished UInt64 COMMENT '已完成数 — of these, those that have reached its end; unit: refunds',
    completion Nullable(Float64) COMMENT '完成率 — finished / refunds; NULL without refunds; share 0–1',
    mean_seconds Nullable(Float64) COMMENT '平均时长 — mean of the finished; NULL when none is; unit: seconds',
    p50 Nullable(Int64) COMMENT '时长中位数 — median, the unfinished (closed ones too) counting as infinite; NULL until half have finished; unit: seconds',
    p90 Nullable(Int64) COMMENT '时长 P90 — 90th percentile, likewise; unit: seconds',
    p95 Nullable(Int64) COMMENT '时长 P95 — 95th percentile, likewise; unit: seconds',
    p50_of_finished Nullable(Int64) COMMENT '已完成的时长中位数 — median of the finished alone; unit: seconds',
    p90_of_finished Nullable(Int64) COMMENT '已完成的时长 P90 — 90th percentile of the finished alone; unit: seconds',
    excluded_negative UInt64 COMMENT '时序异常数 — refunds left out because the step ends before it begins; unit: refunds'
)
AS
SELECT toDate(value) AS day, step, refunds, finished, completion, mean_seconds, p50, p90, p95, p50_of_finished, p90_of_finished, excluded_negative
FROM juliu.refund_step_times_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '退款各步时长 — times from creation to agreement, return of goods and money, by the day a step began, as of now; other cuts: refund_step_times_at';

-- 0025-parcel-facts.sql

CREATE TABLE IF NOT EXISTS juliu_store.parcel_facts
(
    day Date COMMENT '日期 — day of the first event known; UTC+8; source: parcels_state.day',
    tid Int64 COMMENT '交易编号 — id of the trade; source: parcels_state.tid' CODEC(ZSTD(1)),
    out_sid String COMMENT '运单号 — waybill number; source: parcels_state.out_sid' CODEC(ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: logistics_traces.seller_id' CODEC(ZSTD(1)),
    seller_nick LowCardinality(Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: logistics_traces.seller_nick' CODEC(ZSTD(1)),
    carrier LowCardinality(String) COMMENT '物流公司 — name of the carrier, last known; empty when unknown; source: logistics_traces.company_name' CODEC(ZSTD(1)),
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '建单时间 — first trace created; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — first pick-up seen; NULL when none was, see first_moved_at; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    first_moved_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次进出站时间 — first trace arrived or departed; stands for a pick-up that was not seen; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    got_inferred Bool COMMENT '揽收推断 — no pick-up was seen, first_moved_at stands for it; source: derived',
    destination_city_at Nullable(DateTime('Asia/Shanghai')) COMMENT '到达目的城市时间 — first trace destination_city; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '末次派件时间 — last trace out_for_delivery; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    failed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '派送失败时间 — first trace failed or rejected; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    refused_at Nullable(DateTime('Asia/Shanghai')) COMMENT '拒收时间 — first trace rejected or returned, or failed whose text says 拒收, 拒签 or 退回; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    returned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退回时间 — first trace returned; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    lost_at Nullable(DateTime('Asia/Shanghai')) COMMENT '丢失时间 — first trace lost; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    first_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次动态时间 — first event; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    last_stage LowCardinality(String) COMMENT '最新节点 — stage of the last event, as in logistics_traces.stage; source: derived' CODEC(ZSTD(1)),
    last_place LowCardinality(String) COMMENT '最新站点 — node of the last trace that names one, as written; empty when none does; source: logistics_traces.description' CODEC(ZSTD(1)),
    first_seen_midlife Bool COMMENT '中途接入 — neither creation, dispatch nor pick-up was seen: on its way before the subscription began; left out of cohorts; source: derived',
    traces UInt32 COMMENT '轨迹数 — distinct traces (by business key); unit: traces; source: logistics_traces' CODEC(ZSTD(1)),
    attempts UInt16 COMMENT '派件天数 — distinct days with a trace out_for_delivery; unit: days; source: logistics_traces',
    scan_days_before_sign UInt16 COMMENT '签收前派件天数 — the same up to the sign; unit: days; source: logistics_traces',
    failed_before_sign Bool COMMENT '签收前失败 — a trace failed or rejected before the sign; source: logistics_traces',
    carrier_event_after_consign_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货后首条承运轨迹时间 — first event other than created and consigned at or after the dispatch; UTC+8; source: logistics_traces' CODEC(ZSTD(1)),
    origin_city LowCardinality(Nullable(String)) COMMENT '始发城市 — city the parcel left from; NULL when no text names it; source: logistics_traces.description' CODEC(ZSTD(1)),
    destination_city LowCardinality(Nullable(String)) COMMENT '目的城市 — city of delivery; NULL when no text names it; source: logistics_traces.description' CODEC(ZSTD(1)),
    origin_province LowCardinality(Nullable(String)) COMMENT '始发省份 — province of origin_city; NULL when unknown; source: derived' CODEC(ZSTD(1)),
    destination_province LowCardinality(Nullable(String)) COMMENT '目的省份 — province of destination_city; NULL when unknown; source: derived' CODEC(ZSTD(1)),
    lane LowCardinality(String) COMMENT '线路 — origin→destination by city; empty when one is unknown; source: derived' CODEC(ZSTD(1)),
    max_gap_seconds Nullable(UInt32) COMMENT '最长静默 — longest time between two consecutive events from pick-up to sign; NULL while not signed; unit: seconds; source: derived' CODEC(ZSTD(1)),
    hops Array(Tuple(node LowCardinality(String), arrived_at DateTime('Asia/Shanghai'), dwell_seconds UInt32)) COMMENT '站点停留 — arrivals whose next trace is the departure from the same node; unit: seconds; source: derived' CODEC(ZSTD(1)),
    segments Array(Tuple(from LowCardinality(String), to LowCardinality(String), departed_at DateTime('Asia/Shanghai'), seconds UInt32)) COMMENT '线路段 — departures and the arrival that comes next; unit: seconds; source: derived' CODEC(ZSTD(1)),
    event_ats Array(DateTime('Asia/Shanghai')) COMMENT '动态时间 — times of all events, ascending; UTC+8; source: logistics_traces' CODEC(Delta(4), ZSTD(1)),
    event_stages Array(UInt8) COMMENT '动态节点 — stages of event_ats as numbers: 1 created 2 consigned 3 picked_up 4 arrived 5 departed 6 destination_city 7 out_for_delivery 8 signed 9 failed 10 rejected 11 returned 12 lost 13 handed_over 14 exception 15 other 0 none; source: logistics_traces' CODEC(ZSTD(1)),
    order_known Bool COMMENT '有订单 — an order with this tid is known; source: order_facts',
    order_first_seen_midlife Bool COMMENT '订单中途接入 — no creation message of the order was seen; left out of cohorts that start at payment; source: order_facts',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    order_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '下单时间 — creation of the order; UTC+8; source: order_facts.created_at' CODEC(ZSTD(1)),
    order_shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单发货时间 — shipped, as the trade says; UTC+8; source: order_facts.shipped_at' CODEC(ZSTD(1)),
    order_finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单完成时间 — trade succeeded; UTC+8; source: order_facts.finished_at' CODEC(ZSTD(1)),
    order_closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '订单关闭时间 — trade closed; UTC+8; source: order_facts.closed_at' CODEC(ZSTD(1)),
    left_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退出时间 — order closed or fully refunded, whichever came first; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    presale Bool COMMENT '预售 — the order is a presale; source: order_facts',
    trade_type LowCardinality(String) COMMENT '交易类型 — type of the trade; empty when unknown; source: order_facts' CODEC(ZSTD(1)),
    num_iids Array(Int64) COMMENT '商品编号 — items of the order, sorted; source: order_facts' CODEC(ZSTD(1)),
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised delivery; NULL without an imported order dimension; UTC+8; source: order_facts' CODEC(ZSTD(1)),
    send_type LowCardinality(String) COMMENT '发货方式 — kind of dispatch; empty without an imported order dimension; source: order_facts' CODEC(ZSTD(1)),
    receiver_province LowCardinality(String) COMMENT '收货省份 — province of the receiver; empty without an imported order dimension; source: order_facts.province' CODEC(ZSTD(1)),
    negative_intervals UInt8 COMMENT '时序异常数 — of the intervals D1..D7, those that end before they start; unit: intervals; source: derived',
    seller LowCardinality(String) MATERIALIZED coalesce(seller_nick, toString(seller_id), '') COMMENT '卖家 — seller_nick, else seller_id as text, else empty: value of the cut seller; source: derived' CODEC(ZSTD(1)),
    last_day Date MATERIALIZED toDate(greatest(ifNull(last_event_at, toDateTime(0, 'Asia/Shanghai')), ifNull(paid_at, toDateTime(0, 'Asia/Shanghai')), ifNull(order_created_at, toDateTime(0, 'Asia/Shanghai')), ifNull(promised_at, toDateTime(0, 'Asia/Shanghai')))) COMMENT '末次里程碑日期 — day of the last event, or of the payment, creation or promise of its order if later: no cohort from the next day on has it; UTC+8; source: derived',
    got_at Nullable(DateTime('Asia/Shanghai')) MATERIALIZED coalesce(picked_up_at, first_moved_at) COMMENT '揽收时间（含推断） — picked_up_at, else first_moved_at; UTC+8; source: derived' CODEC(ZSTD(1)),
    in_cohorts Bool MATERIALIZED NOT first_seen_midlife AND send_type != 'offline' COMMENT '计入时效 — may count in durations and rates: not first seen midlife, order not sent offline; source: derived',
    in_paid_cohorts Bool MATERIALIZED NOT first_seen_midlife AND send_type != 'offline' AND NOT order_first_seen_midlife COMMENT '计入支付起点时效 — may count in those that start at payment: its order, too, not first seen midlife; source: derived',
    open_until DateTime('Asia/Shanghai') MATERIALIZED if(send_type = 'offline', toDateTime(0, 'Asia/Shanghai'), least(ifNull(signed_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(left_at, toDateTime(4294967295, 'Asia/Shanghai')))) COMMENT '未完结至 — sign or left_at, whichever came first; 2106-02-07 14:28:15 while neither did; 1970 when sent offline: never open; UTC+8; source: derived' CODEC(ZSTD(1)),
    order_owed_until DateTime('Asia/Shanghai') MATERIALIZED if(paid_at IS NULL OR send_type = 'offline', toDateTime(0, 'Asia/Shanghai'), least(ifNull(order_shipped_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(order_finished_at, toDateTime(4294967295, 'Asia/Shanghai')), ifNull(left_at, toDateTime(4294967295, 'Asia/Shanghai')))) COMMENT '订单待发货至 — owed_until of its order; UTC+8; source: derived, as order_facts.owed_until' CODEC(ZSTD(1)),
    gave_up_at Nullable(DateTime('Asia/Shanghai')) MATERIALIZED if(arrayLastIndex(stage -> stage IN (9, 10, 11), event_stages) > arrayLastIndex(stage -> stage = 7, event_stages), event_ats[arrayLastIndex(stage -> stage IN (9, 10, 11), event_stages)], NULL) COMMENT '派送终止时间 — last trace failed, rejected or returned, when no delivery attempt follows; UTC+8; source: derived' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_out_sid out_sid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_first_event_at first_event_at TYPE minmax GRANULARITY 1,
    INDEX ix_last_event_at last_event_at TYPE minmax GRANULARITY 1,
    INDEX ix_paid_at paid_at TYPE minmax GRANULARITY 1,
    INDEX ix_promised_at promised_at TYPE minmax GRANULARITY 1,
    INDEX ix_order_owed_until order_owed_until TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), tid, out_sid)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1
COMMENT '包裹事实 — parcels with the milestones of their orders, one row per parcel (tid, out_sid)';

CREATE OR REPLACE VIEW juliu.parcel_facts
AS SELECT * FROM juliu_store.parcel_facts
COMMENT '包裹事实 — parcels with the milestones of their orders, one row per parcel (tid, out_sid)';

-- 0026-parcel-exceptions.sql

CREATE OR REPLACE VIEW juliu_store.open_units_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
)
COMMENT '未完结单元 — internal: one row per parcel not signed, and per paid order neither shipped nor with a parcel, as of asof, with its exception class 1..10';

CREATE OR REPLACE VIEW juliu.parcel_exceptions_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    ['丢失', '拒收/退回', '派签停滞', '运输停滞', '揽收后停滞', '揽收超时/疑似虚假发货', '延迟发货', '签收未更新', '即将超时', '正常'] AS names,
    ['lost', 'refused or returned', 'delivery stopped', 'transport stopped', 'stopped after pick-up', 'not picked up, dispatch may be false', 'dispatch late', 'sign missing', 'soon late', 'normal'] AS names_en,
    (now_at - open.since) / 3600 AS hours
SELECT
    open.class AS class,
    names[class] AS exception,
    names_en[class] AS exception_en,
    open.since AS since,
    ifNull(hours, 0) AS age_hours,
    multiIf(age_hours < 24, '0-24', age_hours < 48, '24-48', age_hours < 72, '48-72', age_hours < 120, '72-120', '>120') AS ageing,
    open.threshold_hours AS threshold_hours,
    open.seller_id AS seller_id,
    open.seller_nick AS seller_nick,
    open.tid AS tid,
    open.out_sid AS out_sid,
    open.carrier AS carrier,
    open.lane AS lane,
    open.origin_province AS origin_province,
    open.destination_province AS destination_province,
    open.num_iids AS num_iids,
    open.last_stage AS last_stage,
    open.last_event_at AS last_event_at,
    open.place AS last_place,
    open.paid_at AS paid_at,
    open.consigned_at AS consigned_at,
    open.promised_at AS promised_at,
    if(empty(claims), NULL, arraySum(claims)) AS money_at_risk
FROM
(
    SELECT
        *,
        -- What the platform holds against this waybill of this trade, and against the trade as a whole.
        -- A claim that fits several units stands at the first of them, so that sums hold it once.
        row_number() OVER (PARTITION BY unit.out_sid ORDER BY unit.tid) = 1 AS first_of_waybill,
        row_number() OVER (PARTITION BY unit.tid ORDER BY unit.out_sid) = 1 AS first_of_trade,
        arrayMap(claim -> claim.2, arrayFilter(claim -> if(claim.1 = 0, first_of_waybill, claim.1 = unit.tid), waybill.claims)) AS waybill_claims,
        arrayConcat(waybill_claims, if(first_of_trade, trade.claims, [])) AS claims
    FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
)) AS unit
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(out_sid) AS claimed_sid, groupArray((ifNull(tid, 0), toDecimal128(ifNull(compensate_amount, 0), 2))) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_sid
    ) AS waybill ON unit.out_sid = waybill.claimed_sid
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(tid) AS claimed_tid, groupArray(toDecimal128(ifNull(compensate_amount, 0), 2)) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NULL AND tid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_tid
    ) AS trade ON unit.tid = trade.claimed_tid
) AS open
COMMENT '包裹异常 — the same as juliu.parcel_exceptions with the instant asof given';

CREATE OR REPLACE VIEW juliu.parcel_exceptions
(
    class UInt8 COMMENT '异常类别 — 1..10, the first rule that fits',
    exception String COMMENT '异常名称 — name of the class: 丢失, 拒收/退回, 派签停滞, 运输停滞, 揽收后停滞, 揽收超时/疑似虚假发货, 延迟发货, 签收未更新, 即将超时, 正常',
    exception_en String COMMENT '异常英文名 — name of the class in English',
    since Nullable(DateTime('Asia/Shanghai')) COMMENT '异常起始时间 — instant its age counts from: loss, refusal, last event, dispatch, payment or end of the trade; UTC+8',
    age_hours Float64 COMMENT '时长 — time since then; unit: hours',
    ageing String COMMENT '账龄 — 0-24, 24-48, 48-72, 72-120 or >120; unit: hours',
    threshold_hours Nullable(Float64) COMMENT '阈值 — threshold in force: of the seller (juliu.seller_thresholds), else of juliu.kpi_settings; NULL where the class has none; unit: hours',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    lane String COMMENT '线路 — origin→destination by city; empty when unknown',
    origin_province Nullable(String) COMMENT '始发省份 — province of origin; NULL when unknown',
    destination_province Nullable(String) COMMENT '目的省份 — province of destination; NULL when unknown',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order; empty when unknown',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — promised delivery; NULL without an imported order dimension; UTC+8',
    money_at_risk Nullable(Decimal(38, 2)) COMMENT '预计赔付 — compensation of the platform’s exceptions open for it, one that fits several units at the first of them; NULL when there is none; unit: CNY yuan'
)
AS SELECT * FROM juliu.parcel_exceptions_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '包裹异常 — open parcels and paid unshipped orders with their exception class, as of now';

CREATE OR REPLACE VIEW juliu.exception_summary_at
AS
SELECT
    class,
    any(exception) AS exception,
    any(exception_en) AS exception_en,
    ageing,
    count() AS units,
    max(age_hours) AS oldest_hours,
    sum(money_at_risk) AS money_at_risk
FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    ['丢失', '拒收/退回', '派签停滞', '运输停滞', '揽收后停滞', '揽收超时/疑似虚假发货', '延迟发货', '签收未更新', '即将超时', '正常'] AS names,
    ['lost', 'refused or returned', 'delivery stopped', 'transport stopped', 'stopped after pick-up', 'not picked up, dispatch may be false', 'dispatch late', 'sign missing', 'soon late', 'normal'] AS names_en,
    (now_at - open.since) / 3600 AS hours
SELECT
    open.class AS class,
    names[class] AS exception,
    names_en[class] AS exception_en,
    open.since AS since,
    ifNull(hours, 0) AS age_hours,
    multiIf(age_hours < 24, '0-24', age_hours < 48, '24-48', age_hours < 72, '48-72', age_hours < 120, '72-120', '>120') AS ageing,
    open.threshold_hours AS threshold_hours,
    open.seller_id AS seller_id,
    open.seller_nick AS seller_nick,
    open.tid AS tid,
    open.out_sid AS out_sid,
    open.carrier AS carrier,
    open.lane AS lane,
    open.origin_province AS origin_province,
    open.destination_province AS destination_province,
    open.num_iids AS num_iids,
    open.last_stage AS last_stage,
    open.last_event_at AS last_event_at,
    open.place AS last_place,
    open.paid_at AS paid_at,
    open.consigned_at AS consigned_at,
    open.promised_at AS promised_at,
    if(empty(claims), NULL, arraySum(claims)) AS money_at_risk
FROM
(
    SELECT
        *,
        -- What the platform holds against this waybill of this trade, and against the trade as a whole.
        -- A claim that fits several units stands at the first of them, so that sums hold it once.
        row_number() OVER (PARTITION BY unit.out_sid ORDER BY unit.tid) = 1 AS first_of_waybill,
        row_number() OVER (PARTITION BY unit.tid ORDER BY unit.out_sid) = 1 AS first_of_trade,
        arrayMap(claim -> claim.2, arrayFilter(claim -> if(claim.1 = 0, first_of_waybill, claim.1 = unit.tid), waybill.claims)) AS waybill_claims,
        arrayConcat(waybill_claims, if(first_of_trade, trade.claims, [])) AS claims
    FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
)) AS unit
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(out_sid) AS claimed_sid, groupArray((ifNull(tid, 0), toDecimal128(ifNull(compensate_amount, 0), 2))) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_sid
    ) AS waybill ON unit.out_sid = waybill.claimed_sid
    LEFT ANY JOIN
    (
        SELECT assumeNotNull(tid) AS claimed_tid, groupArray(toDecimal128(ifNull(compensate_amount, 0), 2)) AS claims
        FROM juliu.platform_exceptions
        WHERE out_sid IS NULL AND tid IS NOT NULL AND opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
        GROUP BY claimed_tid
    ) AS trade ON unit.tid = trade.claimed_tid
) AS open)
GROUP BY class, ageing
COMMENT '包裹异常汇总 — the same as juliu.exception_summary with the instant asof given';

CREATE OR REPLACE VIEW juliu.exception_summary
(
    class UInt8 COMMENT '异常类别 — 1..10, the first rule that fits',
    exception String COMMENT '异常名称 — name of the class: 丢失, 拒收/退回, 派签停滞, 运输停滞, 揽收后停滞, 揽收超时/疑似虚假发货, 延迟发货, 签收未更新, 即将超时, 正常',
    exception_en String COMMENT '异常英文名 — name of the class in English',
    ageing String COMMENT '账龄 — 0-24, 24-48, 48-72, 72-120 or >120; unit: hours',
    units UInt64 COMMENT '件数 — open parcels and paid orders without parcel',
    oldest_hours Float64 COMMENT '最长时长 — greatest age_hours; unit: hours',
    money_at_risk Nullable(Decimal(38, 2)) COMMENT '预计赔付 — compensation of the platform’s exceptions open for it; NULL when there is none; unit: CNY yuan'
)
AS SELECT * FROM juliu.exception_summary_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '包裹异常汇总 — open units by exception class and ageing, as of now';

CREATE OR REPLACE VIEW juliu.care_out_for_delivery_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    (now_at - unit.last_event_at) / 3600 AS age_hours
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
))
    WHERE NOT is_order AND last_stage = 'out_for_delivery' AND lost_at IS NULL AND returned_at IS NULL
) AS unit ON trade.tid = unit.tid
COMMENT '派送中包裹 — the same as juliu.care_out_for_delivery with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_out_for_delivery
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    age_hours Nullable(Float64) COMMENT '已派送时长 — time since the last event; unit: hours'
)
AS SELECT * FROM juliu.care_out_for_delivery_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '派送中包裹 — parcels whose last event is a delivery attempt, with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_signed_today_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    if(unit.out_for_delivery_at <= now_at, unit.out_for_delivery_at, NULL) AS out_for_delivery_at,
    unit.signed_at AS signed_at,
    if(unit.last_event_at <= now_at, nullIf(unit.last_place, ''), NULL) AS last_place
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM juliu_store.parcel_facts
    WHERE signed_at >= toStartOfDay(now_at) AND signed_at <= now_at AND last_event_at >= toStartOfDay(now_at) AND send_type != 'offline'
) AS unit ON trade.tid = unit.tid
COMMENT '今日签收包裹 — the same as juliu.care_signed_today with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_signed_today
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '签收时间 — first trace signed; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description'
)
AS SELECT * FROM juliu.care_signed_today_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '今日签收包裹 — parcels signed since midnight (UTC+8), with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_stuck_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    ['派签停滞', '运输停滞', '揽收后停滞', '揽收超时/疑似虚假发货'] AS reasons
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    reasons[unit.class - 2] AS reason,
    unit.since AS since,
    (now_at - unit.since) / 3600 AS age_hours
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
))
    WHERE class IN (3, 4, 5, 6)
) AS unit ON trade.tid = unit.tid
COMMENT '停滞包裹 — the same as juliu.care_stuck with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_stuck
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    reason String COMMENT '原因 — why it is in the list',
    since Nullable(DateTime('Asia/Shanghai')) COMMENT '停滞起始时间 — last event, or dispatch when not picked up; UTC+8',
    age_hours Nullable(Float64) COMMENT '停滞时长 — time since; unit: hours'
)
AS SELECT * FROM juliu.care_stuck_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '停滞包裹 — parcels of the exception classes 3..6, with the order, as of now';

CREATE OR REPLACE VIEW juliu.care_late_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    unit.tid AS tid,
    unit.out_sid AS out_sid,
    unit.carrier AS carrier,
    unit.seller_id AS seller_id,
    unit.seller_nick AS seller_nick,
    trade.buyer_nick AS buyer_nick,
    unit.num_iids AS num_iids,
    trade.amount AS amount,
    unit.paid_at AS paid_at,
    unit.consigned_at AS consigned_at,
    unit.out_for_delivery_at AS out_for_delivery_at,
    unit.last_stage AS last_stage,
    unit.last_event_at AS last_event_at,
    unit.place AS last_place,
    if(unit.promised_at <= now_at, 'promise', 'dispatch') AS reason,
    if(unit.promised_at <= now_at, unit.promised_at, unit.paid_at + toIntervalSecond(toInt64(unit.dispatch_seconds))) AS due_at,
    (now_at - due_at) / 3600 AS hours_late
FROM juliu_store.order_facts AS trade
RIGHT ANY JOIN
(
    SELECT *
    FROM (WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    (
        SELECT (maxIf(value, name = 'consign_delay'), maxIf(value, name = 'fake_consign'), maxIf(value, name = 'pickup_stop'), maxIf(value, name = 'transport_stop'), maxIf(value, name = 'delivery_stop'), maxIf(value, name = 'near_timeout'))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.6 AS near_timeout
SELECT
    is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
    first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage,
    paid_at, consigned_at, out_for_delivery_at, returned_at, lost_at, not_consigned, dispatch_seconds, class,
    -- The rule its age and threshold come from: the class, or for 9 the class it will be in.
    if(class = 9, near_class, class) AS rule,
    multiIf(rule = 1, lost_at, rule = 2, gave_up_at, rule IN (3, 4, 5), last_event_at, rule = 6, sent_at, rule = 7, paid_at, rule = 8, finished_at, coalesce(last_event_at, paid_at)) AS since,
    multiIf(rule = 3, delivery_stop, rule = 4, transport_stop, rule = 5, pickup_stop, rule = 6, fake_consign, rule = 7, dispatch_seconds / 3600, NULL) AS threshold_hours,
    -- R9 speaks of parcels that can still be signed.
    NOT is_order AND NOT first_seen_midlife AND lost_at IS NULL AND returned_at IS NULL AS in_r9,
    age_last >= 3600 * multiIf(last_stage IN ('out_for_delivery', 'failed', 'rejected'), delivery_stop, last_stage = 'picked_up', pickup_stop, last_stage IN ('created', 'consigned'), fake_consign, transport_stop) AS hit_r9
FROM
(
    SELECT
        *,
        -- The first of 3..7 whose threshold has passed, and the first whose threshold is less than near_timeout away; 0 = none.
        multiIf(
            on_delivery AND age_last >= delivery_stop * 3600, 3,
            in_transport AND age_last >= transport_stop * 3600, 4,
            just_got AND age_last >= pickup_stop * 3600, 5,
            not_got AND age_sent >= fake_consign * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds, 7,
            0
        ) AS late_class,
        multiIf(
            on_delivery AND age_last >= (delivery_stop - near_timeout) * 3600, 3,
            in_transport AND age_last >= (transport_stop - near_timeout) * 3600, 4,
            just_got AND age_last >= (pickup_stop - near_timeout) * 3600, 5,
            not_got AND age_sent >= (fake_consign - near_timeout) * 3600, 6,
            not_consigned AND age_paid >= dispatch_seconds - near_timeout * 3600, 7,
            0
        )::UInt8 AS near_class,
        multiIf(lost_at IS NOT NULL, 1, gave_up_at IS NOT NULL, 2, late_class > 0, late_class, finished_at IS NOT NULL, 8, near_class > 0, 9, 10)::UInt8 AS class
    FROM
    (
        SELECT
            unit.*,
            ifNull(seller.consign_delay, setting.1) AS consign_delay,
            ifNull(seller.consign_fake, setting.2) AS fake_consign,
            ifNull(seller.pickup_stop, setting.3) AS pickup_stop,
            ifNull(seller.transport_stop, setting.4) AS transport_stop,
            ifNull(seller.delivery_stop, setting.5) AS delivery_stop,
            -- A parcel of which only the waybill is known was dispatched when its order was shipped.
            coalesce(consigned_at, if(last_stage = 'created', shipped_at, NULL)) AS sent_at,
            ifNull(now_at - last_event_at, 0) AS age_last,
            ifNull(now_at - sent_at, 0) AS age_sent,
            ifNull(now_at - paid_at, 0) AS age_paid,
            -- Until consign_delay after the payment, and not later than the promised delivery.
            least(consign_delay * 3600, ifNull(promised_at - paid_at, consign_delay * 3600)) AS dispatch_seconds,
            last_stage IN ('out_for_delivery', 'failed') AS on_delivery,
            NOT is_order AND last_stage IN ('', 'arrived', 'departed', 'destination_city', 'handed_over', 'exception', 'other') AS in_transport,
            last_stage = 'picked_up' AS just_got,
            sent_at IS NOT NULL AND got_at IS NULL AS not_got,
            paid_at IS NOT NULL AND shipped_at IS NULL AND consigned_at IS NULL AND got_at IS NULL AS not_consigned
        FROM
        (
            SELECT
                is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                first_seen_midlife, promised_at, place, first_event_at, last_event_at, last_stage, gave_up_at,
                if(raw_paid_at <= now_at, raw_paid_at, NULL) AS paid_at,
                if(raw_shipped_at <= now_at, raw_shipped_at, NULL) AS shipped_at,
                if(raw_finished_at <= now_at, raw_finished_at, NULL) AS finished_at,
                if(raw_consigned_at <= now_at, raw_consigned_at, NULL) AS consigned_at,
                if(raw_got_at <= now_at, raw_got_at, NULL) AS got_at,
                if(raw_out_for_delivery_at <= now_at, raw_out_for_delivery_at, NULL) AS out_for_delivery_at,
                if(raw_returned_at <= now_at, raw_returned_at, NULL) AS returned_at,
                if(raw_lost_at <= now_at, raw_lost_at, NULL) AS lost_at
            FROM
            (
                -- Parcels to which nothing has happened since: as they stand.
                SELECT
                    false AS is_order, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    nullIf(last_place, '') AS place, last_event_at, last_stage, gave_up_at,
                    paid_at AS raw_paid_at, order_shipped_at AS raw_shipped_at, order_finished_at AS raw_finished_at, consigned_at AS raw_consigned_at,
                    got_at AS raw_got_at, out_for_delivery_at AS raw_out_for_delivery_at, returned_at AS raw_returned_at, lost_at AS raw_lost_at
                FROM juliu_store.parcel_facts
                WHERE open_until > now_at AND last_event_at <= now_at
                UNION ALL
                -- The others: as their events up to then leave them.
                SELECT
                    false, tid, out_sid, seller_id, seller_nick, seller, carrier, origin_province, destination_province, lane, send_type, num_iids,
                    first_seen_midlife, promised_at, first_event_at,
                    NULL, event_ats[length(stages)], stage_names[stages[-1]], if(failed_index > scan_index, event_ats[failed_index], NULL),
                    paid_at, order_shipped_at, order_finished_at, consigned_at,
                    got_at, out_for_delivery_at, returned_at, lost_at
                FROM
                (
                    WITH ['created', 'consigned', 'picked_up', 'arrived', 'departed', 'destination_city', 'out_for_delivery', 'signed', 'failed', 'rejected', 'returned', 'lost', 'handed_over', 'exception', 'other'] AS names
                    SELECT
                        *, got_at, seller, names AS stage_names,
                        arraySlice(event_stages, 1, arrayCount(at -> at <= now_at, event_ats)) AS stages,
                        arrayLastIndex(stage -> stage IN (9, 10, 11), stages) AS failed_index,
                        arrayLastIndex(stage -> stage = 7, stages) AS scan_index
                    FROM juliu_store.parcel_facts
                    WHERE open_until > now_at AND first_event_at <= now_at AND last_event_at > now_at
                )
                UNION ALL
                SELECT
                    true, tid, '', seller_id, seller_nick, seller, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
                    first_seen_midlife, promised_at, NULL,
                    NULL, NULL, '', NULL,
                    paid_at, shipped_at, finished_at, NULL,
                    NULL, NULL, NULL, NULL
                FROM juliu_store.order_facts
                WHERE paid_at <= now_at AND owed_until > now_at
                    AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE order_owed_until > now_at AND first_event_at <= now_at)
            )
        ) AS unit
        LEFT ANY JOIN juliu.seller_thresholds AS seller ON unit.seller_id = seller.seller_id
    )
))
    WHERE lost_at IS NULL AND returned_at IS NULL
        AND (promised_at <= now_at OR not_consigned AND paid_at + toIntervalSecond(toInt64(dispatch_seconds)) <= now_at)
) AS unit ON trade.tid = unit.tid
COMMENT '超时包裹 — the same as juliu.care_late with the instant asof given';

CREATE OR REPLACE VIEW juliu.care_late
(
    tid Int64 COMMENT '交易编号 — id of the trade',
    out_sid String COMMENT '运单号 — waybill number; empty for a paid order without parcel',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    buyer_nick Nullable(String) COMMENT '买家昵称 — nick of the buyer, masked',
    num_iids Array(Int64) COMMENT '商品编号 — items of the order',
    amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; NULL when no payment was seen; unit: CNY yuan',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '支付时间 — payment of the order; UTC+8',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first trace consigned; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first trace out_for_delivery; UTC+8',
    last_stage String COMMENT '最新节点 — stage of the last event; empty for an order without parcel',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last event; UTC+8',
    last_place Nullable(String) COMMENT '最新站点 — node of the last trace that names one; NULL when none does or as of an instant before the last event; source: logistics_traces.description',
    reason String COMMENT '原因 — promise = promised delivery passed, dispatch = not dispatched by the limit of exception class 7 (of the seller, else setting consign_delay, after payment)',
    due_at Nullable(DateTime('Asia/Shanghai')) COMMENT '应完成时间 — instant that was promised or required; UTC+8',
    hours_late Nullable(Float64) COMMENT '超时时长 — time since due_at; unit: hours'
)
AS SELECT * FROM juliu.care_late_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '超时包裹 — open parcels and orders past the promised delivery or the limit of dispatch of exception class 7, with the order, as of now';

-- 0027-parcel-metrics.sql

CREATE OR REPLACE VIEW juliu.parcel_latency_d1_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D1' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(consigned_at <= now_at, false), toInt64(consigned_at) - toInt64(paid_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(paid_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(paid_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM
(
    SELECT
        paid_at, consigned_at, got_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_paid_cohorts AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at
    UNION ALL
    SELECT
        paid_at, NULL, NULL, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at)
)
WHERE true AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(consigned_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D1 支付→发货 — payment to dispatch: the rows D1 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d2_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D2' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(got_at <= now_at, false), toInt64(got_at) - toInt64(consigned_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(consigned_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(consigned_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(consigned_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND consigned_at >= from_at AND consigned_at < until_at AND consigned_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(got_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D2 发货→揽收 — dispatch to pick-up: the rows D2 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d3_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D3' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(got_at <= now_at, false), toInt64(got_at) - toInt64(paid_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(paid_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(paid_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM
(
    SELECT
        paid_at, consigned_at, got_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_paid_cohorts AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at
    UNION ALL
    SELECT
        paid_at, NULL, NULL, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at)
)
WHERE true AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(got_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D3 支付→揽收 — payment to pick-up: the rows D3 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d4_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D4' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(destination_city_at <= now_at, false), toInt64(destination_city_at) - toInt64(got_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(destination_city_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D4 揽收→到达目的城市 — pick-up to destination city: the rows D4 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d5_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D5' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(out_for_delivery_at <= now_at, false), toInt64(out_for_delivery_at) - toInt64(got_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(out_for_delivery_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D5 揽收→首次派件 — pick-up to first delivery attempt: the rows D5 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d6_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D6' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(signed_at <= now_at, false), toInt64(signed_at) - toInt64(out_for_delivery_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(out_for_delivery_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(out_for_delivery_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(out_for_delivery_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND out_for_delivery_at >= from_at AND out_for_delivery_at < until_at AND out_for_delivery_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(signed_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D6 首次派件→签收 — first delivery attempt to sign: the rows D6 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d7_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D7' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(signed_at <= now_at, false), toInt64(signed_at) - toInt64(got_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(signed_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D7 揽收→签收 — pick-up to sign: the rows D7 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d8_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D8' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(signed_at <= now_at, false), toInt64(signed_at) - toInt64(paid_at), 4000000000) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(paid_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(paid_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM
(
    SELECT
        paid_at, consigned_at, got_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_paid_cohorts AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at
    UNION ALL
    SELECT
        paid_at, NULL, NULL, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at)
)
WHERE true AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(signed_at <= left_at, false))
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D8 支付→签收 — payment to sign: the rows D8 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_latency_d11_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    quantilesExactIf(0.5, 0.9, 0.95)(toUInt32(took), took >= 0) AS percentiles
SELECT
    'D11' AS metric,
    if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
    countIf(took >= 0) AS cohort,
    countIf(took >= 0 AND took < 4000000000) AS finished,
    finished / cohort AS completion,
    nullIf(percentiles[1], 4000000000) AS p50,
    nullIf(percentiles[2], 4000000000) AS p90,
    nullIf(percentiles[3], 4000000000) AS p95,
    if(finished = 0, NULL, sumIf(took, took >= 0 AND took < 4000000000) / finished) AS mean,
    countIf(took < 0) AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if(ifNull(signed_at <= now_at, false), toInt64(ifNull(max_gap_seconds, 0)), toInt64(arrayMax(arrayMap(
    (at, later) -> if(at >= got_at AND at <= now_at AND later > at, least(later, now_at) - at, 0),
    event_ats,
    arrayShiftLeft(event_ats, 1, if(ifNull(lost_at <= now_at, false) OR ifNull(returned_at <= now_at, false), toDateTime(0, 'Asia/Shanghai'), now_at)))))) AS took,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
    FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at AND (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(signed_at <= left_at, false)) AND NOT ifNull(signed_at < got_at AND signed_at <= now_at, false)
)
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
GROUP BY time_key, cut_key
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT 'D11 最长静默 — longest silence from pick-up to sign: the rows D11 of juliu.parcel_latency_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r2_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R2', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            consigned_at + pickup_seconds <= now_at AND (left_at IS NULL OR left_at > least(consigned_at + pickup_seconds, now_at) OR ifNull(got_at <= left_at, false)) AS due, got_at <= consigned_at + pickup_seconds AS hit,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(consigned_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(consigned_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(consigned_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND consigned_at >= from_at AND consigned_at < until_at AND consigned_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '24h 揽收率 (R2) — picked up within 24 h of dispatch: the rows R2 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r3_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R3', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            paid_at + ship_seconds <= now_at AND (left_at IS NULL OR left_at > least(paid_at + ship_seconds, now_at) OR ifNull(got_at <= left_at, false)) AS due, got_at <= paid_at + ship_seconds AS hit,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(paid_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(paid_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(paid_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM
(
    SELECT
        paid_at, consigned_at, got_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_paid_cohorts AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at
    UNION ALL
    SELECT
        paid_at, NULL, NULL, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at AND first_event_at <= now_at)
)
WHERE true
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '支付48h揽收率 (R3) — picked up within 48 h of payment: the rows R3 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r4_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R4', countIf(due), countIf(due AND hit)), ('R4_next_day', countIf(due_next_day), countIf(due_next_day AND hit_next_day))]) AS row
    FROM
    (
        SELECT
            promised_at + 0 <= now_at AND (left_at IS NULL OR left_at > least(promised_at + 0, now_at) OR ifNull(signed_at <= left_at, false)) AS due, signed_at <= promised_at + 0 AS hit,
            promised_at + 86400 <= now_at AND (left_at IS NULL OR left_at > least(promised_at + 86400, now_at) OR ifNull(signed_at <= left_at, false)) AS due_next_day, signed_at <= promised_at + 86400 AS hit_next_day,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(promised_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(promised_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(promised_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM
(
    SELECT
        promised_at, signed_at, left_at,
        carrier, lane, origin_province, destination_province, seller_id, toString(seller_nick) AS seller_nick, seller, send_type, num_iids
    FROM juliu_store.parcel_facts
    WHERE last_day >= toDate(from_at) AND in_cohorts AND promised_at >= from_at AND promised_at < until_at AND promised_at <= now_at AND first_event_at <= now_at
    UNION ALL
    SELECT
        promised_at, NULL, left_at,
        '', '', NULL, NULL, seller_id, seller_nick, seller, ifNull(send_type, ''), num_iids
    FROM juliu_store.order_facts
    WHERE last_day >= toDate(from_at) AND NOT first_seen_midlife AND ifNull(send_type, '') != 'offline' AND paid_at <= now_at AND promised_at >= from_at AND promised_at < until_at AND promised_at <= now_at
        AND identity(tid) NOT IN (SELECT tid FROM juliu_store.parcel_facts WHERE last_day >= toDate(from_at) AND promised_at >= from_at AND promised_at < until_at AND promised_at <= now_at AND first_event_at <= now_at)
)
WHERE true
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '准时签收率 (R4) — signed as promised: rate_id R4, and R4_next_day, a day later: the rows R4 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r5_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R5_1', countIf(due_1), countIf(due_1 AND hit_1)), ('R5_2', countIf(due_2), countIf(due_2 AND hit_2)), ('R5_3', countIf(due_3), countIf(due_3 AND hit_3))]) AS row
    FROM
    (
        SELECT
            toStartOfDay(got_at) + (1 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (1 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false)) AS due_1, signed_at < toStartOfDay(got_at) + (1 + 1) * 86400 AS hit_1,
            toStartOfDay(got_at) + (2 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (2 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false)) AS due_2, signed_at < toStartOfDay(got_at) + (2 + 1) * 86400 AS hit_2,
            toStartOfDay(got_at) + (3 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (3 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false)) AS due_3, signed_at < toStartOfDay(got_at) + (3 + 1) * 86400 AS hit_3,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '次日达率 (R5) — delivered by the end of the 1st, 2nd, 3rd day after pick-up: rate_id R5_1, R5_2, R5_3: the rows R5 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r6_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R6', countIf(due), countIf(due AND hit))]) AS row
    FROM
    (
        SELECT
            (ifNull(signed_at <= now_at, false) OR ifNull(failed_at <= now_at, false) OR out_for_delivery_at + 86400 <= now_at)
    AND (left_at IS NULL OR left_at > least(least(out_for_delivery_at + 86400, ifNull(failed_at, out_for_delivery_at + 86400)), now_at) OR ifNull(signed_at <= left_at, false)) AS due, signed_at <= now_at AND scan_days_before_sign = 1 AND NOT failed_before_sign AS hit,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(out_for_delivery_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(out_for_delivery_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(out_for_delivery_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND out_for_delivery_at >= from_at AND out_for_delivery_at < until_at AND out_for_delivery_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '首次派送成功率 (R6) — delivered at the first attempt: the rows R6 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r7_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R7', count(), countIf(failed_at <= now_at)), ('R7_refused', count(), countIf(refused_at <= now_at))]) AS row
    FROM
    (
        SELECT
            failed_at, refused_at,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(out_for_delivery_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(out_for_delivery_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(out_for_delivery_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND out_for_delivery_at >= from_at AND out_for_delivery_at < until_at AND out_for_delivery_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '派送失败率 (R7) — failed attempts; rate_id R7_refused 拒收率: refused or returned: the rows R7 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r8_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R8', countIf(due), countIf(due AND hit)), ('R8_platform', countIf(due), countIf(due AND accused))]) AS row
    FROM
    (
        WITH
            -- What the platform held then against parcels for not being picked up in time: waybills, and trades as a whole.
            (
                SELECT (groupUniqArrayIf(ifNull(out_sid, ''), out_sid IS NOT NULL), groupUniqArrayIf(ifNull(tid, 0), out_sid IS NULL AND tid IS NOT NULL))
                FROM juliu.platform_exceptions
                WHERE opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
                    AND match(concat(ifNull(exception_type, ''), ' ', ifNull(exception_code, '')), '(?i)collect|consign|accept|fake')
            ) AS verdicts
        SELECT
            consigned_at + fake_seconds <= now_at AND (left_at IS NULL OR left_at > least(consigned_at + fake_seconds, now_at) OR ifNull(carrier_event_after_consign_at <= left_at, false)) AS due, NOT ifNull(carrier_event_after_consign_at <= consigned_at + fake_seconds, false) AS hit,
            (verdicts.1 != [] AND has(verdicts.1, out_sid)) OR (verdicts.2 != [] AND has(verdicts.2, tid)) AS accused,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(consigned_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(consigned_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(consigned_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND consigned_at >= from_at AND consigned_at < until_at AND consigned_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '疑似虚假发货率 (R8) — no news of the carrier within 24 h of dispatch; rate_id R8_platform: by the platform’s verdicts that stand as of asof: the rows R8 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r9_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R9', count(), countIf(hit_r9))]) AS row
    FROM
    (
        SELECT
            hit_r9,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(first_event_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(first_event_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(first_event_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
        WHERE in_r9
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '停滞率 (R9) — open parcels without news for too long, whatever from..to: the rows R9 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r10_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R10', count(), countIf(hit))]) AS row
    FROM
    (
        SELECT
            got_at <= now_at AND NOT got_inferred AND out_for_delivery_at <= now_at AS hit,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(signed_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(signed_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(signed_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND signed_at >= from_at AND signed_at < until_at AND signed_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '轨迹完整率 (R10) — pick-up, delivery attempt and sign all seen: the rows R10 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_r11_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups WHERE {cut:String} = 'seller_group') AS groups,
    (
        SELECT (maxIf(value, name = 'min_cohort'), toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.2 AS pickup_seconds,
    setting.3 AS ship_seconds,
    setting.4 AS fake_seconds
SELECT
    row.1 AS rate_id,
    value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < setting.1)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS value,
        arrayJoin([('R11_lost', count(), countIf(lost_at <= now_at)), ('R11_returned', count(), countIf(returned_at <= now_at))]) AS row
    FROM
    (
        SELECT
            lost_at, returned_at,
        if({cut:String} = 'day', toUInt16(toDate(assumeNotNull(got_at))), identity(
            if({cut:String} = 'hour', toUInt16(toHour(assumeNotNull(got_at))), identity(
                if({cut:String} = 'weekday', toUInt16(toDayOfWeek(assumeNotNull(got_at))), toUInt16(0)))))) AS time_key,
        if({cut:String} = 'item', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)))), identity(
            if({cut:String} = 'seller_group', toLowCardinality(arrayJoin(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))))), identity(
                if({cut:String} = 'carrier', toLowCardinality(carrier), identity(
                    if({cut:String} = 'lane', toLowCardinality(lane), identity(
                        if({cut:String} = 'origin_province', toLowCardinality(ifNull(origin_province, '')), identity(
                            if({cut:String} = 'destination_province', toLowCardinality(ifNull(destination_province, '')), identity(
                                if({cut:String} = 'send_type', toLowCardinality(send_type), identity(
                                    if({cut:String} = 'seller', toLowCardinality(seller), toLowCardinality('')))))))))))))))) AS cut_key
        FROM juliu_store.parcel_facts
WHERE last_day >= toDate(from_at) AND in_cohorts AND got_at >= from_at AND got_at < until_at AND got_at <= now_at
    )
    GROUP BY time_key, cut_key
)
WHERE denominator > 0 AND (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '丢失率 退回率 (R11) — rate_id R11_lost, R11_returned: the rows R11 of juliu.parcel_rates_at';

CREATE OR REPLACE VIEW juliu_store.parcel_units_between
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (
        SELECT (toInt64(maxIf(value, name = 'pickup_hours') * 3600), toInt64(maxIf(value, name = 'ship_hours') * 3600), toInt64(maxIf(value, name = 'fake_consign') * 3600))
        FROM juliu.kpi_settings
    ) AS setting,
    setting.1 AS pickup_seconds,
    setting.2 AS ship_seconds,
    setting.3 AS fake_seconds,
    counts -> ifNull(counts, false) AS surely,
    instant -> ifNull(instant >= from_at AND instant < until_at AND instant <= now_at, false) AS within,
    milestone -> (left_at IS NULL OR left_at > least(now_at, now_at) OR ifNull(milestone <= left_at, false)) AS kept
SELECT
    * EXCEPT (in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats),
    consigned_at - paid_at AS d1,
    got_at - consigned_at AS d2,
    got_at - paid_at AS d3,
    destination_city_at - got_at AS d4,
    out_for_delivery_at - got_at AS d5,
    signed_at - out_for_delivery_at AS d6,
    signed_at - got_at AS d7,
    signed_at - paid_at AS d8,
    if(got_at IS NULL, NULL, if(ifNull(signed_at <= now_at, false), toInt64(ifNull(max_gap_seconds, 0)), toInt64(arrayMax(arrayMap(
    (at, later) -> if(at >= got_at AND at <= now_at AND later > at, least(later, now_at) - at, 0),
    event_ats,
    arrayShiftLeft(event_ats, 1, if(ifNull(lost_at <= now_at, false) OR ifNull(returned_at <= now_at, false), toDateTime(0, 'Asia/Shanghai'), now_at))))))) AS d11,
    in_paid_cohorts AND within(paid_at) AND kept(consigned_at) AS in_d1,
    in_cohorts AND within(consigned_at) AND kept(got_at) AS in_d2,
    in_paid_cohorts AND within(paid_at) AND kept(got_at) AS in_d3,
    in_cohorts AND within(got_at) AND kept(destination_city_at) AS in_d4,
    in_cohorts AND within(got_at) AND kept(out_for_delivery_at) AS in_d5,
    in_cohorts AND within(out_for_delivery_at) AND kept(signed_at) AS in_d6,
    in_cohorts AND within(got_at) AND kept(signed_at) AS in_d7,
    in_paid_cohorts AND within(paid_at) AND kept(signed_at) AS in_d8,
    in_d7 AND NOT ifNull(signed_at < got_at, false) AS in_d11,
    in_cohorts AND within(consigned_at) AND surely(consigned_at + pickup_seconds <= now_at AND (left_at IS NULL OR left_at > least(consigned_at + pickup_seconds, now_at) OR ifNull(got_at <= left_at, false))) AS in_r2,
    surely(got_at <= consigned_at + pickup_seconds) AS hit_r2,
    in_paid_cohorts AND within(paid_at) AND surely(paid_at + ship_seconds <= now_at AND (left_at IS NULL OR left_at > least(paid_at + ship_seconds, now_at) OR ifNull(got_at <= left_at, false))) AS in_r3,
    surely(got_at <= paid_at + ship_seconds) AS hit_r3,
    if(kind = 1, in_cohorts, in_paid_cohorts) AND within(promised_at) AND surely(promised_at + 0 <= now_at AND (left_at IS NULL OR left_at > least(promised_at + 0, now_at) OR ifNull(signed_at <= left_at, false))) AS in_r4,
    surely(signed_at <= promised_at + 0) AS hit_r4,
    if(kind = 1, in_cohorts, in_paid_cohorts) AND within(promised_at) AND surely(promised_at + 86400 <= now_at AND (left_at IS NULL OR left_at > least(promised_at + 86400, now_at) OR ifNull(signed_at <= left_at, false))) AS in_r4_next_day,
    surely(signed_at <= promised_at + 86400) AS hit_r4_next_day,
    in_cohorts AND within(got_at) AND surely(toStartOfDay(got_at) + (1 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (1 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false))) AS in_r5_1,
    surely(signed_at < toStartOfDay(got_at) + (1 + 1) * 86400) AS hit_r5_1,
    in_cohorts AND within(got_at) AND surely(toStartOfDay(got_at) + (2 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (2 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false))) AS in_r5_2,
    surely(signed_at < toStartOfDay(got_at) + (2 + 1) * 86400) AS hit_r5_2,
    in_cohorts AND within(got_at) AND surely(toStartOfDay(got_at) + (3 + 1) * 86400 <= now_at AND (left_at IS NULL OR left_at > least(toStartOfDay(got_at) + (3 + 1) * 86400, now_at) OR ifNull(signed_at <= left_at, false))) AS in_r5_3,
    surely(signed_at < toStartOfDay(got_at) + (3 + 1) * 86400) AS hit_r5_3,
    in_cohorts AND within(out_for_delivery_at) AND surely((ifNull(signed_at <= now_at, false) OR ifNull(failed_at <= now_at, false) OR out_for_delivery_at + 86400 <= now_at)
    AND (left_at IS NULL OR left_at > least(least(out_for_delivery_at + 86400, ifNull(failed_at, out_for_delivery_at + 86400)), now_at) OR ifNull(signed_at <= left_at, false))) AS in_r6,
    surely(signed_at <= now_at AND scan_days_before_sign = 1 AND NOT failed_before_sign) AS hit_r6,
    in_cohorts AND within(consigned_at) AND surely(consigned_at + fake_seconds <= now_at AND (left_at IS NULL OR left_at > least(consigned_at + fake_seconds, now_at) OR ifNull(carrier_event_after_consign_at <= left_at, false))) AS in_r8,
    surely(NOT ifNull(carrier_event_after_consign_at <= consigned_at + fake_seconds, false)) AS hit_r8,
    in_cohorts AND within(out_for_delivery_at) AS in_r7,
    failed_at IS NOT NULL AS hit_r7,
    refused_at IS NOT NULL AS hit_r7_refused,
    in_cohorts AND within(signed_at) AS in_r10,
    surely(got_at <= now_at AND NOT got_inferred AND out_for_delivery_at <= now_at) AS hit_r10,
    in_cohorts AND within(got_at) AS in_r11,
    lost_at IS NOT NULL AS hit_r11_lost,
    returned_at IS NOT NULL AS hit_r11_returned
FROM
(
    SELECT
        kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
        presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
        in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
        if(unit.paid_at <= now_at, unit.paid_at, NULL) AS paid_at,
        if(unit.consigned_at <= now_at, unit.consigned_at, NULL) AS consigned_at,
        if(unit.got_at <= now_at, unit.got_at, NULL) AS got_at,
        if(unit.destination_city_at <= now_at, unit.destination_city_at, NULL) AS destination_city_at,
        if(unit.out_for_delivery_at <= now_at, unit.out_for_delivery_at, NULL) AS out_for_delivery_at,
        if(unit.signed_at <= now_at, unit.signed_at, NULL) AS signed_at,
        if(unit.failed_at <= now_at, unit.failed_at, NULL) AS failed_at,
        if(unit.refused_at <= now_at, unit.refused_at, NULL) AS refused_at,
        if(unit.returned_at <= now_at, unit.returned_at, NULL) AS returned_at,
        if(unit.lost_at <= now_at, unit.lost_at, NULL) AS lost_at,
        if(unit.left_at <= now_at, unit.left_at, NULL) AS left_at
    FROM
    (
        SELECT
            1 AS kind, tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids,
            presale, first_seen_midlife, order_first_seen_midlife, day, promised_at,
            in_cohorts, in_paid_cohorts, got_inferred, scan_days_before_sign, failed_before_sign, carrier_event_after_consign_at, max_gap_seconds, event_ats,
            paid_at, consigned_at, got_at, destination_city_at, out_for_delivery_at, signed_at, failed_at, refused_at, returned_at, lost_at, left_at
        FROM juliu_store.parcel_facts
        WHERE last_day >= toDate(from_at) AND first_event_at <= now_at
            AND (first_event_at < until_at OR paid_at < until_at OR promised_at < until_at)
        UNION ALL
        SELECT
            2, tid, '', seller_id, seller_nick, '', NULL, NULL, '', ifNull(send_type, ''), num_iids,
            presale, false, first_seen_midlife, day, promised_at,
            ifNull(send_type, '') != 'offline', ifNull(send_type, '') != 'offline' AND NOT first_seen_midlife, false, 0, false, NULL, NULL, [],
            paid_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, left_at
        FROM juliu_store.order_facts
        WHERE last_day >= toDate(from_at) AND paid_at <= now_at AND (paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at OR ifNull(promised_at >= from_at AND promised_at < until_at AND promised_at <= now_at, false))
            AND identity(tid) NOT IN
            (
                SELECT tid FROM juliu_store.parcel_facts
                WHERE last_day >= toDate(from_at) AND (ifNull(paid_at >= from_at AND paid_at < until_at AND paid_at <= now_at, false) OR ifNull(promised_at >= from_at AND promised_at < until_at AND promised_at <= now_at, false)) AND first_event_at <= now_at
            )
    ) AS unit
)
COMMENT '包裹计量单元（区间） — internal: one row per unit that may start something in the days from..to, as of asof, with what it counts in';

CREATE OR REPLACE VIEW juliu.parcel_units_at
AS SELECT *
FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = toDate('2000-01-01'), to = toDate('2100-01-01'))
COMMENT '包裹计量单元 — one row per parcel (kind 1), per paid order without parcel (kind 2) as of asof, with durations d1..d8, d11 (seconds) and the flags in_… (counts) and hit_…';

CREATE OR REPLACE VIEW juliu.parcel_durations_at
AS
SELECT
    row.1 AS metric,
    toDate(row.2) AS cohort_day,
    row.2 AS started_at,
    row.3 AS seconds,
    tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids
FROM
(
    SELECT
        arrayJoin(arrayFilter(metric -> metric.4, [
            ('D1', paid_at, d1, in_d1), ('D2', consigned_at, d2, in_d2), ('D3', paid_at, d3, in_d3), ('D4', got_at, d4, in_d4), ('D5', got_at, d5, in_d5), ('D6', out_for_delivery_at, d6, in_d6), ('D7', got_at, d7, in_d7), ('D8', paid_at, d8, in_d8), ('D11', got_at, d11, in_d11)
        ])) AS row,
        tid, out_sid, seller_id, seller_nick, carrier, origin_province, destination_province, lane, send_type, num_iids
    FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = toDate('2000-01-01'), to = toDate('2100-01-01'))
)
COMMENT '包裹时长明细 — one row per unit and duration it counts in, as of asof: metric, day and instant of the start, seconds (NULL while open, below 0 = 时序异常)';

CREATE OR REPLACE VIEW juliu_store.parcel_units_cut
AS
WITH
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups
SELECT
    *,
    if({cut:String} IN ('day', 'hour', 'weekday'), arrayJoin([1, 2, 3, 4, 5, 6]), 0) AS start,
    if({cut:String} IN ('day', 'hour', 'weekday'), if({cut:String} = 'day', toUInt16(toDate(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))), if({cut:String} = 'hour', toUInt16(toHour(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))), toUInt16(toDayOfWeek(coalesce(multiIf(start = 1, paid_at, start = 2, consigned_at, start = 3, got_at, start = 4, out_for_delivery_at, start = 5, signed_at, promised_at), toDateTime(0, 'Asia/Shanghai')))))), toUInt16(0)) AS time_key,
    arrayJoin(
        if({cut:String} = 'carrier', [carrier],
        if({cut:String} = 'lane', [lane],
        if({cut:String} = 'origin_province', [toLowCardinality(ifNull(origin_province, ''))],
        if({cut:String} = 'destination_province', [toLowCardinality(ifNull(destination_province, ''))],
        if({cut:String} = 'send_type', [toLowCardinality(send_type)],
        if({cut:String} = 'seller', [toLowCardinality(coalesce(toString(seller_nick), toString(seller_id), ''))],
        if({cut:String} = 'item', CAST(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)), 'Array(LowCardinality(String))'),
        if({cut:String} = 'seller_group', CAST(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))), 'Array(LowCardinality(String))'),
        [toLowCardinality('')]))))))))
    ) AS cut_key
FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date})
WHERE (SELECT throwIf({cut:String} NOT IN ('all', 'carrier', 'lane', 'origin_province', 'destination_province', 'day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), 'cut must be one of all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type')) = 0
COMMENT '包裹计量单元（切分） — internal: units with the value of the cut they count under';

CREATE OR REPLACE VIEW juliu.parcel_latency_at
AS
WITH
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    row.1 AS metric,
    label AS value,
    row.2 AS cohort,
    row.3 AS finished,
    finished / cohort AS completion,
    nullIf((row.4)[1], 4000000000) AS p50,
    nullIf((row.4)[2], 4000000000) AS p90,
    nullIf((row.4)[3], 4000000000) AS p95,
    if(finished = 0, NULL, row.5 / finished) AS mean,
    row.6 AS excluded_negative,
    (cohort < min_cohort)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        arrayJoin(arrayFilter(metric -> metric.2 + metric.6 > 0, [
            ('D1', countIf(counted_1), countIf(ended_1), quantilesExactIf(0.5, 0.9, 0.95)(seconds_1, counted_1), sumIf(seconds_1, ended_1), countIf(negative_1)),
            ('D2', countIf(counted_2), countIf(ended_2), quantilesExactIf(0.5, 0.9, 0.95)(seconds_2, counted_2), sumIf(seconds_2, ended_2), countIf(negative_2)),
            ('D3', countIf(counted_3), countIf(ended_3), quantilesExactIf(0.5, 0.9, 0.95)(seconds_3, counted_3), sumIf(seconds_3, ended_3), countIf(negative_3)),
            ('D4', countIf(counted_4), countIf(ended_4), quantilesExactIf(0.5, 0.9, 0.95)(seconds_4, counted_4), sumIf(seconds_4, ended_4), countIf(negative_4)),
            ('D5', countIf(counted_5), countIf(ended_5), quantilesExactIf(0.5, 0.9, 0.95)(seconds_5, counted_5), sumIf(seconds_5, ended_5), countIf(negative_5)),
            ('D6', countIf(counted_6), countIf(ended_6), quantilesExactIf(0.5, 0.9, 0.95)(seconds_6, counted_6), sumIf(seconds_6, ended_6), countIf(negative_6)),
            ('D7', countIf(counted_7), countIf(ended_7), quantilesExactIf(0.5, 0.9, 0.95)(seconds_7, counted_7), sumIf(seconds_7, ended_7), countIf(negative_7)),
            ('D8', countIf(counted_8), countIf(ended_8), quantilesExactIf(0.5, 0.9, 0.95)(seconds_8, counted_8), sumIf(seconds_8, ended_8), countIf(negative_8)),
            ('D11', countIf(counted_11), countIf(ended_11), quantilesExactIf(0.5, 0.9, 0.95)(seconds_11, counted_11), sumIf(seconds_11, ended_11), countIf(negative_11))
        ])) AS row
    FROM
    (
        SELECT
            cut_key,
            time_key,
            in_d1 AND start IN (0, 1) AS started_1, started_1 AND ifNull(d1 < 0, 0) AS negative_1, started_1 AND NOT negative_1 AS counted_1, counted_1 AND d1 IS NOT NULL AS ended_1, toUInt32(ifNull(d1, 4000000000)) AS seconds_1,
            in_d2 AND start IN (0, 2) AS started_2, started_2 AND ifNull(d2 < 0, 0) AS negative_2, started_2 AND NOT negative_2 AS counted_2, counted_2 AND d2 IS NOT NULL AS ended_2, toUInt32(ifNull(d2, 4000000000)) AS seconds_2,
            in_d3 AND start IN (0, 1) AS started_3, started_3 AND ifNull(d3 < 0, 0) AS negative_3, started_3 AND NOT negative_3 AS counted_3, counted_3 AND d3 IS NOT NULL AS ended_3, toUInt32(ifNull(d3, 4000000000)) AS seconds_3,
            in_d4 AND start IN (0, 3) AS started_4, started_4 AND ifNull(d4 < 0, 0) AS negative_4, started_4 AND NOT negative_4 AS counted_4, counted_4 AND d4 IS NOT NULL AS ended_4, toUInt32(ifNull(d4, 4000000000)) AS seconds_4,
            in_d5 AND start IN (0, 3) AS started_5, started_5 AND ifNull(d5 < 0, 0) AS negative_5, started_5 AND NOT negative_5 AS counted_5, counted_5 AND d5 IS NOT NULL AS ended_5, toUInt32(ifNull(d5, 4000000000)) AS seconds_5,
            in_d6 AND start IN (0, 4) AS started_6, started_6 AND ifNull(d6 < 0, 0) AS negative_6, started_6 AND NOT negative_6 AS counted_6, counted_6 AND d6 IS NOT NULL AS ended_6, toUInt32(ifNull(d6, 4000000000)) AS seconds_6,
            in_d7 AND start IN (0, 3) AS started_7, started_7 AND ifNull(d7 < 0, 0) AS negative_7, started_7 AND NOT negative_7 AS counted_7, counted_7 AND d7 IS NOT NULL AS ended_7, toUInt32(ifNull(d7, 4000000000)) AS seconds_7,
            in_d8 AND start IN (0, 1) AS started_8, started_8 AND ifNull(d8 < 0, 0) AS negative_8, started_8 AND NOT negative_8 AS counted_8, counted_8 AND d8 IS NOT NULL AS ended_8, toUInt32(ifNull(d8, 4000000000)) AS seconds_8,
            in_d11 AND start IN (0, 3) AS started_11, started_11 AND ifNull(d11 < 0, 0) AS negative_11, started_11 AND NOT negative_11 AS counted_11, counted_11 AND d11 IS NOT NULL AS ended_11, toUInt32(ifNull(d11, 4000000000)) AS seconds_11
        FROM juliu_store.parcel_units_cut(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
    )
    GROUP BY cut_key, time_key
)
COMMENT '包裹时效 — durations of parcels as of asof whose start lies in the days from..to: metric D1..D8, D11; value of the cut; cohort = units counted; finished = with an end; completion = finished / cohort; p50, p90, p95 in seconds with open units as infinite, NULL where not reached; mean over the finished, seconds; excluded_negative = units whose end lies before the start; small = cohort below the setting min_cohort. cut: all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type';

CREATE OR REPLACE VIEW juliu.parcel_latency_daily
(
    cohort_day Date COMMENT '起点日期 — day on which the duration started; UTC+8',
    metric String COMMENT '时效指标 — D1 支付→发货, D2 发货→揽收, D3 支付→揽收, D4 揽收→到达目的城市, D5 揽收→首次派件, D6 首次派件→签收, D7 揽收→签收, D8 支付→签收, D11 最长静默',
    cohort UInt64 COMMENT '样本数 — units counted: started that day, not closed or refunded before the end, interval not negative; unit: parcels, and paid orders without parcel in D1, D3, D8',
    finished UInt64 COMMENT '完结数 — of the cohort, those with an end; unit: parcels',
    completion Float64 COMMENT '完结率 — finished / cohort',
    p50 Nullable(UInt32) COMMENT '中位数 — half of the cohort took at most this; open units as infinite, NULL where not reached; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — nine of ten of the cohort took at most this; NULL where not reached; unit: seconds',
    p95 Nullable(UInt32) COMMENT 'P95 — 95 of 100 of the cohort took at most this; NULL where not reached; unit: seconds',
    mean Nullable(Float64) COMMENT '均值 — mean of the finished; unit: seconds',
    excluded_negative UInt64 COMMENT '时序异常数 — units left out because their end lies before the start; unit: parcels',
    small Bool COMMENT '样本不足 — cohort below the setting min_cohort'
)
AS SELECT toDate(value) AS cohort_day, metric, cohort, finished, completion, p50, p90, p95, mean, excluded_negative, small
FROM juliu.parcel_latency_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('2000-01-01'), to = toDate('2100-01-01'), cut = 'day')
COMMENT '包裹时效按日 — durations of parcels by the day they started, as of now';

CREATE OR REPLACE VIEW juliu.parcel_rates_at
AS
WITH
    (SELECT groupArray((seller_group, seller)) FROM juliu.seller_groups) AS groups,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort,
    -- What the platform held then against parcels for not being picked up in time: waybills, and trades as a whole.
    (
        SELECT (groupUniqArrayIf(ifNull(out_sid, ''), out_sid IS NOT NULL), groupUniqArrayIf(ifNull(tid, 0), out_sid IS NULL AND tid IS NOT NULL))
        FROM juliu.platform_exceptions
        WHERE opened_at <= {asof:DateTime64(3, 'Asia/Shanghai')} AND (closed_at IS NULL OR closed_at > {asof:DateTime64(3, 'Asia/Shanghai')})
            AND match(concat(ifNull(exception_type, ''), ' ', ifNull(exception_code, '')), '(?i)collect|consign|accept|fake')
    ) AS accused,
    (accused.1 != [] AND has(accused.1, out_sid)) OR (accused.2 != [] AND has(accused.2, tid)) AS hit_r8_platform
SELECT
    row.1 AS rate_id,
    label AS value,
    row.2 AS denominator,
    row.3 AS numerator,
    numerator / denominator AS rate,
    (denominator < min_cohort)::Bool AS small
FROM
(
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        arrayJoin(arrayFilter(rate -> rate.2 > 0, [
            ('R2', countIf(in_r2 AND start IN (0, 2)), countIf(in_r2 AND hit_r2 AND start IN (0, 2))),
            ('R3', countIf(in_r3 AND start IN (0, 1)), countIf(in_r3 AND hit_r3 AND start IN (0, 1))),
            ('R4', countIf(in_r4 AND start IN (0, 6)), countIf(in_r4 AND hit_r4 AND start IN (0, 6))),
            ('R4_next_day', countIf(in_r4_next_day AND start IN (0, 6)), countIf(in_r4_next_day AND hit_r4_next_day AND start IN (0, 6))),
            ('R5_1', countIf(in_r5_1 AND start IN (0, 3)), countIf(in_r5_1 AND hit_r5_1 AND start IN (0, 3))),
            ('R5_2', countIf(in_r5_2 AND start IN (0, 3)), countIf(in_r5_2 AND hit_r5_2 AND start IN (0, 3))),
            ('R5_3', countIf(in_r5_3 AND start IN (0, 3)), countIf(in_r5_3 AND hit_r5_3 AND start IN (0, 3))),
            ('R6', countIf(in_r6 AND start IN (0, 4)), countIf(in_r6 AND hit_r6 AND start IN (0, 4))),
            ('R7', countIf(in_r7 AND start IN (0, 4)), countIf(in_r7 AND hit_r7 AND start IN (0, 4))),
            ('R7_refused', countIf(in_r7 AND start IN (0, 4)), countIf(in_r7 AND hit_r7_refused AND start IN (0, 4))),
            ('R8', countIf(in_r8 AND start IN (0, 2)), countIf(in_r8 AND hit_r8 AND start IN (0, 2))),
            ('R8_platform', countIf(in_r8 AND start IN (0, 2)), countIf(in_r8 AND hit_r8_platform AND start IN (0, 2))),
            ('R10', countIf(in_r10 AND start IN (0, 5)), countIf(in_r10 AND hit_r10 AND start IN (0, 5))),
            ('R11_lost', countIf(in_r11 AND start IN (0, 3)), countIf(in_r11 AND hit_r11_lost AND start IN (0, 3))),
            ('R11_returned', countIf(in_r11 AND start IN (0, 3)), countIf(in_r11 AND hit_r11_returned AND start IN (0, 3)))
        ])) AS row
    FROM juliu_store.parcel_units_cut(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
    GROUP BY cut_key, time_key
    UNION ALL
    -- Of orders: parcels' own dimensions say nothing about them, so those cuts have one row of all.
    SELECT
        if({cut:String} = 'hour', toString(toUInt8OrZero(value)), if({cut:String} IN ('day', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), value, '')) AS label,
        ('R1', orders, shipped_in_time) AS row
    FROM juliu.ship_rate_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date},
        cut = if({cut:String} IN ('day', 'hour', 'weekday', 'seller', 'seller_group', 'item', 'send_type'), {cut:String}, 'all'))
    UNION ALL
    SELECT
        if({cut:String} = 'day', toString(toDate(time_key)), if({cut:String} IN ('hour', 'weekday'), toString(time_key), toString(cut_key))) AS label,
        ('R9', count(), countIf(hit_r9)) AS row
    FROM
    (
        SELECT
            hit_r9,
            if({cut:String} IN ('day', 'hour', 'weekday'), if({cut:String} = 'day', toUInt16(toDate(first_event_at)), if({cut:String} = 'hour', toUInt16(toHour(first_event_at)), toUInt16(toDayOfWeek(first_event_at)))), toUInt16(0)) AS time_key,
            arrayJoin(
                if({cut:String} = 'carrier', [carrier],
                if({cut:String} = 'lane', [lane],
                if({cut:String} = 'origin_province', [toLowCardinality(ifNull(origin_province, ''))],
                if({cut:String} = 'destination_province', [toLowCardinality(ifNull(destination_province, ''))],
                if({cut:String} = 'send_type', [toLowCardinality(send_type)],
                if({cut:String} = 'seller', [toLowCardinality(coalesce(toString(seller_nick), toString(seller_id), ''))],
                if({cut:String} = 'item', CAST(emptyArrayToSingle(arrayMap(num_iid -> toString(num_iid), num_iids)), 'Array(LowCardinality(String))'),
                if({cut:String} = 'seller_group', CAST(emptyArrayToSingle(arrayDistinct(arrayMap(pair -> pair.1, arrayFilter(pair -> pair.2 = ifNull(toString(seller_nick), '') OR pair.2 = ifNull(toString(seller_id), ''), groups)))), 'Array(LowCardinality(String))'),
                [toLowCardinality('')]))))))))
            ) AS cut_key
        FROM juliu_store.open_units_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
        WHERE in_r9
    )
    GROUP BY cut_key, time_key
)
COMMENT '包裹比率 — rates of parcels as of asof whose start lies in the days from..to: rate_id R1 48h 发货率, R2 24h 揽收率, R3 支付48h揽收率, R4 准时签收率, R4_next_day, R5_1..R5_3 次日达等, R6 首次派送成功率, R7 派送失败率, R7_refused 拒收率, R8 疑似虚假发货率, R8_platform the same parcels by the platform’s verdicts that stand as of asof (beside R8, over the same denominator), R9 停滞率 (all open parcels, whatever from..to), R10 轨迹完整率, R11_lost 丢失率, R11_returned 退回率; value of the cut; denominator = matured units; rate = numerator / denominator; small = denominator below the setting min_cohort. cut: all, carrier, lane, origin_province, destination_province, day, hour, weekday, seller, seller_group, item, send_type';

CREATE OR REPLACE VIEW juliu.parcel_rates_daily
(
    cohort_day Date COMMENT '起点日期 — day on which what the rate speaks of started: R1, R3 payment; R2, R8 dispatch; R5, R11 pick-up; R6, R7 first delivery attempt; R10 sign; R4 promise; R9 first event; UTC+8',
    rate_id String COMMENT '比率指标 — R1 48h 发货率, R2 24h 揽收率, R3 支付48h揽收率, R4 准时签收率, R4_next_day 承诺次日前签收率, R5_1 R5_2 R5_3 次日达 隔日达 三日达率, R6 首次派送成功率, R7 派送失败率, R7_refused 拒收率, R8 疑似虚假发货率, R8_platform 平台判定, R9 停滞率, R10 轨迹完整率, R11_lost 丢失率, R11_returned 退回率',
    denominator UInt64 COMMENT '分母 — matured units: the deadline has passed and the order was not closed or refunded before it; unit: parcels (R1: orders)',
    numerator UInt64 COMMENT '分子 — of the denominator, those of which the rate speaks; unit: as the denominator',
    rate Float64 COMMENT '比率 — numerator / denominator',
    small Bool COMMENT '样本不足 — denominator below the setting min_cohort'
)
AS SELECT toDate(value) AS cohort_day, rate_id, denominator, numerator, rate, small
FROM juliu.parcel_rates_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('2000-01-01'), to = toDate('2100-01-01'), cut = 'day')
COMMENT '包裹比率按日 — rates of parcels by the day they started, as of now';

-- 0028-logistics-views.sql

CREATE OR REPLACE VIEW juliu.carrier_comparison_at
AS
SELECT
    carrier,
    sum(n) AS units,
    ifNull(sumIf(weight, lane != '' AND n > 0) / nullIf(max(all_weight), 0), 0) AS coverage,
    nullIf(quantileExactMerge(0.5)(lane_durations), 4000000000) AS d7_median,
    if(countIf(lane != '' AND n > 0 AND lane_median >= 4000000000) > 0, NULL,
        sumIf(weight * lane_median, lane != '' AND n > 0) / nullIf(sumIf(weight, lane != '' AND n > 0), 0)) AS d7_median_adjusted,
    sum(total) / nullIf(sum(finished), 0) AS d7_mean,
    if(countIf(lane != '' AND n > 0 AND finished = 0) > 0, NULL,
        sumIf(weight * total / nullIf(finished, 0), lane != '' AND n > 0) / nullIf(sumIf(weight, lane != '' AND n > 0), 0)) AS d7_mean_adjusted,
    sum(r5_hits) / nullIf(sum(r5_n), 0) AS r5_2,
    sumIf(r5_weight * r5_hits / r5_n, lane != '' AND r5_n > 0) / nullIf(sumIf(r5_weight, lane != '' AND r5_n > 0), 0) AS r5_2_adjusted,
    sum(r6_hits) / nullIf(sum(r6_n), 0) AS r6,
    sumIf(r6_weight * r6_hits / r6_n, lane != '' AND r6_n > 0) / nullIf(sumIf(r6_weight, lane != '' AND r6_n > 0), 0) AS r6_adjusted
FROM
(
    SELECT
        *,
        finalizeAggregation(lane_durations) AS lane_median,
        sum(n) OVER (PARTITION BY lane) AS weight,
        sum(r5_n) OVER (PARTITION BY lane) AS r5_weight,
        sum(r6_n) OVER (PARTITION BY lane) AS r6_weight,
        sum(if(lane = '', 0, n)) OVER () AS all_weight
    FROM
    (
        SELECT
            carrier,
            lane,
            countIf(in_d7 AND ifNull(d7 >= 0, 1)) AS n,
            countIf(in_d7 AND ifNull(d7 >= 0, 0)) AS finished,
            quantileExactStateIf(0.5)(toUInt32(coalesce(d7, 4000000000)), in_d7 AND ifNull(d7 >= 0, 1)) AS lane_durations,
            toInt64(sumIf(ifNull(d7, 0), in_d7 AND ifNull(d7 >= 0, 0))) AS total,
            countIf(in_r5_2) AS r5_n,
            countIf(in_r5_2 AND hit_r5_2) AS r5_hits,
            countIf(in_r6) AS r6_n,
            countIf(in_r6 AND hit_r6) AS r6_hits
        FROM juliu_store.parcel_units_between(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date})
        WHERE kind = 1
        GROUP BY carrier, lane
    )
)
GROUP BY carrier
HAVING units > 0 OR sum(r6_n) > 0
COMMENT '承运商对比 — the same as juliu.carrier_comparison with asof and the days from..to of the start given (D7, R5 pick-up; R6 first delivery attempt)';

CREATE OR REPLACE VIEW juliu.carrier_comparison
(
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    units UInt64 COMMENT '样本数 — parcels in D7: picked up in the last 30 days',
    coverage Float64 COMMENT '线路覆盖率 — share of the common lane mix that the carrier has parcels for',
    d7_median Nullable(UInt32) COMMENT '揽签中位数 — median of D7 揽收→签收, open parcels as infinite; unit: seconds',
    d7_median_adjusted Nullable(Float64) COMMENT '揽签中位数（线路校正） — mean of the lanes’ medians by the common lane mix; NULL until the median of each lane is reached; unit: seconds',
    d7_mean Nullable(Float64) COMMENT '揽签均值 — mean of D7 over finished parcels; unit: seconds',
    d7_mean_adjusted Nullable(Float64) COMMENT '揽签均值（线路校正） — mean of the lanes’ means by the common lane mix; NULL until each lane has a finished parcel; unit: seconds',
    r5_2 Nullable(Float64) COMMENT '隔日达率 — R5 with k = 2: signed by the end of the second day after pick-up / matured parcels',
    r5_2_adjusted Nullable(Float64) COMMENT '隔日达率（线路校正） — mean of the lanes’ rates by the common lane mix',
    r6 Nullable(Float64) COMMENT '首次派送成功率 — R6: signed on the first delivery day without failure / matured parcels',
    r6_adjusted Nullable(Float64) COMMENT '首次派送成功率（线路校正） — mean of the lanes’ rates by the common lane mix'
)
AS SELECT * FROM juliu.carrier_comparison_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '承运商对比 — carriers over the last 30 days, raw and adjusted for their lanes';

CREATE OR REPLACE VIEW juliu.hub_dwell_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    stop.1 AS node,
    countIf(ended) AS stops,
    countIf(NOT ended) AS standing,
    if(standing = 0, NULL, toUInt32(now_at - minIf(stop.2, NOT ended))) AS longest_standing,
    if(stops = 0, NULL, quantileExactIf(0.5)(stop.3, ended)) AS p50,
    if(stops = 0, NULL, quantileExactIf(0.9)(stop.3, ended)) AS p90,
    if(stops = 0, NULL, quantileExactIf(0.95)(stop.3, ended)) AS p95,
    if(stops = 0, NULL, avgIf(stop.3, ended)) AS mean,
    (stops < min_cohort)::Bool AS small
FROM
(
    SELECT
        arrayJoin(arrayConcat(
            arrayMap(hop -> (toString(hop.1), hop.2, hop.3), hops),
            -- The last trace: nothing ends it.
            if(last_stage = 'arrived' AND last_place != '', [(toString(last_place), assumeNotNull(last_event_at), toUInt32(4294967295))], [])
        )) AS stop,
        toInt64(stop.2) + stop.3 <= toInt64(now_at) AS ended
    FROM juliu_store.parcel_facts
    WHERE NOT first_seen_midlife AND send_type != 'offline'
        AND last_day >= toDate(from_at) AND first_event_at < until_at AND last_event_at >= from_at
        AND stop.2 >= from_at AND stop.2 < until_at AND stop.2 <= now_at
)
GROUP BY node
SETTINGS use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '站点停留 — the same as juliu.hub_dwell with asof and the days from..to of the arrival given';

CREATE OR REPLACE VIEW juliu.hub_dwell
(
    node String COMMENT '站点 — node as traces write it, its city in brackets',
    stops UInt64 COMMENT '停留次数 — stops that ended; arrivals of the last 30 days; unit: stops',
    standing UInt64 COMMENT '在站数 — arrivals of the last 30 days that nothing has followed yet, as far as traces say: on their way on, or to be delivered from here; in no percentile; unit: stops',
    longest_standing Nullable(UInt32) COMMENT '在站最久 — how long the longest of standing has been there; NULL = none; unit: seconds',
    p50 Nullable(UInt32) COMMENT '中位数 — D9 站点停留: half of the stops took at most this; NULL without stops; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — nine of ten stops took at most this; NULL without stops; unit: seconds',
    p95 Nullable(UInt32) COMMENT 'P95 — 95 of 100 stops took at most this; NULL without stops; unit: seconds',
    mean Nullable(Float64) COMMENT '均值 — mean of the stops; NULL without stops; unit: seconds',
    small Bool COMMENT '样本不足 — stops below the setting min_cohort'
)
AS SELECT * FROM juliu.hub_dwell_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '站点停留 — D9, dwell of parcels at nodes over the last 30 days';

CREATE OR REPLACE VIEW juliu.lane_segments_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at,
    toDateTime(greatest({from:Date}, toDate('2000-01-01')), 'Asia/Shanghai') AS from_at,
    toDateTime(least({to:Date}, toDate('2100-01-01')) + 1, 'Asia/Shanghai') AS until_at,
    (SELECT maxIf(value, name = 'min_cohort') FROM juliu.kpi_settings) AS min_cohort
SELECT
    from_node,
    to_node,
    carrier_name AS carrier,
    runs,
    p50,
    p90,
    p95,
    mean,
    toInt64(p50) - toInt64(maxIf(p50, whole) OVER (PARTITION BY from_node, to_node)) AS median_difference,
    (runs < min_cohort)::Bool AS small
FROM
(
    SELECT
        from_node,
        to_node,
        carrier AS carrier_name,
        grouping(carrier) = 1 AS whole,
        count() AS runs,
        quantileExact(0.5)(took) AS p50,
        quantileExact(0.9)(took) AS p90,
        quantileExact(0.95)(took) AS p95,
        avg(took) AS mean
    FROM
    (
        SELECT toString(carrier) AS carrier, segment.1 AS from_node, segment.2 AS to_node, segment.4 AS took
        FROM juliu_store.parcel_facts
        ARRAY JOIN segments AS segment
        WHERE NOT first_seen_midlife AND send_type != 'offline'
            AND last_day >= toDate(from_at) AND first_event_at < until_at AND last_event_at >= from_at
            AND segment.3 >= from_at AND segment.3 < until_at AND segment.3 + segment.4 <= now_at
    )
    GROUP BY GROUPING SETS ((from_node, to_node), (from_node, to_node, carrier))
)
COMMENT '线路段运输 — the same as juliu.lane_segments with asof and the days from..to of the departure given';

CREATE OR REPLACE VIEW juliu.lane_segments
(
    from_node String COMMENT '出发站点 — node of the departure, as traces write it',
    to_node String COMMENT '到达站点 — node of the next arrival, as traces write it',
    carrier String COMMENT '物流公司 — name of the carrier; empty = all carriers together',
    runs UInt64 COMMENT '运输次数 — segments that ended; departures of the last 30 days; unit: segments',
    p50 UInt32 COMMENT '中位数 — D10 线路段运输: half of the segments took at most this; unit: seconds',
    p90 UInt32 COMMENT 'P90 — nine of ten segments took at most this; unit: seconds',
    p95 UInt32 COMMENT 'P95 — 95 of 100 segments took at most this; unit: seconds',
    mean Float64 COMMENT '均值 — mean of the segments; unit: seconds',
    median_difference Int64 COMMENT '与线路中位数之差 — the carrier’s median minus that of all carriers between the two nodes; unit: seconds',
    small Bool COMMENT '样本不足 — runs below the setting min_cohort'
)
AS SELECT * FROM juliu.lane_segments_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'))
COMMENT '线路段运输 — D10, time between nodes over the last 30 days, by carrier and for all carriers together';

CREATE OR REPLACE VIEW juliu.parcel_latency_change_at
AS
SELECT
    this.metric AS metric,
    this.value AS value,
    this.cohort AS cohort,
    this.completion AS completion,
    this.p50 AS p50,
    this.p90 AS p90,
    earlier.cohort AS cohort_before,
    earlier.p50 AS p50_before,
    earlier.p90 AS p90_before,
    toInt64(p50) - toInt64(p50_before) AS p50_change,
    toInt64(p90) - toInt64(p90_before) AS p90_change,
    rank() OVER (PARTITION BY this.metric ORDER BY ifNull(this.p50, 4294967295)) AS p50_rank,
    this.small AS small
FROM
(
    SELECT * FROM juliu.parcel_latency_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
) AS this
LEFT JOIN
(
    SELECT * FROM juliu.parcel_latency_at(
        asof = subtractDays({asof:DateTime64(3, 'Asia/Shanghai')}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        from = subtractDays({from:Date}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        to = subtractDays({from:Date}, 1),
        cut = {cut:String}
    )
) AS earlier ON earlier.metric = this.metric AND earlier.value = this.value
SETTINGS join_use_nulls = 0
COMMENT '时效环比 — parcel_latency_at of the days from..to beside the equal period before, as of as many days earlier, with the place of each value; cuts as there';

CREATE OR REPLACE VIEW juliu.parcel_latency_change
(
    metric String COMMENT '时效指标 — D1 支付→发货, D2 发货→揽收, D3 支付→揽收, D4 揽收→到达目的城市, D5 揽收→首次派件, D6 首次派件→签收, D7 揽收→签收, D8 支付→签收, D11 最长静默',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown',
    cohort UInt64 COMMENT '样本数 — units counted; unit: parcels, and paid orders without parcel in D1, D3, D8',
    completion Float64 COMMENT '完结率 — finished / cohort; share 0–1; denominator: cohort',
    p50 Nullable(UInt32) COMMENT '中位数 — open units as infinite, NULL where not reached; unit: seconds',
    p90 Nullable(UInt32) COMMENT 'P90 — NULL where not reached; unit: seconds',
    cohort_before UInt64 COMMENT '上期样本数 — cohort of the equal period before; unit: as cohort',
    p50_before Nullable(UInt32) COMMENT '上期中位数 — as of as many days earlier, so that both periods are of one age; unit: seconds',
    p90_before Nullable(UInt32) COMMENT '上期 P90 — as of as many days earlier; unit: seconds',
    p50_change Nullable(Int64) COMMENT '中位数环比 — p50 − p50_before; unit: seconds',
    p90_change Nullable(Int64) COMMENT 'P90 环比 — p90 − p90_before; unit: seconds',
    p50_rank UInt64 COMMENT '名次 — place by p50 within the metric, the fastest first, those not reached last',
    small Bool COMMENT '样本不足 — cohort below the setting min_cohort'
)
AS SELECT metric, value AS carrier, cohort, completion, p50, p90, cohort_before, p50_before, p90_before, p50_change, p90_change, p50_rank, small
FROM juliu.parcel_latency_change_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'), cut = 'carrier')
COMMENT '时效环比 — durations by carrier over the last 30 days against the 30 before; other cuts: parcel_latency_change_at';

CREATE OR REPLACE VIEW juliu.parcel_rates_change_at
AS
SELECT
    this.rate_id AS rate_id,
    this.value AS value,
    this.denominator AS denominator,
    this.rate AS rate,
    earlier.denominator AS denominator_before,
    if(denominator_before = 0, NULL, earlier.rate) AS rate_before,
    rate - rate_before AS rate_change,
    rank() OVER (PARTITION BY this.rate_id ORDER BY this.rate DESC) AS rate_rank,
    this.small AS small
FROM
(
    SELECT * FROM juliu.parcel_rates_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String})
) AS this
LEFT JOIN
(
    SELECT * FROM juliu.parcel_rates_at(
        asof = subtractDays({asof:DateTime64(3, 'Asia/Shanghai')}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        from = subtractDays({from:Date}, toInt64({to:Date}) - toInt64({from:Date}) + 1),
        to = subtractDays({from:Date}, 1),
        cut = {cut:String}
    )
) AS earlier ON earlier.rate_id = this.rate_id AND earlier.value = this.value
SETTINGS join_use_nulls = 0
COMMENT '比率环比 — parcel_rates_at of the days from..to beside the equal period before, as of as many days earlier, with the place of each value; cuts as there';

CREATE OR REPLACE VIEW juliu.parcel_rates_change
(
    rate_id String COMMENT '比率指标 — R1…R11 as in parcel_rates_daily',
    carrier String COMMENT '物流公司 — name of the carrier; empty when unknown, and for R1, which is of orders',
    denominator UInt64 COMMENT '分母 — matured units; unit: parcels (R1: orders)',
    rate Float64 COMMENT '比率 — numerator / denominator; share 0–1',
    denominator_before UInt64 COMMENT '上期分母 — of the equal period before; unit: as denominator',
    rate_before Nullable(Float64) COMMENT '上期比率 — as of as many days earlier, so that both periods are of one age; NULL = nothing matured; share 0–1',
    rate_change Nullable(Float64) COMMENT '比率环比 — rate − rate_before; unit: share',
    rate_rank UInt64 COMMENT '名次 — place by rate, the highest first, whatever the rate speaks of',
    small Bool COMMENT '样本不足 — denominator below the setting min_cohort'
)
AS SELECT rate_id, value AS carrier, denominator, rate, denominator_before, rate_before, rate_change, rate_rank, small
FROM juliu.parcel_rates_change_at(asof = now64(3, 'Asia/Shanghai'), from = toDate(now(), 'Asia/Shanghai') - 29, to = toDate(now(), 'Asia/Shanghai'), cut = 'carrier')
COMMENT '比率环比 — rates by carrier over the last 30 days against the 30 before; other cuts: parcel_rates_change_at';

CREATE OR REPLACE VIEW juliu.midlife_share
(
    thing String COMMENT '对象 — orders, parcels, refunds or purchases (采购单)',
    total UInt64 COMMENT '总数 — things known',
    midlife UInt64 COMMENT '中途接入数 — of the total, those whose beginning was not seen; they are left out of cohorts',
    share Float64 COMMENT '中途接入占比 — midlife / total; 0 when there is none'
)
AS
SELECT thing, total, midlife, if(total = 0, 0, midlife / total) AS share
FROM
(
    SELECT 'orders' AS thing, count() AS total, countIf(first_seen_midlife) AS midlife FROM juliu_store.order_facts
    UNION ALL
    SELECT 'parcels', count(), countIf(first_seen_midlife) FROM juliu_store.parcel_facts
    UNION ALL
    SELECT 'refunds', count(), countIf(first_seen_midlife) FROM juliu_store.refund_facts
    UNION ALL
    SELECT 'purchases', count(), countIf(first_seen_midlife) FROM juliu_store.purchase_facts
)
COMMENT '中途接入占比 — share of orders, parcels, refunds and purchase orders that were under way before the subscription began';

-- 0029-purchases-state.sql

CREATE TABLE IF NOT EXISTS juliu_store.purchases_state
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: distribution_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: distribution_events.event',
    purchase_id String COMMENT '采购单号 — id of the purchase order as text; source: distribution_events.fenxiao_id, purchase_id' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — subscribed seller, whichever side it is; source: distribution_events.seller_id' CODEC(ZSTD(1)),
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the subscribed seller; source: distribution_events.seller_nick' CODEC(ZSTD(1)),
    distributor SimpleAggregateFunction(max, Nullable(String)) COMMENT '分销商 — nick of the distributor, in home decoration its shop; source: distribution_events.distributor_username, distributor_shop_name' CODEC(ZSTD(1)),
    supplier SimpleAggregateFunction(max, Nullable(String)) COMMENT '供应商 — nick of the supplier, in home decoration its shop; source: distribution_events.supplier_username, supplier_shop_name' CODEC(ZSTD(1)),
    tc_order_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '下游主订单号 — id of the consumer order; source: distribution_events.tc_order_id' CODEC(ZSTD(1)),
    trade_type AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '分销方式 — state of the last known way of distribution; source: distribution_events.trade_type',
    amount AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '采购金额 — state of the last known payment of the distributor; unit: CNY yuan; source: distribution_events.distributor_payment',
    adjust_fee AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '手工调整金额 — state of the last known adjustment; unit: CNY yuan; source: distribution_events.adjust_fee',
    post_fee AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '邮费 — state of the last known postage; unit: CNY yuan; source: distribution_events.post_fee',
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '采购单状态 — state of the last known status; source: distribution_events.order_status',
    logistics_company AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '物流公司 — state of the last known carrier; source: distribution_events.logistics_company_name',
    logistics_id AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '运单号 — state of the last known waybill number; source: distribution_events.logistics_id',
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '创建时间 — first message of the creation; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    paid_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '付款时间 — first known to be paid; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    shipped_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '发货时间 — first known to be shipped; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    finished_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '完成时间 — first known to be finished; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    settled_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '结算时间 — settled; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '关闭时间 — first known to be closed; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    last_message_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — latest publication about the purchase order; UTC+8; source: distribution_events.publish_time' CODEC(ZSTD(1)),
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_tc_order_id tc_order_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, model, purchase_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '采购单状态 — what is known of each purchase order, one row per order and day; states to be merged; ask juliu.purchase_orders';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchases_state_writer
TO juliu_store.purchases_state
AS
WITH
    multiIf(startsWith(event, 'dealer'), 'dealer', startsWith(event, 'purchase') OR startsWith(event, 'reverse'), 'jzfx', 'fenxiao') AS kind,
    if(kind = 'jzfx', ifNull(toString(e.purchase_id), ''), fenxiao_id) AS order_id,
    toDateTime(e.publish_time, 'Asia/Shanghai') AS published,
    toDateTime(least(greatest(coalesce(e.modified, e.created, e.publish_time), toDateTime64('1970-01-02 00:00:00', 3, 'Asia/Shanghai')),
        toDateTime64('2106-01-01 00:00:00', 3, 'Asia/Shanghai')), 'Asia/Shanghai') AS at,
    ifNull(transform(order_status,
        ['WAIT_BUYER_PAY', 'PAID_FORBID_CONSIGN', 'WAIT_SELLER_SEND_GOODS', 'WAIT_BUYER_CONFIRM_GOODS', 'WAIT_SETTLE',
         'SETTLE_IN_PROGRESS', 'TRADE_FINISHED', 'TRADE_CLOSED'],
        [1, 2, 3, 4, 5, 6, 7, 8], 0), 0) AS status_rank,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(status_rank), 90)
        + bitShiftLeft(toUInt128(toUnixTimestamp(published)), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 32), 4294967295) AS message_order
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    kind AS model,
    order_id AS purchase_id,
    max(e.seller_id) AS seller_id,
    max(e.seller_nick) AS seller_nick,
    max(coalesce(e.distributor_username, e.distributor_shop_name)) AS distributor,
    max(coalesce(e.supplier_username, e.supplier_shop_name)) AS supplier,
    max(e.tc_order_id) AS tc_order_id,
    argMaxState(e.trade_type, message_order) AS trade_type,
    argMaxState(e.distributor_payment, message_order) AS amount,
    argMaxState(e.adjust_fee, message_order) AS adjust_fee,
    argMaxState(e.post_fee, message_order) AS post_fee,
    argMaxState(e.order_status, message_order) AS status,
    argMaxState(e.logistics_company_name, message_order) AS logistics_company,
    argMaxState(e.logistics_id, message_order) AS logistics_id,
    minIf(toNullable(at), event IN ('order_created', 'dealer_created', 'purchase_created')) AS created_at,
    -- A later status tells of the earlier ones, too, where their messages were never seen.
    minIf(toNullable(at), status_rank BETWEEN 2 AND 7 OR event = 'dealer_confirmed') AS paid_at,
    minIf(toNullable(at), status_rank BETWEEN 4 AND 7 OR event = 'dealer_confirmed') AS shipped_at,
    minIf(toNullable(at), order_status = 'TRADE_FINISHED' OR event = 'dealer_confirmed') AS finished_at,
    minIf(toNullable(at), event = 'order_settled') AS settled_at,
    minIf(toNullable(at), order_status = 'TRADE_CLOSED') AS closed_at,
    max(published) AS last_message_at
FROM juliu_store.distribution_events AS e
WHERE order_id != ''
GROUP BY day, model, purchase_id
COMMENT '采购单状态写入 — brings each inserted distribution message to purchases_state';

CREATE TABLE IF NOT EXISTS juliu_store.purchase_lines_state
(
    day Date COMMENT '日期 — day of the message; UTC+8; source: distribution_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    sub_order_id String COMMENT '子采购单号 — id of the purchase order line as text; source: distribution_events.sub_order_id' CODEC(ZSTD(1)),
    purchase_id SimpleAggregateFunction(max, String) COMMENT '采购单号 — id of its purchase order as text; source: distribution_events.fenxiao_id' CODEC(ZSTD(1)),
    model SimpleAggregateFunction(max, String) COMMENT '分销模式 — fenxiao or dealer (经销); source: distribution_events.event' CODEC(ZSTD(1)),
    INDEX ix_sub_order_id sub_order_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, sub_order_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '采购单行 — which purchase order a line belongs to, by messages that name both';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchase_lines_state_writer
TO juliu_store.purchase_lines_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.sub_order_id AS sub_order_id,
    max(e.fenxiao_id) AS purchase_id,
    max(if(startsWith(event, 'dealer'), 'dealer', 'fenxiao')) AS model
FROM juliu_store.distribution_events AS e
WHERE e.sub_order_id != '' AND e.fenxiao_id != ''
GROUP BY day, sub_order_id
COMMENT '采购单行写入 — brings each inserted distribution message to purchase_lines_state';

CREATE TABLE IF NOT EXISTS juliu_store.purchase_refunds_state
(
    day Date COMMENT '日期 — day of the messages in this row; UTC+8; source: distribution_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    kind LowCardinality(String) COMMENT '退款种类 — line: refund of a line (sub_order_id); reverse: reverse order of home decoration; source: distribution_events.event',
    refund_key String COMMENT '退款标识 — sub_order_id or purchase_reverse_id as text; source: distribution_events' CODEC(ZSTD(1)),
    purchase_id SimpleAggregateFunction(max, String) COMMENT '采购单号 — id of the purchase order, empty when no message about the refund names it; source: distribution_events.fenxiao_id, purchase_id' CODEC(ZSTD(1)),
    distributor SimpleAggregateFunction(max, Nullable(String)) COMMENT '分销商 — nick of the distributor; source: distribution_events.distributor_username, distributor_shop_name' CODEC(ZSTD(1)),
    supplier SimpleAggregateFunction(max, Nullable(String)) COMMENT '供应商 — nick of the supplier; source: distribution_events.supplier_username, supplier_shop_name' CODEC(ZSTD(1)),
    tc_order_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '下游主订单号 — id of the consumer order; source: distribution_events.tc_order_id' CODEC(ZSTD(1)),
    fee AggregateFunction(argMax, Nullable(Decimal(18, 2)), UInt128) COMMENT '退款金额 — state of the last known amount; unit: CNY yuan; source: distribution_events.refund_fee',
    flow_type AggregateFunction(argMax, Nullable(Int32), UInt128) COMMENT '退款流程类型 — state of the last known kind of flow; source: distribution_events.refund_flow_type',
    status AggregateFunction(argMax, Nullable(String), UInt128) COMMENT '退款状态 — state of the last known status; source: distribution_events.event, in home decoration status',
    created_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '申请时间 — created; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    agreed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '同意时间 — the supplier agreed; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    succeeded_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退款成功时间 — refunded; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    closed_at SimpleAggregateFunction(min, Nullable(DateTime('Asia/Shanghai'))) COMMENT '退款关闭时间 — closed; UTC+8; source: distribution_events' CODEC(ZSTD(1)),
    INDEX ix_refund_key refund_key TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, kind, refund_key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '采购单退款状态 — what is known of each refund of a purchase order; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchase_refunds_state_writer
TO juliu_store.purchase_refunds_state
AS
WITH
    if(startsWith(event, 'reverse'), 'reverse', 'line') AS refund_kind,
    if(refund_kind = 'reverse', ifNull(toString(e.purchase_reverse_id), ''), sub_order_id) AS key,
    toDateTime(e.publish_time, 'Asia/Shanghai') AS published,
    toDateTime(least(greatest(coalesce(e.modified, e.created, e.publish_time), toDateTime64('1970-01-02 00:00:00', 3, 'Asia/Shanghai')),
        toDateTime64('2106-01-01 00:00:00', 3, 'Asia/Shanghai')), 'Asia/Shanghai') AS at,
    -- What the reverse order says of itself, else what the topic says, in words of reverse orders.
    coalesce(
        if(event = 'reverse_status_modified', e.status, NULL),
        transform(toString(event), ['refund_created', 'reverse_created', 'refund_agreed', 'refund_goods_refused', 'refund_succeeded', 'refund_closed'],
            ['INIT', 'INIT', 'AGREE', 'GOODS_REFUSED', 'REFUND', 'CLOSED'], NULL)
    ) AS refund_status,
    ifNull(transform(refund_status, ['INIT', 'AGREE', 'GOODS_REFUSED', 'CLOSED', 'REFUND', 'SETTLE'], [1, 2, 3, 4, 5, 6], 0), 0) AS status_rank,
    bitShiftLeft(toUInt128(toUnixTimestamp(at)), 96) + bitShiftLeft(toUInt128(status_rank), 90)
        + bitShiftLeft(toUInt128(toUnixTimestamp(published)), 58)
        + bitShiftLeft(toUInt128(bitAnd(cityHash64(event_id), 67108863)), 32)
        + bitAnd(bitShiftRight(version, 32), 4294967295) AS message_order
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    refund_kind AS kind,
    key AS refund_key,
    max(if(refund_kind = 'reverse', ifNull(toString(e.purchase_id), ''), e.fenxiao_id)) AS purchase_id,
    max(coalesce(e.distributor_username, e.distributor_shop_name)) AS distributor,
    max(coalesce(e.supplier_username, e.supplier_shop_name)) AS supplier,
    max(e.tc_order_id) AS tc_order_id,
    argMaxState(e.refund_fee, message_order) AS fee,
    argMaxState(e.refund_flow_type, message_order) AS flow_type,
    argMaxState(refund_status, message_order) AS status,
    minIf(toNullable(at), event IN ('refund_created', 'reverse_created')) AS created_at,
    minIf(toNullable(at), refund_status = 'AGREE') AS agreed_at,
    minIf(toNullable(at), refund_status IN ('REFUND', 'SETTLE')) AS succeeded_at,
    minIf(toNullable(at), refund_status = 'CLOSED') AS closed_at
FROM juliu_store.distribution_events AS e
WHERE (startsWith(event, 'refund_') OR startsWith(event, 'reverse_')) AND key != ''
GROUP BY day, kind, refund_key
COMMENT '采购单退款状态写入 — brings each inserted refund message to purchase_refunds_state';

CREATE OR REPLACE VIEW juliu.purchase_refunds
(
    kind LowCardinality(String) COMMENT '退款种类 — line: refund of a line of a purchase order; reverse: reverse order of home decoration',
    refund_key String COMMENT '退款标识 — sub_order_id or purchase_reverse_id as text; source: distribution_events',
    model String COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); empty when the purchase order is unknown',
    purchase_id String COMMENT '采购单号 — id of the purchase order, by any message that names it together with the line; empty when none did; source: distribution_events.fenxiao_id, purchase_id',
    distributor Nullable(String) COMMENT '分销商 — nick of the distributor, in home decoration its shop; source: distribution_events.distributor_username, distributor_shop_name',
    supplier Nullable(String) COMMENT '供应商 — nick of the supplier, in home decoration its shop; source: distribution_events.supplier_username, supplier_shop_name',
    tc_order_id Nullable(Int64) COMMENT '下游主订单号 — id of the consumer order; source: distribution_events.tc_order_id',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — last known amount; unit: CNY yuan; source: distribution_events.refund_fee',
    flow_type Nullable(Int32) COMMENT '退款流程类型 — 4 before shipping, 1 shipped without return, 2 shipped with return, 3 after completion; source: distribution_events.refund_flow_type',
    status Nullable(String) COMMENT '退款状态 — INIT, AGREE, GOODS_REFUSED, REFUND (paid back), SETTLE or CLOSED, last known; source: distribution_events.event, in home decoration status',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请时间 — created; NULL = before the subscription; UTC+8; source: events refund_created, reverse_created',
    agreed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '同意时间 — the supplier agreed; UTC+8; source: event refund_agreed, status AGREE',
    succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款成功时间 — paid back; UTC+8; source: event refund_succeeded, status REFUND or SETTLE',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款关闭时间 — closed; UTC+8; source: event refund_closed, status CLOSED'
)
AS SELECT
    refund.kind AS kind,
    refund.refund_key AS refund_key,
    if(refund.kind = 'reverse', if(refund.purchase_id = '', '', 'jzfx'), line.model) AS model,
    if(refund.kind = 'reverse', refund.purchase_id, line.purchase_id) AS purchase_id,
    refund.distributor AS distributor,
    refund.supplier AS supplier,
    refund.tc_order_id AS tc_order_id,
    refund.fee AS fee,
    refund.flow_type AS flow_type,
    refund.status AS status,
    refund.created_at AS created_at,
    refund.agreed_at AS agreed_at,
    refund.succeeded_at AS succeeded_at,
    refund.closed_at AS closed_at
FROM
(
    SELECT
        state.kind AS kind,
        state.refund_key AS refund_key,
        max(state.purchase_id) AS purchase_id,
        max(state.distributor) AS distributor,
        max(state.supplier) AS supplier,
        max(state.tc_order_id) AS tc_order_id,
        argMaxMerge(state.fee) AS fee,
        argMaxMerge(state.flow_type) AS flow_type,
        argMaxMerge(state.status) AS status,
        min(state.created_at) AS created_at,
        min(state.agreed_at) AS agreed_at,
        min(state.succeeded_at) AS succeeded_at,
        min(state.closed_at) AS closed_at
    FROM juliu_store.purchase_refunds_state AS state
    GROUP BY state.kind, state.refund_key
) AS refund
LEFT JOIN
(
    SELECT state.sub_order_id AS sub_order_id, max(state.purchase_id) AS purchase_id, max(state.model) AS model
    FROM juliu_store.purchase_lines_state AS state
    GROUP BY state.sub_order_id
) AS line ON refund.kind = 'line' AND line.sub_order_id = refund.refund_key
SETTINGS join_use_nulls = 0
COMMENT '采购单退款 — one row per refund of a line of a purchase order, or reverse order';

CREATE OR REPLACE VIEW juliu.purchase_orders
(
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: distribution_events.event',
    purchase_id String COMMENT '采购单号 — id of the purchase order as text; source: distribution_events.fenxiao_id, in home decoration purchase_id',
    seller_id Nullable(Int64) COMMENT '卖家编号 — subscribed seller, whichever side it is; source: distribution_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the subscribed seller; source: distribution_events.seller_nick',
    distributor Nullable(String) COMMENT '分销商 — nick of the distributor, in home decoration its shop; source: distribution_events.distributor_username, distributor_shop_name',
    supplier Nullable(String) COMMENT '供应商 — nick of the supplier, in home decoration its shop; source: distribution_events.supplier_username, supplier_shop_name',
    tc_order_id Nullable(Int64) COMMENT '下游主订单号 — id of the consumer order, equals tid of juliu.orders; NULL for dealers, and where neither the order’s messages nor its refunds’ carry it; source: distribution_events.tc_order_id',
    trade_type Nullable(String) COMMENT '分销方式 — AGENT, DEALER …, last known; source: distribution_events.trade_type',
    amount Nullable(Decimal(18, 2)) COMMENT '采购金额 — payment of the distributor, last known; NULL = no message carried it (home decoration never does); unit: CNY yuan; source: distribution_events.distributor_payment',
    adjust_fee Nullable(Decimal(18, 2)) COMMENT '手工调整金额 — adjustment by hand, last known; unit: CNY yuan; source: distribution_events.adjust_fee',
    post_fee Nullable(Decimal(18, 2)) COMMENT '邮费 — postage, last known; unit: CNY yuan; source: distribution_events.post_fee',
    status Nullable(String) COMMENT '采购单状态 — status as the API names it, last known; source: distribution_events.order_status',
    logistics_company Nullable(String) COMMENT '物流公司 — name of the carrier, last known; source: distribution_events.logistics_company_name',
    logistics_id Nullable(String) COMMENT '运单号 — waybill number, last known; source: distribution_events.logistics_id',
    created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '创建时间 — when it was created; NULL = before the subscription; UTC+8; source: events order_created, dealer_created, purchase_created',
    paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — first known to be paid; UTC+8; source: first message with a status of what is paid: PAID_FORBID_CONSIGN, WAIT_SELLER_SEND_GOODS or a later one but TRADE_CLOSED, or dealer_confirmed',
    shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — first known to be shipped; UTC+8; source: first message with status WAIT_BUYER_CONFIRM_GOODS or a later one but TRADE_CLOSED, or dealer_confirmed',
    finished_at Nullable(DateTime('Asia/Shanghai')) COMMENT '完成时间 — first known to be finished; UTC+8; source: first message with status TRADE_FINISHED, or dealer_confirmed',
    settled_at Nullable(DateTime('Asia/Shanghai')) COMMENT '结算时间 — settled between distributor and supplier; UTC+8; source: event order_settled',
    closed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '关闭时间 — first known to be closed; UTC+8; source: first message with status TRADE_CLOSED',
    refunds UInt32 COMMENT '退款数 — refunds of its lines, or reverse orders; source: purchase_refunds_state',
    refunds_succeeded UInt32 COMMENT '退款成功数 — of them, those that were paid back; source: purchase_refunds_state',
    refund_status Nullable(String) COMMENT '退款状态 — of the refund created last: INIT, AGREE, GOODS_REFUSED, REFUND, SETTLE or CLOSED; NULL = no refund; source: purchase_refunds_state',
    refund_fee Decimal(38, 2) COMMENT '退款金额 — asked back in refunds that were not closed, last known amounts; unit: CNY yuan; source: distribution_events.refund_fee',
    refunded Decimal(38, 2) COMMENT '已退款金额 — of it, in refunds that were paid back; unit: CNY yuan; source: distribution_events.refund_fee',
    refund_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次申请退款时间 — first refund created; UTC+8; source: events refund_created, reverse_created',
    refund_succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款成功时间 — first refund paid back; UTC+8; source: event refund_succeeded, status REFUND or SETTLE of a reverse order',
    refund_steps Array(Tuple(at DateTime('Asia/Shanghai'), fee Decimal(18, 2))) COMMENT '退款到账 — (at, fee) of each refund that was paid back, by time: when, UTC+8, and its last known amount, CNY yuan; source: purchase_refunds_state',
    first_seen_midlife Bool COMMENT '中途首见 — already open when the subscription began: no message of its creation; left out of cohorts; source: distribution_events.event',
    last_message_at DateTime('Asia/Shanghai') COMMENT '最后消息时间 — latest publication about the purchase order itself; UTC+8; source: distribution_events.publish_time'
)
AS SELECT
    known.model AS model,
    known.purchase_id AS purchase_id,
    known.seller_id AS seller_id,
    known.seller_nick AS seller_nick,
    known.distributor AS distributor,
    known.supplier AS supplier,
    coalesce(known.tc_order_id, refund.tc_order_id) AS tc_order_id,
    known.trade_type AS trade_type,
    known.amount AS amount,
    known.adjust_fee AS adjust_fee,
    known.post_fee AS post_fee,
    known.status AS status,
    known.logistics_company AS logistics_company,
    known.logistics_id AS logistics_id,
    known.created_at AS created_at,
    known.paid_at AS paid_at,
    known.shipped_at AS shipped_at,
    known.finished_at AS finished_at,
    known.settled_at AS settled_at,
    known.closed_at AS closed_at,
    toUInt32(refund.refunds) AS refunds,
    toUInt32(refund.refunds_succeeded) AS refunds_succeeded,
    refund.refund_status AS refund_status,
    refund.refund_fee AS refund_fee,
    refund.refunded AS refunded,
    refund.refund_created_at AS refund_created_at,
    refund.refund_succeeded_at AS refund_succeeded_at,
    refund.refund_steps AS refund_steps,
    (known.created_at IS NULL)::Bool AS first_seen_midlife,
    known.last_message_at AS last_message_at
FROM
(
    SELECT
        state.model AS model,
        state.purchase_id AS purchase_id,
        max(state.seller_id) AS seller_id,
        max(state.seller_nick) AS seller_nick,
        max(state.distributor) AS distributor,
        max(state.supplier) AS supplier,
        max(state.tc_order_id) AS tc_order_id,
        argMaxMerge(state.trade_type) AS trade_type,
        argMaxMerge(state.amount) AS amount,
        argMaxMerge(state.adjust_fee) AS adjust_fee,
        argMaxMerge(state.post_fee) AS post_fee,
        argMaxMerge(state.status) AS status,
        argMaxMerge(state.logistics_company) AS logistics_company,
        argMaxMerge(state.logistics_id) AS logistics_id,
        min(state.created_at) AS created_at,
        min(state.paid_at) AS paid_at,
        min(state.shipped_at) AS shipped_at,
        min(state.finished_at) AS finished_at,
        min(state.settled_at) AS settled_at,
        min(state.closed_at) AS closed_at,
        max(state.last_message_at) AS last_message_at
    FROM juliu_store.purchases_state AS state
    GROUP BY state.model, state.purchase_id
) AS known
LEFT JOIN
(
    SELECT
        model,
        purchase_id,
        count() AS refunds,
        countIf(succeeded_at IS NOT NULL) AS refunds_succeeded,
        argMax(status, (ifNull(created_at, toDateTime(0, 'Asia/Shanghai')), refund_key)) AS refund_status,
        sumIf(ifNull(fee, 0), closed_at IS NULL OR succeeded_at IS NOT NULL) AS refund_fee,
        sumIf(ifNull(fee, 0), succeeded_at IS NOT NULL) AS refunded,
        max(tc_order_id) AS tc_order_id,
        arraySort(groupArrayIf((assumeNotNull(succeeded_at), toDecimal64(ifNull(fee, 0), 2)), succeeded_at IS NOT NULL)) AS refund_steps,
        min(created_at) AS refund_created_at,
        min(succeeded_at) AS refund_succeeded_at
    FROM juliu.purchase_refunds
    WHERE purchase_id != ''
    GROUP BY model, purchase_id
) AS refund ON refund.model = known.model AND refund.purchase_id = known.purchase_id
SETTINGS join_use_nulls = 0
COMMENT '采购单 — one row per purchase order of a distributor: sides, amounts, state, refunds';

-- 0030-item-metrics.sql

CREATE OR REPLACE VIEW juliu.item_history
(
    at DateTime('Asia/Shanghai') COMMENT '变更时间 — when it changed, to the second; UTC+8; source: item_changes.at',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_changes.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    event LowCardinality(String) COMMENT '事件 — event that says so; source: item_changes.event',
    field LowCardinality(String) COMMENT '变更字段 — what changed; source: item_changes.field',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU the message is about; source: item_changes.sku_id',
    old_value Nullable(String) COMMENT '旧值 — last value known before; NULL = none known; source: item_changes.old_value',
    new_value Nullable(String) COMMENT '新值 — value after the change; NULL = the message does not carry it; source: item_changes.new_value'
)
AS SELECT
    change.at AS at,
    change.num_iid AS num_iid,
    item.title AS title,
    coalesce(change.seller_id, item.seller_id) AS seller_id,
    item.seller_nick AS seller_nick,
    change.event AS event,
    change.field AS field,
    change.sku_id AS sku_id,
    change.old_value AS old_value,
    change.new_value AS new_value
FROM juliu.item_changes AS change
LEFT JOIN juliu.items AS item ON item.num_iid = change.num_iid
COMMENT '商品变更历史 — the log of changes with the item’s name; one row per item, field and business event';

CREATE OR REPLACE VIEW juliu.zero_stock_events
(
    sold_out_at DateTime('Asia/Shanghai') COMMENT '卖空时间 — when the stock reached 0; UTC+8; source: events sold_out, sku_sold_out',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    sku_id Nullable(Int64) COMMENT 'SKU 编号 — SKU that is sold out; NULL = the whole item; source: item_events.sku_id',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    restocked_at Nullable(DateTime('Asia/Shanghai')) COMMENT '补货时间 — first message after it with stock above 0; NULL = none yet; UTC+8; source: item_events.num, sku_num',
    zero_seconds Nullable(Int64) COMMENT '缺货时长 — restocked_at − sold_out_at; NULL = still sold out; unit: seconds; source: derived'
)
AS SELECT
    stock.at AS sold_out_at,
    stock.num_iid AS num_iid,
    if(stock.field = 'sku_num', stock.sku_id, NULL) AS sku_id,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    stock.restocked_at AS restocked_at,
    dateDiff('second', stock.at, stock.restocked_at) AS zero_seconds
FROM
(
    SELECT
        *,
        min(if(toInt64OrNull(new_value) > 0, at, NULL)) OVER
        (
            PARTITION BY num_iid, field, if(field = 'sku_num', sku_id, NULL)
            ORDER BY at, published_at, business_key
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS restocked_at
    FROM
    (
        SELECT
            num_iid,
            event,
            field,
            business_key,
            toDateTime(min(states.at)) AS at,
            max(states.sku_id) AS sku_id,
            max(states.new_value) AS new_value,
            max(states.published_at) AS published_at
        FROM juliu_store.item_changes_state AS states
        WHERE field IN ('num', 'sku_num')
        GROUP BY num_iid, event, field, business_key
    )
) AS stock
LEFT JOIN juliu.items AS item ON item.num_iid = stock.num_iid
WHERE (stock.event = 'sold_out' AND stock.field = 'num') OR (stock.event = 'sku_sold_out' AND stock.field = 'sku_num')
COMMENT '商品卖空 — one row each time an item or one of its SKUs was sold out, and until when';

CREATE OR REPLACE VIEW juliu.shelf_events
(
    at DateTime('Asia/Shanghai') COMMENT '时间 — when it went on or off the shelves; UTC+8; source: item_events.publish_time',
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    shelf String COMMENT '方向 — on (上架) or off (下架); source: item_events.event',
    by_platform Bool COMMENT '是否平台操作 — the platform took it off; source: event punished_delisted',
    part_of_edit Bool COMMENT '是否编辑所致 — an edit of the item within one second: an edit on line takes it off and puts it on again; leave such rows out to count real changes; source: event updated'
)
AS SELECT
    shelf.at AS at,
    shelf.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    if(shelf.event = 'listed', 'on', 'off') AS shelf,
    (shelf.event = 'punished_delisted')::Bool AS by_platform,
    (shelf.event != 'punished_delisted' AND shelf.edits_near > 0)::Bool AS part_of_edit
FROM
(
    SELECT
        num_iid,
        event,
        business_key,
        at,
        countIf(event = 'updated') OVER
        (
            PARTITION BY num_iid ORDER BY toUnixTimestamp(at) RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING
        ) AS edits_near
    FROM
    (
        SELECT num_iid, event, business_key, toDateTime(min(states.at)) AS at
        FROM juliu_store.item_changes_state AS states
        WHERE event IN ('listed', 'delisted', 'punished_delisted', 'updated')
        GROUP BY num_iid, event, business_key
    )
) AS shelf
LEFT JOIN juliu.items AS item ON item.num_iid = shelf.num_iid
WHERE shelf.event != 'updated'
COMMENT '商品上下架 — one row each time an item went on or off the shelves';

CREATE OR REPLACE VIEW juliu.punished_items
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    punished Bool COMMENT '是否仍受处罚 — not listed again since the last verdict; source: items.punished',
    verdicts UInt64 COMMENT '处罚次数 — verdicts of the platform, each counted once; source: events punished_*',
    last_verdict Nullable(String) COMMENT '最近处罚 — delisted, deleted or cc; source: events punished_*',
    first_verdict_at DateTime('Asia/Shanghai') COMMENT '首次处罚时间 — UTC+8; source: events punished_*',
    last_verdict_at DateTime('Asia/Shanghai') COMMENT '最近处罚时间 — UTC+8; source: events punished_*'
)
AS SELECT
    verdict.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    item.punished AS punished,
    verdict.verdicts AS verdicts,
    verdict.last_verdict AS last_verdict,
    verdict.first_verdict_at AS first_verdict_at,
    verdict.last_verdict_at AS last_verdict_at
FROM
(
    SELECT
        num_iid,
        uniqExact(event, business_key) AS verdicts,
        argMax(new_value, (at, published_at, business_key)) AS last_verdict,
        toDateTime(min(at)) AS first_verdict_at,
        toDateTime(max(at)) AS last_verdict_at
    FROM juliu_store.item_changes_state
    WHERE field = 'punished'
    GROUP BY num_iid
) AS verdict
LEFT JOIN juliu.items AS item ON item.num_iid = verdict.num_iid
COMMENT '受处罚商品 — items the platform took down, moved or deleted at least once, one row each';

CREATE OR REPLACE VIEW juliu.items_after_edit_at
AS
WITH
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_days')) AS jump_days,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_factor')) AS jump_factor,
    assumeNotNull((SELECT value FROM juliu.kpi_settings WHERE name = 'jump_min')) AS jump_min,
    toUInt32(round(jump_days * 86400)) AS jump_seconds
SELECT
    edit.num_iid AS num_iid,
    item.title AS title,
    item.seller_id AS seller_id,
    item.seller_nick AS seller_nick,
    edit.edited_at AS edited_at,
    edit.fields AS fields,
    least(toFloat64(dateDiff('second', edit.edited_at, toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}))) / 86400, jump_days) AS days_after,
    edit.reviews_before AS bad_reviews_before,
    edit.reviews_after AS bad_reviews_after,
    edit.refunds_before AS refunds_before,
    edit.refunds_after AS refunds_after,
    (edit.reviews_after >= jump_min AND edit.reviews_after >= jump_factor * edit.reviews_before)::Bool AS bad_reviews_jumped,
    (edit.refunds_after >= jump_min AND edit.refunds_after >= jump_factor * edit.refunds_before)::Bool AS refunds_jumped
FROM
(
    SELECT
        edits.num_iid AS num_iid,
        edits.edited_at AS edited_at,
        any(edits.fields) AS fields,
        countIf(trouble.what = 'review' AND trouble.at < edits.edited_at AND trouble.at >= edits.edited_at - jump_seconds) AS reviews_before,
        countIf(trouble.what = 'review' AND trouble.at >= edits.edited_at AND trouble.at < edits.edited_at + jump_seconds) AS reviews_after,
        countIf(trouble.what = 'refund' AND trouble.at < edits.edited_at AND trouble.at >= edits.edited_at - jump_seconds) AS refunds_before,
        countIf(trouble.what = 'refund' AND trouble.at >= edits.edited_at AND trouble.at < edits.edited_at + jump_seconds) AS refunds_after
    FROM
    (
        -- Editing an item with many SKUs publishes a message for each: updates less than a minute apart are one edit.
        SELECT num_iid, edit_number, min(at) AS edited_at, arraySort(groupUniqArray(toString(field))) AS fields
        FROM
        (
            SELECT *, sum(begins) OVER (PARTITION BY num_iid ORDER BY at, begins DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS edit_number
            FROM
            (
                SELECT
                    num_iid,
                    toDateTime(states.at) AS at,
                    field,
                    ifNull(at >= lagInFrame(toNullable(at)) OVER (PARTITION BY num_iid ORDER BY at, field ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 60, 1) AS begins
                FROM juliu_store.item_changes_state AS states
                WHERE event = 'updated' AND basis = 'named' AND states.at <= {asof:DateTime64(3, 'Asia/Shanghai')}
            )
        )
        GROUP BY num_iid, edit_number
    ) AS edits
    INNER JOIN
    (
        SELECT assumeNotNull(num_iid) AS num_iid, 'review' AS what, arrayJoin(arrayFilter(t -> t IS NOT NULL, [reviewed_at, followed_up_at])) AS at
        FROM juliu.reviews
        WHERE num_iid IS NOT NULL
        UNION ALL
        SELECT assumeNotNull(num_iid) AS num_iid, 'refund' AS what, created_at AS at
        FROM juliu_store.refund_facts
        WHERE num_iid IS NOT NULL AND created_at IS NOT NULL
    ) AS trouble ON trouble.num_iid = edits.num_iid
    WHERE trouble.at <= {asof:DateTime64(3, 'Asia/Shanghai')}
    GROUP BY num_iid, edited_at
) AS edit
LEFT JOIN juliu.items AS item ON item.num_iid = edit.num_iid
WHERE bad_reviews_jumped OR refunds_jumped
COMMENT '编辑后恶化商品 — items_after_edit with asof given: items whose bad reviews or refunds jumped after an edit';

CREATE OR REPLACE VIEW juliu.items_after_edit
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: item_events.num_iid',
    title Nullable(String) COMMENT '商品标题 — title of today; source: items.title',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: items.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: items.seller_nick',
    edited_at DateTime('Asia/Shanghai') COMMENT '编辑时间 — first message of the edit; updates of an item less than a minute apart are one edit; UTC+8; source: event updated',
    fields Array(String) COMMENT '变更字段 — fields the edit named; unspecified = it named none; source: item_events.changed_fields',
    days_after Float64 COMMENT '编辑后天数 — days passed since the edit, at most jump_days of kpi_settings; fewer = the counts after may still grow; unit: days',
    bad_reviews_before UInt64 COMMENT '编辑前差评数 — reviews and follow-ups with a negative impression in the jump_days before the edit; source: reviews.reviewed_at, followed_up_at',
    bad_reviews_after UInt64 COMMENT '编辑后差评数 — the same in the jump_days from the edit on; source: reviews.reviewed_at, followed_up_at',
    refunds_before UInt64 COMMENT '编辑前退款数 — refunds of the item created in the jump_days before the edit; source: refund_facts.created_at, num_iid',
    refunds_after UInt64 COMMENT '编辑后退款数 — the same in the jump_days from the edit on; source: refund_facts.created_at, num_iid',
    bad_reviews_jumped Bool COMMENT '差评是否激增 — bad_reviews_after ≥ jump_min and ≥ jump_factor × bad_reviews_before, both of kpi_settings',
    refunds_jumped Bool COMMENT '退款是否激增 — refunds_after ≥ jump_min and ≥ jump_factor × refunds_before, both of kpi_settings'
)
AS SELECT * FROM juliu.items_after_edit_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '编辑后恶化商品 — edits after which an item’s bad reviews or refunds jumped, as of now, one row per edit';

-- 0031-purchase-facts.sql

CREATE TABLE IF NOT EXISTS juliu_store.purchase_facts
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
ENGINE = MergeTree()
PARTITION BY day
ORDER BY (model, purchase_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1
COMMENT '采购单事实 — one resolved row per purchase order, recomputed by the job purchases';

CREATE OR REPLACE VIEW juliu.purchase_facts
AS SELECT * FROM juliu_store.purchase_facts
COMMENT '采购单事实 — one resolved row per purchase order, recomputed by the job purchases';

-- 0032-distribution-metrics.sql

CREATE OR REPLACE VIEW juliu.distributor_daily
(
    day Date COMMENT '日期 — day on which it happened; UTC+8; source: purchase_facts',
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: purchase_facts.model',
    distributor String COMMENT '分销商 — nick of the distributor; empty = unknown; source: purchase_facts.distributor',
    supplier String COMMENT '供应商 — nick of the supplier; empty = unknown; source: purchase_facts.supplier',
    created UInt64 COMMENT '创建采购单数 — purchase orders created on the day; source: purchase_facts.created_at',
    paid UInt64 COMMENT '付款采购单数 — purchase orders paid on the day; source: purchase_facts.paid_at',
    paid_amount Decimal(38, 2) COMMENT '付款金额 — sum of the amounts of those paid on the day; unit: CNY yuan; source: purchase_facts.amount',
    shipped UInt64 COMMENT '发货采购单数 — purchase orders shipped on the day; source: purchase_facts.shipped_at',
    finished UInt64 COMMENT '完成采购单数 — purchase orders finished on the day; source: purchase_facts.finished_at',
    closed UInt64 COMMENT '关闭采购单数 — purchase orders closed on the day; source: purchase_facts.closed_at',
    refunds_asked UInt64 COMMENT '申请退款采购单数 — purchase orders whose first refund was created on the day; source: purchase_facts.refund_created_at',
    refunds_paid UInt64 COMMENT '退款成功采购单数 — purchase orders whose first refund was paid back on the day; source: purchase_facts.refund_succeeded_at',
    refunded_amount Decimal(38, 2) COMMENT '退款金额 — paid back on the day, every refund under its own; unit: CNY yuan; source: purchase_facts.refund_steps'
)
AS SELECT
    toDate(step.2) AS day,
    model,
    ifNull(purchase_facts.distributor, '') AS distributor,
    ifNull(purchase_facts.supplier, '') AS supplier,
    countIf(step.1 = 'created') AS created,
    countIf(step.1 = 'paid') AS paid,
    sumIf(ifNull(amount, 0), step.1 = 'paid') AS paid_amount,
    countIf(step.1 = 'shipped') AS shipped,
    countIf(step.1 = 'finished') AS finished,
    countIf(step.1 = 'closed') AS closed,
    countIf(step.1 = 'refund_asked') AS refunds_asked,
    countIf(step.1 = 'refund_paid') AS refunds_paid,
    sum(step.3) AS refunded_amount
FROM juliu_store.purchase_facts
ARRAY JOIN arrayConcat(
    arrayMap(s -> (s.1, s.2, toDecimal64(0, 2)), arrayFilter(s -> s.2 IS NOT NULL, [
        ('created', created_at), ('paid', paid_at), ('shipped', shipped_at), ('finished', finished_at), ('closed', closed_at),
        ('refund_asked', refund_created_at), ('refund_paid', refund_succeeded_at)
    ])),
    arrayMap(s -> ('paid_back', toNullable(s.1), s.2), refund_steps)
) AS step
GROUP BY day, model, distributor, supplier
COMMENT '分销商日报 — what happened to purchase orders, per day, model, distributor and supplier';

CREATE OR REPLACE VIEW juliu.distributor_health_at
AS
WITH
    {asof:DateTime64(3, 'Asia/Shanghai')} AS as_of,
    toInt64({to:Date}) - toInt64({from:Date}) + 1 AS period_days,
    -- Numbers of days: a Date cannot be earlier than 1970 and would begin anew.
    toInt64({from:Date}) - period_days AS earlier_from
SELECT
    model,
    distributor,
    supplier,
    countIf(created_on >= {from:Date}) AS orders,
    countIf(paid_on >= {from:Date}) AS paid,
    sumIf(ifNull(amount, 0), paid_on >= {from:Date}) AS paid_amount,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife) AS paid_cohort,
    countIf(paid_on >= {from:Date} AND shipped_seen IS NOT NULL) AS shipped,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife AND shipped_seen IS NOT NULL) AS shipped_of_cohort,
    if(paid_cohort = 0, NULL, shipped_of_cohort / paid_cohort) AS shipped_share,
    countIf(paid_on >= {from:Date} AND refund_seen IS NOT NULL) AS refunded_orders,
    countIf(paid_on >= {from:Date} AND NOT first_seen_midlife AND refund_seen IS NOT NULL) AS refunded_of_cohort,
    if(paid_cohort = 0, NULL, refunded_of_cohort / paid_cohort) AS refund_rate,
    sumIf(refunded_seen, paid_on >= {from:Date}) AS refunded_amount,
    countIf(in_cohort) AS ship_cohort,
    countIf(in_cohort AND seconds_to_ship IS NOT NULL) AS ship_finished,
    if(ship_cohort = 0, NULL, nullIf(quantileExactIf(0.5)(toUInt32(coalesce(seconds_to_ship, 4000000000)), in_cohort), 4000000000)) / 86400 AS p50_days_to_ship,
    if(ship_cohort = 0, NULL, nullIf(quantileExactIf(0.9)(toUInt32(coalesce(seconds_to_ship, 4000000000)), in_cohort), 4000000000)) / 86400 AS p90_days_to_ship,
    if(ship_finished = 0, NULL, avgIf(seconds_to_ship, in_cohort) / 86400) AS mean_days_to_ship,
    countIf(created_on < {from:Date}) AS orders_before,
    countIf(paid_on < {from:Date}) AS paid_before,
    sumIf(ifNull(amount, 0), paid_on < {from:Date}) AS paid_amount_before,
    if(orders_before = 0, NULL, orders / orders_before - 1) AS orders_change,
    if(paid_amount_before = 0, NULL, toFloat64(paid_amount) / toFloat64(paid_amount_before) - 1) AS paid_amount_change,
    max(last_order) AS last_order_at
FROM
(
    SELECT
        model,
        ifNull(facts.distributor, '') AS distributor,
        ifNull(facts.supplier, '') AS supplier,
        amount,
        first_seen_midlife,
        -- NULL outside of the two periods.
        if(created_at <= as_of AND toInt64(toDate(created_at)) BETWEEN earlier_from AND toInt64({to:Date}), toDate(created_at), NULL) AS created_on,
        if(paid_at <= as_of AND toInt64(toDate(paid_at)) BETWEEN earlier_from AND toInt64({to:Date}), toDate(paid_at), NULL) AS paid_on,
        if(shipped_at <= as_of, shipped_at, NULL) AS shipped_seen,
        if(refund_created_at <= as_of, refund_created_at, NULL) AS refund_seen,
        arraySum(arrayMap(s -> s.2, arrayFilter(s -> s.1 <= as_of, refund_steps))) AS refunded_seen,
        if(created_at <= as_of, created_at, NULL) AS last_order,
        least(
            ifNull(closed_at, toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai')),
            -- When what was paid back reached the amount.
            if(amount > 0, ifNull(arrayFirstOrNull((at, total) -> total >= assumeNotNull(amount), refund_steps.at, arrayCumSum(refund_steps.fee)),
                toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai')), toDateTime('2106-01-01 00:00:00', 'Asia/Shanghai'))
        ) AS left_at,
        dateDiff('second', paid_at, shipped_seen) AS seconds_to_ship,
        ifNull(paid_on >= {from:Date}, false) AND NOT first_seen_midlife AND ifNull(seconds_to_ship, 0) >= 0
            AND NOT (left_at <= as_of AND (shipped_seen IS NULL OR shipped_seen > left_at)) AS in_cohort
    FROM juliu_store.purchase_facts AS facts
)
WHERE created_on IS NOT NULL OR paid_on IS NOT NULL
GROUP BY model, distributor, supplier
COMMENT '分销商经营状况 — distributor_health with asof, from and to (days, both inclusive) given: how each distributor’s shop is doing';

CREATE OR REPLACE VIEW juliu.distributor_health
(
    model LowCardinality(String) COMMENT '分销模式 — fenxiao, dealer (经销) or jzfx (家装分销); source: purchase_facts.model',
    distributor String COMMENT '分销商 — nick of the distributor; empty = unknown; source: purchase_facts.distributor',
    supplier String COMMENT '供应商 — nick of the supplier; empty = unknown; source: purchase_facts.supplier',
    orders UInt64 COMMENT '采购单数 — purchase orders created in the period; source: purchase_facts.created_at',
    paid UInt64 COMMENT '付款采购单数 — purchase orders paid in the period; source: purchase_facts.paid_at',
    paid_amount Decimal(38, 2) COMMENT '付款金额 — sum of the amounts of paid; unit: CNY yuan; source: purchase_facts.amount',
    paid_cohort UInt64 COMMENT '发货率与退款率样本数 — of paid, those seen from their creation; denominator of shipped_share and refund_rate',
    shipped UInt64 COMMENT '已发货数 — of paid, those shipped by now; source: purchase_facts.shipped_at',
    shipped_of_cohort UInt64 COMMENT '样本中已发货数 — of paid_cohort, those shipped by now; source: purchase_facts.shipped_at',
    shipped_share Nullable(Float64) COMMENT '发货率 — shipped_of_cohort / paid_cohort; unit: share 0..1; denominator: paid_cohort',
    refunded_orders UInt64 COMMENT '退款采购单数 — of paid, those with a refund created by now; source: purchase_facts.refund_created_at',
    refunded_of_cohort UInt64 COMMENT '样本中退款采购单数 — of paid_cohort, those with a refund created by now; source: purchase_facts.refund_created_at',
    refund_rate Nullable(Float64) COMMENT '退款率 — refunded_of_cohort / paid_cohort; unit: share 0..1; denominator: paid_cohort',
    refunded_amount Decimal(38, 2) COMMENT '已退款金额 — paid back by now for paid; unit: CNY yuan; source: purchase_facts.refund_steps',
    ship_cohort UInt64 COMMENT '发货时长样本数 — of paid, those seen from their creation that did not leave before they were shipped; denominator of the days to ship',
    ship_finished UInt64 COMMENT '已发货样本数 — of ship_cohort, those shipped by now',
    p50_days_to_ship Nullable(Float64) COMMENT '发货天数中位数 — paid to shipped, exact, open ones infinite; NULL = not yet reached; unit: days; denominator: ship_cohort',
    p90_days_to_ship Nullable(Float64) COMMENT '发货天数 P90 — paid to shipped, exact, open ones infinite; NULL = not yet reached; unit: days; denominator: ship_cohort',
    mean_days_to_ship Nullable(Float64) COMMENT '平均发货天数 — paid to shipped; unit: days; denominator: ship_finished',
    orders_before UInt64 COMMENT '上期采购单数 — purchase orders created in the equal period before; source: purchase_facts.created_at',
    paid_before UInt64 COMMENT '上期付款采购单数 — purchase orders paid in the equal period before; source: purchase_facts.paid_at',
    paid_amount_before Decimal(38, 2) COMMENT '上期付款金额 — sum of the amounts of paid_before; unit: CNY yuan; source: purchase_facts.amount',
    orders_change Nullable(Float64) COMMENT '采购单数环比 — orders / orders_before − 1; NULL = none before; unit: share; denominator: orders_before',
    paid_amount_change Nullable(Float64) COMMENT '付款金额环比 — paid_amount / paid_amount_before − 1; NULL = none before; unit: share; denominator: paid_amount_before',
    last_order_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最近采购时间 — last purchase order created in the two periods; UTC+8; source: purchase_facts.created_at'
)
AS SELECT * FROM juliu.distributor_health_at(
    asof = now64(3, 'Asia/Shanghai'),
    from = toDate(now64(3, 'Asia/Shanghai')) - 29,
    to = toDate(now64(3, 'Asia/Shanghai'))
)
COMMENT '分销商经营状况 — how each distributor’s shop is doing in the last 30 days, today included, against the 30 days before, per model, distributor and supplier';

-- 0033-operations.sql

CREATE TABLE IF NOT EXISTS juliu_store.seller_activity_state
(
    day Date COMMENT '日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    seller String COMMENT '卖家 — id of the seller as text, else its nick; source: events.user_id, user_nick' CODEC(ZSTD(1)),
    seller_id SimpleAggregateFunction(max, Nullable(Int64)) COMMENT '卖家编号 — numeric id of the seller; source: events.user_id',
    seller_nick SimpleAggregateFunction(max, Nullable(String)) COMMENT '卖家昵称 — nick of the seller; source: events.user_nick',
    minutes SimpleAggregateFunction(groupUniqArrayArray, Array(UInt16)) COMMENT '活跃分钟 — minutes of the day with a message, in no order; unit: minutes since midnight; source: events.publish_time' CODEC(ZSTD(1)),
    last_at SimpleAggregateFunction(max, DateTime('Asia/Shanghai')) COMMENT '最后消息时间 — last message of the day; UTC+8; source: events.publish_time'
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, seller)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '卖家活跃状态 — in which minutes of a day messages of a seller were published; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.seller_activity_state_writer
TO juliu_store.seller_activity_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    ifNull(coalesce(toString(e.user_id), e.user_nick), '') AS seller,
    max(e.user_id) AS seller_id,
    max(e.user_nick) AS seller_nick,
    groupUniqArray(toUInt16(toHour(e.publish_time, 'Asia/Shanghai') * 60 + toMinute(e.publish_time, 'Asia/Shanghai'))) AS minutes,
    max(toDateTime(e.publish_time, 'Asia/Shanghai')) AS last_at
FROM juliu_store.events AS e
WHERE seller != ''
GROUP BY day, seller
COMMENT '卖家活跃状态写入 — brings each inserted message to seller_activity_state';

CREATE TABLE IF NOT EXISTS juliu_store.topic_freshness_state
(
    day Date COMMENT '日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic; source: events.topic',
    family LowCardinality(String) COMMENT '业务族 — family of the topic, unknown when juliu does not know it; source: events.family',
    last_published_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT '最近发布时间 — newest message of the day; UTC+8; source: events.publish_time',
    last_stored_at SimpleAggregateFunction(max, DateTime64(3, 'Asia/Shanghai')) COMMENT 'operational: 最近入库时间 — when the store took one of them last; UTC+8'
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, topic, family)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT '主题新鲜度状态 — newest message per topic and day; states to be merged';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.topic_freshness_state_writer
TO juliu_store.topic_freshness_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.topic AS topic,
    e.family AS family,
    max(e.publish_time) AS last_published_at,
    max(e.stored_at) AS last_stored_at
FROM juliu_store.events AS e
GROUP BY day, topic, family
COMMENT '主题新鲜度状态写入 — brings each inserted message to topic_freshness_state';

CREATE TABLE IF NOT EXISTS juliu_store.arrivals
(
    day Date COMMENT 'operational: 日期 — day of the messages; UTC+8; source: events.publish_time' CODEC(Delta(2), ZSTD(1)),
    family LowCardinality(String) COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received SimpleAggregateFunction(sum, UInt64) COMMENT 'operational: 接收次数 — messages taken in, copies included',
    late SimpleAggregateFunction(sum, UInt64) COMMENT 'operational: 迟到次数 — of them, those received more than an hour after publication',
    largest_delay_seconds SimpleAggregateFunction(max, Int64) COMMENT 'operational: 最大延迟 — longest time from publication to receipt; unit: seconds'
)
ENGINE = AggregatingMergeTree()
PARTITION BY toYYYYMM(day)
ORDER BY (day, family)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1
COMMENT 'operational: 到达统计 — messages taken in per day of publication and family, copies included';

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.arrivals_writer
TO juliu_store.arrivals
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.family AS family,
    count() AS received,
    countIf(dateDiff('second', e.publish_time, e.received_at) > 3600) AS late,
    max(dateDiff('second', e.publish_time, e.received_at)) AS largest_delay_seconds
FROM juliu_store.events AS e
GROUP BY day, family
COMMENT 'operational: 到达统计写入 — counts each inserted message in arrivals';

CREATE OR REPLACE VIEW juliu.silent_sellers_at
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

CREATE OR REPLACE VIEW juliu.silent_sellers
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
AS SELECT * FROM juliu.silent_sellers_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '静默卖家 — sellers without a message for longer than allowed, as of now; likely causes: the seller’s authorisation has expired or the user was removed (juliu users get), its lane or filter leaves it out, the shop is closed; when all sellers are silent, receiving itself stands still (pipeline_stats)';

CREATE OR REPLACE VIEW juliu.increment_reconciliation
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

CREATE OR REPLACE VIEW juliu.freshness_by_topic_at
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

CREATE OR REPLACE VIEW juliu.freshness_by_topic
(
    topic LowCardinality(String) COMMENT '消息主题 — TOP topic; source: events.topic',
    family LowCardinality(String) COMMENT '业务族 — family of the topic, unknown when juliu does not know it; source: events.family',
    last_published_at DateTime64(3, 'Asia/Shanghai') COMMENT '最近发布时间 — newest message; UTC+8; source: events.publish_time',
    last_stored_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 最近入库时间 — when the store took a message of the topic last; UTC+8',
    seconds_since_published Int64 COMMENT '距最近发布 — from last_published_at to now; unit: seconds',
    seconds_since_stored Int64 COMMENT 'operational: 距最近入库 — from last_stored_at to now; unit: seconds'
)
AS SELECT * FROM juliu.freshness_by_topic_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '主题新鲜度 — how old the newest message of each topic is, as of now';

CREATE OR REPLACE VIEW juliu.duplicates_at
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

CREATE OR REPLACE VIEW juliu.duplicates
(
    day Date COMMENT 'operational: 日期 — day of publication; UTC+8; source: events.publish_time',
    family String COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received UInt64 COMMENT 'operational: 接收次数 — messages taken in, copies included (redelivery, repeated insert, replay), since this juliu counts them; source: arrivals.received',
    messages UInt64 COMMENT 'operational: 消息数 — distinct messages by event_id; source: events',
    copies Int64 COMMENT 'operational: 重复接收 — received − messages, messages taken in again',
    business_events UInt64 COMMENT 'operational: 业务事件数 — distinct business events by business_key; 0 for topics of no family; source: typed tables',
    republished Int64 COMMENT 'operational: 重复发布 — distinct messages − business_events: events the platform published again under another id'
)
AS SELECT * FROM juliu.duplicates_at(from = toDate(now64(3, 'Asia/Shanghai')) - 6, to = toDate(now64(3, 'Asia/Shanghai')))
COMMENT 'operational: 重复消息 — messages received again and events published again, per day and family, of the last 7 days';

CREATE OR REPLACE VIEW juliu.late_share
(
    day Date COMMENT 'operational: 日期 — day of publication; UTC+8; source: events.publish_time',
    family LowCardinality(String) COMMENT 'operational: 业务族 — family of the messages; source: events.family',
    received UInt64 COMMENT 'operational: 接收次数 — messages taken in, copies included; source: arrivals.received',
    late UInt64 COMMENT 'operational: 迟到次数 — of received, those received more than an hour after publication; source: arrivals.late',
    late_share Float64 COMMENT 'operational: 迟到占比 — late / received; unit: share 0..1; denominator: received',
    largest_delay_seconds Int64 COMMENT 'operational: 最大延迟 — longest time from publication to receipt; unit: seconds; source: arrivals.largest_delay_seconds'
)
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

CREATE OR REPLACE VIEW juliu.dead_letters_by_reason
(
    reason LowCardinality(String) COMMENT '原因 — stable name of why messages could not be stored; source: dead_letters.reason',
    letters UInt64 COMMENT '死信数 — dead letters with this reason, retried ones included; source: dead_letters',
    still_dead UInt64 COMMENT '仍未入库 — of letters, those no retry has stored; source: dead_letters.retried_at',
    first_received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 首次接收时间 — oldest of them; UTC+8; source: dead_letters.received_at',
    last_received_at DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 最近接收时间 — newest of them; UTC+8; source: dead_letters.received_at',
    example_detail String COMMENT '示例 — detail of the newest; source: dead_letters.detail'
)
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

CREATE OR REPLACE VIEW juliu.coverage
(
    measure String COMMENT '指标 — what is covered, of what, e.g. orders_with_promise',
    covered UInt64 COMMENT '已覆盖数 — things that have it',
    total UInt64 COMMENT '总数 — things there are; denominator',
    share Nullable(Float64) COMMENT '覆盖率 — covered / total; NULL = there are none; unit: share 0..1; denominator: total',
    meaning String COMMENT '说明 — what the measure says'
)
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

-- 0034-trade-funnel.sql

CREATE OR REPLACE VIEW juliu.trade_funnel_at
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS now_at
SELECT
    value,
    count() AS created,
    countIf(paid_at IS NOT NULL) AS paid,
    countIf(shipped_at IS NOT NULL) AS shipped,
    countIf(signed_at IS NOT NULL) AS signed,
    countIf(finished_at IS NOT NULL) AS finished,
    countIf(closed_at IS NOT NULL) AS closed,
    paid / created AS paid_rate,
    shipped / created AS shipped_rate,
    signed / created AS signed_rate,
    finished / created AS finished_rate,
    closed / created AS closed_rate,
    if(quantileExactOrNull(0.5)(created_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.5)(created_to_paid)) AS created_to_paid_p50,
    if(quantileExactOrNull(0.9)(created_to_paid) >= 4000000000, NULL, quantileExactOrNull(0.9)(created_to_paid)) AS created_to_paid_p90,
    if(quantileExactOrNull(0.5)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.5)(paid_to_shipped)) AS paid_to_shipped_p50,
    if(quantileExactOrNull(0.9)(paid_to_shipped) >= 4000000000, NULL, quantileExactOrNull(0.9)(paid_to_shipped)) AS paid_to_shipped_p90,
    if(quantileExactOrNull(0.5)(shipped_to_signed) >= 4000000000, NULL, quantileExactOrNull(0.5)(shipped_to_signed)) AS shipped_to_signed_p50,
    if(quantileExactOrNull(0.9)(shipped_to_signed) >= 4000000000, NULL, quantileExactOrNull(0.9)(shipped_to_signed)) AS shipped_to_signed_p90,
    if(quantileExactOrNull(0.5)(signed_to_finished) >= 4000000000, NULL, quantileExactOrNull(0.5)(signed_to_finished)) AS signed_to_finished_p50,
    if(quantileExactOrNull(0.9)(signed_to_finished) >= 4000000000, NULL, quantileExactOrNull(0.9)(signed_to_finished)) AS signed_to_finished_p90
FROM
(
    SELECT
        *,
        multiIf(
            created_at IS NULL OR paid_at < created_at OR (left_at IS NOT NULL AND (paid_at IS NULL OR paid_at > left_at)), NULL,
            ifNull(toInt64(paid_at) - toInt64(created_at), 4000000000)
        ) AS created_to_paid,
        multiIf(
            paid_at IS NULL OR shipped_at < paid_at OR (left_at IS NOT NULL AND (shipped_at IS NULL OR shipped_at > left_at)), NULL,
            ifNull(toInt64(shipped_at) - toInt64(paid_at), 4000000000)
        ) AS paid_to_shipped,
        multiIf(
            shipped_at IS NULL OR signed_at < shipped_at OR (left_at IS NOT NULL AND (signed_at IS NULL OR signed_at > left_at)), NULL,
            ifNull(toInt64(signed_at) - toInt64(shipped_at), 4000000000)
        ) AS shipped_to_signed,
        multiIf(
            signed_at IS NULL OR finished_at < signed_at OR (left_at IS NOT NULL AND (finished_at IS NULL OR finished_at > left_at)), NULL,
            ifNull(toInt64(finished_at) - toInt64(signed_at), 4000000000)
        ) AS signed_to_finished
    FROM
    (
        SELECT trade.*, if(sign.tid = 0, NULL, sign.all_signed_at) AS signed_at
        FROM juliu_store.orders_created(asof = {asof:DateTime64(3, 'Asia/Shanghai')}, from = {from:Date}, to = {to:Date}, cut = {cut:String}) AS trade
        LEFT ANY JOIN
        (
            SELECT
                tid,
                if(countIf(ifNull(signed_at > now_at, true)) = 0, max(signed_at), NULL) AS all_signed_at
            FROM juliu_store.parcel_facts
            WHERE last_day >= {from:Date} AND order_created_at >= toDateTime({from:Date}, 'Asia/Shanghai')
                AND order_created_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai') AND first_event_at <= now_at
            GROUP BY tid
        ) AS sign ON sign.tid = trade.tid
    )
)
GROUP BY value
SETTINGS join_use_nulls = 0, use_skip_indexes = 0, optimize_move_to_prewhere = 0
COMMENT '交易漏斗 — the same as juliu.trade_funnel_daily with asof given, for orders created on the days from … to, by cut: all, seller, seller_group, day, hour (of the day), presale, trade_type';

CREATE OR REPLACE VIEW juliu.trade_funnel_daily
(
    day Date COMMENT '下单日期 — day of creation; UTC+8; source: order_facts.created_at',
    created UInt64 COMMENT '下单数 — orders created, without those first seen midlife; unit: orders',
    paid UInt64 COMMENT '付款数 — of these, paid; unit: orders',
    shipped UInt64 COMMENT '发货数 — of these, shipped; unit: orders',
    signed UInt64 COMMENT '签收数 — of these, with at least one parcel and all parcels signed; unit: orders',
    finished UInt64 COMMENT '成交数 — of these, finished; unit: orders',
    closed UInt64 COMMENT '关闭数 — of these, closed; unit: orders',
    paid_rate Float64 COMMENT '付款率 — paid / created; share 0–1',
    shipped_rate Float64 COMMENT '发货率 — shipped / created; share 0–1',
    signed_rate Float64 COMMENT '签收率 — signed / created; share 0–1',
    finished_rate Float64 COMMENT '成交率 — finished / created; share 0–1',
    closed_rate Float64 COMMENT '关闭率 — closed / created; share 0–1',
    created_to_paid_p50 Nullable(Int64) COMMENT '下单→付款时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    created_to_paid_p90 Nullable(Int64) COMMENT '下单→付款时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    paid_to_shipped_p50 Nullable(Int64) COMMENT '付款→发货时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    paid_to_shipped_p90 Nullable(Int64) COMMENT '付款→发货时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    shipped_to_signed_p50 Nullable(Int64) COMMENT '发货→签收时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    shipped_to_signed_p90 Nullable(Int64) COMMENT '发货→签收时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds',
    signed_to_finished_p50 Nullable(Int64) COMMENT '签收→成交时长中位数 — median of the step; NULL until half have reached its end; unit: seconds',
    signed_to_finished_p90 Nullable(Int64) COMMENT '签收→成交时长 P90 — 90th percentile of the step; NULL until 90 % have reached its end; unit: seconds'
)
AS
SELECT toDate(value) AS day, created, paid, shipped, signed, finished, closed, paid_rate, shipped_rate, signed_rate, finished_rate, closed_rate, created_to_paid_p50, created_to_paid_p90, paid_to_shipped_p50, paid_to_shipped_p90, shipped_to_signed_p50, shipped_to_signed_p90, signed_to_finished_p50, signed_to_finished_p90
FROM juliu.trade_funnel_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'), cut = 'day')
COMMENT '交易漏斗 — created to finished by day of creation, as of now; other cuts: trade_funnel_at';

-- 0035-refund-lists.sql

CREATE OR REPLACE VIEW juliu.refund_interceptions_at
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    refund.refund_id AS refund_id,
    parcel.tid AS tid,
    refund.oid AS oid,
    refund.seller_id AS seller_id,
    refund.seller_nick AS seller_nick,
    refund.num_iid AS num_iid,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.fee AS fee,
    assumeNotNull(refund.created_at) AS refund_created_at,
    intDiv(toInt64(t) - toInt64(refund_created_at), 60) AS minutes_since_refund,
    parcel.carrier::String AS carrier,
    parcel.out_sid AS out_sid,
    parcel.shown_consigned_at AS consigned_at,
    parcel.shown_got_at AS picked_up_at,
    parcel.shown_scan_at AS out_for_delivery_at,
    parcel.place AS last_place,
    parcel.seen_at AS last_event_at,
    intDiv(toInt64(t) - toInt64(parcel.seen_at), 60) AS minutes_since_event
FROM
(
    SELECT *
    FROM juliu_store.refund_facts
    WHERE created_at <= t AND NOT ifNull(succeeded_at <= t, false) AND NOT ifNull(closed_at <= t, false)
) AS refund
INNER JOIN
(
    SELECT
        tid,
        out_sid,
        carrier,
        if(consigned_at <= t, consigned_at, NULL) AS shown_consigned_at,
        if(coalesce(picked_up_at, first_moved_at) <= t, coalesce(picked_up_at, first_moved_at), NULL) AS shown_got_at,
        if(out_for_delivery_at <= t, out_for_delivery_at, NULL) AS shown_scan_at,
        arrayLast(at -> at <= t, event_ats) AS last_at,
        if(last_at = toDateTime(0), NULL, last_at) AS seen_at,
        -- Of an instant in the past only the stops made by then tell the place.
        if(ifNull(last_event_at <= t, true), last_place::String,
            arrayLast(hop -> hop.arrived_at <= t, hops).node::String) AS place
    FROM juliu_store.parcel_facts
    WHERE (consigned_at <= t OR coalesce(picked_up_at, first_moved_at) <= t)
        AND NOT ifNull(signed_at <= t, false)
        AND NOT ifNull(returned_at <= t, false)
        AND NOT ifNull(lost_at <= t, false)
        AND NOT ifNull(left_at <= t, false)
) AS parcel ON parcel.tid = refund.tid
SETTINGS join_use_nulls = 0
COMMENT '待拦截包裹 — the same as juliu.refund_interceptions with asof given';

CREATE OR REPLACE VIEW juliu.refund_interceptions
(
    refund_id Int64 COMMENT '退款编号 — id of the refund',
    tid Int64 COMMENT '交易编号 — id of the trade',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — item of the refunded line; NULL when unknown',
    phase Nullable(String) COMMENT '退款阶段 — onsale or aftersale',
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount to refund; unit: CNY yuan',
    refund_created_at DateTime('Asia/Shanghai') COMMENT '退款申请时间 — when the refund was created; UTC+8',
    minutes_since_refund Int64 COMMENT '退款已等待 — since the refund was created; unit: minutes',
    carrier String COMMENT '物流公司 — carrier of the parcel; empty when unknown',
    out_sid String COMMENT '运单号 — waybill number',
    consigned_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — when the parcel was consigned; UTC+8',
    picked_up_at Nullable(DateTime('Asia/Shanghai')) COMMENT '揽收时间 — pick-up, or the first arrival or departure when none was seen; UTC+8',
    out_for_delivery_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次派件时间 — first attempt of delivery; UTC+8',
    last_place String COMMENT '最后站点 — where it was last seen, as written; empty when no trace names it (with asof in the past: when it has moved on since and made no stop before)',
    last_event_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最新动态时间 — last trace; UTC+8',
    minutes_since_event Nullable(Int64) COMMENT '距最新动态 — since the last trace; unit: minutes'
)
AS
SELECT refund_id, tid, oid, seller_id, seller_nick, num_iid, phase, bill_type, fee, refund_created_at, minutes_since_refund, carrier, out_sid, consigned_at, picked_up_at, out_for_delivery_at, last_place, last_event_at, minutes_since_event
FROM juliu.refund_interceptions_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '待拦截包裹 — refunds open (neither succeeded nor closed) while a parcel of the trade is on its way (consigned or picked up; not signed, returned or lost, its order neither closed nor fully refunded), one row per refund and parcel, as of now';

CREATE OR REPLACE VIEW juliu.refund_finance_queue_at
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    refund.refund_id AS refund_id,
    refund.tid AS tid,
    refund.oid AS oid,
    refund.seller_id AS seller_id,
    refund.seller_nick AS seller_nick,
    refund.num_iid AS num_iid,
    refund.phase AS phase,
    refund.bill_type AS bill_type,
    refund.fee AS fee,
    refund.owed AS waiting_for,
    refund.last_step.2 AS waiting_since,
    toInt64(t) - toInt64(waiting_since) AS waited_seconds,
    if(refund.created_at <= t, refund.created_at, NULL) AS refund_created_at,
    if(refund.intervention_applied_at <= t, refund.intervention_applied_at, NULL) AS intervention_applied_at,
    arrayMap(step -> step.1, refund.so_far) AS status_path,
    trade.amount AS order_amount,
    trade.payment_scope::String AS payment_scope,
    if(trade.paid_at <= t, trade.paid_at, NULL) AS order_paid_at,
    if(trade.shipped_at <= t, trade.shipped_at, NULL) AS order_shipped_at,
    parcel.known AS parcels,
    parcel.signed AS parcels_signed,
    parcel.last_sign AS last_signed_at,
    parcel.numbers AS waybills
FROM
(
    SELECT
        *,
        arrayFilter(step -> step.2 <= t, arrayZip(status_path, status_path_at)) AS so_far,
        -- Asking the platform to step in changes nothing of who has to act.
        arrayLast(step -> step.1 NOT IN ('intervention_applied', 'intervened'), so_far) AS last_step,
        multiIf(
            last_step.1 IN ('created', 'buyer_modified'), 'seller_agree',
            last_step.1 = 'goods_returned', 'seller_confirm_goods',
            last_step.1 = 'seller_agreed' AND ifNull(bill_type NOT IN ('return_bill', 'replace_bill'), true), 'money',
            '') AS owed
    FROM juliu_store.refund_facts
    WHERE notEmpty(status_path) AND NOT ifNull(succeeded_at <= t, false) AND NOT ifNull(closed_at <= t, false)
        AND owed != ''
) AS refund
LEFT JOIN juliu_store.order_facts AS trade ON trade.tid = refund.tid
LEFT JOIN
(
    SELECT
        tid,
        count() AS known,
        countIf(signed_at <= t) AS signed,
        maxIf(signed_at, signed_at <= t) AS last_sign,
        arraySort(groupArray(out_sid)) AS numbers
    FROM juliu_store.parcel_facts
    WHERE first_event_at <= t OR picked_up_at <= t
    GROUP BY tid
) AS parcel ON parcel.tid = refund.tid
SETTINGS join_use_nulls = 0
COMMENT '退款待办 — the same as juliu.refund_finance_queue with asof given';

CREATE OR REPLACE VIEW juliu.refund_finance_queue
(
    refund_id Int64 COMMENT '退款编号 — id of the refund',
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade',
    oid Nullable(Int64) COMMENT '子订单编号 — id of the order line',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — item of the refunded line; NULL when unknown',
    phase Nullable(String) COMMENT '退款阶段 — onsale or aftersale',
    bill_type Nullable(String) COMMENT '退款单类型 — refund_bill, return_bill or replace_bill',
    fee Nullable(Decimal(18, 2)) COMMENT '退款金额 — amount to refund; unit: CNY yuan',
    waiting_for String COMMENT '等待事项 — seller_agree (卖家同意), seller_confirm_goods (卖家确认收货) or money (打款)',
    waiting_since DateTime('Asia/Shanghai') COMMENT '等待开始时间 — when the last step came; UTC+8',
    waited_seconds Int64 COMMENT '已等待 — since waiting_since; unit: seconds',
    refund_created_at Nullable(DateTime('Asia/Shanghai')) COMMENT '退款申请时间 — NULL when first seen midlife; UTC+8',
    intervention_applied_at Nullable(DateTime('Asia/Shanghai')) COMMENT '申请介入时间 — when the platform was asked to step in; UTC+8',
    status_path Array(String) COMMENT '退款过程 — steps so far',
    order_amount Nullable(Decimal(38, 2)) COMMENT '订单实付 — paid for the order; unit: CNY yuan; source: order_facts.amount',
    payment_scope String COMMENT '实付金额范围 — unknown: order_amount is a lower bound; source: order_facts.payment_scope',
    order_paid_at Nullable(DateTime('Asia/Shanghai')) COMMENT '付款时间 — of the order; UTC+8',
    order_shipped_at Nullable(DateTime('Asia/Shanghai')) COMMENT '发货时间 — of the order, as the trade says; UTC+8',
    parcels UInt64 COMMENT '包裹数 — parcels of the order that something happened to; unit: parcels',
    parcels_signed UInt64 COMMENT '已签收包裹数 — of these, signed; unit: parcels',
    last_signed_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最后签收时间 — last sign of a parcel of the order; UTC+8',
    waybills Array(String) COMMENT '运单号 — waybill numbers of these parcels, sorted'
)
AS
SELECT refund_id, tid, oid, seller_id, seller_nick, num_iid, phase, bill_type, fee, waiting_for, waiting_since, waited_seconds, refund_created_at, intervention_applied_at, status_path, order_amount, payment_scope, order_paid_at, order_shipped_at, parcels, parcels_signed, last_signed_at, waybills
FROM juliu.refund_finance_queue_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '退款待办 — open refunds that wait for the seller to agree, to confirm returned goods, or for the money, with the evidence of order and parcels, for approval by finance; as of now';

-- 0036-review-readings.sql

CREATE OR REPLACE VIEW juliu_store.review_texts
(
    day Date COMMENT '首见日期 — day of the first message known of the text; UTC+8; source: review_events.publish_time',
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_events.tid',
    oid Int64 COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: review_events.oid',
    item_key Int64 COMMENT '商品标识 — id of the reviewed item where no order line is named, else 0; source: review_events.num_iid',
    part String COMMENT '评价部分 — main (评价) or follow_up (追评); source: review_events.biz_type',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid',
    reviewed_at DateTime('Asia/Shanghai') COMMENT '评价时间 — first known state of the text; UTC+8; source: review_events.gmt_modified, else publish_time',
    modified_at DateTime('Asia/Shanghai') COMMENT '修改时间 — last known state of the text; UTC+8; source: review_events.gmt_modified, else publish_time',
    text String COMMENT '评价内容 — last known text, personal data masked; empty when no message has one; source: review_events.feedback',
    labels Array(Tuple(category String, polarity String, phrase String)) COMMENT '印象词 — the platform’s labels of the text; source: review_events.impr_labels'
)
AS
SELECT
    content.1 AS day,
    review.tid AS tid,
    review.oid AS oid,
    review.item_key AS item_key,
    content.2 AS part,
    review.seller_id AS seller_id,
    review.seller_nick AS seller_nick,
    review.num_iid AS num_iid,
    assumeNotNull(content.3) AS reviewed_at,
    assumeNotNull(content.4) AS modified_at,
    ifNull(content.5, '') AS text,
    content.6 AS labels
FROM
(
    SELECT
        state.tid AS tid,
        state.oid AS oid,
        state.item_key AS item_key,
        max(state.seller_id) AS seller_id,
        max(state.seller_nick) AS seller_nick,
        max(state.num_iid) AS num_iid,
        [
            (
                minIf(state.day, state.reviewed_at IS NOT NULL),
                'main',
                min(state.reviewed_at),
                max(state.review_modified_at),
                coalesce(argMaxMerge(state.feedback), argMaxMerge(state.other_feedback)),
                argMaxIfMerge(state.labels)
            ),
            (
                minIf(state.day, state.followed_up_at IS NOT NULL),
                'follow_up',
                min(state.followed_up_at),
                max(state.follow_up_modified_at),
                argMaxMerge(state.follow_up),
                argMaxIfMerge(state.follow_up_labels)
            )
        ] AS contents
    FROM juliu_store.reviews_state AS state
    GROUP BY state.tid, state.oid, state.item_key
) AS review
ARRAY JOIN contents AS content
WHERE content.3 IS NOT NULL
COMMENT '评价文本 — one row per text, review or follow-up, by its own messages; storage only, ask juliu.reviews';

CREATE TABLE IF NOT EXISTS juliu_store.review_readings
(
    day Date COMMENT '首见日期 — day of the first message known of the text; UTC+8; source: review_events.publish_time' CODEC(ZSTD(1)),
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_events.tid' CODEC(ZSTD(1)),
    oid Int64 COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: review_events.oid' CODEC(ZSTD(1)),
    item_key Int64 COMMENT '商品标识 — id of the reviewed item where no order line is named, else 0; source: review_events.num_iid' CODEC(ZSTD(1)),
    part LowCardinality(String) COMMENT '评价部分 — main (评价) or follow_up (追评); source: review_events.biz_type' CODEC(ZSTD(1)),
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id' CODEC(ZSTD(1)),
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick' CODEC(ZSTD(1)),
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid' CODEC(ZSTD(1)),
    reviewed_at DateTime('Asia/Shanghai') COMMENT '评价时间 — first known state of the text; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    modified_at DateTime('Asia/Shanghai') COMMENT '修改时间 — last known state of the text; UTC+8; source: review_events.gmt_modified, else publish_time' CODEC(ZSTD(1)),
    text String COMMENT '评价内容 — last known text, personal data masked; empty when no message has one; source: review_events.feedback' CODEC(ZSTD(1)),
    labels Array(Tuple(category String, polarity String, phrase String, dimension String)) COMMENT '印象词 — the platform’s labels as (category, polarity, phrase) and the dimension they speak of; dimension empty = unknown category; source: review_events.impr_labels' CODEC(ZSTD(1)),
    polarity LowCardinality(String) COMMENT '评价倾向 — negative, neutral or positive; source: derived from text' CODEC(ZSTD(1)),
    score Float64 COMMENT '负面程度 — 0 to 1, 1 = surely negative; source: derived from text' CODEC(ZSTD(1)),
    skipped LowCardinality(String) COMMENT '未分析原因 — why the text was not read: empty, default_review (默认好评), template (凑字数); empty string = it was; source: derived from text' CODEC(ZSTD(1)),
    cashback Bool COMMENT '提及好评返现 — speaks of money or gifts for good reviews: a risk for the shop whatever else it says; source: derived from text' CODEC(ZSTD(1)),
    findings Array(Tuple(keyword String, aspect String, opinion String, dimension String, subdimension String, soft Bool, clause String, span_start UInt32, span_end UInt32)) COMMENT '负面印象 — what the text complains of: normalised phrase, its aspect (empty when none is named) and opinion, dimension, second level (empty when none), whether it is a mere wish (希望, 建议), the clause that says it, and where the opinion stands in the text in UTF-16 units, end exclusive; source: derived from text' CODEC(ZSTD(1)),
    version LowCardinality(String) COMMENT 'operational: 分析版本 — hash over the extractor, its lexicon and the table of labels that read the text' CODEC(ZSTD(1)),
    INDEX ix_tid tid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_reviewed_at reviewed_at TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY day
ORDER BY (ifNull(seller_id, 0), ifNull(num_iid, 0), tid, oid, item_key, part)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1
COMMENT '评价解读 — one row per text of a review (review or follow-up) with what it complains of, worked out by the job reviews';

CREATE OR REPLACE VIEW juliu.review_readings
AS SELECT * FROM juliu_store.review_readings
COMMENT '评价解读 — one row per text of a review (review or follow-up) with what it complains of, worked out by the job reviews';

CREATE OR REPLACE VIEW juliu.review_findings
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_events.tid',
    oid Int64 COMMENT '子订单编号 — id of the order line, or of the trade when it has none; source: review_events.oid',
    part LowCardinality(String) COMMENT '评价部分 — main (评价) or follow_up (追评); source: review_events.biz_type',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid',
    reviewed_at DateTime('Asia/Shanghai') COMMENT '评价时间 — first known state of the text; UTC+8; source: review_events.gmt_modified, else publish_time',
    keyword String COMMENT '负面关键词 — normalised phrase, the same for 物流太慢了 and 物流很慢; source: review_readings.findings',
    aspect String COMMENT '评价对象 — what is complained of; empty when the text names none; source: review_readings.findings',
    opinion String COMMENT '评价词 — what is said of it; source: review_readings.findings',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall; source: review_readings.findings',
    subdimension String COMMENT '二级维度 — second level; empty when none is known; source: review_readings.findings',
    soft Bool COMMENT '是否建议 — a wish or a suggestion (希望, 建议): something is missing, nobody is angry; source: review_readings.findings',
    clause String COMMENT '所在分句 — the clause that says it, personal data masked; source: review_readings.findings',
    span_start UInt32 COMMENT '起点 — where the opinion begins in review_readings.text; unit: UTF-16 units; source: review_readings.findings',
    span_end UInt32 COMMENT '终点 — where it ends, exclusive; unit: UTF-16 units; source: review_readings.findings',
    version LowCardinality(String) COMMENT 'operational: 分析版本 — hash over the extractor, its lexicon and the table of labels; source: review_readings.version'
)
AS SELECT
    reading.tid AS tid,
    reading.oid AS oid,
    reading.part AS part,
    reading.seller_id AS seller_id,
    reading.seller_nick AS seller_nick,
    reading.num_iid AS num_iid,
    reading.reviewed_at AS reviewed_at,
    finding.keyword AS keyword,
    finding.aspect AS aspect,
    finding.opinion AS opinion,
    finding.dimension AS dimension,
    finding.subdimension AS subdimension,
    finding.soft AS soft,
    finding.clause AS clause,
    finding.span_start AS span_start,
    finding.span_end AS span_end,
    reading.version AS version
FROM juliu_store.review_readings AS reading
ARRAY JOIN reading.findings AS finding
COMMENT '负面印象 — one row per complaint found in a text of a review, occurrences: count trades or reviews, not rows';

-- 0037-keyword-settings.sql

CREATE TABLE IF NOT EXISTS juliu_store.keyword_actions
(
    generation DateTime64(3, 'Asia/Shanghai') COMMENT 'operational: 版本时间 — when this table was first seen, clock of the store; UTC+8; the newest counts',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall; empty in the row that says "this generation has no actions"; source: table of actions',
    subdimension String COMMENT '二级维度 — second level; empty = whatever has no row of its own; source: table of actions',
    action String COMMENT '建议动作 — what to do about such complaints, in the shop’s own words; source: table of actions'
)
ENGINE = ReplacingMergeTree()
ORDER BY (generation, dimension, subdimension)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT '差评建议动作 — what to do about complaints, by dimension, by generation';

CREATE OR REPLACE VIEW juliu.keyword_actions
AS SELECT dimension, subdimension, action
FROM juliu_store.keyword_actions
WHERE generation = (SELECT max(generation) FROM juliu_store.keyword_actions) AND dimension != ''
COMMENT '差评建议动作 — what to do about complaints: one row per dimension and second level';

CREATE OR REPLACE VIEW juliu.kpi_settings
AS SELECT name, argMax(value, generation) AS value
FROM
(
    SELECT toString(name) AS name, value, generation
    FROM juliu_store.kpi_settings
    WHERE generation = (SELECT max(generation) FROM juliu_store.kpi_settings)
    UNION ALL
    -- What holds before any configuration was written, and for a name that is younger than the newest generation.
    SELECT tupleElement(setting, 1) AS name, tupleElement(setting, 2) AS value, toDateTime64(0, 3, 'Asia/Shanghai') AS generation
    FROM (SELECT arrayJoin(CAST([
        ('consign_delay', 48),
        ('fake_consign', 24),
        ('pickup_stop', 24),
        ('transport_stop', 48),
        ('delivery_stop', 24),
        ('near_timeout', 6),
        ('ship_hours', 48),
        ('pickup_hours', 24),
        ('min_cohort', 30),
        ('silence_factor', 5),
        ('silence_min_minutes', 30),
        ('jump_factor', 2),
        ('jump_min', 3),
        ('jump_days', 7),
        ('keyword_days', 7),
        ('keyword_min', 3),
        ('keyword_z', 2)
    ], 'Array(Tuple(String, Float64))')) AS setting)
)
GROUP BY name
COMMENT 'KPI 参数 — thresholds of the metric views in force: name and value';

-- 0038-keyword-metrics.sql

CREATE OR REPLACE VIEW juliu_store.review_mentions
(
    reviewed_at DateTime('Asia/Shanghai') COMMENT '评价时间 — first known state of the text; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_readings.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_readings.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_readings.num_iid',
    tid Int64 COMMENT '交易编号 — id of the trade; source: review_readings.tid',
    keyword String COMMENT '负面关键词 — normalised phrase; empty = the text itself; source: review_readings.findings',
    dimension String COMMENT '维度 — dimension of the complaint; empty = the text itself; source: review_readings.findings',
    subdimension String COMMENT '二级维度 — second level; empty when none is known; source: review_readings.findings',
    clause String COMMENT '所在分句 — the clause that says it, personal data masked; source: review_readings.findings'
)
AS SELECT
    reading.reviewed_at AS reviewed_at,
    reading.seller_id AS seller_id,
    reading.seller_nick AS seller_nick,
    reading.num_iid AS num_iid,
    reading.tid AS tid,
    mention.1 AS keyword,
    mention.2 AS dimension,
    mention.3 AS subdimension,
    mention.4 AS clause
FROM juliu_store.review_readings AS reading
-- The first one, without a keyword, is the text itself: shares are of these.
ARRAY JOIN arrayPushFront(
    arrayMap(finding -> (finding.keyword, finding.dimension, finding.subdimension, finding.clause), reading.findings),
    ('', '', '', '')) AS mention
WHERE reading.skipped = ''
COMMENT '评价提及 — one row per text that was read (keyword empty) and one per complaint in it; storage only';

CREATE OR REPLACE VIEW juliu.negative_keywords_at
AS
WITH toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t
SELECT
    counted.day AS day,
    counted.seller_id AS seller_id,
    counted.nick AS seller_nick,
    counted.num_iid AS num_iid,
    counted.dimension AS dimension,
    counted.subdimension AS subdimension,
    counted.keyword AS keyword,
    counted.trades AS reviews,
    counted.trades_of_item AS item_reviews,
    reviews / item_reviews AS item_share,
    counted.trades_of_seller AS seller_reviews,
    reviews / seller_reviews AS seller_share,
    known.first_at AS first_seen_at,
    known.last_at AS last_seen_at,
    if(known.least_tid = known.greatest_tid, [], counted.clauses) AS examples
FROM
(
    SELECT
        *,
        maxIf(trades, keyword = '') OVER (PARTITION BY day, seller_id, num_iid) AS trades_of_item,
        sumIf(trades, keyword = '') OVER (PARTITION BY day, seller_id) AS trades_of_seller
    FROM
    (
        SELECT
            toDate(reviewed_at) AS day,
            seller_id,
            num_iid,
            dimension,
            subdimension,
            keyword,
            max(seller_nick) AS nick,
            uniqExact(tid) AS trades,
            -- Short ones first, as long as they are more than the bare word. Of the same clause 16 copies are looked through.
            arrayMap(example -> substringUTF8(example.3, 1, 60), arraySlice(arrayDistinct(
                groupArraySorted(16)((lengthUTF8(clause) < 6, lengthUTF8(clause), clause))), 1, 3)) AS clauses
        FROM juliu_store.review_mentions
        WHERE reviewed_at <= t
            AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
            AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
        GROUP BY day, seller_id, num_iid, dimension, subdimension, keyword
    )
) AS counted
INNER JOIN
(
    SELECT
        ifNull(seller_id, 0) AS seller_key,
        ifNull(num_iid, 0) AS item_key,
        dimension,
        subdimension,
        keyword,
        min(reviewed_at) AS first_at,
        max(reviewed_at) AS last_at,
        min(tid) AS least_tid,
        max(tid) AS greatest_tid
    FROM juliu_store.review_mentions
    WHERE reviewed_at <= t AND keyword != ''
    GROUP BY seller_key, item_key, dimension, subdimension, keyword
) AS known
    ON known.seller_key = ifNull(counted.seller_id, 0) AND known.item_key = ifNull(counted.num_iid, 0)
    AND known.dimension = counted.dimension AND known.subdimension = counted.subdimension AND known.keyword = counted.keyword
WHERE counted.keyword != ''
SETTINGS join_use_nulls = 0
COMMENT '负面关键词 — the same as juliu.negative_keywords with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.negative_keywords
(
    day Date COMMENT '评价日期 — day of the review or follow-up; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; NULL when no message names it; source: review_events.num_iid',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews UInt64 COMMENT '评价数 — reviews of the item that say so that day, each trade once however often it says it; unit: trades',
    item_reviews UInt64 COMMENT '商品评价数 — reviews of the item that day that were read, with or without a complaint; unit: trades',
    item_share Float64 COMMENT '商品占比 — reviews / item_reviews; 0 to 1',
    seller_reviews UInt64 COMMENT '店铺评价数 — item_reviews summed over the items of the seller; unit: trades',
    seller_share Float64 COMMENT '店铺占比 — reviews / seller_reviews, the part this item’s keyword has of the shop; adds up over items; 0 to 1',
    first_seen_at DateTime('Asia/Shanghai') COMMENT '首次出现时间 — first review of the item that says so, on whatever day; UTC+8',
    last_seen_at DateTime('Asia/Shanghai') COMMENT '最近出现时间 — last review of the item that says so; UTC+8',
    examples Array(String) COMMENT '示例 — at most three clauses of that day that say so, personal data masked; empty while only one trade has said it of the item'
)
AS SELECT day, seller_id, seller_nick, num_iid, dimension, subdimension, keyword, reviews, item_reviews, item_share, seller_reviews, seller_share, first_seen_at, last_seen_at, examples
FROM juliu.negative_keywords_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '负面关键词 — what reviews complain of, one row per day, item, dimension and keyword; add up days with care: a review and its follow-up are two days';

CREATE OR REPLACE VIEW juliu_store.keyword_comparisons_at
AS
WITH
    toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai') AS t,
    (SELECT toInt64(value * 86400) FROM juliu.kpi_settings WHERE name = 'keyword_days') AS period_seconds,
    50 AS prior_reviews
SELECT
    comparison,
    seller_id,
    seller_nick,
    num_iid,
    main_item,
    category,
    keyword,
    dimension,
    subdimension,
    trades AS reviews,
    trades_in_all AS of_reviews,
    other AS other_reviews,
    other_in_all AS other_of_reviews,
    if(of_reviews = 0, NULL, reviews / of_reviews) AS share,
    if(other_of_reviews = 0, NULL, other_reviews / other_of_reviews) AS other_share,
    prior_reviews * said_by_all / (all_reviews + 1) AS prior,
    log((reviews + prior) / (of_reviews + prior_reviews - reviews - prior))
        - log((other_reviews + prior) / (other_of_reviews + prior_reviews - other_reviews - prior)) AS log_odds,
    log_odds / sqrt(1 / (reviews + prior) + 1 / (other_reviews + prior)) AS z
FROM
(
    SELECT
        *,
        endsWith(comparison, '_before') AS in_time,
        maxIf(trades, keyword = '') OVER (PARTITION BY scope_number, seller_id, num_iid, category_number) AS trades_in_all,
        maxIf(before, keyword = '') OVER (PARTITION BY scope_number, seller_id, num_iid, category_number) AS before_in_all,
        sum(trades) OVER (PARTITION BY scope_number, pool, category_number, word) AS pooled,
        sumIf(trades, keyword = '') OVER (PARTITION BY scope_number, pool, category_number) AS pooled_in_all,
        sumIf(before, keyword = '') OVER (PARTITION BY scope_number, seller_id) AS before_of_seller,
        sum(trades + before) OVER (PARTITION BY scope_number, word) AS said_by_all,
        sumIf(trades + before, keyword = '') OVER (PARTITION BY scope_number) AS all_reviews,
        if(in_time, before, pooled - trades) AS other,
        if(in_time, before_in_all, pooled_in_all - trades_in_all) AS other_in_all
    FROM
    (
        SELECT
            scope.1 AS comparison,
            -- Numbers, because sorting millions of rows by texts takes several times as long.
            cityHash64(comparison) AS scope_number,
            cityHash64(category) AS category_number,
            cityHash64(dimension, subdimension, keyword) AS word,
            if(comparison = 'item_vs_shop', mention.seller_id, NULL) AS pool,
            mention.seller_id AS seller_id,
            max(mention.seller_nick) AS seller_nick,
            scope.2 AS num_iid,
            scope.3 AS category,
            mention.keyword AS keyword,
            mention.dimension AS dimension,
            mention.subdimension AS subdimension,
            sumMapIf([assumeNotNull(mention.num_iid)], [1],
                startsWith(scope.1, 'shop') AND mention.num_iid IS NOT NULL AND mention.reviewed_at > t - period_seconds) AS texts,
            if(2 * arrayMax(texts.2) > arraySum(texts.2), texts.1[indexOf(texts.2, arrayMax(texts.2))], NULL) AS main_item,
            toInt64(uniqExactIf(mention.tid, mention.reviewed_at > t - period_seconds)) AS trades,
            toInt64(uniqExactIf(mention.tid, mention.reviewed_at <= t - period_seconds)) AS before
        FROM juliu_store.review_mentions AS mention
        LEFT JOIN juliu.item_dimensions AS item ON item.num_iid = mention.num_iid
        ARRAY JOIN
            [
                ('item_vs_shop', mention.num_iid, ''),
                ('shop_vs_category', NULL, ifNull(item.category, '')),
                ('item_vs_before', mention.num_iid, ''),
                ('shop_vs_before', NULL, '')
            ] AS scope
        WHERE mention.reviewed_at <= t AND mention.reviewed_at > t - 2 * period_seconds
            AND (scope.2 IS NOT NULL OR startsWith(scope.1, 'shop'))
        GROUP BY comparison, pool, seller_id, num_iid, category, keyword, dimension, subdimension
    )
)
-- With nobody to compare with there is nothing to say; an item without reviews in the period before is one that had none to
-- complain of, unless the whole shop was not seen then.
WHERE keyword != '' AND if(in_time, before_of_seller > 0, other_in_all > 0)
SETTINGS join_use_nulls = 0
COMMENT '关键词对比 — how often a group of reviews says a keyword, against another group; storage only';

CREATE OR REPLACE VIEW juliu.keyword_trend_at
AS SELECT
    seller_id,
    seller_nick,
    num_iid,
    dimension,
    subdimension,
    keyword,
    reviews,
    of_reviews,
    share,
    other_reviews AS reviews_before,
    other_of_reviews AS of_reviews_before,
    other_share AS share_before,
    reviews - reviews_before AS change,
    if(of_reviews = 0, NULL, z) AS z
FROM juliu_store.keyword_comparisons_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
WHERE endsWith(comparison, '_before')
COMMENT '关键词趋势 — the same as juliu.keyword_trend with asof given';

CREATE OR REPLACE VIEW juliu.keyword_trend
(
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; NULL = all of the seller’s reviews',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews Int64 COMMENT '本期评价数 — reviews that say so in the last keyword_days days (7 unless configured); unit: trades',
    of_reviews Int64 COMMENT '本期评价总数 — reviews that were read in that time; unit: trades',
    share Nullable(Float64) COMMENT '本期占比 — reviews / of_reviews; NULL without reviews; 0 to 1',
    reviews_before Int64 COMMENT '上期评价数 — reviews that said so in the keyword_days days before; unit: trades',
    of_reviews_before Int64 COMMENT '上期评价总数 — reviews that were read in that time; unit: trades',
    share_before Nullable(Float64) COMMENT '上期占比 — reviews_before / of_reviews_before; NULL without reviews; 0 to 1',
    change Int64 COMMENT '增减 — reviews − reviews_before; unit: trades',
    z Nullable(Float64) COMMENT '显著性 — how surely the share has grown, in standard deviations; below 0 it has shrunk; NULL without reviews in this period; see unusual_keywords'
)
AS SELECT seller_id, seller_nick, num_iid, dimension, subdimension, keyword, reviews, of_reviews, share, reviews_before, of_reviews_before, share_before, change, z
FROM juliu.keyword_trend_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '关键词趋势 — keywords of an item, and of a whole shop, in the last days against as many days before, as of now; only sellers with reviews in the days before';

CREATE OR REPLACE VIEW juliu.unusual_keywords_at
AS
WITH
    (SELECT value FROM juliu.kpi_settings WHERE name = 'keyword_min') AS least_reviews,
    (SELECT value FROM juliu.kpi_settings WHERE name = 'keyword_z') AS least_z,
    (
        SELECT CAST((groupArray(concat(dimension, '/', subdimension)), groupArray(action)), 'Map(String, String)')
        FROM juliu.keyword_actions
    ) AS actions
SELECT
    row_number() OVER (ORDER BY z DESC, reviews DESC, comparison, seller_id, num_iid, keyword, dimension, subdimension) AS position,
    comparison,
    seller_id,
    seller_nick,
    ifNull(num_iid, main_item) AS num_iid,
    category,
    dimension,
    subdimension,
    keyword,
    reviews,
    of_reviews,
    share,
    other_reviews,
    other_of_reviews,
    other_share,
    log_odds,
    z,
    if(actions[concat(dimension, '/', subdimension)] != '', actions[concat(dimension, '/', subdimension)],
        actions[concat(dimension, '/')]) AS action
FROM juliu_store.keyword_comparisons_at(asof = {asof:DateTime64(3, 'Asia/Shanghai')})
WHERE reviews >= least_reviews AND z >= least_z
COMMENT '异常关键词 — the same as juliu.unusual_keywords with asof given';

CREATE OR REPLACE VIEW juliu.unusual_keywords
(
    position UInt64 COMMENT '名次 — 1 = the most unusual of all',
    comparison String COMMENT '对比方式 — item_vs_shop (商品对全店), shop_vs_category (店铺对类目), item_vs_before (商品对上期) or shop_vs_before (店铺对上期)',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the item; when the comparison is about the shop, the item that more than half of the texts are about, NULL when there is none',
    category String COMMENT '类目 — category of shop_vs_category; empty = items without one, or another comparison; source: item_dimensions.category',
    dimension String COMMENT '维度 — product, match, authenticity, packaging, logistics, service, price or overall',
    subdimension String COMMENT '二级维度 — second level; empty when none is known',
    keyword String COMMENT '负面关键词 — normalised phrase',
    reviews Int64 COMMENT '评价数 — reviews of the item or shop that say so in the last keyword_days days (7 unless configured), at least keyword_min; unit: trades',
    of_reviews Int64 COMMENT '评价总数 — its reviews that were read in that time; unit: trades',
    share Nullable(Float64) COMMENT '占比 — reviews / of_reviews; 0 to 1',
    other_reviews Int64 COMMENT '对比评价数 — reviews that say so among those it is compared with; unit: trades',
    other_of_reviews Int64 COMMENT '对比评价总数 — reviews it is compared with: the shop’s other items, other shops of the category, or the keyword_days days before; unit: trades',
    other_share Nullable(Float64) COMMENT '对比占比 — other_reviews / other_of_reviews; NULL without reviews; 0 to 1',
    log_odds Float64 COMMENT '对数优势比 — weighted log-odds of saying so, with an informative Dirichlet prior of 50 reviews; 0 = as often as the others',
    z Float64 COMMENT '显著性 — log_odds in standard deviations, at least keyword_z; rank by it',
    action String COMMENT '建议动作 — what to do; empty when the table of actions has none; source: keyword_actions'
)
AS SELECT position, comparison, seller_id, seller_nick, num_iid, category, dimension, subdimension, keyword, reviews, of_reviews, share, other_reviews, other_of_reviews, other_share, log_odds, z, action
FROM juliu.unusual_keywords_at(asof = now64(3, 'Asia/Shanghai'))
COMMENT '异常关键词 — what is complained of unusually often, as of now: item against shop, shop against category, both against the period before';

CREATE OR REPLACE VIEW juliu.label_agreement_at
AS SELECT
    label_dimension AS dimension,
    count() AS labelled,
    countIf(has(found, label_dimension)) AS agreed,
    agreed / labelled AS share,
    countIf(notEmpty(found) AND NOT has(found, label_dimension)) AS found_others,
    countIf(empty(found)) AS found_none
FROM
(
    SELECT
        arrayDistinct(arrayMap(finding -> finding.dimension, findings)) AS found,
        arrayDistinct(arrayMap(label -> label.dimension,
            arrayFilter(label -> label.dimension != '' AND label.polarity IN ('', '负面'), labels))) AS label_dimensions
    FROM juliu_store.review_readings
    WHERE skipped = ''
        AND reviewed_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
        AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
        AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
)
ARRAY JOIN label_dimensions AS label_dimension
GROUP BY label_dimension
COMMENT '印象词一致率 — the same as juliu.label_agreement with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.label_agreement
(
    dimension String COMMENT '维度 — dimension of the platform’s label, by the table of labels',
    labelled UInt64 COMMENT '有印象词评价数 — texts that were read and have a negative label of this dimension; unit: texts',
    agreed UInt64 COMMENT '一致评价数 — of them, those in which a complaint of the same dimension was found; unit: texts',
    share Float64 COMMENT '一致率 — agreed / labelled; 0 to 1',
    found_others UInt64 COMMENT '维度不同评价数 — of them, those in which only complaints of other dimensions were found; unit: texts',
    found_none UInt64 COMMENT '未发现评价数 — of them, those in which no complaint was found; unit: texts'
)
AS SELECT dimension, labelled, agreed, share, found_others, found_none
FROM juliu.label_agreement_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '印象词一致率 — how often the platform’s labels and the keywords found speak of the same dimension, one row per dimension';

CREATE OR REPLACE VIEW juliu.cashback_mentions_at
AS SELECT
    toDate(reviewed_at) AS day,
    seller_id,
    max(reading.seller_nick) AS seller_nick,
    num_iid,
    uniqExactIf(tid, cashback) AS reviews,
    uniqExact(tid) AS of_reviews,
    reviews / of_reviews AS share
FROM juliu_store.review_readings AS reading
WHERE skipped = ''
    AND reviewed_at <= toDateTime({asof:DateTime64(3, 'Asia/Shanghai')}, 'Asia/Shanghai')
    AND reviewed_at >= toDateTime({from:Date}, 'Asia/Shanghai')
    AND reviewed_at < toDateTime(addDays({to:Date}, 1), 'Asia/Shanghai')
GROUP BY day, seller_id, num_iid
HAVING reviews > 0
COMMENT '好评返现提及 — the same as juliu.cashback_mentions with asof given, for reviews of the days from … to';

CREATE OR REPLACE VIEW juliu.cashback_mentions
(
    day Date COMMENT '评价日期 — day of the review or follow-up; UTC+8; source: review_readings.reviewed_at',
    seller_id Nullable(Int64) COMMENT '卖家编号 — numeric id of the seller; source: review_events.seller_id',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: review_events.seller_nick',
    num_iid Nullable(Int64) COMMENT '商品数字编号 — id of the reviewed item; source: review_events.num_iid',
    reviews UInt64 COMMENT '提及返现评价数 — reviews that speak of money or gifts for good reviews; unit: trades',
    of_reviews UInt64 COMMENT '评价总数 — reviews of the item that day that were read; unit: trades',
    share Float64 COMMENT '占比 — reviews / of_reviews; 0 to 1'
)
AS SELECT day, seller_id, seller_nick, num_iid, reviews, of_reviews, share
FROM juliu.cashback_mentions_at(asof = now64(3, 'Asia/Shanghai'), from = toDate('1970-01-01'), to = toDate('2106-01-01'))
COMMENT '好评返现提及 — reviews that speak of money or gifts for good reviews (好评返现), a risk for the shop; one row per day and item';
