"""What is asked of a model or a fit may not ask for unbounded memory or time either."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import mixwell as mw
from mixwell.interpret.contrasts.row_contrasts import weigh_rows
from mixwell.interpret.hypotheses import hypothesis_text
from mixwell.interpret.hypotheses.verdicts import Vocabulary, weigh_hypotheses

N = 60
DATA = pd.DataFrame(
    {
        "y": np.cos(np.arange(N)),
        "x": np.sin(3.0 * np.arange(N)),
        "z": np.sin(5.0 * np.arange(N)),
        "count": np.arange(N) % 5,
        "g": [f"g{k % 6}" for k in range(N)],
    }
)
VALUES = np.linspace(0, 1, 3000).tolist()


@pytest.fixture(scope="module")
def model():
    return mw.Model("y ~ x + z + (1 | g)", DATA)


@pytest.fixture(scope="module")
def fit(model):
    return model.fit(draws=100, seed=1)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f: f.means(["x", "z"], at={"x": VALUES, "z": VALUES}), "9,000,000 cells"),
        (lambda f: f.means("x", by="z", at={"x": range(10**12)}), "values of x in at= would take"),
        (lambda f: f.slopes("x", by="z", at={"z": range(10**9)}), "values of z in at= would take"),
        (lambda f: f.slopes("x", by=["x", "z"], at={"x": VALUES, "z": VALUES}), "9,000,000 cells"),
        (lambda f: f.comparisons("x", by="z", at={"z": range(10**12)}), "values of z in at="),
        (lambda f: f.hypothesis("+".join(["x"] * 10**6) + " > 0"), "at most 40,000 are read"),
        (lambda f: f.hypothesis("q" * 10**6 + " > 0"), "at most 40,000 are read"),
        (lambda f: f.hypothesis("q" * 5_000 + " > 0"), "nothing called"),
        (lambda f: f.refit(draws=10**9), "4,000,000,000 draws of .* would take"),
        (lambda f: f.refit(chains=10**9), "would take"),
        (lambda f: f.refit(draws=10**12), "more than can be kept"),
        (lambda f: f.refit(draws=10**8, engine="nuts"), "draws of .* would take"),
        (lambda f: f.refit(target_accept=10**400), "target_accept is a value of type int"),
    ],
)
def test_requests_of_a_fit_are_refused_with_their_size(fit, ask, message):
    tracemalloc.start()
    try:
        with pytest.raises(mw.MixwellError, match=message) as found:
            ask(fit)
        assert tracemalloc.get_traced_memory()[1] < 1e9
    finally:
        tracemalloc.stop()
    assert len(str(found.value)) < 10_000


@pytest.mark.parametrize(
    ("kind", "by", "message"),
    [
        ("pairwise", None, "100000 levels of x have 4999950000 pairs"),
        ("sequential", None, "Contrasts of 100,000 levels of x would take 80 GB"),
        ("reference(x7)", None, "Contrasts of 100,000 levels of x would take 80 GB"),
        ("sequential", "half", "Contrasts within 50,000 sets of 100,000 rows would take 40 GB"),
        ("pairwise", "half", "Contrasts within 50,000 sets of 100,000 rows would take 40 GB"),
        ([[1.0]] * 200_000, None, "There are 200,000 contrasts, and at most 100,000 are taken"),
        (np.zeros((200_000, 2)), None, "There are 200,000 contrasts"),
    ],
)
def test_contrasts_of_very_many_rows_are_refused_before_their_weights_are_made(
    monkeypatch, kind, by, message
):
    """Weights on 100,000 rows by as many contrasts take 80 GB, and NumPy refused them."""
    monkeypatch.setattr(mw.options, "memory", "8 GB")
    rows = np.arange(100_000)
    frame = pd.DataFrame({"x": [f"x{k}" for k in rows]})
    frame = frame if by is None else frame.assign(half=rows // 2)
    with pytest.raises(mw.DataError, match=message):
        weigh_rows(frame, list(frame.columns), kind, [] if by is None else [by])


@pytest.mark.parametrize("rows", [range(10**12), range(10**30), range(-(10**13), 0, 2)])
def test_columns_that_are_ranges_are_held_against_memory(fit, rows):
    for ask in (fit.predictions, lambda data: mw.Model("y ~ x", data)):
        with pytest.raises(mw.DataError, match='The column "x" of the data would take'):
            ask({"x": rows, "y": [1.0]})


def test_a_hypothesis_looks_at_few_of_many_names(monkeypatch):
    """A name is looked up by its letters: others than those that are meant are not tried."""
    tried: list[str] = []

    def end_of(name: str, text: str, at: int) -> int | None:
        tried.append(name)
        return read(name, text, at)

    read = hypothesis_text._end_of
    monkeypatch.setattr(hypothesis_text, "_end_of", end_of)
    labels = [f"r_g[{k}, Intercept]" for k in range(100_000)]
    asked: list[str] = []

    def draws(name: str):
        asked.append(name)
        return np.array([1.0, float(name[4:-12])])

    texts = [f"r_g[7,Intercept] - r_g[ {k}, Intercept] < 0" for k in range(7, 2007)]
    found = weigh_hypotheses(texts, Vocabulary(labels, draws, (1, 2)), None)
    assert len(tried) == 2 * len(texts)
    np.testing.assert_array_equal(found.differences[:, 1], -np.arange(2000.0))
    assert asked.count(labels[7]) < 30


def test_hypotheses_are_held_against_memory(monkeypatch, fit):
    monkeypatch.setattr(mw.options, "memory", "10 MB")
    with pytest.raises(mw.DataError, match="400 draws of 20,000 hypotheses would take"):
        fit.hypothesis([f"x > {k}" for k in range(20_000)])


def test_quadrature_takes_a_bounded_number_of_nodes():
    model = mw.Model("count ~ x + (1 | g)", DATA, "poisson")
    with pytest.raises(mw.SamplingError, match="at most 200 a dimension"):
        model.mode(nodes=10**9)
    with pytest.raises(mw.SamplingError, match="at most 200 a dimension"):
        model.log_marginal_likelihood(sd={"g": [1.0]}, b=[0.0, 0.0], nodes=10**9)


def test_a_name_of_a_million_letters_is_refused_in_a_short_message(model):
    with pytest.raises(mw.PriorError) as prior:
        mw.Model("y ~ x", DATA, priors={"q" * 10**6: "Normal(0, 1)"})
    with pytest.raises(mw.DataError) as family:
        mw.Model("y ~ x", DATA, family="q" * 10**6)
    assert max(len(str(prior.value)), len(str(family.value))) < 10_000


@pytest.mark.parametrize(
    "value",
    [True, "x", "1e400 GB", "9" * 5000, [1], {}, -5, float("nan"), "2GiB", "", "GB", b"2 GB"],
)
def test_memory_is_a_number_of_bytes_or_a_text(monkeypatch, value):
    with pytest.raises(mw.DataError, match="memory is"):
        mw.options.memory = value
