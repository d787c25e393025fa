-- Messages that could not be stored (no envelope, not UTF-8, a key id outside int64 …), with their raw bytes.
--
-- Engine: ReplacingMergeTree. The same broken body may be delivered again and again and stays one row; the row written
-- by a retry has the larger version, so the mark retried_at wins over later deliveries of the body.
-- Sort key: what the dead letter is (identity) and why (reason).
-- No partitions: there may be no usable time in the message, and a time of arrival would keep the copies apart.
-- Retention: by received_at, row by row. body is the only raw, unmasked copy of a message in the whole store, so it
-- must not outlive its time because a neighbour is younger.

CREATE TABLE IF NOT EXISTS juliu_store.dead_letters{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
ORDER BY (identity, reason)
{{ttl.deadLetters received_at}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '死信 — messages that could not be stored, with reason and raw body';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.dead_letters {{on_cluster}} AS juliu_store.dead_letters_local
ENGINE = Distributed({{cluster}}, juliu_store, dead_letters_local, cityHash64(identity))
COMMENT '死信 — messages that could not be stored, with reason and raw body';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.dead_letters {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version, body) FROM juliu_store.dead_letters FINAL
COMMENT '死信 — messages that could not be stored, and why; the raw body is left out';
