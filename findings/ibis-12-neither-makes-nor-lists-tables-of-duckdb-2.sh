#!/usr/bin/env bash
# ibis 12 installs DuckDB 2 and neither makes a table of Arrow rows there nor lists the tables.
#
# Versions: ibis-framework 12.0.0, duckdb 2.0.1, pyarrow 26.0.1 (Python 3.12).
#
# One would have guessed: what pip resolves for ibis-framework[duckdb] works together; its own
# requirement has no upper end.
#
# Behavior: create_table of a pyarrow table writes the rows, and then drops the view in between by a
# statement that lacks the view's name. list_tables asks the connection for a method that DuckDB 2
# has renamed. Both raise.
#
# Output seen:
#   create_table: ParserException
#   list_tables: AttributeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "ibis-framework[duckdb]==12.0.0" "duckdb==2.0.1" "pyarrow==26.0.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import ibis
import pyarrow as pa

connection = ibis.duckdb.connect()
for name, call in {
    "create_table": lambda: connection.create_table("doses", pa.table({"dose": [1.0, 2.0]})),
    "list_tables": connection.list_tables,
}.items():
    try:
        call()
    except Exception as error:
        print(f"{name}: {type(error).__name__}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
create_table: ParserException
list_tables: AttributeError
TEXT
diff expected.txt seen.txt
