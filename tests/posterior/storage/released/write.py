"""Writes a file of draws with the version of mixwell at hand, and what that version says of it.

    PYTHONPATH=CHECKOUT/src python tests/posterior/storage/released/write.py FORMAT

One file of every format is kept and never written again: format 1 by the last commit before files
had checksums, format 2 by the first commit with them, format 3 by the first that keeps what
deviations are redrawn from, as it does of very many levels, format 4 by the first that keeps sums.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

import mixwell as mw
from mixwell.infer.exact.gaussian import gaussian_target

FOLDER = Path(__file__).parent


def frame() -> pd.DataFrame:
    """Rows of every common type of column, four of them with a gap, labeled by dates."""
    rng = np.random.default_rng(3)
    rows = np.arange(36)
    data = pd.DataFrame(
        {
            "y": rng.normal(size=36) + rows % 3,
            "x": np.where(rows % 9 == 8, np.nan, rng.normal(size=36)),
            "f": pd.Categorical(np.array(["low", "high", "mid"])[rows % 3], ["low", "mid", "high"]),
            "g": 2**53 + rows // 6,
            "band": pd.cut(rng.uniform(0, 3, size=36), [0, 1, 2, 3]),
            "w": rng.uniform(1, 2, size=36),
            "not used": "x",
        }
    )
    data.index = pd.date_range("2026-03-01", periods=36)
    return data


def main() -> None:
    """Fit, save, and note answers."""
    name = f"format_{sys.argv[1]}"
    if int(sys.argv[1]) >= 3:
        gaussian_target.HELD = 0  # deviations of few levels are redrawn, too
    formula, priors = "y ~ f + x + (1 | g) + (1 | band)", {"sigma": "HalfNormal(3)"}
    contrasts = {"f": "sum"}
    if int(sys.argv[1]) == 4:
        mw.options.rows_in_memory = 0
        lazy = pl.from_pandas(frame().astype({"band": str})).lazy()
        sums = mw.Model(formula, lazy, contrasts=contrasts).reduction()
        model = mw.Model(formula, sums, priors=priors, contrasts=contrasts)
    else:
        priors |= {"sd_g": "Exponential(1)"}
        model = mw.Model(formula, frame(), priors=priors, contrasts=contrasts, weights="w")
    fit = model.fit(engine="exact", draws=100, chains=2, seed=1)
    fit.save(FOLDER / f"{name}.nc")
    new = frame().iloc[[0, 7, 20]]
    answers = {
        "spec": str(fit.spec),
        "fixef": fit.fixef()["estimate"].to_dict(),
        "sigma": np.asarray(fit.posterior["sigma"]).ravel().tolist(),
        "predictions": fit.predictions(new, groups="existing")["estimate"].tolist(),
        "levels": fit.posterior["g"].values.tolist(),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
