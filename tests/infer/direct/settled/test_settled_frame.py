"""Coordinates that follow small units, against those of a whole factorization."""

import numpy as np
import pytest
from tests.infer.direct.settled.test_settled_chain import begun

from mixwell.infer.direct.reference import Conditional
from mixwell.infer.direct.settled import settled_frame
from mixwell.infer.direct.settled.settled_frame import SettledFrame
from mixwell.infer.direct.sparse_factor import Pattern


@pytest.fixture(autouse=True)
def dense_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    """All behind the first unit lies in the dense tail, as where levels are many."""
    monkeypatch.setattr(Pattern, "split", property(lambda self: self.ends[1]))


@pytest.mark.parametrize(
    ("formula", "small"),
    [
        ("y ~ x + (1 | g) + (1 | h)", ["h"]),
        ("y ~ x + (1 | g) + (1 + x | h)", ["h"]),
        ("y ~ 1 + (1 + x || h) + (1 | g)", ["h"]),
        ("y ~ x + (1 | g)", []),
    ],
)
def test_they_are_those_of_a_whole_factorization_at_any_t_of_small_units(
    formula: str, small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled_frame, "_LAST", 20)
    chain = begun(formula, "bernoulli")
    peak, rng = chain.peak, np.random.default_rng(2)
    frame, whole = SettledFrame(peak.reference, peak.t), Conditional(peak.reference)
    assert [part.unit.layout.factor for part in frame.small] == small
    t = peak.t.copy()
    before = frame.log_determinant
    whole.move(t)
    first = whole.log_determinant
    for part in frame.small:
        t[part.sds] += 0.7 * rng.normal(size=part.unit.size)
        t[part.pairs] += 0.3
    assert frame.move(t)
    assert whole.move(t)
    z, x = rng.normal(size=len(chain.z)), rng.normal(size=len(chain.x))
    np.testing.assert_allclose(frame.place(z), whole.place(z), atol=1e-9)
    np.testing.assert_allclose(frame.standard(x), whole.standard(x), atol=1e-9)
    np.testing.assert_allclose(frame.slope(x), whole.slope(x), atol=1e-9)
    change = whole.log_determinant - first
    assert frame.log_determinant - before == pytest.approx(change, abs=1e-9)


def test_what_was_kept_is_restored() -> None:
    chain = begun("y ~ x + (1 | g) + (1 | h)", "bernoulli")
    frame = SettledFrame(chain.peak.reference, chain.peak.t)
    z, kept = np.ones(len(chain.z)), frame.kept()
    before, determinant = frame.place(z), frame.log_determinant
    assert frame.move(chain.peak.t + 1)
    assert np.abs(frame.place(z) - before).max() > 1e-3
    frame.restore(kept)
    np.testing.assert_array_equal(frame.place(z), before)
    assert frame.log_determinant == determinant
