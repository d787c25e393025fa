-- What no message says and users bring as files (`juliu import`): facts of orders and items, and exports of the
-- increment API to check the orders against.
--
-- Engine: ReplacingMergeTree by version; a file imported twice changes nothing, and of two files that speak of one order
-- the one imported last wins, as a whole row: an empty cell in it makes the value NULL again. version is the moment of
-- the import in ms × 2^22 + the row's number, so that within a file the last row wins.
-- An export is told apart by (tid, modified): of exports that overlap every state of a trade is kept once.
-- Sort key: the id. No partitions: no row carries a time of the thing itself, and there is one row per thing.
-- No TTL: rows came by hand and go by hand.
-- Skip index: stored_at, by which the jobs that read these tables find what changed.

CREATE TABLE IF NOT EXISTS juliu_store.order_dimensions{{local}} {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: imported file',
    promised_at Nullable(DateTime('Asia/Shanghai')) COMMENT '承诺送达时间 — until when delivery was promised to the buyer; NULL = no promise known; UTC+8; source: imported file',
    send_type Nullable(String) COMMENT '发货方式 — how it was sent, in lower case; offline = without waybill on the platform, such orders stay out of logistics KPIs; source: imported file' CODEC(ZSTD(1)),
    province Nullable(String) COMMENT '收货省份 — province of the receiver; source: imported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
ORDER BY tid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '订单维度 — imported facts of orders, one row per tid';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.order_dimensions {{on_cluster}} AS juliu_store.order_dimensions_local
ENGINE = Distributed({{cluster}}, juliu_store, order_dimensions_local, cityHash64(tid))
COMMENT '订单维度 — imported facts of orders, one row per tid';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.order_dimensions {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.order_dimensions FINAL
COMMENT '订单维度 — imported facts of orders, one row per tid';

CREATE TABLE IF NOT EXISTS juliu_store.item_dimensions{{local}} {{on_cluster}}
(
    num_iid Int64 COMMENT '商品数字编号 — id of the item; source: imported file',
    category Nullable(String) COMMENT '商品类目 — category of the item in the shop’s own words; source: imported file' CODEC(ZSTD(1)),
    cost Nullable(Decimal(18, 2)) COMMENT '成本价 — cost of one piece; unit: CNY yuan; source: imported file',
    title Nullable(String) COMMENT '商品标题 — title of the item; source: imported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1)),
    INDEX ix_stored_at stored_at TYPE minmax GRANULARITY 1
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
ORDER BY num_iid
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '商品维度 — imported facts of items, one row per num_iid';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.item_dimensions {{on_cluster}} AS juliu_store.item_dimensions_local
ENGINE = Distributed({{cluster}}, juliu_store, item_dimensions_local, cityHash64(num_iid))
COMMENT '商品维度 — imported facts of items, one row per num_iid';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.item_dimensions {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.item_dimensions FINAL
COMMENT '商品维度 — imported facts of items, one row per num_iid';

CREATE TABLE IF NOT EXISTS juliu_store.increment_trades{{local}} {{on_cluster}}
(
    tid Int64 COMMENT '交易编号 — id of the trade (order); source: exported file',
    modified DateTime('Asia/Shanghai') COMMENT '修改时间 — when the platform changed the trade last, as of the export; UTC+8; source: exported file' CODEC(Delta(4), ZSTD(1)),
    status Nullable(String) COMMENT '交易状态 — status of the trade at modified; source: exported file' CODEC(ZSTD(1)),
    payment Nullable(Decimal(18, 2)) COMMENT '实付金额 — paid for the whole trade; unit: CNY yuan; source: exported file',
    seller_nick Nullable(String) COMMENT '卖家昵称 — nick of the seller; source: exported file' CODEC(ZSTD(1)),
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22 + number of the row in its file' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
ORDER BY (tid, modified)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '增量接口订单 — trades as exported from the increment API, one row per state of a trade';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.increment_trades {{on_cluster}} AS juliu_store.increment_trades_local
ENGINE = Distributed({{cluster}}, juliu_store, increment_trades_local, cityHash64(tid))
COMMENT '增量接口订单 — trades as exported from the increment API, one row per state of a trade';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.increment_trades {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.increment_trades FINAL
COMMENT '增量接口订单 — trades as exported from the increment API, one row per state of a trade';

CREATE TABLE IF NOT EXISTS juliu_store.increment_exports{{local}} {{on_cluster}}
(
    seller_nick String COMMENT '卖家昵称 — seller whose trades the export holds; empty = the file names none, its time range then counts for every seller; source: exported file',
    modified_from DateTime('Asia/Shanghai') COMMENT '起始时间 — first moment the export covers, inclusive; UTC+8; source: told at the import, else the earliest modified of the file',
    modified_to DateTime('Asia/Shanghai') COMMENT '结束时间 — last moment the export covers, inclusive; UTC+8; source: told at the import, else the latest modified of the file',
    trades UInt64 COMMENT '订单数 — rows of the seller in the file',
    version UInt64 COMMENT 'storage only: 版本 — moment of the import in ms × 2^22' CODEC(ZSTD(1)),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3) COMMENT 'operational: 入库时间 — when the store took this row; set by the store; UTC+8' CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{replicated}}ReplacingMergeTree({{replica,}}version)
ORDER BY (seller_nick, modified_from, modified_to)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1{{replicated_settings}}
COMMENT '增量接口导出 — which time of which seller the imported exports cover';

{{#cluster}}
CREATE TABLE IF NOT EXISTS juliu_store.increment_exports {{on_cluster}} AS juliu_store.increment_exports_local
ENGINE = Distributed({{cluster}}, juliu_store, increment_exports_local, cityHash64(seller_nick))
COMMENT '增量接口导出 — which time of which seller the imported exports cover';
{{/cluster}}

CREATE OR REPLACE VIEW juliu.increment_exports {{on_cluster}} {{view_security}}
AS SELECT * EXCEPT (version) FROM juliu_store.increment_exports FINAL
COMMENT '增量接口导出 — which time of which seller the imported exports cover';
