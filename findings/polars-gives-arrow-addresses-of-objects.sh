#!/usr/bin/env bash
# A Polars column of Python objects becomes a column of their addresses in memory, in Arrow.
#
# Versions: polars 2.1.0, pyarrow 26.0.1 (Python 3.12).
#
# One would have guessed: to_arrow() refuses a column of type Object, for which Arrow has no type,
# or writes texts; to_pandas() gives the objects themselves.
#
# Behavior: no error and no warning. The column is eight bytes a row, which are where each object
# lies in memory: two fractions that are equal but were made apart are two values, and a file
# written from the table means nothing to another process. Whoever groups by such a column finds a
# group for each object.
#
# Output seen:
#   type: fixed_size_binary[8]
#   rows: 4, different fractions: 2, different values in Arrow: 4
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "polars==2.1.0" "pyarrow==26.0.1"
cd "$folder"
cat > seen.py <<'PYTHON'
from fractions import Fraction

import polars as pl

doses = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 2), Fraction(1, 3)]
frame = pl.DataFrame({"dose": pl.Series(doses, dtype=pl.Object)})
column = frame.to_arrow()["dose"]
print("type:", column.type)
print(
    f"rows: {len(column)}, different fractions: {len(set(doses))}, "
    f"different values in Arrow: {len(set(column.to_pylist()))}"
)
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
type: fixed_size_binary[8]
rows: 4, different fractions: 2, different values in Arrow: 4
TEXT
diff expected.txt seen.txt
