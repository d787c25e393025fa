-- Accounts of every ingesting process over time: received = stored + dead + returned + in_flight in every row.
--
-- All counters run from the start of the process (started_at), like a meter; a difference of two rows is what happened
-- between them. A row that is missing loses nothing, and one written twice adds nothing.
-- Engine: ReplacingMergeTree without a version: a retried insert repeats its row and leaves one.
-- Sort key: questions are "this source over time"; at and instance make the row unique.
-- Partitions: months of at. Retention: by at; 90 days unless told otherwise.

CREATE TABLE IF NOT EXISTS juliu_store.pipeline_stats{{local}} {{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica}})
PARTITION BY toYYYYMM(at)
ORDER BY (source, at, instance)
{{ttl.pipelineStats at}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.pipeline_stats {{on_cluster}} AS juliu_store.pipeline_stats_local
ENGINE = Distributed({{cluster}}, juliu_store, pipeline_stats_local, cityHash64(instance))
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.pipeline_stats {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.pipeline_stats FINAL
COMMENT 'operational: 管道统计 — accounts of every ingesting process over time';
