"""Cases that build: PyMC models, whose log densities are evaluated at fixed points."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import mixwell as mw

from .fits import Asked, record_model
from .frames import LINKS
from .record import DENSITIES, NUMBERS, Record

PARAMETERIZATIONS = ("centered", "noncentered", "mixed", "whitened")


class _Caught(BaseException):
    """Ends a fit where it would begin to sample, with the model that it would sample."""

    def __init__(self, model: Any, arguments: Mapping[str, Any]) -> None:
        super().__init__()
        self.model, self.arguments = model, arguments


@dataclass(frozen=True)
class Built:
    """A model and the coordinates of its PyMC model; `prior` draws from its prior, too."""

    asked: Asked
    parameterization: Any = "auto"
    prior: bool = False


def record_graph(record: Record, built: Built) -> None:
    """Take down a PyMC model: names, dims, coords, and values at four points."""
    model = record.attempt("Model", built.asked.model)
    if model is None:
        return
    record_model(record, model)
    if built.parameterization == "auto":
        graph = _shown_model(record, model)
    else:
        record.attempt("model.geometry(choice)", lambda: model.geometry(built.parameterization))
        graph = _sampled_model(record, model, built.parameterization)
    if graph is None:
        return
    _names(record, graph)
    _values(record, graph)
    if built.prior:
        record.attempt("prior", lambda: _prior(graph))


def _shown_model(record: Record, model: mw.Model) -> Any:
    found: list[Any] = []
    record.attempt("model.pymc", lambda: found.append(model.pymc))
    return found[0] if found else None


def _sampled_model(record: Record, model: mw.Model, parameterization: Any) -> Any:
    """Return the model that `fit` would sample: it is stopped before it begins."""
    from mixwell.infer.pymc import nuts

    original = nuts._all_at_once

    @functools.wraps(original)
    def stopped(graph: Any, spec: Any, names: Any, settings: Any, sampler: Any, own: Any) -> None:
        asked = {"draws": settings.draws, "tune": settings.tune, "chains": settings.chains}
        more = {"progressbar": settings.progressbar, "compute_convergence_checks": False}
        raise _Caught(graph, {**asked, **more, "random_seed": settings.seed, "nuts": own})

    def fit() -> None:
        model.fit(engine="nuts", parameterization=parameterization, seed=1, progressbar=False)

    nuts._all_at_once = stopped  # type: ignore[assignment]
    found = None
    try:
        record.attempt("fit", fit)
    except _Caught as caught:
        found = caught.model
        lines = [f"{k}={v!r}" for k, v in sorted(caught.arguments.items()) if k != "model"]
        record.label("arguments of pymc.sample", "\n".join(lines))
    finally:
        nuts._all_at_once = original
    return found


def _names(record: Record, graph: Any) -> None:
    kinds = ("free_RVs", "observed_RVs", "deterministics", "potentials", "data_vars", "value_vars")
    for kind in kinds:
        lines = [
            f"{variable.name}: {graph.named_vars_to_dims.get(variable.name, ())} {variable.type}"
            for variable in getattr(graph, kind)
        ]
        record.label(f"pymc.{kind}", "\n".join(lines))
    transforms = [
        f"{rv.name}: {graph.rvs_to_values[rv].name} {type(graph.rvs_to_transforms[rv]).__name__} "
        f"{getattr(rv.owner.op, '_print_name', [''])[0]}"
        for rv in graph.free_RVs
    ]
    record.label("pymc transforms", "\n".join(transforms))
    lines = [f"{name}: {list(map(str, labels))}" for name, labels in graph.coords.items()]
    record.label("pymc.coords", "\n".join(lines))


def _points(start: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Return the start and three points around it, each value variable moved by its own seed."""
    points = [{name: np.array(value, dtype=float) for name, value in start.items()}]
    for step, width in ((1, 0.02), (2, 0.1), (3, 0.3)):
        moved = {}
        for name, value in points[0].items():
            rng = np.random.default_rng([step, *name.encode()])
            moved[name] = value + width * rng.normal(size=value.shape)
        points.append(moved)
    return points


def _values(record: Record, graph: Any) -> None:
    """Evaluate the log density by variable, and all variables, in PyTensor's quickest mode."""
    from pytensor.compile.mode import Mode

    factors = graph.logp(sum=False)
    sources = [*graph.basic_RVs, *graph.potentials]
    names = [v.name for v in sources] if len(sources) == len(factors) else []
    names = names or [f"factor {i}" for i in range(len(factors))]
    shown = graph.unobserved_value_vars
    evaluate = graph.compile_fn(
        [factor.sum() for factor in factors] + list(shown),
        inputs=graph.value_vars,
        # outside a distribution's bounds the density is -inf, as where PyMC samples, not an error
        mode=Mode(linker="py", optimizer=None).including("local_check_parameter_to_ninf_switch"),
        on_unused_input="ignore",
    )
    for place, point in enumerate(_points(graph.initial_point())):
        record.label(f"point {place}", "\n".join(f"{k}: {v.shape}" for k, v in point.items()))
        try:
            found = evaluate(point)
        except Exception as error:
            said = str(error).partition("\n")[0]
            record.text(f"point {place} ! error", f"{type(error).__name__}: {said}")
            continue
        logps, values = found[: len(factors)], found[len(factors) :]
        record.array(f"log density at {place}", sum(map(float, logps)), DENSITIES)
        for name, value in zip(names, logps, strict=True):
            record.array(f"log density at {place} of {name}", value, DENSITIES)
        for variable, value in zip(shown, values, strict=True):
            record.array(f"value at {place} of {variable.name}", value, NUMBERS)


def _prior(graph: Any) -> str:
    """Return names, dims and shapes of what the prior gives; its draws belong to PyMC."""
    import logging

    import pymc as pm

    logging.getLogger("pymc").setLevel(logging.ERROR)
    drawn = pm.sample_prior_predictive(
        2, model=graph, random_seed=1, compile_kwargs={"mode": "FAST_COMPILE"}
    )
    return "\n".join(
        f"{group}/{name}: {variable.dims} {variable.shape}"
        for group, node in sorted(drawn.children.items())
        for name, variable in sorted(node.data_vars.items())
    )


def _a(
    formula: str | list[str],
    data: str,
    family: str = "gaussian",
    parameterization: Any = "auto",
    prior: bool = False,
    **choices: Any,
) -> Built:
    made: Callable[[], Mapping[str, Any]] | Mapping[str, Any] = choices.pop("make", choices)
    return Built(Asked(formula, data, family, made), parameterization, prior)


def _own_priors() -> Mapping[str, Any]:
    import bambi
    import pymc as pm

    return {
        "priors": {
            "b": pm.Laplace.dist(0, 1),
            "Intercept": "Normal(0, 5)",
            "x": bambi.Prior("StudentT", nu=4, mu=0, sigma=2),
            "sd_g": pm.Gamma.dist(2, 4),
            "sd_g[x]": "Uniform(0, 3)",
            "corr_g": "LKJ(3)",
            "sd_h": "TruncatedNormal(0.5, 0.2, 0, 2)",
            "sigma": "Exponential(2)",
        }
    }


def _all_links() -> dict[str, Built]:
    built = {}
    for family, links in LINKS.items():
        left = "y | trials(n)" if family == "binomial" else "y"
        for link in links:
            built[f"pymc/{family}-{link}"] = _a(
                f"{left} ~ x + a + (x | g) + (1 | h)", f"sim {family} {link}", family, link=link
            )
    return built


def _all_coordinates() -> dict[str, Built]:
    formulas = {
        "slopes": ("y ~ x + a + (x | g)", "sim gaussian identity", "gaussian"),
        "crossed": ("y ~ x + (x || g) + (1 | h)", "sim bernoulli logit", "bernoulli"),
        "nested": ("y ~ x + (1 | g/h)", "sim poisson log", "poisson"),
    }
    return {
        f"pymc/{name}-{choice}": _a(*arguments, choice)
        for name, arguments in formulas.items()
        for choice in PARAMETERIZATIONS
    }


_COUNTS, _NORMAL = "sim poisson log", "sim gaussian identity"
GRAPHS: dict[str, Built] = {
    **_all_links(),
    **_all_coordinates(),
    "pymc/levels": _a(
        "y ~ x + (x | g) + (1 | h)",
        _NORMAL,
        parameterization={"g": {"g00": "centered", "g01": "centered"}, "h": "noncentered"},
    ),
    "pymc/unknown-level": _a("y ~ x + (1 | g)", _NORMAL, parameterization={"g": {"g99": "mixed"}}),
    "pymc/unknown-choice": _a("y ~ x + (1 | g)", _NORMAL, parameterization="centred-ish"),
    "pymc/sigma": _a(
        ["y ~ x + (1 | g)", "sigma ~ x + (1 | h)"], _NORMAL, prior=True, priors={"b_sigma": "flat"}
    ),
    "pymc/sigma-slopes": _a(
        ["y ~ x + (x | ID | g)", "sigma ~ a + (1 | ID | g)"], _NORMAL, prior=True
    ),
    "pymc/nu-sigma": _a(
        ["y ~ x + (1 | g)", "sigma ~ x", "nu ~ 1"], "sim student identity", "student"
    ),
    "pymc/alpha": _a(
        ["y ~ x + (1 | g)", "alpha ~ a + (1 | h)"],
        "sim negativebinomial log",
        "negativebinomial",
        "noncentered",
    ),
    "pymc/alpha-gamma": _a(["y ~ x + (1 | g)", "alpha ~ x"], "sim gamma log", "gamma"),
    "pymc/kappa": _a(["y ~ x + (1 | g)", "kappa ~ x"], "sim beta logit", "beta", prior=True),
    "pymc/no-groups": _a("y ~ x * a", _NORMAL, prior=True),
    "pymc/only-groups": _a("y ~ 0 + (1 | g)", _NORMAL),
    "pymc/cens": _a("y | cens(censored) ~ x + (1 | g)", "lab", prior=True),
    "pymc/cens-interval": _a(
        "y | cens(kind, upper) ~ x + (1 | g)", "lab with intervals", parameterization="centered"
    ),
    "pymc/cens-poisson": _a("y | cens(right) ~ x + (1 | g)", "counts censored", "poisson"),
    "pymc/cens-student": _a("y | cens(censored) ~ x + (1 | g)", "lab", "student"),
    "pymc/trunc": _a("y | trunc(lb = -2, ub = 20) ~ x + (1 | g)", "lab"),
    "pymc/trunc-column": _a("y | trunc(ub = upper) ~ x + (1 | g)", "lab", "student"),
    "pymc/trunc-poisson": _a("y | trunc(ub = 40) ~ x + (1 | g)", _COUNTS, "poisson"),
    "pymc/se": _a("effect | se(se) ~ 1 + (1 | school)", "eight_schools"),
    "pymc/se-sigma": _a("effect | se(se, sigma = TRUE) ~ 1 + (1 | school)", "eight_schools"),
    "pymc/weights": _a("y ~ x + (1 | g)", _NORMAL, weights="w"),
    "pymc/weights-poisson": _a("y | weights(w) ~ x + (1 | g)", _COUNTS, "poisson"),
    "pymc/weights-trunc": _a("y | weights(w) + trunc(lb = -9) ~ x + (1 | g)", "lab"),
    "pymc/offset": _a("y ~ x + offset(log(n)) + (1 | g)", _COUNTS, "poisson", prior=True),
    "pymc/priors": _a("y ~ x + a + (x | g) + (1 | h)", _NORMAL, make=_own_priors),
    "pymc/priors-centered": _a(
        "y ~ x + a + (x | g) + (1 | h)", _NORMAL, parameterization="centered", make=_own_priors
    ),
    "pymc/bangladesh": _a("use ~ age + urban + (urban | district)", "bangladesh", "bernoulli"),
    "pymc/radon": _a("log_radon ~ floor + (floor | county)", "radon"),
    "pymc/pastes": _a("strength ~ 1 + (1 | batch/cask)", "pastes"),
    "pymc/task": _a("y ~ block * direction + (block * direction | user)", "block_direction"),
}
