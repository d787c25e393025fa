-- One resolved row per refund, written by the job `refunds` alone, from the state tables. Engine,
-- sort key (last day, seller, refund_id) and partitions by day as in order_facts.

CREATE TABLE IF NOT EXISTS juliu_store.refund_facts {{on_cluster}}
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
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
PARTITION BY day
ORDER BY (last_day, ifNull(seller_id, 0), refund_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1{{replicated_settings}}
COMMENT '退款事实 — one resolved row per refund, recomputed by the job refunds';

CREATE OR REPLACE VIEW juliu.refund_facts {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.refund_facts
COMMENT '退款事实 — one resolved row per refund, recomputed by the job refunds';

CREATE OR REPLACE VIEW juliu.refunds {{on_cluster}}
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
{{view_security}}
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
