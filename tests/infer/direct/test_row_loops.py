"""Compiled loops over rows against the same families computed by NumPy, and their functions."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from tests.families.any_model import any_model

from mixwell.families import FAMILIES
from mixwell.infer.direct.row_loops import row_loop
from mixwell.infer.direct.rows import build_rows
from mixwell.infer.direct.target import build_target
from mixwell.infer.loops.scalar_functions import SCALARS
from mixwell.infer.loops.traced import MOVES, ROW, Trace
from mixwell.numeric.array_functions import ARRAYS

from .test_target import MODELS, model_of, somewhere


def test_a_loop_looks_no_element_of_a_vector_up() -> None:
    """Such a loop takes ten times as long: it would be no vector instruction."""
    loop = build_target(model_of("ratings").spec).loop
    assert loop is not None
    text = Path(loop.run.py_func.__code__.co_filename).read_text()  # type: ignore[attr-defined]
    assert "eta2" in text
    assert "[i" not in text.replace(", i]", "")
    assert "element" not in text


@pytest.mark.parametrize("name", MODELS)
def test_a_loop_gives_the_numbers_of_numpy(name: str) -> None:
    target = build_target(model_of(name).spec)
    if target.loop is None:
        response = target.spec.response
        assert response.censoring is not None or response.truncated
        return
    for seed in range(3):
        x, _ = somewhere(target, seed)
        eta, vectors = target.columns.predictors(x), target.columns.vectors_of(x)
        (value, score), (own, wanted) = (
            source.score(eta, vectors) for source in (target.loop, target.rows)
        )
        assert value == pytest.approx(own, rel=1e-11)
        np.testing.assert_allclose(score, wanted, rtol=1e-8, atol=1e-11)


#: Bessel functions and sums to infinity have no function of one number.
BY_ARRAYS = ("compois", "von_mises")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_loop_with_the_numbers_of_numpy(family: str) -> None:
    target = build_target(any_model(family).spec)
    if target.loop is None:
        assert family.endswith(BY_ARRAYS)
        return
    points = (somewhere(target, seed)[0] for seed in range(50))
    given = [(target.columns.predictors(x), target.columns.vectors_of(x)) for x in points]
    possible = (each for each in given if np.isfinite(target.rows.score(*each)[0]))
    eta, vectors = next(possible)  # not beyond the end of a support
    (value, score), (own, wanted) = (
        source.score(eta, vectors) for source in (target.loop, target.rows)
    )
    assert value == pytest.approx(own, rel=1e-10)
    np.testing.assert_allclose(score, wanted, rtol=1e-7, atol=1e-9)


FINITE = st.floats(-700, 700)
POSITIVE = st.floats(1e-300, 1e300)
#: Where each compiled function is tried, and how near it comes: relative, then absolute.
TRIED: dict[str, tuple[Any, float, float]] = {
    "exp": (FINITE, 1e-15, 0.0),
    "log": (POSITIVE, 1e-15, 1e-300),
    "log1p": (st.floats(-0.999999, 1e300), 1e-15, 1e-300),
    "expm1": (FINITE, 2e-15, 1e-300),
    "expit": (FINITE, 2e-15, 0.0),
    "softplus": (FINITE, 5e-15, 0.0),
    "digamma": (st.floats(1e-3, 1e6), 1e-12, 1e-13),
    "trigamma": (st.floats(1e-3, 1e6), 1e-12, 0.0),
    "lgamma": (st.floats(1e-3, 1e6), 1e-12, 1e-13),
    "ndtr": (st.floats(-37, 37), 2e-13, 0.0),
    "log_ndtr": (st.floats(-1e4, 36), 2e-13, 1e-290),
    "sin": (st.floats(-1e5, 1e5), 1e-14, 2e-16),
    "cos": (st.floats(-1e5, 1e5), 1e-14, 2e-16),
    "arctan": (st.floats(-1e18, 1e18), 1e-15, 0.0),
}


#: NumPy's functions; that of arrays takes log(1 + exp(x)) as it stands, which is quick.
KNOWN = {**ARRAYS, "softplus": lambda x: np.logaddexp(0.0, x)}


@pytest.mark.parametrize("name", TRIED)
def test_a_compiled_function_is_scipys(name: str) -> None:
    numbers, relative, absolute = TRIED[name]
    compiled, known = SCALARS[name], KNOWN[name]

    @given(numbers)
    @settings(max_examples=100, deadline=None)
    def holds(x: float) -> None:
        assert compiled(x) == pytest.approx(float(known(x)), rel=relative, abs=absolute)

    holds()


@pytest.mark.parametrize(
    ("name", "x", "wanted"),
    [
        ("exp", math.inf, math.inf),
        ("exp", -math.inf, 0.0),
        ("exp", 710.0, math.inf),
        ("exp", 0.0, 1.0),
        ("log", 0.0, -math.inf),
        ("log", math.inf, math.inf),
        ("log", 5e-324, math.log(5e-324)),
        ("log1p", -1.0, -math.inf),
        ("log1p", math.inf, math.inf),
        ("expm1", -math.inf, -1.0),
        ("expm1", math.inf, math.inf),
        ("expm1", 0.0, 0.0),
        ("expit", -math.inf, 0.0),
        ("expit", math.inf, 1.0),
        ("softplus", -math.inf, 0.0),
        ("softplus", math.inf, math.inf),
        ("log_ndtr", -1e5, float(special.log_ndtr(-1e5))),
        ("log_ndtr", -math.inf, -math.inf),
        ("log_ndtr", math.inf, 0.0),
        ("ndtr", -math.inf, 0.0),
        ("ndtr", math.inf, 1.0),
        ("arctan", math.inf, math.pi / 2),
        ("arctan", -math.inf, -math.pi / 2),
    ],
)
def test_a_compiled_function_goes_to_its_limits(name: str, x: float, wanted: float) -> None:
    assert SCALARS[name](x) == pytest.approx(wanted)


@pytest.mark.parametrize(
    "name", ["exp", "log", "log1p", "expit", "softplus", "log_ndtr", "cos", "arctan"]
)
def test_what_is_no_number_stays_none(name: str) -> None:
    assert math.isnan(SCALARS[name](math.nan))


@pytest.mark.parametrize("x", [-1.0, -1e-300])
def test_negative_numbers_have_no_logarithm(x: float) -> None:
    assert math.isnan(SCALARS["log"](x))


def test_equal_expressions_are_written_once_and_fixed_ones_apart() -> None:
    trace = Trace()
    y, eta = trace.symbol("y", ROW), trace.symbol("eta", MOVES)
    found = (y + 1) * eta + (y + 1) / eta
    assert trace.fixed == ["f0 = (y + 1)"]
    assert [line.partition(" = ")[2] for line in trace.lines] == [
        "(f0 * eta)",
        "(f0 / eta)",
        "(v0 + v1)",
    ]
    assert found.text == "v2"


@pytest.mark.parametrize("decide", [bool, lambda s: max(s, 1.0)])
def test_a_symbol_decides_nothing(decide: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="where"):
        decide(Trace().symbol("y", ROW))


def test_a_loop_is_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    code = (
        "import numpy as np, mixwell as mw\n"
        "from mixwell.infer.direct.target import build_target\n"
        "data = {'y': [0, 1, 2], 'x': [1.0, 2.0, 4.0]}\n"
        "target = build_target(mw.Model('y ~ x', data, family='poisson').spec)\n"
        "print(target.log_likelihood(np.array([0.2, 0.1])))\n"
    )
    found = []
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.append(float(done.stdout))
        kept = sorted(p.name for p in (tmp_path / "mixwell").glob("*.py"))
        assert len(kept) == 1
    assert found[0] == found[1]


def test_without_a_folder_to_keep_it_a_loop_is_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mixwell").write_text("a file in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    target = build_target(model_of("own priors").spec)
    x, _ = somewhere(target)
    assert target.loop is not None
    assert np.isfinite(target.log_likelihood(x))


def test_rows_that_are_cut_off_have_no_loop() -> None:
    assert row_loop(build_rows(model_of("truncated").spec)) is None
