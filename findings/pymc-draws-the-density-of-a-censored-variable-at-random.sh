#!/usr/bin/env bash
# The log density of a censored PyMC variable in a potential is a new random number each time.
#
# Versions: pymc 6.4.0, pytensor 3.3.7 (Python 3.12).
#
# One would have guessed: pm.Potential("p", pm.logp(y, value)) adds the log density of y a second
# time, as it does for a variable that is not censored; so weights can be given to rows.
#
# Behavior: for y = pm.Censored(...) the density of the potential is that of parameters that are
# drawn from their priors anew, not at the values that the sampler is at. NUTS runs on it without a
# word. The variable's own density, in the same model, is right.
#
# Output seen:
#   plain: variable -1.419, potential -1.419, again -1.419
#   censored: variable -1.419, potential is the same twice: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "pymc==6.4.0" "pytensor==3.3.7"
cd "$folder"
cat > seen.py <<'PYTHON'
import numpy as np
import pymc as pm


def densities(censored):
    with pm.Model() as model:
        a = pm.Normal("a")
        plain = pm.Normal.dist(a + np.zeros(1), 1.0)
        if censored:
            y = pm.Censored("y", plain, lower=None, upper=9.0, observed=[1.0])
        else:
            y = pm.Normal("y", a + np.zeros(1), 1.0, observed=[1.0])
        pm.Potential("p", pm.logp(y, model.rvs_to_values[y]))
    function = model.compile_logp(vars=[y, *model.potentials], sum=False, mode="FAST_COMPILE")
    return [[float(v.sum()) for v in function({"a": np.array(0.0)})] for _ in range(2)]


(own, potential), (_, again) = densities(censored=False)
print(f"plain: variable {own:.3f}, potential {potential:.3f}, again {again:.3f}")
(own, potential), (_, again) = densities(censored=True)
print(f"censored: variable {own:.3f}, potential is the same twice: {potential == again}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
plain: variable -1.419, potential -1.419, again -1.419
censored: variable -1.419, potential is the same twice: False
TEXT
diff expected.txt seen.txt
