#!/usr/bin/env bash
# formulae reads a formula as far as it understands it, and leaves out the rest without a word.
#
# Versions: formulae 0.6.2, bambi 0.21.0, pandas 3.1.1 (Python 3.12).
#
# One would have guessed: a comparison is a predictor, as `x > 1` is in R, or it is refused; and two
# names with no operator between them are an error, as in R, in patsy and in formulaic.
#
# Behavior: the parser returns after its first expression and nobody asks whether anything is left.
# `y ~ x > 1` is the model of x itself, `%in%` loses the factor within which is nested, and a plus
# sign that was forgotten drops every term behind it, group effects included. bambi builds and fits
# what is left. A second tilde and a lone `|` before brackets are errors, so that it looks as if
# texts were checked.
#
# Output seen:
#   y ~ x > 1       Intercept, x
#   y ~ a %in% b    Intercept, a[q], a[r]
#   y ~ x z         Intercept, x
#   y ~ x, z        Intercept, x
#   bambi: Intercept, x, 1|g
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "formulae==0.6.2" "bambi==0.21.0" "pandas==3.1.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import bambi
import numpy as np
import pandas as pd
from formulae import design_matrices

rng = np.random.default_rng(1)
data = pd.DataFrame({"y": rng.normal(size=24), "x": rng.normal(size=24), "z": rng.normal(size=24)})
data["a"], data["b"], data["g"] = list("pqr") * 8, list("uuvv") * 6, list("ABCD") * 6
for formula in ("y ~ x > 1", "y ~ a %in% b", "y ~ x z", "y ~ x, z"):
    columns = design_matrices(formula, data).common.as_dataframe().columns
    print(f"{formula:16}{', '.join(columns)}")
model = bambi.Model("y ~ x + (1|g) z + a", data)
print("bambi:", ", ".join(model.parameters["mu"].terms))
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
y ~ x > 1       Intercept, x
y ~ a %in% b    Intercept, a[q], a[r]
y ~ x z         Intercept, x
y ~ x, z        Intercept, x
bambi: Intercept, x, 1|g
TEXT
diff expected.txt seen.txt
