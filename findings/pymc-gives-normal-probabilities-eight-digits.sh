#!/usr/bin/env bash
# PyMC's log distribution function of a normal number has eight digits, not sixteen.
#
# Versions: pymc 6.4.0, pytensor 3.3.7, numpy 2.5.5 (Python 3.12).
#
# One would have guessed: a float64 number with errors near 1e-16, as floatX is float64.
#
# Behavior: normal_lcdf divides by pt.sqrt(2.0). PyTensor makes the smallest type that holds the
# number of a Python float, float32 for 2.0, so that the root is that of float32, 1.41421354. The
# result is float64, with an error of 1e-8: probit and truncated normal likelihoods have no more
# digits than that. With np.sqrt(2.0) in its place they have all.
#
# Output seen:
#   pt.sqrt(2.0) is float32
#   log Phi(-0.5): PyMC off by 1e-08, with np.sqrt(2.0) by 1e-15
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "pymc==6.4.0" "pytensor==3.3.7" "numpy==2.5.5"
cd "$folder"
cat > seen.py <<'PYTHON'
import math

import numpy as np
import pymc as pm
import pytensor.tensor as pt

exact = math.log(0.5 * math.erfc(0.5 / math.sqrt(2.0)))
x = pt.as_tensor(np.array(-0.5))
found = float(pm.logcdf(pm.Normal.dist(), x).eval(mode="FAST_COMPILE"))
right = float(pt.log1p(-0.5 * pt.erfc(x / np.sqrt(2.0))).eval(mode="FAST_COMPILE"))
print("pt.sqrt(2.0) is", pt.sqrt(2.0).dtype)


def size(error):
    return f"{10.0 ** round(math.log10(max(abs(error), 1e-15))):.0e}"


print(f"log Phi(-0.5): PyMC off by {size(found - exact)}, with np.sqrt(2.0) by {size(right - exact)}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
pt.sqrt(2.0) is float32
log Phi(-0.5): PyMC off by 1e-08, with np.sqrt(2.0) by 1e-15
TEXT
diff expected.txt seen.txt
