"""Where R's estimates are those of `mode(flat=True)`: lme4 and glmmTMB themselves."""

import json
from pathlib import Path

import pandas as pd
import pytest

import mixwell as mw
from mixwell.families import get_family
from mixwell.r.dialect.family_facts import other_estimates

STORED = json.loads((Path(__file__).parents[1] / "reference/estimates.json").read_text())
DATA = pd.DataFrame(STORED["data"])


@pytest.mark.parametrize("fit", STORED["fits"], ids=lambda fit: f"{fit['call']} {fit['family']}")
def test_r_is_said_to_have_other_estimates_exactly_where_it_has(fit) -> None:
    family, weights = get_family(fit["family"], fit["link"]), fit.get("weights")
    nodes = None if family.closed_form else max(fit.get("nodes", 1), 1)
    model = mw.Model(fit["formula"], DATA, fit["family"], link=fit["link"], weights=weights)
    ours = model.mode(flat=True, reml=fit.get("reml", False), nodes=nodes).log_likelihood
    said = other_estimates(
        family,
        "glmmTMB" if fit["call"] == "glmmTMB" else "lme4",
        reml=fit.get("reml", False) and not family.closed_form,
        nodes=fit.get("nodes", 1),
        weighted=weights is not None,
    )
    assert bool(said) == (abs(ours - fit["logLik"]) > 2e-4), (ours, fit["logLik"], said)
