#!/usr/bin/env bash
# ArviZ's figure of autocorrelations has a band that does not depend on the number of draws.
#
# Versions: arviz-plots 1.3.2, arviz-stats 1.3.3, arviz-base 1.3.1, matplotlib 3.11.2 (Python 3.12).
#
# One would have guessed: the band is where the autocorrelations of independent draws lie in 95% of
# cases, 1.96 divided by the root of the number of draws.
#
# Behavior: plot_autocorr divides by the root of the number of lags that it shows, 100 by default.
# Of 200 draws the band is too wide; of 20,000 it is 14 times as wide as it should be, and chains
# that remember much lie within it.
#
# Output seen:
#   200 draws: band 0.196, of independent draws 0.139
#   20000 draws: band 0.196, of independent draws 0.014
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.12 -m venv "$folder/env"
"$folder/env/bin/pip" install -q "arviz-plots[matplotlib]==1.3.2" "arviz-stats[xarray]==1.3.3" \
    "arviz-base==1.3.1" "matplotlib==3.11.2"
cd "$folder"
cat > seen.py <<'PYTHON'
import arviz_plots
import matplotlib
import numpy as np
import xarray as xr

matplotlib.use("Agg")
for count in (200, 20000):
    draws = np.random.default_rng(1).normal(size=(1, count))
    coords = {"chain": [0], "draw": np.arange(count)}
    posterior = xr.Dataset({"x": (("chain", "draw"), draws)}, coords)
    tree = xr.DataTree.from_dict({"posterior": posterior})
    figure = arviz_plots.plot_autocorr(tree, backend="matplotlib").viz["figure"].item()
    band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1].max()
    print(f"{count} draws: band {band:.3f}, of independent draws {1.96 / count**0.5:.3f}")
PYTHON
"$folder/env/bin/python" seen.py 2> errors.txt | tee seen.txt || { cat errors.txt; exit 1; }
cat > expected.txt <<'TEXT'
200 draws: band 0.196, of independent draws 0.139
20000 draws: band 0.196, of independent draws 0.014
TEXT
diff expected.txt seen.txt
