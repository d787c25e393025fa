-- Trade messages (交易), typed. The shape below is that of every typed table.
--
-- Engine: ReplacingMergeTree; copies of a message are equal in the sort key and one stays, the one with the largest
-- version, which is computed from the message and not from its arrival.
-- Sort key: only values every copy carries alike; the second of publish_time first, because questions about trades are
-- about days. It also makes the primary index prune a time range and keeps parts of different months apart, so the view
-- needs no do_not_merge_across_partitions_select_final: measured, it gains nothing here, and would let a condition
-- finer than a second meet a copy whose twin lies in a part it excludes.
-- Partitions: months of publish_time; all copies of a message fall into one (a month never ends inside a second).
-- Never by time of arrival: a late copy would land in another partition and stay.
-- Skip indexes: bloom filters for the ids people look up (rows of one trade are spread over its life, so the sort key
-- cannot find them); minmax of stored_at for readers that follow the table by watermark.
-- Ids are Nullable: absent is NULL, never 0, so that a row without its id can never become "order 0".

CREATE TABLE IF NOT EXISTS juliu_store.trade_events{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
PARTITION BY toYYYYMM(publish_time)
ORDER BY (toStartOfSecond(publish_time), topic, event_id)
{{ttl.typed publish_time}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '交易消息 — one row per trade message';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.trade_events {{on_cluster}} AS juliu_store.trade_events_local
ENGINE = Distributed({{cluster}}, juliu_store, trade_events_local, cityHash64(event_id))
COMMENT '交易消息 — one row per trade message';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.trade_events {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.trade_events FINAL
COMMENT '交易消息 — one row per trade message';
