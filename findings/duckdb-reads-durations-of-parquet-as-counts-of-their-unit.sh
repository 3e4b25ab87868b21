#!/usr/bin/env bash
# DuckDB reads durations in Parquet files as whole numbers of each file's own unit, and mixes them.
#
# Versions: duckdb 2.0.1, pyarrow 26.0.1 (Python 3.12).
#
# One would have guessed: a column of durations is an interval, as DuckDB has it of the same Arrow
# table in memory, or is refused.
#
# Behavior: the unit stands in the Arrow schema that the Parquet file keeps, which read_parquet does
# not read. What is left are 64-bit numbers: a minute is 60 in a file of seconds and 60,000 in one of
# milliseconds. Of both files together a mean is taken of both numbers, without a word. pyarrow reads
# the same files as durations, of one unit.
#
# Output seen:
#   files: BIGINT [60, 60000] mean 30030.0
#   in memory: INTERVAL 0:01:00
#   pyarrow: duration[ms] [datetime.timedelta(seconds=60), datetime.timedelta(seconds=60)]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "duckdb==2.0.1" "pyarrow==26.0.1"
cd "$folder"
cat > seen.py <<'PYTHON'
from datetime import timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

tables = [pa.table({"wait": pa.array([timedelta(minutes=1)], pa.duration(u))}) for u in ("s", "ms")]
files = ["ward_a.parquet", "ward_b.parquet"]
for table, file in zip(tables, files, strict=True):
    pq.write_table(table, file)

source = f"read_parquet({files})"
kind = duckdb.sql(f"DESCRIBE SELECT wait FROM {source}").fetchall()[0][1]
waits = sorted(value for (value,) in duckdb.sql(f"SELECT wait FROM {source}").fetchall())
((mean,),) = duckdb.sql(f"SELECT avg(wait) FROM {source}").fetchall()
print("files:", kind, waits, "mean", mean)

held = duckdb.from_arrow(tables[0])
print("in memory:", held.types[0], held.fetchall()[0][0])

whole = pa.concat_tables([pq.read_table(f) for f in files], promote_options="permissive")
print("pyarrow:", whole.schema.field("wait").type, whole["wait"].to_pylist())
PYTHON
"$folder/env/bin/python" seen.py | tee seen.txt
diff seen.txt - <<'SEEN'
files: BIGINT [60, 60000] mean 30030.0
in memory: INTERVAL 0:01:00
pyarrow: duration[ms] [datetime.timedelta(seconds=60), datetime.timedelta(seconds=60)]
SEEN
