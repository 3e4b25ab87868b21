"""A short text may not ask for unbounded memory: its size is known before anything is made."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

N = 3000
DATA = pd.DataFrame(
    {
        "y": np.arange(N) % 7.0,
        "x": np.linspace(0, 1, N),
        "f": [f"f{k % 300}" for k in range(N)],
        "id": [f"i{k}" for k in range(N)],
    }
)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ ns(x, df = 1e9)", r"ns\(\) with df = .* would take 24,000 GB"),
        ("y ~ bs(x, df = 1e9)", r"bs\(\) with df = .* would take"),
        ("y ~ cr(x, df = 1e9)", r"cr\(\) with df = .* would take"),
        ("y ~ poly(x, 1e8, raw = TRUE)", "poly.* would take"),
        ("y ~ cut(x, 1e12)", r"cut\(x, 1e\+12\) would take 8,000 GB"),
        ("y ~ I(1:1e12)", "1:1e.12 would take 8,000 GB"),
        ("y ~ bs(x, knots = seq(0, 1, 1e-12))", "seq.* would take"),
        ("y ~ bs(x, knots = seq(0, 1, length.out = 1e12))", "seq.* would take"),
        ("y ~ id * f", "900,000 columns for 3,000 rows, which would take 22 GB"),
        ("y ~ f:id + (1 | f)", r"term f:id: 900,000 columns"),
    ],
)
def test_what_would_take_too_much_memory_is_refused_with_its_size(
    monkeypatch: pytest.MonkeyPatch, formula: str, message: str
) -> None:
    monkeypatch.setattr(mw.options, "memory", "2 GB")
    with pytest.raises(mw.MixwellError, match=message) as found:
        mw.Model(formula, DATA)
    assert "At most 2 GB are allowed" in str(found.value)


def test_the_limit_is_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mw.options, "memory", "10 MB")
    with pytest.raises(mw.DataError, match="belongs into a group"):
        mw.Model("y ~ f * x", DATA)
    monkeypatch.setattr(mw.options, "memory", None)
    assert len(mw.Model("y ~ f * x", DATA).spec.design.mean.fixed.names) == 600
