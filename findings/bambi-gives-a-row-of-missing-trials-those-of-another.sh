#!/usr/bin/env bash
# A row whose number of trials is missing is predicted with the trials of another row.
#
# Versions: bambi 0.21.0, pymc 6.4.0, arviz-base 1.3.1 (Python 3.12).
#
# One would have guessed: a row without its number of trials has no count of successes; the
# answer for it is a missing value, or the rows are refused, as trials that are not whole are
# ("'trials' must be a collection of integer numbers").
#
# Behavior: no error and no warning. New data of two rows, one with 100 trials and one whose
# trials are missing, give two rows of new counts, both out of 100: the row with the gap is
# dropped where trials are read, and the one number that is left is broadcast over both rows. With
# three rows, one of them with a gap, the shapes do not fit and there is an error of PyTensor's.
#
# Output seen:
#   trials [100.0, nan]: rows 2, most [100, 100]
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
data = pd.DataFrame({"x": random.normal(size=60), "n": 20})
data["k"] = 20 - (random.random(60) < 0.2)  # nearly always a success
model = bambi.Model("p(k, n) ~ x", data, family="binomial")
found = model.fit(draws=100, tune=100, chains=2, cores=1, random_seed=1, progressbar=False)
rows = pd.DataFrame({"x": [0.0, 0.0], "n": [100.0, np.nan], "k": [1, 1]})
made = model.predict(found, kind="response", data=rows, inplace=False, random_seed=1)
[counts] = made["posterior_predictive"].data_vars.values()
most = counts.max(("chain", "draw")).values.tolist()
print(f"trials {rows['n'].tolist()}: rows {counts.shape[-1]}, most {most}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
trials [100.0, nan]: rows 2, most [100, 100]
TEXT
diff expected.txt seen.txt
