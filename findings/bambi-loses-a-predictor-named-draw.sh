#!/usr/bin/env bash
# A predictor called "draw" is in bambi's model, is sampled, and is not in what fit() returns.
#
# Versions: bambi 0.21.0, pymc 6.4.0, arviz-base 1.3.1 (Python 3.12).
#
# One would have guessed: a column of any name is a predictor (the draw of a lottery, the draw
# weight of a bow); its coefficient is a variable of the posterior, or the name is refused, as
# the name "sigma" is ("Variable name sigma already exists.").
#
# Behavior: no error and no warning. The model has the random variable "draw" and NUTS moves in
# it, but a dataset of draws has a coordinate of that name, 0 ... n - 1, which takes its place:
# the posterior has the intercept and sigma alone, and posterior["draw"] answers with the
# numbers of the draws instead of the coefficient.
#
# Output seen:
#   model: Intercept draw sigma
#   posterior: Intercept sigma
#   posterior["draw"]: [0, 1, 2, 3]
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
bows = pd.DataFrame({"draw": random.normal(size=40)})
bows["distance"] = 2 + 3 * bows["draw"] + random.normal(size=40)
model = bambi.Model("distance ~ draw", bows)
found = model.fit(draws=4, tune=100, chains=2, cores=1, random_seed=1, progressbar=False)
variables = sorted(v.name for v in model.backend.model.free_RVs)
print("model:", *variables)
print("posterior:", *sorted(found["posterior"].data_vars))
print('posterior["draw"]:', found["posterior"]["draw"].values.tolist())
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
model: Intercept draw sigma
posterior: Intercept sigma
posterior["draw"]: [0, 1, 2, 3]
TEXT
diff expected.txt seen.txt
