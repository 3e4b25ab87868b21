"""Maximum-likelihood estimates of R: `mode(flat=True)` has them, with their log-likelihoods.

Those of ordinal's clm and clmm on its wine and on inhaler; of stopping ratios, which it lacks, by
glm and glmer on the steps that a row reaches; of adjacent categories by a likelihood written out
(`reference/ordinal.R`).
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

REFERENCE = json.loads((Path(__file__).parent / "reference" / "ordinal.json").read_text())
WINE = pd.DataFrame(REFERENCE["wine"]).assign(
    rating=lambda d: pd.Categorical(d["rating"], ["1", "2", "3", "4", "5"], ordered=True)
)
LINKS = ["logit", "probit", "cloglog"]
EVERY_LINK = [*LINKS, "loglog", "cauchit"]


def estimates(formula: str | list[str], family: str, **choices: Any) -> pd.Series:
    """Every coefficient by its name, the thresholds last, with the log-likelihood."""
    found = mw.Model(formula, WINE, family, **choices).mode(flat=True)
    values = found.fixef()["estimate"]
    return pd.concat([values, pd.Series({"logLik": found.log_likelihood})])


def of_r(known: dict[str, Any]) -> list[float]:
    """R's coefficients in the order of ours."""
    return [*known["beta"].values(), *known["alpha"].values()]


@pytest.mark.parametrize("link", EVERY_LINK)
def test_the_log_likelihood_at_clms_estimates_is_clms(link: str) -> None:
    known = REFERENCE["clm"][link]
    model = mw.Model("rating ~ temp + contact", WINE, "cumulative", link=link)
    b, threshold = list(known["beta"].values()), list(known["alpha"].values())
    value = model.log_marginal_likelihood(b=b, threshold=threshold)
    # of cauchit clm's own is 3e-4 off
    assert value == pytest.approx(known.get("by_pcauchy", known["logLik"]), abs=1e-8)


@pytest.mark.parametrize("link", EVERY_LINK[:4])  # of cauchit clm's search stops below the top
def test_estimates_without_groups_are_those_of_clm(link: str) -> None:
    found = estimates("rating ~ temp + contact", "cumulative", link=link)
    known = REFERENCE["clm"][link]
    assert found["logLik"] == pytest.approx(known["logLik"], abs=1e-5)
    np.testing.assert_allclose(found[:-1], of_r(known), atol=1e-3)


def test_standard_errors_are_those_of_clm() -> None:
    found = mw.Model("rating ~ temp + contact", WINE, "cumulative").mode(flat=True, nodes=1)
    known = REFERENCE["clm"]["logit"]["se"]
    table = found.fixef()["se"]
    assert table["temp[warm]"] == pytest.approx(known["tempwarm"], rel=1e-3)
    assert table["threshold[2|3]"] == pytest.approx(known["2|3"], rel=1e-3)


@pytest.mark.parametrize("link", EVERY_LINK[:4])
def test_estimates_with_equal_distances_are_those_of_clm(link: str) -> None:
    model = mw.Model("rating ~ temp + contact", WINE, "cumulative_equidistant", link=link)
    found, known = model.mode(flat=True), REFERENCE["equidistant"][link]
    first, spacing = known["alpha"]["threshold.1"], known["alpha"]["spacing"]
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=1e-7)
    expected = [*known["beta"].values(), first, spacing]
    estimates = [*found.fixef()["estimate"], found.parameters["spacing"]]
    np.testing.assert_allclose(estimates, expected, atol=2e-4)


@pytest.mark.parametrize("link", EVERY_LINK[:4])
def test_estimates_with_groups_are_those_of_clmm_by_laplace(link: str) -> None:
    """By the link's meaning: what clmm calls cloglog is the loglog of clm."""
    model = mw.Model("rating ~ temp + contact + (1 | judge)", WINE, "cumulative", link=link)
    found, known = model.mode(flat=True, nodes=1), REFERENCE["clmm"][link]
    # clmm's inner search stops where its mode is near enough
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=2e-4)
    np.testing.assert_allclose(found.fixef()["estimate"], of_r(known), atol=2e-3)
    np.testing.assert_allclose(found.sd["judge"], known["sd"], atol=1e-3)


def test_the_log_likelihood_at_clmms_own_estimates_is_clmms() -> None:
    model = mw.Model("rating ~ temp + contact + (1 | judge)", WINE, "cumulative")
    for known, nodes in ((REFERENCE["clmm"]["logit"], 1), (REFERENCE["quadrature"], 15)):
        value = model.log_marginal_likelihood(
            sd={"judge": known["sd"]},
            b=list(known["beta"].values()),
            threshold=list(known["alpha"].values()),
            nodes=nodes,
        )
        assert value == pytest.approx(known["logLik"], abs=1e-5)


def test_estimates_by_quadrature_are_those_of_clmm() -> None:
    model = mw.Model("rating ~ temp + contact + (1 | judge)", WINE, "cumulative")
    found, known = model.mode(flat=True, nodes=15), REFERENCE["quadrature"]
    assert found.log_likelihood == pytest.approx(known["logLik"], abs=1e-5)
    np.testing.assert_allclose(found.fixef()["estimate"], of_r(known), atol=1e-3)
    np.testing.assert_allclose(found.sd["judge"], known["sd"], atol=1e-3)


@pytest.mark.parametrize("link", LINKS)
def test_stopping_ratios_are_outcomes_of_the_steps_that_a_row_comes_to(link: str) -> None:
    found, known = estimates("rating ~ temp + contact", "sratio", link=link), REFERENCE["sratio"]
    steps = list(known[link]["coef"].values())
    assert found["logLik"] == pytest.approx(known[link]["logLik"], abs=1e-5)
    np.testing.assert_allclose(found[:2], -np.array(steps[4:]), atol=1e-3)
    np.testing.assert_allclose(found[2:-1], steps[:4], atol=1e-3)


@pytest.mark.parametrize("link", LINKS)
def test_continuation_ratios_turn_the_outcomes_round(link: str) -> None:
    found, known = estimates("rating ~ temp + contact", "cratio", link=link), REFERENCE["cratio"]
    steps = list(known[link]["coef"].values())
    assert found["logLik"] == pytest.approx(known[link]["logLik"], abs=1e-5)
    np.testing.assert_allclose(found[:2], steps[4:], atol=1e-3)
    np.testing.assert_allclose(found[2:-1], -np.array(steps[:4]), atol=1e-3)


def test_stopping_ratios_of_groups_are_those_of_glmer() -> None:
    model = mw.Model("rating ~ temp + contact + (1 | judge)", WINE, "sratio")
    found, known = model.mode(flat=True, nodes=1), REFERENCE["sratio_mixed"]
    steps = list(known["coef"].values())
    # lme4's search ends a little below the top
    assert known["logLik"] <= found.log_likelihood < known["logLik"] + 2e-4
    expected = [*(-step for step in steps[4:]), *steps[:4]]
    np.testing.assert_allclose(found.fixef()["estimate"], expected, atol=2e-3)
    assert found.sd["judge"][0] == pytest.approx(known["sd"], abs=2e-3)


def test_with_cloglog_stopping_ratios_are_the_cumulative_model() -> None:
    """Laeaerae and Matthews 1985: the same likelihood, with other thresholds."""
    values = [
        estimates("rating ~ temp + contact", name, link="cloglog")
        for name in ("cumulative", "sratio")
    ]
    for name in ("logLik", "temp[warm]", "contact[yes]"):
        assert values[0][name] == pytest.approx(values[1][name], abs=1e-4)


def test_adjacent_categories_are_the_likelihood_written_out() -> None:
    found, known = estimates("rating ~ temp + contact", "acat"), REFERENCE["acat"]
    assert found["logLik"] == pytest.approx(known["logLik"], abs=1e-5)
    np.testing.assert_allclose(found[:-1], known["par"][4:] + known["par"][:4], atol=1e-3)


@pytest.mark.parametrize("link", EVERY_LINK[:4])
def test_discrimination_is_one_over_clms_scale(link: str) -> None:
    formulas = ["rating ~ temp + contact", "disc ~ temp"]
    found, known = estimates(formulas, "cumulative", link=link), REFERENCE["scale"][link]
    assert found["logLik"] == pytest.approx(known["logLik"], abs=1e-5)
    assert found["disc_temp[warm]"] == pytest.approx(-known["zeta"]["tempwarm"], abs=1e-3)
    expected = pd.Series({**known["beta"], **known["alpha"]}).to_numpy()
    names = [name for name in found.index if name not in ("disc_temp[warm]", "logLik")]
    np.testing.assert_allclose(found[names], expected, atol=3e-3)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("disc ~ 1", "its formula has no predictor"),
        ("disc ~ 0 + temp", "with a column for every level it is so nowhere"),
        ("sigma ~ temp", "Its parameters: disc"),
        ("threshold ~ temp", "the same for all rows"),
    ],
)
def test_what_discrimination_cannot_be_is_refused(formula: str, message: str) -> None:
    with pytest.raises(mw.DataError, match=message):
        mw.Model(["rating ~ contact", formula], WINE, "cumulative")


def test_estimates_of_inhaler_are_those_of_clm_and_clmm() -> None:
    data = mw.load_data("inhaler")
    known = REFERENCE["inhaler"]
    plain = mw.Model("rating ~ treat + period + carry", data, "cumulative").mode(flat=True)
    assert plain.log_likelihood == pytest.approx(known["clm"]["logLik"], abs=1e-5)
    np.testing.assert_allclose(plain.fixef()["estimate"], of_r(known["clm"]), atol=1e-3)
    model = mw.Model("rating ~ treat + period + carry + (1 | subject)", data, "cumulative")
    value = model.log_marginal_likelihood(
        sd={"subject": [known["clmm"]["sd"]]},
        b=list(known["clmm"]["beta"].values()),
        threshold=list(known["clmm"]["alpha"].values()),
        nodes=1,
    )
    assert value == pytest.approx(known["clmm"]["logLik"], abs=1e-5)
