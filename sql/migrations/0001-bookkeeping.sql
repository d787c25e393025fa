-- Two databases and the ledger of applied migrations.
--
-- juliu_store holds the storage tables; only juliu writes there. juliu is what people query: views of the same names
-- with duplicates removed inside.
--
-- Engine of the ledger: ReplacingMergeTree by recorded_at. A migration that is repeated after a crash between its last
-- statement and its record, or applied twice by two processes, leaves one row.
-- On a cluster the ledger is one replicated table on all shards: every node answers `migrate status` alike.
-- Sort key: the migration's number. No partitions: a row per migration.

CREATE DATABASE IF NOT EXISTS juliu_store {{on_cluster}};

CREATE DATABASE IF NOT EXISTS juliu {{on_cluster}};

CREATE TABLE IF NOT EXISTS juliu_store.schema_migrations {{on_cluster}}
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
ENGINE = {{replicated}}ReplacingMergeTree({{replica_everywhere,}}recorded_at)
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT 'operational: 结构迁移记录 — applied migrations, one row each';

CREATE OR REPLACE VIEW juliu.schema_migrations {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (recorded_at) FROM juliu_store.schema_migrations FINAL
COMMENT 'operational: 结构迁移记录 — applied migrations, one row each';
