"""R's names of coefficients, brms's among them."""

import mixwell as mw
from mixwell.r.dialect.coefficient_names import brms_variables, fixed_names


def test_effects_at_each_threshold_have_its_number_in_brms() -> None:
    """As brms 2.18 has them: `bcs_treat[1]`, of `cs(treat)`."""
    data = mw.load_data("inhaler")
    spec = mw.Model("rating ~ period + cs(treat) + (1 | subject)", data, "sratio").spec
    names = brms_variables(spec)
    assert names["b_period"] == "period"
    assert [names[f"bcs_treat[{k}]"] for k in (1, 2, 3)] == [
        "treat[1|2]",
        "treat[2|3]",
        "treat[3|4]",
    ]
    assert list(fixed_names(spec)) == ["period", "treat[1|2]", "treat[2|3]", "treat[3|4]"]
