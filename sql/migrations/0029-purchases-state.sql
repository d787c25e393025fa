-- Purchase orders of distributors (采购单) as they stand, kept up by every insert into distribution_events.
--
-- Engine: AggregatingMergeTree with states that no order, no doubling and no batching changes.
-- A purchase order is (model, purchase_id): fenxiao and dealer orders are known by fenxiao_id, those of home decoration
-- (jzfx) by purchase_id, as text. Messages without an id stay in distribution_events.
-- Refunds of fenxiao orders name the order's line (sub_order_id) alone; which order it belongs to say other messages,
-- before or after. So refunds have a state of their own, by their line (in home decoration: by the reverse order's id),
-- and purchase_lines_state knows the order of each line. Readers join the two: no order of arrival matters.
-- Sort key: the day of the message, so that "everything of these days" is a range read, then the thing. Readers group over
-- all days. Partitions: months. Retention: as the typed tables.
-- Order of two messages, UInt128: second of their own time (32 bits) | rank of the status (6) | second of publish_time (32)
-- | hash of event_id (26) | head of the copy's version (32). Their own time is modified, else created, else publish_time.
-- Statuses in their order: WAIT_BUYER_PAY, PAID_FORBID_CONSIGN, WAIT_SELLER_SEND_GOODS, WAIT_BUYER_CONFIRM_GOODS, WAIT_SETTLE,
-- SETTLE_IN_PROGRESS, TRADE_FINISHED, TRADE_CLOSED.

CREATE TABLE IF NOT EXISTS juliu_store.purchases_state{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, model, purchase_id)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '采购单状态 — what is known of each purchase order, one row per order and day; states to be merged; ask juliu.purchase_orders';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.purchases_state {{on_cluster}} AS juliu_store.purchases_state_local
ENGINE = Distributed({{cluster}}, juliu_store, purchases_state_local, cityHash64(purchase_id))
COMMENT '采购单状态 — what is known of each purchase order, one row per order and day; states to be merged; ask juliu.purchase_orders';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchases_state_writer {{on_cluster}}
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
FROM juliu_store.distribution_events{{local}} AS e
WHERE order_id != ''
GROUP BY day, model, purchase_id
COMMENT '采购单状态写入 — brings each inserted distribution message to purchases_state';

CREATE TABLE IF NOT EXISTS juliu_store.purchase_lines_state{{local}} {{on_cluster}}
(
    day Date COMMENT '日期 — day of the message; UTC+8; source: distribution_events.publish_time' CODEC(Delta(2), ZSTD(1)),
    sub_order_id String COMMENT '子采购单号 — id of the purchase order line as text; source: distribution_events.sub_order_id' CODEC(ZSTD(1)),
    purchase_id SimpleAggregateFunction(max, String) COMMENT '采购单号 — id of its purchase order as text; source: distribution_events.fenxiao_id' CODEC(ZSTD(1)),
    model SimpleAggregateFunction(max, String) COMMENT '分销模式 — fenxiao or dealer (经销); source: distribution_events.event' CODEC(ZSTD(1)),
    INDEX ix_sub_order_id sub_order_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX ix_purchase_id purchase_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, sub_order_id)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '采购单行 — which purchase order a line belongs to, by messages that name both';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.purchase_lines_state {{on_cluster}} AS juliu_store.purchase_lines_state_local
ENGINE = Distributed({{cluster}}, juliu_store, purchase_lines_state_local, cityHash64(sub_order_id))
COMMENT '采购单行 — which purchase order a line belongs to, by messages that name both';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchase_lines_state_writer {{on_cluster}}
TO juliu_store.purchase_lines_state
AS
SELECT
    toDate(e.publish_time, 'Asia/Shanghai') AS day,
    e.sub_order_id AS sub_order_id,
    max(e.fenxiao_id) AS purchase_id,
    max(if(startsWith(event, 'dealer'), 'dealer', 'fenxiao')) AS model
FROM juliu_store.distribution_events{{local}} AS e
WHERE e.sub_order_id != '' AND e.fenxiao_id != ''
GROUP BY day, sub_order_id
COMMENT '采购单行写入 — brings each inserted distribution message to purchase_lines_state';

CREATE TABLE IF NOT EXISTS juliu_store.purchase_refunds_state{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, kind, refund_key)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '采购单退款状态 — what is known of each refund of a purchase order; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.purchase_refunds_state {{on_cluster}} AS juliu_store.purchase_refunds_state_local
ENGINE = Distributed({{cluster}}, juliu_store, purchase_refunds_state_local, cityHash64(refund_key))
COMMENT '采购单退款状态 — what is known of each refund of a purchase order; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.purchase_refunds_state_writer {{on_cluster}}
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
FROM juliu_store.distribution_events{{local}} AS e
WHERE (startsWith(event, 'refund_') OR startsWith(event, 'reverse_')) AND key != ''
GROUP BY day, kind, refund_key
COMMENT '采购单退款状态写入 — brings each inserted refund message to purchase_refunds_state';

CREATE OR REPLACE VIEW juliu.purchase_refunds {{on_cluster}}
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
{{view_security}}
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

CREATE OR REPLACE VIEW juliu.purchase_orders {{on_cluster}}
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
{{view_security}}
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
