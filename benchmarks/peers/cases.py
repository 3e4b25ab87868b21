"""The models that are compared, in the words of each package."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """One model of one dataset.

    `formula` is lme4's and `instead` that of a package with a syntax of its own; `cannot` says why
    a package has no such model. `factors` are read as text; `success` names a response in words
    and its value that counts as 1. `source` is a shipped set, `package::set` of R, or a file of
    `--data`; without it the name of the case. `goal` is in seconds after import.
    """

    name: str
    formula: str
    factors: tuple[str, ...]
    goal: float | None
    family: str = "gaussian"
    source: str = ""
    success: tuple[str, str] | None = None
    instead: dict[str, str] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)

    def formula_for(self, peer: str) -> str:
        """Return the formula as this package takes it."""
        return self.instead.get(peer, self.formula)


_KNOWN_ERRORS = "no known standard errors"
_HOURS = "not asked: takes hours"
_TRIALS = "incidence | trials(size) ~ period + (1 | herd)"

CASES = {
    case.name: case
    for case in (
        Case(
            "eight_schools",
            "effect | se(se) ~ 1 + (1 | school)",
            ("school",),
            0.3,
            cannot=dict.fromkeys(("bambi", "lme4", "rstanarm"), _KNOWN_ERRORS),
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
    )
}
