"""What a check found: value, threshold, meaning and the next step."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import pandas as pd

from mixwell.diagnose.advice import Advice, Unjudged
from mixwell.public_calls import public_methods
from mixwell.text.phrases import and_more, listed
from mixwell.text.wrapping import wrapped

SHOWN_PARAMETERS = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure beyond its threshold.

    `parameters` holds the parameters (or chains) concerned, the worst first; `meaning` says what it
    means here and `advice` what to do; `grave` is false where more of the same draws are all that
    is needed. `about` is "draws" where the draws are in doubt, "model" where they are good and the
    model deserves a thought.

    >>> from mixwell.diagnose.advice import Refit
    >>> print(Finding("divergences", 3, 0, (), "Regions were missed.", Advice(Refit({"seed": 2}))))
    divergences: 3 (should be 0). Regions were missed. Next: fit.refit(seed=2)
    """

    measure: str
    value: float
    threshold: float
    parameters: tuple[str, ...]
    meaning: str
    advice: Advice
    at_least: bool = False
    grave: bool = True
    about: Literal["draws", "model"] = "draws"

    @property
    def next_step(self) -> str:
        """The advice as a line of Python about `fit`."""
        return str(self.advice)

    @property
    def headline(self) -> str:
        """Measure, value, threshold and the worst parameters on one line."""
        return self._about(and_more(self.parameters, SHOWN_PARAMETERS))

    @property
    def brief(self) -> str:
        """The same with the worst parameter only; of a model, with the two that belong together."""
        return self._about(", ".join(self.parameters[: 2 if self.about == "model" else 1]))

    def _about(self, parameters: str = "") -> str:
        bound = "at least " if self.at_least else "at most " if self.threshold else ""
        word = "should be" if self.about == "draws" else "usually"
        text = f"{self.measure}: {self._shown} ({word} {bound}{_number(self.threshold)})"
        return f"{text} for {parameters}" if parameters else text

    @property
    def _shown(self) -> str:
        """The value with as many digits as distinguish it from the threshold."""
        limit = _number(self.threshold)
        texts = (_number(self.value), *(f"{self.value:.{digits}g}" for digits in range(4, 16)))
        return next((text for text in texts if text != limit), limit)

    def __str__(self) -> str:
        return f"{self.headline}. {self.meaning} Next: {self.next_step}"


#: A finding about the model itself; the draws are good.
ModelFinding = partial(Finding, grave=False, about="model")


@public_methods
@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of a check, with the measures that were in order and those that had no value.

    Iterates over its findings, the gravest first; its length is their number. `measured` maps each
    judged measure to its worst value; `gaps` are the measures that could not be judged.
    """

    findings: tuple[Finding, ...]
    measured: dict[str, float]
    gaps: tuple[Unjudged, ...] = ()

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """One sentence for each measure that could not be judged."""
        return tuple(map(str, self.gaps))

    @property
    def ok(self) -> bool:
        """True when the draws can be relied on: none of their measures is beyond its threshold."""
        return not self.of_draws and bool(self.measured)

    @property
    def of_draws(self) -> tuple[Finding, ...]:
        """The findings that put the draws in doubt."""
        return tuple(finding for finding in self.findings if finding.about == "draws")

    @property
    def of_model(self) -> tuple[Finding, ...]:
        """The findings about the model itself."""
        return tuple(finding for finding in self.findings if finding.about == "model")

    @property
    def _opening(self) -> str:
        return "Do not rely on these draws yet." if self.grave else "More draws are needed."

    @property
    def grave(self) -> bool:
        """True when a finding needs more than more of the same draws."""
        return any(finding.grave for finding in self.findings)

    @property
    def verdict(self) -> str:
        """One sentence when all is well; else what is wrong and what to do first."""
        if self.of_draws:
            found = "; ".join(finding.brief for finding in self.of_draws)
            step = self.of_draws[0].advice.step
            more = " More: fit.diagnose()." if len(self.findings) > 1 else ""
            return f"{self._opening} {found}. Next: {step}.{more}"
        if not self.measured:
            return " ".join(("Convergence could not be judged.", *self.unjudged))
        return " ".join((_healthy(self.measured), *self.unjudged, *self._remark()))

    def _remark(self) -> tuple[str, ...]:
        if not self.of_model:
            return ()
        found = "; ".join(finding.brief for finding in self.of_model)
        return (f"About the model: {found}. More: fit.diagnose().",)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a finding: measure, value, threshold, parameters, meaning, next step."""
        columns = ["measure", "value", "threshold", "parameters", "meaning", "next_step", "about"]
        rows = [[getattr(finding, column) for column in columns] for finding in self.findings]
        return pd.DataFrame(rows, columns=columns)

    def for_command_line(self) -> "Findings":
        """Return the same findings with next steps as options of the command `mixwell fit`."""
        return Findings(
            tuple(replace(f, advice=f.advice.in_options()) for f in self.findings),
            self.measured,
            tuple(gap.in_options() for gap in self.gaps),
        )

    def __str__(self) -> str:
        if not self.findings:
            return self.verdict
        lines = _wrapped(self._opening if self.of_draws else _healthy(self.measured))
        for finding in self.findings:
            lines += _wrapped(finding.headline, "- ")
            lines += _wrapped(finding.meaning, "  ")
            lines.append(f"  Next: {finding.next_step}")  # code is not broken
        return "\n".join([*lines, *self.unjudged])

    __repr__ = __str__


def _wrapped(text: str, first: str = "") -> list[str]:
    joint = "\N{NO-BREAK SPACE}"  # names are not broken
    whole = re.sub(r"\[[^\]]*\]", lambda found: found[0].replace(" ", joint), text)
    return [line.replace(joint, " ") for line in wrapped(whole, first)]


def _healthy(measured: dict[str, float]) -> str:
    if "k-hat" in measured and "effective number" in measured:
        return (
            "The draws are independent and can be relied on: worth "
            f"{measured['effective number']:,.0f} draws, k-hat {measured['k-hat']:.2f}."
        )
    good = []
    if "R-hat" in measured:
        good.append(f"R-hat at most {measured['R-hat']:.3f}")
    for measure in ("bulk ESS", "tail ESS"):
        if measure in measured:
            good.append(f"{measure} at least {measured[measure]:.0f}")
    if measured.get("divergences") == 0:
        good.append("no divergences")
    if not good:
        good = [f"{name} {_number(value)}" for name, value in measured.items()]
    if "R-hat" not in measured:
        return f"Nothing speaks against these draws: {listed(good)}."
    return f"The chains have converged: {listed(good)}."


def _number(value: float) -> str:
    if value != value:
        return "nan"
    if abs(value) >= 1e7:
        return f"{value:.2g}"
    return f"{value:.0f}" if value == int(value) or abs(value) >= 10 else f"{value:.4g}"
