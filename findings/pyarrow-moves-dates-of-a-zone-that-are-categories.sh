#!/usr/bin/env bash
# Dates of a time zone that are categories come back from Arrow without the zone, at another hour.
#
# Versions: pyarrow 26.0.1, pandas 3.1.1 (Python 3.12).
#
# One would have guessed: a pandas column that Arrow writes and reads comes back equal, as the same
# dates do when they are not categories; the schema of the table has the zone.
#
# Behavior: no error and no warning. The categories that come back have no zone and are the clock
# of UTC: midnight of the first of January in Berlin is 23:00 of the last of December. Whoever
# groups by the day finds other days. Feather files, Parquet files (there as dates of UTC) and
# Table.from_pandas() with to_pandas() in memory agree in this.
#
# Output seen:
#   schema: dictionary<values=timestamp[us, tz=Europe/Berlin], indices=int8, ordered=0>
#   plain dates: 2026-01-01 00:00:00+01:00
#   categories: 2025-12-31 23:00:00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "pyarrow==26.0.1" "pandas==3.1.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import pandas as pd
import pyarrow as pa

days = pd.date_range("2026-01-01", periods=2, tz="Europe/Berlin")
table = pa.Table.from_pandas(pd.DataFrame({"plain": days, "listed": pd.Categorical(days)}))
back = table.to_pandas()
print("schema:", table.schema.field("listed").type)
print("plain dates:", back["plain"][0])
print("categories:", back["listed"].cat.categories[0])
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
schema: dictionary<values=timestamp[us, tz=Europe/Berlin], indices=int8, ordered=0>
plain dates: 2026-01-01 00:00:00+01:00
categories: 2025-12-31 23:00:00
TEXT
diff expected.txt seen.txt
