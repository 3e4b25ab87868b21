"""One trajectory of a direct chain."""

import numpy as np
import pytest

from mixwell.infer.direct.turning import turn


@pytest.mark.parametrize("slope", [1e160, -1e200, 1e300, np.inf, np.nan])
def test_a_trajectory_beyond_what_numbers_hold_is_lost_without_a_warning(slope: float) -> None:
    def rest(z: np.ndarray) -> tuple[float, np.ndarray, None]:
        return -1.0, np.full(len(z), slope), None

    z = np.zeros(3)
    moved = turn(np.random.default_rng(1), 0.3, z, (0.0, np.zeros(3)), rest)
    assert moved.lost
    assert moved.acceptance == 0.0


def test_where_the_rest_is_flat_every_trajectory_is_taken() -> None:
    def rest(z: np.ndarray) -> tuple[float, np.ndarray, None]:
        return 0.0, np.zeros(len(z)), None

    moved = turn(np.random.default_rng(1), 0.3, np.zeros(3), (0.0, np.zeros(3)), rest)
    assert moved.acceptance == pytest.approx(1.0)
    assert moved.accepted is not None
