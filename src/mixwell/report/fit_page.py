"""What a fit prints, put together from the specification, the tables and the verdict."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.made import Made
from mixwell.posterior.posterior import Posterior
from mixwell.show.page import Page, Section, parameters_table

if TYPE_CHECKING:
    from mixwell.specify.spec import Spec

#: From this share of different parameter vectors on, draws go by their number.
_NEARLY_ALL = 0.75


def fit_page(posterior: Posterior, made: Made, verdict: str, *, ok: bool) -> Page:
    """Return what a fit prints: header, tables and closing lines.

    `made` says how the draws were made; `verdict` is the line on convergence, good news when
    `ok` is true.
    """
    settings = interval_settings()
    frames = _group_frames(posterior)
    frames["Population-level effects"] = tables.fixed_effects(posterior)
    frames["Further distributional parameters"] = tables.further_parameters(posterior)
    return Page(
        header=_header(posterior, made),
        sections=tuple(
            Section(heading, parameters_table(_judged(frame, made), settings.percent))
            for heading, frame in frames.items()
            if len(frame)
        ),
        notes=(_scale(posterior.spec, settings.sentence),),
        verdict=verdict,
        ok=ok,
    )


def _header(posterior: Posterior, made: Made) -> tuple[tuple[str, str], ...]:
    spec = posterior.spec
    further = [f"{name} = {spec.family.shown_link(name).name}" for name in spec.linked]
    links = [f"{spec.family.location.name} = {spec.link}", *further]
    data = "\n".join((_counted(spec.design.observations, "observation"), *spec.notes))
    chains, draws = posterior.shape
    drawn = f"{_counted(chains, 'chain')} of {_counted(draws, 'draw')}: {chains * draws} in all"
    if made.effective_number is not None:
        drawn = _independent(chains * draws, float(made.effective_number))
    how, reason = made.label, made.engine_reason
    geometry = made.geometry if made.parameterization == "mixed" else ""
    return (
        ("Family", spec.family.name),
        ("Links", "; ".join(links)),
        ("Formula", "\n".join(spec.formulas)),
        ("Data", data),
        ("Draws", drawn),
        *((("Engine", f"{how} ({reason})" if reason else how),) if how else ()),
        *((("Geometry", geometry),) if geometry else ()),
    )


def _independent(n: int, effective: float) -> str:
    """Say how many draws there are; where many are copies, how many independent ones they equal."""
    if effective > _NEARLY_ALL * n:
        return _counted(n, "independent draw")
    return f"{_counted(n, 'draw')}, worth {effective:,.0f} independent ones"


def _judged(frame: pd.DataFrame, made: Made) -> pd.DataFrame:
    """Leave out what is asked of chains only: the effective number of all stands in the header."""
    if not made.independent:
        return frame
    return frame.drop(columns=["rhat", "ess_bulk", "ess_tail"], errors="ignore")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _scale(spec: "Spec", intervals: str) -> str:
    note = f"Estimates: {intervals}."
    if spec.family.linear_scale:
        note += f" Effects are on the {spec.family.linear_scale} scale."
    if spec.response.truncated:
        note += " Effects are on means before truncation."
    return note


def _group_frames(posterior: Posterior) -> dict[str, pd.DataFrame]:
    """Return each grouping factor's sds and correlations under a heading."""
    components = tables.variance_components(posterior)
    levels = {group.factor: len(group.levels) for group in posterior.groups}
    frames = {}
    for factor, count in levels.items():
        frame = components[(components["factor"] == factor) & (components["effect"] != "")]
        heading = f"Group-level effects of {factor} ({_counted(count, 'level')})"
        frames[heading] = frame.set_index(pd.Index(spread_names(frame), dtype="str"))
    return frames


def spread_names(
    components: pd.DataFrame, name: Callable[[str], str] = str, comma: str = ", "
) -> list[str]:
    """Return what the rows of variance components are called, `sd(a)` or `cor(a, b)`."""
    rows = zip(components["kind"], components["effect"], components["effect_2"], strict=True)
    return [
        f"sd({name(one)})" if kind == "sd" else f"cor({name(one)}{comma}{name(two)})"
        for kind, one, two in rows
    ]
