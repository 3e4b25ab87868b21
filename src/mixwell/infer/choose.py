"""Which engine draws from a posterior, and why; and drawing."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mixwell.errors import (
    SamplingError,
    did_you_mean,
    is_finite,
    is_number,
    require_known,
    require_seed,
    require_whole,
    shown,
)
from mixwell.infer.built_model import BuiltModel
from mixwell.infer.coordinates.choice import check_parameterization
from mixwell.infer.declined import Declined
from mixwell.infer.engines.engine import Engine
from mixwell.infer.engines.table import AUTO, ENGINE_NAMES, ENGINES
from mixwell.infer.settings import Settings
from mixwell.package_options import require_memory
from mixwell.posterior.made import Made
from mixwell.progress import require_progressbar
from mixwell.specify.exact_fit import refuse_exact_fit
from mixwell.specify.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

    from mixwell.infer.engines.engine import Drawn
    from mixwell.infer.stretches import Checkpoint

__all__ = ["EngineChoice", "choose_engine", "independent_engine", "require_options_of_fit", "run"]


_MOST = 10**9  # draws, chains: what no memory holds


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine that draws, and the reason for it in words."""

    engine: Engine
    reason: str


def choose_engine(spec: Spec, settings: Settings, built: BuiltModel | None = None) -> EngineChoice:
    """Check settings, choose the engine for a specification, and say why it is that one.

    `"auto"` is the first engine of the table that neither the model nor what was asked for speaks
    against; `built` is the PyMC model that the user sees. Nothing is computed or compiled.

    Raises `DataError` for unknown names and `SamplingError` for numbers out of range, and where an
    engine that was asked for by name cannot take the model.

    >>> import mixwell as mw
    >>> model = mw.Model("Reaction ~ Days + (1 | Subject)", mw.load_data("sleepstudy"))
    >>> choose_engine(model.spec, Settings(target_accept=0.99)).reason
    'target_accept is an option of NUTS'
    """
    asked = _asked(settings.engine)
    _check(spec, settings, asked)
    built = built or BuiltModel(spec)
    built.edits.refuse_response("The tables of a fit")
    if asked is None:
        return _first(ENGINES, spec, settings, built)
    declined = asked.why_not(spec, settings, built)
    if declined is not None and not declined.by_choice:
        raise _cannot(asked, declined, spec, settings, built)
    return EngineChoice(asked, "asked for")


def independent_engine(spec: Spec) -> str | None:
    """Return the name of an engine that can draw without chains from a model; None without any."""
    plain, built = Settings(), BuiltModel(spec)
    able = (e.name for e in ENGINES if e.independent and not e.why_not(spec, plain, built))
    return next(able, None)


def run(
    spec: Spec,
    settings: Settings,
    built: BuiltModel | None = None,
    checkpoint: "Checkpoint | None" = None,
) -> "tuple[xr.DataTree, Made]":
    """Draw from the posterior of a specification; return draws and how they were made.

    Where the choice is automatic and an engine declines its own draws, the next one takes over.
    A `checkpoint` keeps draws while they are made.

    Raises as `choose_engine`, and `SamplingError` for a response without residuals, and when no
    draw can be made.
    """
    built, started = built or BuiltModel(spec), time.monotonic()
    choice = choose_engine(spec, settings, built)
    if checkpoint is not None and checkpoint.earlier:
        choice = EngineChoice(_named(checkpoint.engine), checkpoint.reason)
    refuse_exact_fit(spec)
    declined: tuple[str, ...] = ()
    left = settings
    while isinstance(found := _draw(choice, spec, left, built, checkpoint), Declined):
        left = settings.after(time.monotonic() - started)
        if settings.engine != AUTO:
            raise _cannot(choice.engine, found, spec, settings, built, tried=True)
        name, later = choice.engine.name, _later(choice.engine)
        declined += (name,)
        tried = replace(found, reason=f"the {name} engine was tried first, but {found}")
        choice = _first(later, spec, settings, built, tried)
    idata, made = found
    made = replace(
        made,
        engine=choice.engine.name,
        engine_reason=choice.reason,
        engines_declined=declined,
        edited=built.edits.text or None,
        settings=settings.text,
    )
    made.write(idata)
    return idata, made


def _draw(
    choice: EngineChoice,
    spec: Spec,
    settings: Settings,
    built: BuiltModel,
    checkpoint: "Checkpoint | None",
) -> "Drawn | Declined":
    if checkpoint is not None:
        checkpoint.begin(choice.engine.name, choice.reason)
    return choice.engine.draw(spec, settings, built, checkpoint)


def require_options_of_fit(names: Iterable[str], further: Sequence[str] = ()) -> None:
    """Raise `SamplingError` for an option that no engine knows.

    The nearest is sought among the arguments of `Model.fit`, the options of engines, and `further`.
    """
    own = Settings.names()
    asked = [name for name in names if name not in own]
    if not asked:
        return
    known = [name for engine in ENGINES for name in engine.options()]
    for name in asked:
        if name not in known:
            raise SamplingError(
                f"There is no option {name!r}.",
                where="fit",
                hint=did_you_mean(name, dict.fromkeys([*own, *known, *further])),
            )


def _first(
    engines: tuple[Engine, ...],
    spec: Spec,
    settings: Settings,
    built: BuiltModel,
    *against: Declined,
) -> EngineChoice:
    """Return the first of some engines that nothing speaks against; `against` is before them."""
    for engine in engines:
        declined = engine.why_not(spec, settings, built)
        said = dict.fromkeys(each.reason for each in against)
        if declined is None:
            return EngineChoice(engine, "; ".join(said) or engine.reason)
        of_model = f"not the {engine.name} engine, because {declined}"
        against = (
            *against,
            declined if declined.by_choice else replace(declined, reason=of_model),
        )
    raise SamplingError(
        f"No engine can take this model: {'; '.join(each.reason for each in against)}.",
        where="engine",
        hint=_remedies(against),
    )


def _remedies(declined: Iterable[Declined]) -> str | None:
    """Return what can be done where engines decline, each remedy once; None without any."""
    return " ".join(dict.fromkeys(each.remedy for each in declined if each.remedy)) or None


def _asked(name: object) -> Engine | None:
    """Return the engine that was asked for by name, None for the automatic choice."""
    require_known(name, ENGINE_NAMES, f"There is no engine {name!r}.", where="engine")
    return None if name == AUTO else _named(str(name))


def _named(name: str) -> Engine:
    return next(engine for engine in ENGINES if engine.name == name)


def _later(engine: Engine) -> tuple[Engine, ...]:
    return ENGINES[ENGINES.index(engine) + 1 :]


def _cannot(
    engine: Engine,
    declined: Declined,
    spec: Spec,
    settings: Settings,
    built: BuiltModel,
    *,
    tried: bool = False,
) -> SamplingError:
    """Name the first of the other engines that takes the model.

    Of one that was `tried` those after it: the ones before it may have failed at the model, too.
    """
    after = _later(engine) if tried else ()
    others = after or [other for other in ENGINES if other is not engine]
    free = replace(settings, engine=AUTO)
    against = {other.name: other.why_not(spec, free, built) for other in others}
    able = [f'Use engine="{name}".' for name, why in against.items() if why is None]
    none = _remedies([declined, *(why for why in against.values() if why is not None)])
    return SamplingError(
        f"The {engine.name} engine cannot take this model: {declined}.",
        where="engine",
        hint=next(iter(able), none),
    )


def _check(spec: Spec, settings: Settings, asked: Engine | None) -> None:
    """Refuse settings that cannot be; `asked` is the engine that was asked for by name."""
    check_parameterization(settings.parameterization, spec)
    if asked is not None and settings.parameterization != "auto" and not asked.coordinates:
        able = next(engine.name for engine in ENGINES if engine.coordinates)
        raise SamplingError(
            f"The {asked.name} engine has no parameterization: its draws are independent.",
            where="parameterization",
            hint=f'Leave it out, or use engine="{able}".',
        )
    require_progressbar(settings.progressbar)
    for name in ("draws", "tune", "chains"):
        require_whole(name, count := getattr(settings, name), 1, SamplingError)
        if count > _MOST:
            raise SamplingError(f"{name} is {count}, more than can be kept.", where=name)
    draws = settings.draws * settings.chains
    require_memory(
        float(draws) * max(len(spec.priors), 1),
        f"{draws:,} draws of {len(spec.priors):,} parameters",
        where="draws",
        hint="Ask for fewer draws or chains.",
    )
    require_seed(settings.seed, SamplingError)
    accept: object = settings.target_accept
    if accept is not None and not (is_number(accept) and 0 < accept < 1):
        raise SamplingError(
            f"target_accept is {shown(accept)}.",
            where="target_accept",
            hint="Give a number between 0 and 1, such as 0.95.",
        )
    _check_ends(settings)
    require_options_of_fit(settings.sampler)


def _check_ends(settings: Settings) -> None:
    """Refuse what cannot end sampling: an effective number, and seconds."""
    for name, most, what, example in (
        ("min_ess", _MOST, "an effective number of draws", "400"),
        ("max_time", None, "seconds", "60"),
    ):
        given: object = getattr(settings, name)
        if given is not None and not (is_finite(given) and 0 < given <= (most or given)):
            raise SamplingError(
                f"{name} is {shown(given)}.",
                where=name,
                hint=f"Give {what} above 0, such as {example}, or None.",
            )
