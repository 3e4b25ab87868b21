"""What ``import mixwell`` brings along, and what it offers."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import mixwell as mw

PACKAGE = Path(mw.__file__).parent

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


def test_importing_mixwell_imports_not_even_typing() -> None:
    script = (
        "import sys; before = set(sys.modules); import mixwell; print(set(sys.modules) - before)"
    )
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {script}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "typing" not in ast.literal_eval(done.stdout)


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


def test_a_star_import_brings_every_public_name() -> None:
    names: dict[str, object] = {}
    exec("from mixwell import *", names)
    assert {name: names[name] for name in mw.__all__} == {n: getattr(mw, n) for n in mw.__all__}


@pytest.mark.parametrize("package", ["mixwell", "mixwell.r"])
def test_type_checkers_see_the_homes_of_the_table_and_no_others(package: str) -> None:
    module = import_module(package)
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    (guarded,) = (
        n for n in tree.body if isinstance(n, ast.If) and "not" not in ast.unparse(n.test)
    )
    starred = {
        node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    }
    assert starred == set(module._HOME_OF.values())
    for name, home in module._HOME_OF.items():
        shown = getattr(import_module(home), "__all__", [name])
        assert name in shown


@pytest.mark.slow
def test_type_checkers_know_public_names_and_refuse_others(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    wrong = ["mw.modle", 'number: int = mw.load("fit.nc")', 'text: str = load_data("cake")']
    lines = ["import mixwell as mw", "from mixwell import *", "", *wrong]
    lines += [f"mw.{name}" for name in mw.__all__]
    script.write_text("\n".join(lines), encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(script)]
    done = subprocess.run(mypy, capture_output=True, text=True, cwd=PACKAGE.parents[1], timeout=600)
    errors = [line.split(":")[1] for line in done.stdout.splitlines() if " error: " in line]
    assert errors == ["4", "5", "6"], done.stdout


@pytest.mark.parametrize(
    "room",
    sorted(p.stem for p in PACKAGE.iterdir() if p.suffix in ("", ".py") and p.name[0] != "_"),
)
def test_a_room_is_found_as_an_attribute(room: str) -> None:
    assert getattr(mw, room).__name__ == f"mixwell.{room}"
    assert room in dir(mw)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'modle'"):
        _ = mw.modle


@pytest.mark.parametrize("name", ["FormulaError", "DataError", "PriorError", "SamplingError"])
def test_every_error_is_a_mixwell_error_and_a_value_error(name: str) -> None:
    assert issubclass(getattr(mw, name), mw.MixwellError)
    assert issubclass(getattr(mw, name), ValueError)
