#!/usr/bin/env bash
# DuckDB reads several Parquet files with the types of the first: later files lose their decimals.
#
# Versions: duckdb 2.0.1, pyarrow 26.0.1 (Python 3.12).
#
# One would have guessed: a column of whole numbers in one file and of doubles in the next is read as
# doubles, or the difference is an error.
#
# Behavior: read_parquet casts every file to the types of the first, and a cast of doubles to whole
# numbers rounds. The mean changes with the order of the files, nothing is said, and pyarrow's
# dataset, which also goes by its first file, raises an error on the same folder. With
# union_by_name = true the common type is taken.
#
# Output seen:
#   whole numbers first: [1.0, 2.0, 1.0, 3.0]
#   doubles first: [1.0, 2.0, 1.4, 2.6]
#   whole numbers first, union_by_name: [1.0, 2.0, 1.4, 2.6]
#   pyarrow: ArrowInvalid
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "duckdb==2.0.1" "pyarrow==26.0.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

pq.write_table(pa.table({"row": [1, 2], "dose": pa.array([1, 2], pa.int64())}), "site_a.parquet")
pq.write_table(pa.table({"row": [3, 4], "dose": [1.4, 2.6]}), "site_b.parquet")


def doses(files, options=""):
    rows = duckdb.sql(f"SELECT dose FROM read_parquet({files}{options}) ORDER BY row").fetchall()
    return [float(value) for (value,) in rows]


files = ["site_a.parquet", "site_b.parquet"]
print("whole numbers first:", doses(files))
print("doubles first:", doses(files[::-1]))
print("whole numbers first, union_by_name:", doses(files, ", union_by_name = true"))
try:
    pyarrow.dataset.dataset(files).to_table()
except pa.ArrowInvalid as error:
    print("pyarrow:", type(error).__name__)
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
whole numbers first: [1.0, 2.0, 1.0, 3.0]
doubles first: [1.0, 2.0, 1.4, 2.6]
whole numbers first, union_by_name: [1.0, 2.0, 1.4, 2.6]
pyarrow: ArrowInvalid
TEXT
diff expected.txt seen.txt
