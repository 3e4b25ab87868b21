"""Numbers are finite where their sum is, however they lie in memory."""

import numpy as np
import pytest

from mixwell.numeric import finite_sums
from mixwell.numeric.finite_sums import has_finite_sum


@pytest.mark.parametrize("share", [2, 7, 100])
@pytest.mark.parametrize("place", [0, 3, 11])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_found_at_every_place(
    odd: float, place: int, share: int, monkeypatch
) -> None:
    monkeypatch.setattr(finite_sums, "_SHARE", share)
    values = np.ones((3, 4))
    for laid in (values, values.T, np.ones((3, 8))[:, ::2]):
        assert has_finite_sum(laid)
        changed = laid.copy(order="K")
        changed.flat[place] = odd
        assert not has_finite_sum(changed)


def test_infinities_of_both_signs_come_without_a_warning() -> None:
    assert not has_finite_sum(np.array([np.inf, -np.inf]))
    assert has_finite_sum(np.empty((0, 3)))
