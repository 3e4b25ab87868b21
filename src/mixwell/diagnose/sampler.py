"""What NUTS reports of its way through the posterior: divergences and where, energy, depth, steps.

Source: Betancourt 2017.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mixwell.diagnose.advice import Advice, Look, Refit, Unjudged
from mixwell.diagnose.findings import Finding
from mixwell.diagnose.sampled import EFFECTIVE_MINIMUM, Outcome, Sampled, two_digits
from mixwell.numeric.arrays import FloatArray
from mixwell.posterior.draws import array_statistics, draws_of
from mixwell.posterior.level_deviations import Deviations, made_when_read
from mixwell.specify.naming import GroupNames, element

BFMI_MINIMUM = 0.3
STEP_SIZE_MINIMUM = 0.02
#: The engine that takes every model.
EVERY_MODEL = "nuts"
TARGET_ACCEPT = 0.95  # what is aimed at by default
# Divergences are said to lie at one end of a parameter when their median is beyond this quantile.
_END = 0.3
_FEWEST = 3
_LEVELS_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Neck:
    """The standard deviation that divergences gather at: `small` for the funnel's neck."""

    group: GroupNames
    effect: str
    small: bool
    quantile: float
    levels: tuple[str, ...]

    @property
    def sd(self) -> str:
        """The name of the standard deviation."""
        return element(self.group.sd_name, self.effect)


def divergences(sampled: Sampled) -> Iterator[Outcome]:
    """Count divergences and say where they lie."""
    if "diverging" not in sampled.statistics:
        yield Unjudged("Divergences were not recorded")
        return
    marked = np.asarray(sampled.statistics["diverging"].values, dtype=bool)
    count = int(marked.sum())
    if count == 0:
        yield ("divergences", 0.0)
        return
    neck = _where(sampled, marked)
    share = count / (sampled.chains * sampled.draws)
    meaning = (
        f"{count} of {sampled.chains * sampled.draws} draws ({100 * share:.2g}%) ended in a "
        "region too curved for the step size: part of the posterior may be missing."
    )
    yield Finding(
        measure="divergences",
        value=count,
        threshold=0,
        parameters=() if neck is None else (neck.sd, *neck.levels),
        meaning=meaning if neck is None else f"{meaning} {_described(neck)}",
        advice=cure(sampled, neck),
    )


def _where(sampled: Sampled, marked: np.ndarray) -> _Neck | None:
    """Compare diverging with other draws: at which standard deviation, and which levels follow."""
    best: _Neck | None = None
    if marked.sum() < _FEWEST or marked.all():
        return None
    for group, effect, draws in sampled.named.standard_deviations():
        if group.r_name not in sampled.posterior:
            continue
        log_sd = np.log(np.maximum(draws, 1e-300))
        middle = float(np.median(log_sd[marked]))
        quantile = float(np.mean(log_sd[~marked] < middle))
        if _END <= quantile <= 1 - _END:
            continue
        if best is not None and abs(quantile - 0.5) <= abs(best.quantile - 0.5):
            continue
        small = quantile < _END
        found = sampled.named.deviations(group)
        followers = list[str]()
        if not made_when_read(found.variable):  # else too many to look at
            followers = _followers(found, found.effects.index(effect), log_sd, small=small)
        levels = tuple(element(group.r_name, level, effect) for level in followers)
        best = _Neck(group, effect, small, quantile, levels)
    return best


def _followers(found: Deviations, k: int, log_sd: FloatArray, *, small: bool) -> list[str]:
    """Return the levels whose coordinates shrink most with the sd (small) or against it."""
    r = found.draws()[..., k].reshape(log_sd.size, -1)
    size = np.log(np.maximum(np.abs(r), 1e-300))
    if not small:
        size = size - log_sd.reshape(-1, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = size.std(axis=0) * log_sd.std()
        centered = log_sd.ravel() - log_sd.mean()
        together = (size - size.mean(axis=0)).T @ centered / log_sd.size / scale
    order = np.argsort(-np.nan_to_num(together if small else -together))
    return [found.labels[i] for i in order[:_LEVELS_NAMED].tolist()]


def _described(neck: _Neck) -> str:
    levels = ", ".join(neck.levels)
    if neck.small:
        return (
            f"They gather where {neck.sd} is small (their median is its {100 * neck.quantile:.0f}% "
            "quantile): the neck of a funnel"
            + (f", in which {levels} follow it most." if levels else ".")
        )
    return (
        f"They gather where {neck.sd} is large (their median is its {100 * neck.quantile:.0f}% "
        f"quantile): an inverted funnel, where the data say more about {levels or 'levels'} than "
        "the sd does."
    )


def cure(sampled: Sampled, neck: _Neck | None = None) -> Advice:
    """Return the next step where NUTS cannot follow the posterior.

    First the rule's coordinates; then the exact engine, which no funnel stops, or a stronger prior;
    where that engine cannot take the model, shorter steps before the prior.
    """
    sd = neck.group.sd_name if neck is not None else _first_sd(sampled)
    exact, own = without_chains(sampled), by_rule(sampled)
    if not sampled.made.has_trees:
        return _with_trees(sampled, sd)
    if sd is None:
        if exact is not None:
            return Advice(exact, "independent draws")
        look = Advice(Look("print({fit}.spec)"), "stronger priors, or fewer effects")
        return own or _shorter_steps(sampled) or look
    if own is not None and (exact is None or sampled.made.geometry_by == "user"):
        return own
    prior = _stronger(sampled, sd)
    if exact is not None:
        return Advice(exact, "no chains, no funnel; or a stronger prior: ", prior)
    return _shorter_steps(sampled) or Advice(prior, "or another stronger prior")


def _with_trees(sampled: Sampled, sd: str | None) -> Advice:
    """Return the step from chains without trees to the engine for every model."""
    step = without_chains(sampled) or Refit({"engine": EVERY_MODEL})
    if sd is None:
        return Advice(step)
    return Advice(step, "or a stronger prior: ", _stronger(sampled, sd))


def _stronger(sampled: Sampled, sd: str) -> Refit:
    upper = float(np.quantile(sampled.posterior[sd].values, 0.9))
    return Refit({"priors": {sd: f"HalfNormal({two_digits(upper)})"}})


def by_rule(sampled: Sampled) -> Advice | None:
    """Return the step that leaves to the rule what the user chose; None where nothing was chosen.

    That is the coordinates and the mass matrix; steps are then as short as mixwell's own.
    """
    changes: dict[str, object] = {}
    if sampled.made.geometry_by == "user":
        changes["parameterization"] = "auto"
    if sampled.made.adaptation_by == "user" and sampled.made.adaptation == "diag":
        changes["adaptation"] = "low_rank"
    if not changes:
        return None
    if _target_accept(sampled) < TARGET_ACCEPT:
        changes["target_accept"] = TARGET_ACCEPT
    step, exact = Refit(changes), without_chains(sampled)
    return Advice(step) if exact is None else Advice(step, "or no chains: ", exact)


def without_chains(sampled: Sampled) -> Refit | None:
    """Return the step to an engine without chains, where one can take the model."""
    if sampled.independent is None:
        return None
    changes: dict[str, object] = {"engine": sampled.independent}
    if sampled.made.geometry_by == "user":
        changes["parameterization"] = "auto"
    if sampled.chains * sampled.draws < EFFECTIVE_MINIMUM:
        changes["draws"] = 1000
    return Refit(changes)


def _target_accept(sampled: Sampled) -> float:
    held = sampled.made.target_accept
    return 0.8 if held is None else float(held)


def _shorter_steps(sampled: Sampled) -> Advice | None:
    return Advice(Refit({"target_accept": 0.99})) if _target_accept(sampled) < 0.99 else None


def _first_sd(sampled: Sampled) -> str | None:
    return next((group.sd_name for group, *_ in sampled.named.standard_deviations()), None)


def energy(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the Bayesian fraction of missing information of every chain."""
    if "energy" not in sampled.statistics:
        if sampled.made.has_trees:
            yield Unjudged("The energy was not recorded: BFMI cannot be judged")
        return
    values = draws_of(sampled.statistics["energy"])
    if sampled.draws < 4 or not (np.ptp(values, axis=1) > 0).all():
        return
    yield _by_chain(
        "BFMI",
        np.asarray(array_statistics().bfmi(values)),
        BFMI_MINIMUM,
        "The sampler explores the spread of the density slowly: heavy tails or a funnel.",
        cure(sampled),
    )


def _by_chain(
    measure: str, values: FloatArray, least: float, meaning: str, advice: Advice
) -> Finding | tuple[str, float]:
    """Judge a measure of every chain, of which the smallest counts."""
    worst = float(values.min())
    if worst >= least:
        return (measure, worst)
    low = tuple(f"chain {chain + 1}" for chain in np.flatnonzero(values < least))
    return Finding(measure, worst, least, low, meaning, advice, at_least=True)


def tree_depth(sampled: Sampled) -> Iterator[Outcome]:
    """Count trees that reached their largest depth."""
    if "reached_max_treedepth" not in sampled.statistics:
        if sampled.made.has_trees:
            yield Unjudged("The tree depth was not recorded")
        return
    count = int(sampled.statistics["reached_max_treedepth"].sum())
    if count == 0:
        yield ("saturated trees", 0.0)
        return
    yield Finding(
        measure="saturated trees",
        value=count,
        threshold=0,
        parameters=(),
        meaning="The sampler stopped before it turned around: its steps are too small.",
        advice=_shorter_paths(sampled) or _deeper(sampled),
    )


def _shorter_paths(sampled: Sampled) -> Advice | None:
    """Return the step to coordinates and a mass matrix in which paths are shorter."""
    own = by_rule(sampled)
    if own is not None:
        return own
    if sampled.made.adaptation == "diag":
        return Advice(Refit({"adaptation": "low_rank"}))
    exact = without_chains(sampled)
    return None if exact is None else Advice(exact, "independent draws")


def _deeper(sampled: Sampled) -> Advice:
    found = sampled.statistics.get("tree_depth")
    reached = 10 if found is None else int(found.max())
    return Advice(Refit({"max_treedepth": max(10, reached + 2)}))


def step_size(sampled: Sampled) -> Iterator[Outcome]:
    """Judge the size of the steps in units of the posterior's own scales."""
    if "step_size" not in sampled.statistics:
        return
    sizes = draws_of(sampled.statistics["step_size"]).mean(axis=1)
    if not np.isfinite(sizes.min()):
        yield ("step size", float(sizes.min()))
        return
    outcome = _by_chain(
        "step size",
        sizes,
        STEP_SIZE_MINIMUM,
        *_tiny_steps(sampled),
    )
    yield replace(outcome, grave=False) if isinstance(outcome, Finding) else outcome


def _tiny_steps(sampled: Sampled) -> tuple[str, Advice]:
    """Say what tiny steps mean, and what to do."""
    if not sampled.made.has_trees:
        meaning = "The chains need tiny steps: the posterior is far from the gaussian they move in."
        return meaning, cure(sampled)
    return (
        "The sampler needs tiny steps: some direction of the posterior is far narrower than "
        "the coordinates' own scales show.",
        _shorter_paths(sampled) or Advice(Refit({"parameterization": "whitened"})),
    )
