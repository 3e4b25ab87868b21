"""Every function of R has one translation, or one reason why it has none."""

import pytest

from mixwell.r import translate
from mixwell.r.dialect.signatures import SIGNATURES
from mixwell.r.translation import left_out
from mixwell.r.translation.scope.verb_tables import merged, verbs
from mixwell.r.translation.verb_table import VERBS

#: Their signatures serve other calls: codings, priors, the update of a formula.
INSIDE = {
    *("contr.SAS", "contr.dummy", "contr.helmert", "contr.poly", "contr.sdif", "contr.sum"),
    *("contr.treatment", "cauchy", "laplace", "normal", "student_t", "matrix", "options"),
    "update.formula",
}
ARGUMENTS = ("", "fm", "d, x", "d$x", "x = 1:3, y = 2", "y ~ x + (1 | g), d", "NULL")


def test_a_verb_in_two_tables_is_refused_with_both_of_them() -> None:
    def mean(context, node):
        raise NotImplementedError

    one, two = verbs({mean: "mean average"}), verbs({mean: "average"})
    with pytest.raises(ValueError, match=r"average\(\) is translated twice: in one and in two"):
        merged([("one", one), ("two", two)])
    with pytest.raises(ValueError, match=r"mean\(\) is translated twice"):
        verbs({mean: "mean", test_a_verb_in_two_tables_is_refused_with_both_of_them: "mean"})


def test_no_verb_is_translated_and_left_out() -> None:
    assert all(VERBS[name] is verb for name, verb in left_out.VERBS.items())


def test_every_signature_is_that_of_a_verb() -> None:
    assert set(SIGNATURES) - set(VERBS) == INSIDE


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_of_anything_is_translated_or_has_a_reason(verb: str, start: str) -> None:
    lines = [f"{verb}({given})" for given in ARGUMENTS]
    made = translate("\n".join([start, *lines]))
    compile(made.python, "made", "exec")
