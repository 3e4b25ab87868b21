"""Every family of ratings with every link: probabilities, derivatives, samplers, and their text.

Probabilities are SciPy's distribution functions put together by each family's definition.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import stats

from mixwell.families import FAMILIES, Family, get_family
from mixwell.infer.direct.row_loops import _named, _text
from mixwell.infer.loops.kept_text import ENDLESS
from mixwell.infer.loops.scalar_functions import SCALARS
from mixwell.infer.loops.traced import MOVES, ROW, SYMBOLS, SymbolVector, Trace
from mixwell.numeric.array_functions import ARRAYS
from mixwell.numeric.arrays import FloatArray

LAWS = {
    "logit": stats.logistic,
    "probit": stats.norm,
    "cloglog": stats.gumbel_l,
    "loglog": stats.gumbel_r,
    "cauchit": stats.cauchy,
}
ORDERED = [n for n, f in FAMILIES.items() if f.support.kind == "ordered" and not f.based_on]
CASES = [(name, link) for name in ORDERED for link in FAMILIES[name].links]
Y = np.array([0.0, 1.0, 2.0, 3.0, 1.0])
ETA = np.array([0.3, -1.2, 2.0, 0.9, 0.1])
THRESHOLD = np.array([-1.0, 0.2, 1.7])
DISC = np.array([1.0, 0.7, 1.3, 1.1, 2.0])
SIZE = len(THRESHOLD)


def cumulative(law: Any) -> FloatArray:
    ends = np.concatenate([[-np.inf], THRESHOLD, [np.inf]])
    return np.diff(law.cdf(DISC * (ends[:, None] - ETA)), axis=0)


def stopped(stops: FloatArray) -> FloatArray:
    """Probabilities of each category from those of stopping where it is reached."""
    reached = np.cumprod(np.vstack([np.ones(len(Y)), 1 - stops]), axis=0)
    return reached * np.vstack([stops, np.ones(len(Y))])


def sratio(law: Any) -> FloatArray:
    return stopped(law.cdf(DISC * (THRESHOLD[:, None] - ETA)))


def cratio(law: Any) -> FloatArray:
    return stopped(1 - law.cdf(DISC * (ETA - THRESHOLD[:, None])))


def acat(law: Any) -> FloatArray:
    odds = law.cdf(DISC * (ETA - THRESHOLD[:, None]))
    scores = np.vstack([np.zeros(len(Y)), np.cumsum(np.log(odds / (1 - odds)), axis=0)])
    return np.exp(scores) / np.exp(scores).sum(axis=0)


PROBABILITIES: dict[str, Callable[[Any], FloatArray]] = {
    f.__name__: f for f in (cumulative, sratio, cratio, acat)
}


def at(family: Family, **changes: Any) -> Any:
    given = {"y": Y, "eta": ETA, "threshold": THRESHOLD, "disc": DISC}
    return family.arguments(**{**given, **changes})


@pytest.fixture(params=CASES, ids=[" ".join(case) for case in CASES])
def family(request: pytest.FixtureRequest) -> Family:
    return get_family(*request.param)


def test_probabilities_are_the_familys_definition(family: Family) -> None:
    expected = PROBABILITIES[family.name](LAWS[family.link_name])
    for k, chance in enumerate(expected):
        found = at(family, y=np.full(len(Y), float(k))).call(family.density.log)
        np.testing.assert_allclose(np.exp(found), chance, rtol=1e-10, atol=1e-14)


def read(family: Family) -> list[FloatArray]:
    """The elements that each row reads, as numbers of its own."""
    assert family.parameters[1].vector is not None
    places = family.parameters[1].vector.read(["a"] * (SIZE + 1))
    where = [np.broadcast_to(at(family).call(place), Y.shape).astype(int) for place in places]
    return [THRESHOLD[np.clip(place, 0, SIZE - 1)] for place in where]


def moved(family: Family, elements: list[FloatArray]) -> FloatArray:
    """Thresholds of each row, with those that it reads put in their places."""
    assert family.parameters[1].vector is not None
    rows = np.tile(THRESHOLD, (len(Y), 1))
    for place, own in zip(
        family.parameters[1].vector.read(["a"] * (SIZE + 1)), elements, strict=True
    ):
        where = np.broadcast_to(at(family).call(place), Y.shape).astype(int)
        inside = (where >= 0) & (where < SIZE)
        rows[inside, where[inside]] = own[inside]
    return rows


def parts(family: Family, what: str) -> Callable[[list[FloatArray]], FloatArray]:
    """A part of the density as a function of eta, the elements that rows read, and disc."""

    def found(values: list[FloatArray]) -> FloatArray:
        eta, *elements, disc = values
        rows = at(family, eta=eta, threshold=moved(family, elements), disc=disc)
        each = rows.call(getattr(family.density, what))
        each = [each] if what == "log" else each
        return np.array([np.broadcast_to(one, Y.shape) for one in each])

    return found


def differences(of: Callable[[list[FloatArray]], FloatArray], values: list[FloatArray]) -> Any:
    """Central differences by every argument, row by row."""
    for k in range(len(values)):
        up, down = ([v + s * (i == k) for i, v in enumerate(values)] for s in (1e-5, -1e-5))
        yield (of(up) - of(down)) / 2e-5


def test_derivatives_are_those_of_the_elements_that_a_row_reads(family: Family) -> None:
    values = [ETA, *read(family), DISC]
    slopes = [one[0] for one in differences(parts(family, "log"), values)]
    np.testing.assert_allclose(parts(family, "gradient")(values), slopes, rtol=1e-6, atol=1e-8)
    bends = list(differences(parts(family, "gradient"), values))
    lower = [bends[j][i] for i in range(len(values)) for j in range(i + 1)]
    np.testing.assert_allclose(parts(family, "hessian")(values), lower, rtol=1e-6, atol=1e-7)


def curvature(family: Family) -> FloatArray:
    """The whole matrix that searches take, (row, parameter, parameter)."""
    diagonal = [np.broadcast_to(v, Y.shape) for v in at(family).call(family.density.curvature)]
    entries = iter(at(family).call(family.density.pairs))
    whole = np.zeros((len(Y), len(diagonal), len(diagonal)))
    for i, own in enumerate(diagonal):
        whole[:, i, i] = own
        for j in range(i):
            found = next(entries)
            whole[:, i, j] = whole[:, j, i] = 0.0 if found is None else found
    assert next(entries, None) is None
    return whole


def test_the_curvature_has_no_negative_direction(family: Family) -> None:
    assert np.linalg.eigvalsh(curvature(family)).min() > -1e-14


def test_without_discrimination_the_curvature_is_minus_the_hessian(family: Family) -> None:
    if family.link_name == "cauchit":
        pytest.skip("its log density is bent upward in places")
    whole = curvature(family)[:, :-1, :-1]
    hessian = iter(at(family).call(family.density.hessian))
    for i in range(whole.shape[1]):
        for j in range(i + 1):
            np.testing.assert_allclose(whole[:, i, j], -next(hessian), atol=1e-13)


def test_random_ratings_come_with_their_probabilities(family: Family) -> None:
    shape = (100_000, len(Y))
    draw = np.random.default_rng(1).random(size=shape)
    drawn = at(family, draw=draw).call(family.sampler.response)
    for k, chance in enumerate(PROBABILITIES[family.name](LAWS[family.link_name])):
        error = np.sqrt(chance * (1 - chance) / shape[0])
        assert (np.abs((drawn == k).mean(axis=0) - chance) < 5 * error + 1e-12).all()


def test_what_is_counted_for_quadrature_is_the_density(family: Family) -> None:
    tally = family.tally
    assert tally is not None
    assert tally.of_row is not None
    rows = at(family, s=Y, disc=1.0)
    seen = tuple(rows.call(tally.of_row))
    expected = at(family, disc=1.0).call(family.density.log)
    found = rows.given(seen=seen).call(tally.by_row)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    slope, information = rows.given(seen=seen).call(tally.slopes)
    exact = at(family, disc=1.0)
    np.testing.assert_allclose(slope, exact.call(family.density.gradient)[0], rtol=1e-9, atol=1e-12)
    assert (information > 0).all()
    if family.link_name != "cauchit":
        bend = exact.call(family.density.hessian)[0]
        np.testing.assert_allclose(information, -bend, rtol=1e-8, atol=1e-12)


def symbols(family: Family) -> Iterator[tuple[str, Any]]:
    """The density as a loop over rows is written, with what stands for its value."""
    trace = Trace()
    assert family.parameters[1].vector is not None
    y = trace.symbol("y", ROW)
    places = family.bound(SYMBOLS, y=y)
    found = [places.call(place) for place in family.parameters[1].vector.read(["a"] * (SIZE + 1))]
    names = [place if isinstance(place, int) else place.text for place in found]
    elements = {str(n): trace.symbol(f"eta{k + 1}", MOVES) for k, n in enumerate(names)}
    size = trace.symbol(f"{SIZE}.0", MOVES)
    vector = SymbolVector(elements, size)
    arguments = family.bound(
        SYMBOLS, y=y, eta=trace.symbol("eta0", MOVES), threshold=vector, disc=1.0
    )
    value = _named(arguments.call(family.density.log))
    assert trace.functions <= set(SCALARS)
    lines = [*trace.fixed, *trace.lines, f"total += {value}"]
    yield _text(lines, ["y"], len(names) + 1, []), len(names)


def test_the_same_text_is_a_loop_over_rows(family: Family) -> None:
    for text, count in symbols(family):
        scope: dict[str, Any] = {**{name: ARRAYS[name] for name in SCALARS}, **ENDLESS}
        exec(text, scope)
        eta = np.array([ETA, *(read(family)[k] for k in range(count))])
        total = scope["rows"](eta, np.array([Y]), np.zeros_like(eta))
        expected = at(family, disc=1.0).call(family.density.log).sum()
        assert total == pytest.approx(expected, rel=1e-10)


def test_the_same_text_makes_tensors(family: Family) -> None:
    import pytensor.tensor as pt

    from mixwell.infer.pymc.tensor_functions import TENSORS

    given = {"y": pt.as_tensor(Y), "eta": pt.as_tensor(ETA), "threshold": pt.as_tensor(THRESHOLD)}
    made = family.bound(TENSORS, **given).call(family.density.log)
    expected = at(family, disc=1.0).call(family.density.log)
    np.testing.assert_allclose(made.eval(mode="FAST_COMPILE"), expected, rtol=1e-10)


@pytest.mark.parametrize("name", ORDERED)
def test_far_from_its_category_a_row_keeps_its_digits(name: str) -> None:
    """The next category but one: log odds of it are a sum of distances to thresholds, to 1e-300."""
    family = get_family(name)
    found = at(family, y=np.array([0.0]), eta=np.array([700.0]), disc=1.0).call(family.density.log)
    expected = {"acat": THRESHOLD.sum() - 3 * 700.0}.get(name, THRESHOLD[0] - 700.0)
    assert float(np.ravel(found)[0]) == pytest.approx(expected, rel=1e-14)
