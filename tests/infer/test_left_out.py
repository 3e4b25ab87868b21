"""Leave-one-group-out densities against refits without the group."""

import numpy as np
import pytest
from scipy import special

import mixwell as mw
from mixwell.infer.exact import build_target, exact_draws
from mixwell.infer.left_out import leave_one_group_out

PRIORS = {
    "Intercept": "Normal(300, 100)",
    "sd_Subject": "HalfNormal(50)",
    "sigma": "HalfNormal(50)",
}


def test_it_agrees_with_the_evidence_lost_by_leaving_a_group_out() -> None:
    data = mw.load_data("sleepstudy")
    formula = "Reaction ~ 1 + (1 | Subject)"
    full = exact_draws(build_target(mw.Model(formula, data, priors=PRIORS).spec), 40_000, 1)
    left = leave_one_group_out(full)
    for j in (0, 4, 8):
        rest = data[data["Subject"] != left.levels[j]]
        other = exact_draws(build_target(mw.Model(formula, rest, priors=PRIORS).spec), 40_000, 1)
        lost = full.log_evidence - other.log_evidence
        assert left.elpd[j] == pytest.approx(lost, abs=0.02)
    assert left.frame.index.name == "Subject"


def test_levels_of_a_generalised_model_add_up_to_its_likelihood() -> None:
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    model = mw.Model(formula, mw.load_data("cbpp"), family="binomial")
    found = exact_draws(build_target(model.spec), 400, 1)
    target = found.target
    np.testing.assert_allclose(
        target.by_level(found.t[:5]).sum(axis=1), target.log_likelihood(found.t[:5])
    )
    left = leave_one_group_out(found)
    assert left.total < float(special.logsumexp(target.log_likelihood(found.t)) - np.log(400))


def test_crossed_factors_are_refused() -> None:
    model = mw.Model("diameter ~ 1 + (1 | plate) + (1 | sample)", mw.load_data("penicillin"))
    found = exact_draws(build_target(model.spec), 100, 1)
    with pytest.raises(mw.SamplingError, match="one grouping factor"):
        leave_one_group_out(found)
