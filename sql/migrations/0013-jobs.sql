-- The ledger of the transform jobs, and the days they owe.
--
-- A run writes a row when it starts (running) and one when it ends; the row that says more wins. A run whose process was
-- killed has no end of its own: the next run of its job, which holds the job's lock, ends it as crashed. So running
-- without a lock held means nothing more than "not noticed yet".
-- Engine: ReplacingMergeTree by revision. Sort key: questions are "this job over time"; both rows of a run carry the same
-- started_at and run_id. Partitions: months of started_at. Retention: 90 days unless told otherwise; a job without a
-- successful run in the ledger works everything out again, which costs time and nothing else.
-- On a cluster both are one replicated table on all shards: every node knows how far a job is.

CREATE TABLE IF NOT EXISTS juliu_store.job_runs {{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica_everywhere,}}revision)
PARTITION BY toYYYYMM(started_at)
ORDER BY (job, started_at, run_id)
{{ttl.pipelineStats started_at}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'operational: 任务运行记录 — runs of the transform jobs';

CREATE TABLE IF NOT EXISTS juliu_store.job_dirty_days {{on_cluster}}
(
    job LowCardinality(String) COMMENT 'operational: 任务 — name of the transform job',
    day Date COMMENT 'operational: 日期 — partition of the mart to work out again',
    reason LowCardinality(String) COMMENT 'operational: 原因 — why, as a code: LEASE_LOST (a run was overtaken before it could replace the day) or UNFINISHED (a run over all days, or over days named by hand, ended before it came to this one)',
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when it was noted; runs take it up by this, as they do rows; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}MergeTree({{replica_everywhere}})
ORDER BY (job, stored_at, day)
{{ttl.pipelineStats stored_at}}
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'operational: 待重算日期 — days a transform job owes';

CREATE OR REPLACE VIEW juliu.job_runs {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (revision) FROM juliu_store.job_runs FINAL
COMMENT 'operational: 任务运行记录 — runs of the transform jobs';

CREATE OR REPLACE VIEW juliu.job_dirty_days {{on_cluster}} {{view_security}}
AS SELECT * FROM juliu_store.job_dirty_days
COMMENT 'operational: 待重算日期 — days a transform job owes';
