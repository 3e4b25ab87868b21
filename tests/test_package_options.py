"""`mixwell.options`: what holds for every call."""

import pytest

import mixwell as mw
from mixwell.package_options import PackageOptions, require_probability


@pytest.mark.parametrize("value", [0, 1, -0.1, 95, True, "0.9", float("nan"), [0.9], None])
def test_a_width_of_intervals_is_a_probability(value: object) -> None:
    with pytest.raises(mw.DataError, match="between 0 and 1"):
        require_probability("ci_prob", value)


@pytest.mark.parametrize(
    ("value", "size"), [("2 GB", 2e9), ("500mb", 5e8), (10**8, 10**8), (1.5e9, 1.5e9)]
)
def test_memory_is_bytes_or_a_text_with_a_unit(value: object, size: float) -> None:
    own = PackageOptions()
    own.memory = value  # type: ignore[assignment]
    assert own.memory == size
    own.memory = None
    assert own.memory == PackageOptions().memory > 0


@pytest.mark.parametrize("value", ["2 parsecs", "many", -1, 5, True, float("nan"), "inf GB", [1]])
def test_memory_that_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(mw.DataError, match="Give bytes"):
        PackageOptions().memory = value  # type: ignore[assignment]


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(mw.DataError, match="ci_prob"):
        mw.options.ci_porb = 0.9


def test_the_width_follows_arviz_until_it_is_set() -> None:
    arviz = pytest.importorskip("arviz_base")
    own = PackageOptions()
    with arviz.rc_context({"stats.ci_prob": 0.5}):
        assert own.ci_prob == 0.5
        own.ci_prob = 0.9
        assert own.ci_prob == 0.9
