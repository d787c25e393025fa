"""Uses clickhouse-connect as an analyst does; prints what it saw as one JSON document."""

import json
import sys
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import clickhouse_connect

SHANGHAI = ZoneInfo("Asia/Shanghai")
port = int(sys.argv[1])
seen = {}


def connect(**options):
    return clickhouse_connect.get_client(host="127.0.0.1", port=port, **options)


client = connect()
seen["ping"] = client.ping()

result = client.query(
    "SELECT toUInt64(18446744073709551615) AS u, toInt64(1234567890123456789) AS i, "
    "toDecimal64('12345678901.25', 2) AS d, toDateTime64('2026-11-11 00:00:01.234', 3, 'Asia/Shanghai') AS t, "
    "[1, 2]::Array(Int64) AS a, CAST(NULL AS Nullable(String)) AS n, '物流已签收' AS s, map('k', 1) AS m"
)
row = result.result_rows[0]
seen["columns"] = [f"{name} {type_.name}" for name, type_ in zip(result.column_names, result.column_types)]
seen["typed"] = [str(row[0]), str(row[1]), str(row[2]), row[3].isoformat(), row[4], row[5], row[6], row[7]]

client.command(
    "CREATE TABLE py_rows (id UInt64, name String, amount Decimal(18, 2), at DateTime64(3, 'Asia/Shanghai'), "
    "tags Array(String), extra Nullable(Int64)) ENGINE = MergeTree ORDER BY id"
)
columns = ["id", "name", "amount", "at", "tags", "extra"]
rows = [
    [18446744073709551615, "聚流", Decimal("1.25"), datetime(2026, 11, 11, 0, 0, 1, 234000, SHANGHAI), ["a", "乙"], None],
    [2, "x'\\\t;", Decimal("-0.01"), datetime(2020, 1, 1, tzinfo=SHANGHAI), [], -5],
]
client.insert("py_rows", rows, column_names=columns)
seen["inserted"] = [
    [str(r[0]), r[1], str(r[2]), r[3].isoformat(), r[4], r[5]]
    for r in client.query("SELECT * FROM py_rows ORDER BY id").result_rows
]

# Several blocks, each an LZ4 frame of its own; then the same in gzip and without compression.
many = [[i, "买家" * 20, Decimal(1), rows[0][3], [], i] for i in range(10, 60010)]
for compress in ("lz4", "gzip", False):
    connect(compress=compress).insert("py_rows", many, column_names=columns)
seen["many"] = [str(v) for v in client.query("SELECT count(), uniqExact(id), max(extra) FROM py_rows").result_rows[0]]

for name, sql in (
    ("unknown table", "SELECT * FROM no_such_table"),
    ("late failure", "SELECT throwIf(number = 150000, 'too late') FROM numbers(200000)"),
    ("syntax", "SELEC 1"),
):
    try:
        client.query(sql)
    except clickhouse_connect.driver.exceptions.DatabaseError as failure:
        seen[name] = [failure.code, failure.name, "no_such_table" in str(failure), "too late" in str(failure)]
seen["after errors"] = client.query("SELECT 'clean'").result_rows[0][0]

bound = client.query(
    "SELECT {a:String}, toString({n:UInt64}), {list:Array(String)}, count() FROM {table:Identifier}",
    parameters={"a": "O'Brien\t\\n", "n": 18446744073709551615, "list": ["a'b", "c\\d", "é"], "table": "py_rows"},
)
seen["parameters"] = [str(v) for v in bound.result_rows[0]]
seen["no rows"] = client.query("SELECT * FROM py_rows WHERE id = 3").column_names
seen["settings"] = client.query("SELECT getSetting('max_threads')", settings={"max_threads": 1}).result_rows[0][0]

client.command("CREATE TEMPORARY TABLE mine (x Int8)")
client.command("INSERT INTO mine VALUES (7)")
seen["session"] = client.query("SELECT x FROM mine").result_rows[0][0]

total = 0
with client.query_row_block_stream("SELECT number, toString(number) FROM numbers(200000)") as stream:
    for block in stream:
        total += len(block)
seen["streamed"] = total

print(json.dumps(seen, ensure_ascii=False))
