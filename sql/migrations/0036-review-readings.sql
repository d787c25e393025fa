-- Texts of reviews (评价, 追评) as they were read: what each complains about. Written by the job `reviews` alone.
--
-- A review and its follow-up are two texts and two rows: they are written at different times and complain of different
-- things. What the rows hold beside the platform's own fields depends on the extractor and its lexicon, named in version;
-- rows of another version than the one at work are read again, some days a run.
-- Engine: MergeTree, written by REPLACE PARTITION alone. Sort key: seller and item, by which it is asked, then the text's
-- own key. Partitions: days, the unit the job replaces. Skip index: reviewed_at, by which metrics cut; tid.
-- TTL: as the typed tables, unlike other marts: it holds what buyers wrote.

CREATE OR REPLACE VIEW juliu_store.review_texts {{on_cluster}}
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
{{view_security}}
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

CREATE TABLE IF NOT EXISTS juliu_store.review_readings {{on_cluster}}
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
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
PARTITION BY day
ORDER BY (ifNull(seller_id, 0), ifNull(num_iid, 0), tid, oid, item_key, part)
{{ttl.typed day}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, max_bytes_to_merge_at_max_space_in_pool = 536870912, exclude_deleted_rows_for_part_size_in_merge = 1{{replicated_settings}}
COMMENT '评价解读 — one row per text of a review (review or follow-up) with what it complains of, worked out by the job reviews';

CREATE OR REPLACE VIEW juliu.review_readings {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.review_readings
COMMENT '评价解读 — one row per text of a review (review or follow-up) with what it complains of, worked out by the job reviews';

CREATE OR REPLACE VIEW juliu.review_findings {{on_cluster}}
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
{{view_security}}
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
