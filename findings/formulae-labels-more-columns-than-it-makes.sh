#!/usr/bin/env bash
# formulae gives the outer factor of a nested pair, `a/b`, more labels than columns.
#
# Versions: formulae 0.6.2, bambi 0.21.0, pandas 3.1.1 (Python 3.12).
#
# One would have guessed: with an intercept `y ~ a/b` has the columns of R, a treatment-coded and
# a[p]:b[v], a[q]:b[v], a[r]:b[v], as `y ~ a + a:b` has them here.
#
# Behavior: the values are R's, but the term a is labeled by all of its levels. The table of the
# matrix cannot be made, and whoever pairs labels with columns by place, shifts them: the column
# of q is called a[p]. bambi 0.21 takes the labels for the coordinates of the coefficients.
# Written out as `a + a:b` labels and columns agree.
#
# Output seen:
#   y ~ a/b: labels ['a[p]', 'a[q]', 'a[r]'], columns 2
#     rows of p, q and r: [[0, 0], [1, 0], [0, 1]]
#     table: ValueError
#   y ~ a + a:b: labels ['a[q]', 'a[r]'], columns 2
#     rows of p, q and r: [[0, 0], [1, 0], [0, 1]]
#     table: ['Intercept', 'a[q]', 'a[r]', 'a[p]:b[v]', 'a[q]:b[v]', 'a[r]:b[v]']
#   bambi: ('p', 'q', 'r') (12, 2)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "formulae==0.6.2" "bambi==0.21.0" "pandas==3.1.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import bambi
import pandas as pd
from formulae import design_matrices

data = pd.DataFrame({"y": range(12), "a": list("pqr") * 4, "b": list("uuvv") * 3})
for formula in ("y ~ a/b", "y ~ a + a:b"):
    common = design_matrices(formula, data).common
    term, place = common.terms["a"], common.slices["a"]
    print(f"{formula}: labels {term.labels}, columns {place.stop - place.start}")
    print("  rows of p, q and r:", common.design_matrix[:3, place].astype(int).tolist())
    try:
        print("  table:", list(common.as_dataframe().columns))
    except ValueError as error:
        print("  table: ValueError")
model = bambi.Model("y ~ a/b", data)
model.build()
print("bambi:", model.backend.model.coords["a_dim"], model.parameters["mu"].terms["a"].data.shape)
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
y ~ a/b: labels ['a[p]', 'a[q]', 'a[r]'], columns 2
  rows of p, q and r: [[0, 0], [1, 0], [0, 1]]
  table: ValueError
y ~ a + a:b: labels ['a[q]', 'a[r]'], columns 2
  rows of p, q and r: [[0, 0], [1, 0], [0, 1]]
  table: ['Intercept', 'a[q]', 'a[r]', 'a[p]:b[v]', 'a[q]:b[v]', 'a[r]:b[v]']
bambi: ('p', 'q', 'r') (12, 2)
TEXT
diff expected.txt seen.txt
