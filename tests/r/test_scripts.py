"""R scripts, translated and run: their numbers next to R's.

`scripts/` holds the scripts, `scripts/answers.R` the program that ran them in R, and
`scripts/answers.json` what R said. Each is translated and executed twice. First as a user would,
with fewer draws: log-likelihoods must be R's, posteriors lie around R's estimates. Then statement
by statement, with R's estimates in the place of the draws: means, contrasts, slopes, predictions
and tables must be R's numbers. Nothing is sampled a second time.
"""

import ast
import json
import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import mixwell as mw
from mixwell.interpret.estimates.estimates import Estimates

SCRIPTS = Path(__file__).parent / "scripts"
ANSWERS: dict[str, Any] = json.loads((SCRIPTS / "answers.json").read_text(encoding="utf-8"))
NAMES = sorted(ANSWERS)
#: Fewer draws than `Model.fit` takes by itself; what a script says itself is left.
FEW = {"draws": 500, "tune": 500, "chains": 4, "progressbar": False}

#: What stays a comment: the script, a part of the line, a part of the reason given.
UNTRANSLATED: dict[str, tuple[tuple[str, str], ...]] = {
    "47_anova.R": (("anova(small, large)", "mw.compare"), ("AIC(small)", "loo()")),
    "56_left_out.R": (
        ("centre <- function(x)", "Functions"),
        ("for (i in 1:3)", "Loops"),
        ("slopes <- sapply", "functions over lists"),
        ("if (interactive())", "Branches"),
        ("drop1(m)", "mw.compare"),
    ),
}
#: lme4's Laplace approximation takes the expected curvature, ours and glmmTMB's the observed one:
#: by how much log-likelihoods differ at most, relatively.
OTHER_CURVATURE = {"26_glmer_nb.R": 2e-4}
#: Models without random effects, with several factors or with a formula for sigma: NUTS alone.
BY_NUTS = {
    "28_glm_poisson.R",
    "29_glm_binomial.R",
    "36_brm_sigma.R",
    "42_glmmTMB_dispersion.R",
    "48_crossed_glmer.R",
}
SLOW = BY_NUTS - {"36_brm_sigma.R"}
RUNNING = [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in NAMES]


# ---- running ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Played:
    """A script that was run: its names, the fits in order, and what it printed."""

    names: dict[str, Any]
    fits: list[mw.Fit]
    printed: list[Any]


@cache
def translated(script: str) -> Any:
    raw = (SCRIPTS / script).read_bytes()
    return mw.r.translate(raw, suffix=Path(script).suffix)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work in a folder, draw figures nowhere, and pass over warnings about few draws."""
    matplotlib.use("Agg")
    before = Path.cwd()
    os.chdir(folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a working directory in which `data/` lies, as the scripts expect."""
    made = tmp_path_factory.mktemp("scripts")
    shutil.copytree(SCRIPTS / "data", made / "data")
    return made


@pytest.fixture(scope="module")
def play(folder: Path):
    """Return a runner of scripts that keeps what it has run."""
    done: dict[str, Played] = {}

    def run(script: str) -> Played:
        if script not in done:
            done[script] = run_once(script, folder)
        return done[script]

    return run


def run_once(script: str, folder: Path) -> Played:
    fits: list[mw.Fit] = []
    usual = mw.Model.fit

    def fit(model: mw.Model, *args: Any, **given: Any) -> mw.Fit:
        fits.append(usual(model, *args, **(FEW | given)))
        return fits[-1]

    printed: list[Any] = []

    def show(*shown: Any) -> None:
        assert all(str(value) for value in shown)
        printed.extend(shown)

    names: dict[str, Any] = {"print": show}
    with pytest.MonkeyPatch.context() as patch, working_in(folder):
        patch.setattr(mw.Model, "fit", fit)
        exec(compile(str(translated(script)), script, "exec"), names)
    return Played(names, fits, printed)


def run_at_r(script: str, folder: Path, played: Played) -> Played:
    """Run a script again: its fits are those there are, with R's estimates as their draws."""
    answers = {python_name(name): model for name, model in ANSWERS[script]["models"].items()}
    waiting = iter(played.fits)
    printed: list[Any] = []
    names: dict[str, Any] = {"print": lambda *shown: printed.extend(shown)}
    pretended: dict[int, mw.Fit] = {}
    with pytest.MonkeyPatch.context() as patch, working_in(folder):
        patch.setattr(mw.Model, "fit", lambda *_, **__: next(waiting))
        for statement in ast.parse(str(translated(script))).body:
            module = ast.Module([statement], type_ignores=[])
            exec(compile(module, script, "exec"), names)
            for name in answers.keys() & names.keys():
                fit = names[name]
                if isinstance(fit, mw.Fit) and id(fit) not in map(id, pretended.values()):
                    pretended[id(fit)] = at_r(fit, answers[name])
                    names[name] = pretended[id(fit)]
    return Played(names, played.fits, printed)


def python_name(r_name: str) -> str:
    return re.sub(r"\W", "_", r_name)


# ---- R's names ---------------------------------------------------------------------------------
def plain(name: str) -> str:
    """Return an effect's name as R writes it: no brackets, the intercept in parentheses."""
    return "(Intercept)" if name == "Intercept" else re.sub(r"[\[\]]", "", name)


def inside_out(factor: str) -> frozenset[str]:
    """Return a grouping factor's name regardless of its order: cask:batch is batch:cask."""
    return frozenset(factor.split(":"))


def listed(value: Any) -> list[Any]:
    """Return a list where the JSON has unboxed one of length one."""
    return value if isinstance(value, list) else [value]


def mapping(value: Any) -> dict[str, Any]:
    """Return an R list; an empty one is written as []."""
    return value or {}


def places(posterior: xr.Dataset, model: Mapping[str, Any]) -> Iterator[tuple[xr.DataArray, float]]:
    """Pair each of R's standard deviations and correlations with its draws."""
    for row in model.get("sd") or []:
        found = posterior[f"sd_{factor_of(posterior, row['factor'])}"]
        yield selected(found, row["effect"]), row["sd"]
    for row in model.get("corr") or []:
        found = posterior[f"corr_{factor_of(posterior, row['factor'])}"]
        yield selected(found, row["one"], row["two"]), row["corr"]
    for name in ("sigma", "alpha"):
        if model.get(name) is not None:
            yield posterior[name], model[name]


def selected(found: xr.DataArray, *effects: str) -> xr.DataArray:
    """Select effects by R's names, along the last dimensions."""
    for dim, effect in zip(found.dims[-len(effects) :], effects, strict=True):
        (label,) = [e for e in found[dim].values if plain(str(e)) == effect]
        found = found.sel({dim: label})
    return found


def factor_of(posterior: xr.Dataset, r_name: str) -> str:
    factors = [str(name)[3:] for name in posterior if str(name).startswith("sd_")]
    (found,) = [name for name in factors if inside_out(name) == inside_out(r_name)]
    return found


def fixed_names(fit: mw.Fit) -> dict[str, str]:
    fixed = fit.spec.design.mean.fixed
    return dict(zip(fixed.r_names, fixed.names, strict=True))


def on_sigma(fit: mw.Fit, r_name: str) -> xr.DataArray:
    """Return the draws of a coefficient on log(sigma)."""
    return selected(fit.posterior["b_sigma"], r_name)


# ---- R's estimates as draws --------------------------------------------------------------------
def at_r(fit: mw.Fit, model: Mapping[str, Any]) -> mw.Fit:
    """Return a fit whose draws are R's estimates, where R has one, and its own elsewhere."""
    posterior = fit.posterior.isel(chain=slice(0, 2), draw=slice(0, 4)).copy(deep=True)
    names = fixed_names(fit)
    for r_name, value in model["fixef"].items():
        posterior["b"].loc[{"effect": names[r_name]}] = value
    for draws, value in places(posterior, model):
        draws[...] = value
    for factor, effects in mapping(model.get("ranef")).items():
        set_deviations(posterior, factor, effects)
    groups = {name: fit.tree[name].to_dataset() for name in fit.tree.children}
    return replace(fit, tree=xr.DataTree.from_dict(groups | {"posterior": posterior}))


def set_deviations(posterior: xr.Dataset, r_name: str, effects: Mapping[str, Any]) -> None:
    factor = factor_of(posterior, r_name)
    deviations = posterior[f"r_{factor}"]
    for (level, effect), value in by_level(effects, turned=factor != r_name).items():
        (label,) = [e for e in deviations[f"{factor}_effect"].values if plain(str(e)) == effect]
        deviations.loc[{factor: level, f"{factor}_effect": label}] = value


def by_level(effects: Mapping[str, Any], turned: bool) -> dict[tuple[str, str], float]:
    """Return R's deviations by level and effect; `turned` where the nested names are."""
    found = {}
    for level, row in zip(listed(effects["levels"]), effects["values"], strict=True):
        name = ":".join(reversed(level.split(":"))) if turned else level
        for effect, value in zip(listed(effects["effects"]), listed(row), strict=True):
            found[name, effect] = value
    return found


# ---- comparing ---------------------------------------------------------------------------------
def agree(found: Any, answer: Mapping[str, Any]) -> bool:
    """Return whether a value of Python is R's answer."""
    try:
        compare(found, answer)
    except AssertionError:
        return False
    return True


def compare(found: Any, answer: Mapping[str, Any]) -> None:
    """Compare a value with R's answer; `AssertionError` where they differ."""
    kinds = {
        "table": compare_table,
        "logLik": lambda f, a: close(np.atleast_1d(numbers(f)), [a["value"]], 1e-5),
        "values": lambda f, a: close(numbers(f), listed(a["values"])),
        "ranef": compare_levels,
        "coef": compare_levels,
        "VarCorr": compare_components,
    }
    kinds[answer["kind"]](found, answer)


def close(found: Any, expected: Any, rtol: float = 1e-6) -> None:
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert found.shape == expected.shape, f"{found.shape} numbers, R has {expected.shape}"
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-7)


def numbers(found: Any) -> np.ndarray:
    if isinstance(found, Estimates | pd.DataFrame):
        assert "estimate" in list(found), "no column of estimates"
        return found["estimate"].to_numpy(dtype=float)
    assert isinstance(found, int | float | np.number | np.ndarray | pd.Series), type(found)
    return np.atleast_1d(np.asarray(found, dtype=float))


def compare_table(found: Any, answer: Mapping[str, Any]) -> None:
    assert isinstance(found, Estimates), type(found)
    close(numbers(found), listed(answer["estimate"]))
    frame = found.to_frame()
    for column, labels in answer["labels"].items():
        if column in frame and column != "contrast":
            assert as_text(frame[column]) == as_text(listed(labels)), column


def as_text(labels: Any) -> list[str]:
    """Return levels as text, numbers in their shortest form."""
    return [f"{float(x):g}" if re.fullmatch(r"-?[\d.]+", str(x)) else str(x) for x in labels]


def compare_tables(found: list[Any], answer: Mapping[str, Any]) -> None:
    for part, table in zip(found, answer["tables"], strict=True):
        compare_table(part, table)


def compare_levels(found: Any, answer: Mapping[str, Any]) -> None:
    """Compare ranef() or coef(): one row a factor, level and effect."""
    assert isinstance(found, pd.DataFrame), type(found)
    for r_name, effects in answer["factors"].items():
        names = {str(f) for f in found["factor"]}
        (factor,) = [name for name in names if inside_out(name) == inside_out(r_name)]
        rows = found[found["factor"] == factor]
        ours = {
            (str(level), plain(str(effect))): value
            for level, effect, value in zip(
                rows["level"], rows["effect"], rows["estimate"], strict=True
            )
        }
        theirs = by_level(effects, turned=factor != r_name)
        close([ours[key] for key in theirs], list(theirs.values()))


def compare_components(found: Any, answer: Mapping[str, Any]) -> None:
    sds = found[found["kind"] == "sd"].set_index(["factor", "effect"])["estimate"]
    for row in answer["sd"]:
        (value,) = [
            sd
            for (factor, effect), sd in sds.items()
            if inside_out(str(factor)) == inside_out(row["factor"])
            and plain(str(effect)) == row["effect"]
        ]
        close(value, row["sd"])


def distance(draws: Any, value: float) -> float:
    """Return how many posterior sds the posterior's mean is from a value."""
    values = np.asarray(draws).ravel()
    return float(abs(values.mean() - value) / values.std())


def spread(draws: Any) -> float:
    """Return half of the central 68%: the sd where the tails are normal, whatever they are."""
    low, high = np.quantile(np.asarray(draws), [0.16, 0.84])
    return float(high - low) / 2


# ---- tests -------------------------------------------------------------------------------------
def test_every_script_has_its_answers_and_there_are_many() -> None:
    files = {path.name for path in SCRIPTS.glob("[0-9][0-9]_*")}
    assert files == set(ANSWERS)
    assert len(files) >= 36


@pytest.mark.parametrize("script", NAMES)
def test_only_what_is_known_to_be_untranslatable_is_left_out(script: str) -> None:
    left = translated(script).untranslated
    expected = UNTRANSLATED.get(script, ())
    assert len(left) == len(expected), "\n".join(f"{u.line}: {u.text}: {u.reason}" for u in left)
    for found, (text, reason) in zip(left, expected, strict=True):
        assert text in found.text
        assert reason in found.reason


@pytest.mark.parametrize("script", RUNNING)
def test_the_translation_runs_and_keeps_the_names(script: str, play) -> None:
    played = play(script)
    models = ANSWERS[script]["models"]
    assert len(played.fits) >= len(models)
    for name in models:
        assert isinstance(played.names[python_name(name)], mw.Fit), name


def likelihoods(script: str, played: Played) -> Iterator[tuple[mw.Fit, Mapping[str, Any]]]:
    for name, model in ANSWERS[script]["models"].items():
        if model.get("logLik") is not None:
            yield played.names[python_name(name)], model


@pytest.mark.parametrize("script", [name for name in NAMES if name not in BY_NUTS])
def test_log_likelihoods_are_those_of_r(script: str, play) -> None:
    for fit, model in likelihoods(script, play(script)):
        mode = fit.mode(flat=True, reml=bool(model.get("reml")), nodes=model.get("nodes") or 1)
        rtol = OTHER_CURVATURE.get(script, 1e-5)
        assert mode.log_likelihood == pytest.approx(model["logLik"], rel=rtol)


@pytest.mark.parametrize("script", RUNNING)
def test_posteriors_lie_around_the_estimates_of_r(script: str, play) -> None:
    played = play(script)
    for name, model in ANSWERS[script]["models"].items():
        fit = played.names[python_name(name)]
        effects = fixed_names(fit)
        for r_name, value in model["fixef"].items():
            draws = fit.posterior["b"].sel(effect=effects[r_name])
            assert distance(draws, value) < 0.5, (name, r_name)
        for r_name, value in mapping(model.get("sigma_fixef")).items():
            assert distance(on_sigma(fit, r_name), value) < 0.5, (name, "sigma", r_name)
        for draws, value in places(fit.posterior, model):  # few levels: wide and skewed
            assert 0.025 < float((draws < value).mean()) < 0.975, (name, draws.name)


@pytest.mark.parametrize("script", RUNNING)
def test_standard_errors_are_those_of_r_or_somewhat_larger(script: str, play) -> None:
    played = play(script)
    for name, model in ANSWERS[script]["models"].items():
        fit = played.names[python_name(name)]
        effects = fixed_names(fit)
        few = any(len(found.levels) < 10 for found in fit.spec.layout.factors)
        for r_name, error in model["se"].items():
            draws = fit.posterior["b"].sel(effect=effects[r_name])
            assert 0.75 < spread(draws) / error < (2.0 if few else 1.5), (name, r_name)


BAYESIAN = [
    name for name in NAMES if any(m.get("posterior") for m in ANSWERS[name]["models"].values())
]
EXACTLY = [
    pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name
    for name in NAMES
    if name not in BAYESIAN
]


@pytest.mark.parametrize("script", EXACTLY)
def test_results_with_a_name_are_those_of_r_at_its_estimates(script: str, play, folder) -> None:
    named = mapping(ANSWERS[script]["named"])
    played = run_at_r(script, folder, play(script))
    left_out = " ".join(text for text, _ in UNTRANSLATED.get(script, ()))
    for r_name, answer in named.items():
        name = python_name(r_name)
        if re.search(rf"\b{re.escape(r_name)}\b", left_out):
            continue
        if (
            answer["kind"] == "tables"
        ):  # emmeans(m, pairwise ~ x): the contrasts have their own name
            compare_tables([played.names[name], played.names[f"{name}_contrasts"]], answer)
        else:
            compare(played.names[name], answer)


@pytest.mark.parametrize("script", EXACTLY)
def test_results_that_r_shows_are_shown_in_the_same_order(script: str, play, folder) -> None:
    printed = iter(run_at_r(script, folder, play(script)).printed)
    for answer in ANSWERS[script]["shown"]:
        if any(answer["code"] in text for text, _ in UNTRANSLATED.get(script, ())):
            continue
        for one in answer["tables"] if answer["kind"] == "tables" else [answer]:
            assert any(agree(found, one) for found in printed), answer["code"]


@pytest.mark.parametrize("script", BAYESIAN)
def test_tables_of_a_posterior_are_those_of_r_within_their_sd(script: str, play) -> None:
    played = play(script)
    answers = [*mapping(ANSWERS[script]["named"]).values(), *ANSWERS[script]["shown"]]
    compared = [answer for answer in answers if answer["kind"] in ("table", "hypothesis")]
    found = iter([value for value in played.printed if isinstance(value, Estimates)])
    for answer, estimates in zip(compared, found, strict=True):
        off = np.abs(numbers(estimates) - listed(answer["estimate"])) / estimates["sd"].to_numpy()
        assert (off < 0.4).all()


def test_numbers_from_columns_of_draws_are_those_of_r_but_for_chance(play) -> None:
    named = ANSWERS["63_brm_draws.R"]["named"]
    names = play("63_brm_draws.R").names
    for name in ("m1", "m2", "s1", "r1"):  # slope, sigma, sd of a group, correlation
        np.testing.assert_allclose(names[name], named[name]["values"], rtol=0.02, atol=0.01)
