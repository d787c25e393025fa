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

CREATE OR REPLACE VIEW juliu.schema_migrations DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.events DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.dead_letters DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.trade_events DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.refund_events DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.item_events DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.logistics_traces DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.review_events DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.distribution_events DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT * EXCEPT (version) FROM juliu_store.distribution_events FINAL
COMMENT '分销消息 — one row per distribution message';

-- 0010-trade-payments.sql

CREATE OR REPLACE VIEW juliu.trade_payments
(
    tid Nullable(Int64) COMMENT '交易编号 — id of the trade (order), never NULL here; source: trade_events.tid',
    payment_scope LowCardinality(String) COMMENT '实付金额范围 — what the payments of its messages are amounts of: line, trade or unknown; source: derived from trade_events.payment',
    amount Decimal(38, 2) COMMENT '实付金额 — paid for the trade; with scope unknown one payment, a lower bound; unit: CNY yuan; source: derived from trade_events.payment',
    lines UInt64 COMMENT '子订单数 — order lines seen with a payment; 0 = only trade-wide messages; source: derived from trade_events.oid'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
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
    lag_seconds Nullable(Float64) COMMENT 'operational: 延迟 — age of the newest stored message (publish_time) at this moment; NULL before the first; unit: seconds' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(at)
ORDER BY (source, at, instance)
TTL at + toIntervalDay(90)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';

CREATE OR REPLACE VIEW juliu.pipeline_stats DEFINER = CURRENT_USER SQL SECURITY DEFINER
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

CREATE OR REPLACE VIEW juliu.lane_plans DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT * FROM juliu_store.lane_plans FINAL
COMMENT 'operational: 用户分组方案 — who belonged to which lane, and when';
