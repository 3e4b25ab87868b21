#!/usr/bin/env bash
# The interval of averaged predictions in bambi is the average of the rows' intervals.
#
# Versions: bambi 0.21.0, pymc 6.4.0, arviz-base 1.3.1 (Python 3.12).
#
# One would have guessed: predictions that are averaged over rows are averaged in every draw, and the
# interval is that of this average, as marginaleffects has it, whose names bambi's functions bear.
#
# Behavior: estimate and ends are computed for each row first, and "average_by" takes the mean of each
# of these numbers over the rows. The estimate is right. The interval is as wide as that of one row:
# for four groups of equal size, whose means are independent, twice as wide as that of their average.
#
# Output seen:
#   estimate: 1.0 times that of the draws
#   interval: 2.0 times as wide
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
rows = pd.DataFrame({"g": np.repeat(list("abcd"), 50)})
rows["y"] = 5 + random.normal(size=200)
model = bambi.Model("y ~ 0 + g", rows)
found = model.fit(draws=1000, tune=500, chains=2, cores=1, random_seed=1, progressbar=False)
made = bambi.interpret.predictions(model, found, conditional="g", average_by="all", prob=0.9)
made = made.summary.iloc[0]
average = found["posterior"]["g"].mean("g_dim").to_numpy().ravel()
low, high = np.quantile(average, [0.05, 0.95])
ends = [value for name, value in made.items() if name.startswith(("lower", "upper"))]
print(f"estimate: {made['estimate'] / average.mean():.1f} times that of the draws")
print(f"interval: {(max(ends) - min(ends)) / (high - low):.1f} times as wide")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
estimate: 1.0 times that of the draws
interval: 2.0 times as wide
TEXT
diff expected.txt seen.txt
