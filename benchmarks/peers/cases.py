"""The models that are compared, in the words of each package."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Case:
    """One model of one dataset.

    `formula` is lme4's, with those of further parameters after semicolons, and `instead` that of a
    package with a syntax of its own; `cannot` says why a package has no such model. `factors` are
    read as text; `success` names a response and its values that count as 1. `source` is a shipped
    set, `package::set` of R, a file of `--data`, or a name in `simulated.py`; without it the name
    of the case. `goal` is in seconds after import, `whole` in seconds of the whole process. `asked`
    are arguments of mixwell's `fit`, and `fresh` processes find no kernels compiled before.
    """

    name: str
    formula: str
    factors: tuple[str, ...]
    goal: float | None
    family: str = "gaussian"
    source: str = ""
    success: tuple[str, ...] = ()
    instead: dict[str, str] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)
    whole: float | None = None
    asked: dict[str, int] = field(default_factory=dict)
    fresh: bool = False

    def formula_for(self, peer: str) -> str:
        """Return the formula as this package takes it."""
        return self.instead.get(peer, self.formula)


_KNOWN_ERRORS = "no known standard errors"
_HOURS = "not asked: takes hours"
_OTHERS = dict.fromkeys(("rstanarm", "brms"), "not asked")
_DENSE = "not asked: it makes a dense matrix of all rows by all levels"
#: As many draws as an effective number of 400 takes, which is what the goals are about.
_WORTH = {"draws": 250, "min_ess": 400}
_VERBAGG = "r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)"
_TRIALS = "incidence | trials(size) ~ period + (1 | herd)"


def _verbagg(name: str, whole: float, formula: str = _VERBAGG, *, fresh: bool = False) -> Case:
    """Return a model of the verbal aggression items."""
    return Case(
        name,
        formula,
        ("Gender", "btype", "situ", "id", "item"),
        None,
        "bernoulli",
        source="lme4::VerbAgg",
        success=("r2", "Y"),
        cannot=_OTHERS,
        whole=whole,
        asked=_WORTH,
        fresh=fresh,
    )


CASES = {
    case.name: case
    for case in (
        Case(
            "eight_schools",
            "effect | se(se) ~ 1 + (1 | school)",
            ("school",),
            0.3,
            cannot=dict.fromkeys(("bambi", "lme4", "glmmTMB", "rstanarm"), _KNOWN_ERRORS),
        ),
        Case("sleepstudy", "Reaction ~ Days + (Days | Subject)", ("Subject",), 0.3),
        Case("dyestuff", "Yield ~ 1 + (1 | Batch)", ("Batch",), 0.3, source="lme4::Dyestuff"),
        Case("pastes", "strength ~ 1 + (1 | batch/cask)", ("batch", "cask", "sample"), 0.3),
        Case("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", ("plate", "sample"), 1.0),
        Case(
            "cake",
            "angle ~ recipe * temperature + (1 | recipe:replicate)",
            ("recipe", "replicate", "temperature"),
            1.0,
        ),
        Case(
            "machines",
            "score ~ Machine + (0 + Machine | Worker)",
            ("Machine", "Worker"),
            1.0,
            source="nlme::Machines",
        ),
        Case(
            "oats",
            "yield ~ Variety * nitro + (1 | Block/Variety)",
            ("Variety", "Block"),
            1.0,
            source="nlme::Oats",
        ),
        Case(
            "bangladesh",
            "use ~ urban + (1 + urban | district)",
            ("urban", "district", "livch"),
            2.0,
            "bernoulli",
            success=("use", "Y"),
        ),
        Case(
            "bangladesh_ages",
            "use ~ age + I(age^2) + urban + livch + (1 + urban | district)",
            ("urban", "district", "livch"),
            2.0,
            "bernoulli",
            source="bangladesh",
            success=("use", "Y"),
            instead={
                "bambi": "use ~ age + I(age**2) + urban + livch + (1 + urban | district)",
            },
        ),
        Case(
            "toenail",
            "outcome ~ time * treatment + (1 | patientID)",
            ("treatment", "patientID"),
            2.0,
            "bernoulli",
            source="toenail.csv",
            success=("outcome", "moderate or severe"),
        ),
        Case(
            "cbpp",
            "cbind(incidence, size - incidence) ~ period + (1 | herd)",
            ("period", "herd"),
            2.0,
            "binomial",
            instead={
                "mixwell": _TRIALS,
                "brms": _TRIALS,
                "bambi": "p(incidence, size) ~ period + (1 | herd)",
            },
        ),
        Case(
            "insteval",
            "y ~ service + (1 | s) + (1 | d) + (1 | dept)",
            ("service", "s", "d", "dept"),
            45.0,
            source="lme4::InstEval",
            cannot=dict.fromkeys(("rstanarm", "brms"), _HOURS),
        ),
        Case(
            "insteval_400",
            "y ~ service + (1 | s) + (1 | d) + (1 | dept)",
            ("service", "s", "d", "dept"),
            None,
            source="lme4::InstEval",
            cannot=dict.fromkeys(("bambi", "lme4", "glmmTMB"), "above") | _OTHERS,
            whole=8.0,
            asked=_WORTH,
        ),
        _verbagg("verbagg", 4.0),
        replace(
            _verbagg("verbagg_4000", 8.0),
            asked={},
            cannot={"lme4": "above", "glmmTMB": "above", **_OTHERS},
        ),
        _verbagg("verbagg_fresh", 15.0, fresh=True),
        _verbagg("verbagg_slopes", 10.0, _VERBAGG.replace("(1 | id)", "(1 + situ | id)")),
        Case(
            "grouseticks",
            "TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | INDEX) + (1 | LOCATION)",
            ("YEAR", "BROOD", "INDEX", "LOCATION"),
            None,
            "poisson",
            source="lme4::grouseticks",
            cannot=_OTHERS,
            whole=5.0,
            asked=_WORTH,
        ),
        Case(
            "two_formulas",
            "y ~ x + (1 | g); sigma ~ x",
            ("g",),
            None,
            cannot={"lme4": "no formula for sigma", **_OTHERS},
            whole=3.0,
            asked=_WORTH,
        ),
        Case(
            "insteval_good",
            "y ~ service + (1 | s) + (1 | d) + (1 | dept)",
            ("service", "s", "d", "dept"),
            None,
            "bernoulli",
            source="lme4::InstEval",
            success=("y", "4", "5"),
            cannot=_OTHERS,
            whole=60.0,
            asked=_WORTH,
        ),
        Case(
            "ratings",
            "y ~ x + (1 | g)",
            ("g",),
            None,
            "cumulative",
            cannot={"lme4": "no ratings", "glmmTMB": "no ratings", **_OTHERS},
        ),
        Case(
            "sites",
            "y ~ x1 * arm + (1 + x1 | site)",
            ("arm", "site"),
            None,
            cannot={"bambi": _DENSE, **_OTHERS},
            whole=4.0,
        ),
        Case(
            "crossed_million",
            "y ~ x + (1 | g) + (1 | h)",
            ("g", "h"),
            None,
            cannot={"bambi": _DENSE, **_OTHERS},
            whole=120.0,
            asked=_WORTH,
        ),
        Case(
            "counts_million",
            "y ~ x + (1 | g) + (1 | h)",
            ("g", "h"),
            None,
            "poisson",
            cannot={"bambi": _DENSE, **_OTHERS},
            whole=300.0,
            asked=_WORTH,
        ),
    )
}
