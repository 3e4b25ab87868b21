"""Titles say the scale that a table is on."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"f": np.tile(list("ab"), 20), "x": rng.normal(size=40)})
    count = rng.poisson(5, 40) + 1
    return frame.assign(y=rng.gamma(3, 2, 40), n=count, k=count + 3, z=(count > 5).astype(int))


ON_Y = "response scale"
SCALES = {
    "y": ("gaussian", "y", ON_Y, ON_Y),
    "of I": ("gaussian", "I(y)", ON_Y, ON_Y),
    "log": ("gaussian", "log(y)", "taken back from log(y)", "scale of log(y)"),
    "sqrt": ("gaussian", "sqrt(y)", "taken back from sqrt(y)", "scale of sqrt(y)"),
    "ratio": ("gaussian", "y / k", "scale of y/k", "scale of y/k"),
    "power": ("gaussian", "I(y^2)", "taken back from I(y^2)", "scale of I(y^2)"),
    "standardized": ("student", "scale(y)", "taken back from scale(y)", "scale of scale(y)"),
    "log link": ("gamma", "I(y / 10)", "scale of I(y/10)", "log scale"),
    "counts": ("poisson", "n", ON_Y, "log scale"),
    "lognormal": ("lognormal", "y", ON_Y, "log scale"),
    "outcomes": ("bernoulli", "z", "probabilities", "logit scale"),
    "made outcomes": ("bernoulli", "I(y > 5)", "probabilities", "logit scale"),
    "trials": ("binomial", "n | trials(k)", "probabilities", "logit scale"),
    "successes and failures": ("binomial", "cbind(n, k - n)", "probabilities", "logit scale"),
}


@pytest.mark.parametrize("case", SCALES)
def test_every_title_says_the_scale(pretend, data, case):
    family, response, on_response, on_link = SCALES[case]
    parameters = {"sigma": ((), 1.0), "shape": ((), 2.0), "nu": ((), 5.0)}
    link = {"link": "log"} if case == "log link" else {}
    b = [0.1, 0.2, 0.3]
    fit = pretend(f"{response} ~ f + x", data, b, family, link, **parameters)
    for scale, said in (("response", on_response), ("link", on_link)):
        titles = [
            fit.means("f", scale=scale).title,
            fit.slopes("x", scale=scale).title,
            fit.comparisons("f", scale=scale).title,
            fit.contrasts("pairwise", "f", scale=scale).title,
            fit.predictions(kind="mean" if scale == "response" else "linear").title,
        ]
        assert all(f"({said})" in title for title in titles), titles


def misleading(made):
    return [note for note in made.notes if "mislead" in note]


CAUTIONS = [
    (
        "f * g",
        lambda m: m.means("f"),
        "g (averaged over); by= keeps levels apart.",
    ),
    ("f * g", lambda m: m.means("f", over="data"), "f interacts with g (averaged over); by="),
    ("f * g", lambda m: m.contrasts("pairwise", "f"), "f interacts with g (averaged over); by="),
    ("f * g", lambda m: m.comparisons("f"), "f interacts with g (averaged over); by="),
    ("f * g", lambda m: m.means("f", weights="cells"), "f interacts with g (averaged over); by="),
    ("f * x", lambda m: m.means("f"), "f interacts with x (held); at= takes other values."),
    ("f * log(x + 9)", lambda m: m.means("f"), "f interacts with x (held); at="),
    ("f * x", lambda m: m.slopes("x"), "x interacts with f (averaged over); by="),
    ("f * x", lambda m: m.comparisons("x"), "x interacts with f (averaged over); by="),
    ("f * t", lambda m: m.means("f"), "f interacts with t (averaged over); by="),
    ("f * g * x", lambda m: m.means("f"), "f interacts with g (averaged over) and x (held); by="),
    ("f * g * x", lambda m: m.means("f", by="g"), "f and g interact with x (held); at="),
    ("f * x", lambda m: m.means("f", at={"x": [0, 1]}), ""),
    ("f * x", lambda m: m.means("f", at={"x": 1}), ""),
    ("f * g", lambda m: m.means("f", at={"g": "p"}), ""),
    ("f * g", lambda m: m.means("f", by="g"), ""),
    ("f * g", lambda m: m.means(["f", "g"]), ""),
    ("f * g", lambda m: m.means(None), ""),
    ("f * g + x", lambda m: m.slopes("x"), ""),
    ("f * g + t", lambda m: m.means("t"), ""),
    ("f + g + x", lambda m: m.means("f"), ""),
    ("f / g", lambda m: m.means("f"), ""),
]


@pytest.mark.parametrize(("fixed", "ask", "said"), CAUTIONS)
def test_a_line_says_that_means_inside_an_interaction_may_mislead(pretend, data, fixed, ask, said):
    frame = data.assign(g=np.repeat(list("pq"), 20), t=np.tile([0, 0, 1, 1], 10))
    width = {"f * g * x": 8, "f + g + x": 4, "f * g + x": 5, "f * g + t": 5}.get(fixed, 4)
    found = misleading(ask(pretend(f"y ~ {fixed}", frame, np.arange(1.0, width + 1))))
    assert len(found) == bool(said)
    assert all(note.startswith("Results may mislead: ") and said in note for note in found)


def test_the_mean_of_a_centered_column_is_zero_and_no_rounding_error():
    x = np.linspace(0, 1, 7) ** 2
    data = pd.DataFrame({"x": x - x.mean(), "f": list("ababaab"), "y": [3, 1, 4, 1, 5, 9, 2]})
    assert data["x"].mean() != 0
    means = mw.Model("y ~ f + x", data).fit(seed=1, draws=100).means("f")
    assert "Held at x = 0." in str(means)


@pytest.fixture(scope="module")
def grouped(pretend, data):
    """A logistic model with groups: eight of five rows each."""
    known = {"sd_g": (("g_effect",), [0.5]), "r_g": (("g", "g_effect"), np.zeros((8, 1)))}
    rows = data.assign(g=np.repeat(list("pqrstuvw"), 5))
    return pretend("z ~ f + x + (1 | g)", rows, [0.1, 0.2, 0.3], "bernoulli", **known)


TYPICAL = "For a typical group, whose deviations are 0"
OVER_ROWS = "Averaged over the 40 rows of the data"
AVERAGED_GROUPS = "Averaged over the groups in the data, each with its own deviations."
FOOTERS = [
    ("means", ["f"], {}, [f'{TYPICAL}; groups="integrated" has the mean of all groups.']),
    ("means", ["f"], {"scale": "link"}, [f"{TYPICAL}."]),
    ("means", ["f"], {"over": "data"}, [f"{OVER_ROWS}, f set to each value in all of them."]),
    (
        "means",
        ["f"],
        {"over": "data", "at": {"x": 1}},
        [f"{OVER_ROWS}, f set to each value and x set to 1 in all of them."],
    ),
    ("comparisons", ["x", "f"], {"over": "data"}, [f"{OVER_ROWS}, for each f over its own."]),
    ("comparisons", ["f"], {"over": "data"}, [f"{OVER_ROWS}, f set to each value in all of them."]),
    ("slopes", ["x"], {"over": "data"}, [f"{OVER_ROWS}."]),
    ("slopes", ["x"], {"scale": "response"}, ["In every draw the slopes are averaged."]),
    ("means", ["f"], {"groups": "existing"}, [AVERAGED_GROUPS]),
    (
        "means",
        ["g"],
        {"groups": "existing", "at": {"f": "a"}},
        ["For the groups in the data, with their own deviations."],
    ),
]


@pytest.mark.parametrize(("verb", "asked", "options", "said"), FOOTERS)
def test_a_footer_says_what_was_averaged_held_and_integrated(grouped, verb, asked, options, said):
    notes = getattr(grouped, verb)(*asked, **options).notes
    assert set(said) <= set(notes), notes


def test_nothing_is_said_to_be_averaged_where_each_number_is_of_one_row(grouped):
    notes = grouped.means("g", groups="existing", at={"f": "a"}).notes
    assert not any("averaged" in note for note in notes), notes


def test_means_over_residuals_say_so(pretend, data):
    fit = pretend("log(y) ~ f", data, [0.1, 0.2], sigma=((), 0.5))
    said = "In every draw means are over the residuals of log(y)."
    assert said in fit.means("f", center="mean").notes
    assert said not in fit.means("f").notes


def test_new_values_of_outcomes_are_called_what_they_are(grouped):
    assert grouped.predictions(kind="response", seed=1).title == "New values of z (0 or 1)"


def test_contrasts_of_odds_ratios_are_ratios_of_these(grouped):
    odds = grouped.means("x", at={"x": [0, 1, 2]}).contrasts("sequential")
    assert odds.contrasts([[1, -1]]).title.endswith("(probabilities): ratios of odds ratios")


def test_on_which_side_of_its_null_a_positive_number_lies_is_not_said(pretend, data):
    b = {"b_sigma": (("sigma_effect",), [0.2, 0.5])}
    fit = pretend(["x ~ f", "sigma ~ f"], data, [0.1, 0.3], **b)
    assert "p_direction" not in fit.means("f", parameter="sigma")
    assert "p_direction" not in fit.predictions(data.head(1), parameter="sigma").frame
    assert "p_direction" in fit.means("f", parameter="sigma").contrasts()
    assert "p_direction" in fit.means("f")


@pytest.mark.parametrize(
    ("response", "said"), [("y | trunc(lb = 0)", "bounds"), ("cos(y)", "cannot be taken back")]
)
def test_what_is_said_of_means_of_the_response_is_not_said_of_other_numbers(
    pretend, data, response, said
) -> None:
    fit = pretend(f"{response} ~ f", data, [0.1, 0.2], sigma=((), 1.0))
    about_response = " ".join(fit.means("f").notes)
    about_sigma = " ".join(fit.means(parameter="sigma").notes)
    assert said in about_response
    assert said not in about_sigma
