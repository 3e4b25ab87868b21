"""What a fit prints, put together from the specification, the tables and the verdict."""

from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from mixwell.posterior import parameter_tables as tables
from mixwell.posterior.draws import interval_settings
from mixwell.posterior.made import Made
from mixwell.show.summary import Report, Section

if TYPE_CHECKING:
    from mixwell.specify.spec import Spec

#: From this share of different parameter vectors on, draws go by their number.
_NEARLY_ALL = 0.75


def fit_report(
    spec: "Spec", posterior: xr.Dataset, made: Made, verdict: str, *, ok: bool
) -> Report:
    """Return header, tables and closing lines of a fit's summary.

    `made` says how the draws were made; `verdict` is the line on convergence, good news when
    `ok` is true.
    """
    settings = interval_settings()
    sections = _group_sections(posterior)
    sections.append(Section("Population-level effects", tables.fixed_effects(posterior)))
    further = tables.further_parameters(posterior)
    sections.append(Section("Further distributional parameters", further))
    return Report(
        header=_header(spec, posterior, made),
        sections=tuple(
            Section(section.heading, _judged(section.frame, made))
            for section in sections
            if len(section.frame)
        ),
        notes=(_scale(spec, settings.sentence),),
        verdict=verdict,
        ok=ok,
        percent=settings.percent,
    )


def _header(spec: "Spec", posterior: xr.Dataset, made: Made) -> tuple[tuple[str, str], ...]:
    links = [f"mu = {spec.link}", *(f"{name} = log" for name in spec.design.parameters)]
    data = "\n".join((_counted(spec.design.n, "observation"), *spec.notes))
    chains, draws = int(posterior.sizes["chain"]), int(posterior.sizes["draw"])
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
    if spec.link != "identity":
        note += f" Effects are on the {spec.link} scale."
    return note


def _group_sections(posterior: xr.Dataset) -> list[Section]:
    components = tables.variance_components(posterior)
    levels = {group.factor: group.n_levels for group in tables.groups(posterior)}
    sections = []
    for factor, count in levels.items():
        frame = components[(components["factor"] == factor) & (components["effect"] != "")]
        rows = [
            f"sd({effect})" if kind == "sd" else f"cor({effect}, {other})"
            for kind, effect, other in zip(
                frame["kind"], frame["effect"], frame["effect_2"], strict=True
            )
        ]
        heading = f"Group-level effects of {factor} ({_counted(count, 'level')})"
        sections.append(Section(heading, frame.set_index(pd.Index(rows, dtype="str"))))
    return sections
