#!/usr/bin/env bash
# bambi's default comparison of a column of 0 and 1 is between 0 and 2, or between -1 and 1.
#
# Versions: bambi 0.21.0, pymc 6.4.0, arviz-base 1.3.1 (Python 3.12).
#
# One would have guessed: a treatment that is coded 0 and 1 is compared at these two values, as
# marginaleffects does, from which bambi takes the names of its functions.
#
# Behavior: a column of whole numbers is compared at its mode less 1 and its mode plus 1, whatever
# values it has. Where most rows have 1, "comparisons" goes from 0 to 2, and the difference is twice
# the coefficient; where most have 0, it goes from -1 to 1. The label says so, no warning does.
# The same column as decimal numbers is compared half a unit around its mean.
#
# Output seen:
#   most have 1: 0_vs_2, 2.00 times the coefficient
#   most have 0: -1_vs_1, 2.00 times the coefficient
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "bambi==0.21.0" "pymc==6.4.0" "arviz-base==1.3.1"
cd "$folder"
cat > seen.py <<'PYTHON'
import warnings

import bambi
import numpy as np
import pandas as pd

warnings.simplefilter("ignore")
random = np.random.default_rng(1)
for name, treated in (("most have 1", 60), ("most have 0", 40)):
    rows = pd.DataFrame({"treated": np.repeat([0, 1], [100 - treated, treated])})
    rows["y"] = 3 * rows["treated"] + random.normal(size=100)
    model = bambi.Model("y ~ treated", rows)
    found = model.fit(draws=50, tune=200, chains=1, cores=1, random_seed=1, progressbar=False)
    coefficient = float(found["posterior"]["treated"].mean())
    made = bambi.interpret.comparisons(model, found, contrast="treated").summary.iloc[0]
    print(f"{name}: {made['value']}, {made['estimate'] / coefficient:.2f} times the coefficient")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
most have 1: 0_vs_2, 2.00 times the coefficient
most have 0: -1_vs_1, 2.00 times the coefficient
TEXT
diff expected.txt seen.txt
