"""Files of deviations that are redrawn: small, the same bits in a new process, nothing trusted."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.infer.exact.gaussian import gaussian_target
from mixwell.posterior.level_deviations import redrawn
from mixwell.posterior.storage.kept_levels import draws_apart, with_redrawn

LEVELS = 60


@pytest.fixture(scope="module")
def fit() -> mw.Fit:
    rng = np.random.default_rng(4)
    g, x = np.repeat(np.arange(LEVELS), 5), rng.normal(size=5 * LEVELS)
    y = 1 + x + rng.normal(0, 0.7, LEVELS)[g] + rng.normal(0, 0.4, LEVELS)[g] * x
    data = pd.DataFrame({"y": y + rng.normal(size=len(y)), "x": x, "g": g})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaussian_target, "HELD", 0)
        return mw.Model("y ~ x + (1 + x | g)", data).fit(engine="exact", seed=1)


def test_a_file_is_small_and_has_the_same_draws_and_tables(fit: mw.Fit, tmp_path: Path) -> None:
    path = fit.save(tmp_path / "fit.nc")
    assert path.stat().st_size < 4000 * LEVELS * 2 * 8 / 4
    again = mw.load(path)
    assert redrawn(again.posterior["r_g"]) is not None
    np.testing.assert_array_equal(again.posterior["r_g"], fit.posterior["r_g"])
    pd.testing.assert_frame_equal(again.ranef(), fit.ranef())
    pd.testing.assert_frame_equal(again.coef(), fit.coef())
    assert str(again) == str(fit)
    assert again.posterior["r_g"].attrs == fit.posterior["r_g"].attrs


def test_another_process_draws_the_same_bits(fit: mw.Fit, tmp_path: Path) -> None:
    path = fit.save(tmp_path / "fit.nc")
    script = (
        "import sys, mixwell as mw\n"
        "draws = mw.load(sys.argv[1]).posterior['r_g'].isel(g=[41, 3]).to_numpy()\n"
        "sys.stdout.buffer.write(draws.tobytes())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, check=True
    )
    own = fit.posterior["r_g"].isel(g=[41, 3]).to_numpy()
    assert done.stdout == own.tobytes()


def test_some_of_the_draws_are_written_as_they_are(fit: mw.Fit) -> None:
    for part in (
        fit.posterior.isel(draw=slice(0, 10)),
        fit.posterior.isel(g=[1, 2]),
        fit.posterior.transpose("draw", "chain", ...),
    ):
        left, kept = draws_apart(part)
        assert kept is None
        assert left is part


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("places", lambda values: values + 1),
        ("places", lambda values: -values - 1),
        ("pointers", lambda values: values[::-1]),
        ("pointers", lambda values: values + 1),
        ("variance", lambda values: -values),
        ("effects", lambda values: np.where(values == -1, np.nan, values)),
        ("gram", lambda values: np.where(values > 0, np.inf, values)),
    ],
)
def test_numbers_that_no_fit_has_are_refused(fit: mw.Fit, part: str, change) -> None:
    posterior, kept = draws_apart(fit.posterior)
    assert kept is not None
    broken = kept.assign({part: (kept[part].dims, change(kept[part].to_numpy()))})
    with pytest.raises(ValueError, match=r"sizes|finite|end"):
        with_redrawn(posterior, broken)


def test_parts_of_other_sizes_are_refused(fit: mw.Fit) -> None:
    posterior, kept = draws_apart(fit.posterior)
    assert kept is not None
    assert isinstance(kept, xr.Dataset)
    for dim in ("level", "sample", "effect", "row"):
        with pytest.raises(ValueError, match="sizes"):
            with_redrawn(posterior, kept.isel({dim: slice(0, -1)}))
