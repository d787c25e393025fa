-- Refunds as they stand, kept up by every insert into refund_events.
--
-- Engine, partitions by months of day, and the order of two messages as in orders_state; sort key: day, refund_id. In the
-- order of messages the refund's own time stands in front: the second of
-- modified (of publish_time where there is none), rank of the status, second of publish_time, hash of event_id, version
-- of the copy (its revision and the head of its hash).
-- Rows without a refund_id stay in refund_events.

CREATE TABLE IF NOT EXISTS juliu_store.refunds_state{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, refund_id)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '退款状态 — what is known of each refund, one row per refund and day; states to be merged';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.refunds_state {{on_cluster}} AS juliu_store.refunds_state_local
ENGINE = Distributed({{cluster}}, juliu_store, refunds_state_local, cityHash64(refund_id))
COMMENT '退款状态 — what is known of each refund, one row per refund and day; states to be merged';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.refunds_state_writer {{on_cluster}}
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
FROM juliu_store.refund_events{{local}} AS e
WHERE e.refund_id IS NOT NULL
GROUP BY day, refund_id
COMMENT '退款状态写入 — brings each inserted refund message to refunds_state';

-- The refund by its own messages; read by the jobs and by juliu.refunds. A condition on refund_id reaches the sort key.
CREATE OR REPLACE VIEW juliu_store.resolved_refunds {{on_cluster}}
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
{{view_security}}
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

CREATE OR REPLACE VIEW juliu_store.refunds_by_trade {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade; source: refund_events.tid',
    refunded Decimal(38, 2) COMMENT '已退金额 — sum of the amounts of its refunds that succeeded; unit: CNY yuan; source: refund_events.refund_fee',
    refund_open_at Nullable(DateTime('Asia/Shanghai')) COMMENT '首次退款申请时间 — first creation of a refund of the trade; UTC+8; source: refund_events.modified, else publish_time',
    refunds UInt32 COMMENT '退款数 — refunds known of the trade; source: refund_events.refund_id',
    refunds_succeeded UInt32 COMMENT '成功退款数 — refunds of the trade that succeeded (succeeded_at is known); source: refund_events',
    last_succeeded_at Nullable(DateTime('Asia/Shanghai')) COMMENT '最后退款成功时间 — when the last of them succeeded; UTC+8; source: refund_events.modified, else publish_time'
)
{{view_security}}
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
