"""R's partial `re.form`: which factors a formula keeps, where a treatment can say it."""

import pytest

from mixwell.errors import DataError
from mixwell.formula import parse_formula
from mixwell.r.dialect.kept_effects import kept_groups

MODEL = "y ~ x + (1 + x | user) + (1 | batch/cask) + (0 + x:f | site)"


@pytest.mark.parametrize(
    ("form", "groups"),
    [
        (None, "existing"),
        ("~0", "population"),
        ("~ 0", "population"),
        ("NA", "population"),
        ("~(x | user)", {"user": "existing"}),
        ("~ (1 + x || user)", {"user": "existing"}),
        ("~(x | user) + (1 | batch)", {"user": "existing", "batch": "existing"}),
        ("~(1 | batch/cask)", {"batch": "existing", "batch:cask": "existing"}),
        ("~(1 | cask:batch)", {"batch:cask": "existing"}),
        ("~(0 + f:x | site)", {"site": "existing"}),
    ],
)
def test_a_form_is_a_treatment_by_factor(form, groups):
    assert kept_groups(form, [parse_formula(MODEL)]) == groups


def test_new_levels_are_mixed_with_known_ones():
    formulas = [parse_formula(MODEL)]
    assert kept_groups(None, formulas, new=True) == "mixed"
    assert kept_groups("~(1 | batch)", formulas, new=True) == {"batch": "mixed"}
    assert kept_groups("~0", formulas, new=True) == "population"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("~(1 | user)", "keeps only some of the effects of user"),
        ("~(x + z | user)", "that the model does not have"),
        ("~(1 | person)", "that the model does not have"),
        ("~(1 | user", "is no formula"),
    ],
)
def test_what_no_treatment_can_say_is_refused(form, said):
    with pytest.raises(DataError, match=said):
        kept_groups(form, [parse_formula(MODEL)])


def test_effects_of_all_parameters_belong_to_their_factor():
    formulas = [parse_formula("y ~ x + (1 | g)"), parse_formula("sigma ~ 1 + (x | g)")]
    assert kept_groups("~(x | g)", formulas) == {"g": "existing"}
    with pytest.raises(DataError, match="only some"):
        kept_groups("~(1 | g)", formulas)
