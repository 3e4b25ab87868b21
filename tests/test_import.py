"""What ``import mixwell`` brings along, and what it offers."""

import subprocess
import sys

import pytest

import mixwell as mw

HEAVY = [
    "pymc",
    "pytensor",
    "arviz",
    "arviz_base",
    "arviz_plots",
    "arviz_stats",
    "bambi",
    "formulae",
    "numba",
    "nutpie",
    "matplotlib",
    "scipy",
    "xarray",
    "pandas",
    "numpy",
]
SAMPLER = [name for name in HEAVY if name not in {"scipy", "xarray", "pandas", "numpy"}]


def modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.split())


def test_importing_mixwell_imports_no_heavy_library() -> None:
    assert modules_after("import mixwell").isdisjoint(HEAVY)


def test_loading_data_imports_pandas_but_no_sampler() -> None:
    loaded = modules_after("import mixwell; mixwell.load_data('sleepstudy')")
    assert "pandas" in loaded
    assert loaded.isdisjoint(SAMPLER)


def test_importing_the_model_imports_no_sampler() -> None:
    assert modules_after("from mixwell import Model, Fit").isdisjoint(SAMPLER)


def test_an_exact_fit_and_its_summary_import_neither_sampler_nor_slow_statistics() -> None:
    loaded = modules_after(
        "import mixwell as mw\n"
        "model = mw.Model('Reaction ~ Days + (Days | Subject)', mw.load_data('sleepstudy'))\n"
        "text = str(model.fit(seed=1))"
    )
    slow = {"arviz_stats", "numba", "sparse", "scipy.interpolate", "scipy.optimize", "scipy.stats"}
    assert loaded.isdisjoint({*SAMPLER, *slow} - {"arviz_base"})


@pytest.mark.parametrize("name", mw.__all__)
def test_every_public_name_is_found_and_listed(name: str) -> None:
    found = getattr(mw, name)
    assert getattr(found, "__name__", name) == name
    assert getattr(found, "__module__", "mixwell").split(".")[0] in ("mixwell", "builtins")
    assert name in dir(mw)


@pytest.mark.parametrize("room", ["data", "design", "errors", "formula", "specify"])
def test_a_room_is_found_as_an_attribute(room: str) -> None:
    assert getattr(mw, room).__name__ == f"mixwell.{room}"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'modle'"):
        _ = mw.modle


@pytest.mark.parametrize("name", ["FormulaError", "DataError", "PriorError", "SamplingError"])
def test_every_error_is_a_mixwell_error_and_a_value_error(name: str) -> None:
    assert issubclass(getattr(mw, name), mw.MixwellError)
    assert issubclass(getattr(mw, name), ValueError)
