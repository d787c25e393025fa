-- Reviews with a negative impression (负面印象评价) as they stand, kept up by every insert into review_events.
--
-- Engine: AggregatingMergeTree with states that no order, no doubling and no batching changes. Review and follow-up
-- (追评) are fields of one row, so which of them came first makes no difference.
-- Sort key: the day of the message, so that "everything of these days" is a range read, then the review: order line,
-- or trade and item. Readers group over all days. Partitions: months. Retention: as the typed tables.
-- Order of two messages, UInt128: second of gmt_modified, else of publish_time (32 bits) | second of publish_time (32) |
-- hash of event_id (32) | head of the copy's version (32).
-- Rows without a tid stay in review_events. A review is that of one order line (tid, oid), whichever of its messages name
-- the item. A missing oid is the trade itself; only then the item is needed to tell the reviews of a trade apart.

CREATE TABLE IF NOT EXISTS juliu_store.reviews_state{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}AggregatingMergeTree({{replica}})
PARTITION BY toYYYYMM(day)
ORDER BY (day, tid, oid, item_key)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1{{replicated_settings}}
COMMENT '评价状态 — what is known of each review, one row per review and day; states to be merged; ask juliu.reviews';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.reviews_state {{on_cluster}} AS juliu_store.reviews_state_local
ENGINE = Distributed({{cluster}}, juliu_store, reviews_state_local, cityHash64(tid))
COMMENT '评价状态 — what is known of each review, one row per review and day; states to be merged; ask juliu.reviews';
{{/cluster}}

CREATE MATERIALIZED VIEW IF NOT EXISTS juliu_store.reviews_state_writer {{on_cluster}}
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
FROM juliu_store.review_events{{local}} AS e
WHERE e.tid IS NOT NULL
GROUP BY day, tid, oid, item_key
COMMENT '评价状态写入 — brings each inserted review message to reviews_state';

CREATE OR REPLACE VIEW juliu.reviews {{on_cluster}}
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
{{view_security}}
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
