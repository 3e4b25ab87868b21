#!/usr/bin/env bash
# PyMC's beta-binomial of a large precision has a log mass of +296, and 0 for all counts beyond.
#
# Versions: pymc 6.4.0, pytensor 3.3.7, scipy 1.18.1, numpy 2.5.5 (Python 3.12).
#
# One would have guessed: as the precision alpha + beta grows, the mass comes near the binomial's,
# which is its limit: log mass -1.806263 of 7 successes among 20 with probability 0.3.
#
# Behavior: the mass is a difference of log gamma functions of alpha and beta. At 1e6 the sum has lost
# more digits than it has in SciPy, which is right to 4; at 1e10 the mass is exp(296); from 1e15 on
# every count has log mass 0. A sampler that walks towards the binomial limit, which is where data
# without overdispersion lead it, meets a posterior that is infinitely better there.
#
# Output seen:
#   precision 1e+02: PyMC -1.886, SciPy -1.886
#   precision 1e+06: PyMC -1.317, SciPy -1.806
#   precision 1e+10: PyMC 295.831, SciPy -1.806
#   precision 1e+18: PyMC 0.000, SciPy 0.000
#   binomial: -1.806
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "pymc==6.4.0" "pytensor==3.3.7" "scipy==1.18.1" "numpy==2.5.5"
cd "$folder"
cat > seen.py <<'PYTHON'
import pymc as pm
from scipy import stats

for precision in (1e2, 1e6, 1e10, 1e18):
    alpha, beta = 0.3 * precision, 0.7 * precision
    of_pymc = pm.logp(pm.BetaBinomial.dist(n=20, alpha=alpha, beta=beta), 7).eval()
    of_scipy = stats.betabinom.logpmf(7, 20, alpha, beta)
    print(f"precision {precision:.0e}: PyMC {of_pymc:.3f}, SciPy {of_scipy:.3f}")
print(f"binomial: {stats.binom.logpmf(7, 20, 0.3):.3f}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
precision 1e+02: PyMC -1.886, SciPy -1.886
precision 1e+06: PyMC -1.317, SciPy -1.806
precision 1e+10: PyMC 295.831, SciPy -1.806
precision 1e+18: PyMC 0.000, SciPy 0.000
binomial: -1.806
TEXT
diff expected.txt seen.txt
