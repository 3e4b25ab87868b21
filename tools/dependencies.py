"""Writes the table of dependencies into docs/install.md, from what is installed here.

    uv run python tools/dependencies.py

What each is for is written here; sizes are those of the files that are installed. What a package
brings are those that no other one of the table needs, but for those that need it in turn.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from textwrap import wrap

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "install.md"
BEGIN, END = "<!-- dependencies: tools/dependencies.py writes this -->\n", "<!-- end -->\n"

PURPOSES = {
    "arviz": "what users look at draws with: `fit.idata` is for its functions",
    "arviz-base": "settings of summaries, which mixwell follows",
    "arviz-plots": "figures of chains and of posteriors",
    "arviz-stats": "convergence, effective sizes, leave-one-out, intervals",
    "bambi": "`model.to_bambi()` hands the model over",
    "duckdb": "tables of files: Parquet, Arrow and large text, asked without holding them",
    "formulae": "`poly`, `scale` and splines in formulas; bambi's own formulas",
    "h5netcdf": "`fit.save` and `--out`: netCDF files with groups, through xarray",
    "h5py": "the HDF5 below h5netcdf; a file is looked at with it before anything reads it",
    "ipywidgets": "PyMC's own progress bar in a notebook (nutpie's needs nothing)",
    "matplotlib": "figures",
    "narwhals": "data frames other than pandas', and lazy ones: Polars, Arrow, DuckDB, Spark",
    "numba": "the loops of the direct engine, compiled when it first runs and kept",
    "numpy": "numbers",
    "nutpie": "NUTS",
    "pandas": "data frames, going in and coming out",
    "pyarrow": "Arrow, Parquet and Feather files; columns of Arrow types in saved fits",
    "pymc": "models that NUTS samples",
    "pytensor": "the likelihood as PyMC compiles it",
    "scipy": "special functions, factorizations, distributions",
    "threadpoolctl": "threads of BLAS, so that ours do not compete with them",
    "typer": "the command `mixwell`",
    "xarray": "draws with labels",
}
#: SPDX's names of licenses that a package's own record calls otherwise.
LICENSES = {
    "Apache Software": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "MIT License": "MIT",
    "Python Software Foundation": "PSF-2.0",
}
_HEAD = ["| package | for | MB | brings | license |", "|---|---|---|---|---|"]


@dataclass(frozen=True)
class Declared:
    """The dependencies of pyproject.toml, and the extras that have some of their own."""

    always: tuple[Requirement, ...]
    extras: dict[str, tuple[Requirement, ...]]


def declared() -> Declared:
    """Read pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    return Declared(
        tuple(map(Requirement, project["dependencies"])),
        {name: tuple(map(Requirement, texts)) for name, texts in extras.items()},
    )


def needed(*roots: Requirement) -> dict[str, Distribution]:
    """Return all installed packages that these lead to, themselves included, by name."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        asked = waiting.pop()
        name = canonicalize_name(asked.name)
        for extra in ("", *sorted(asked.extras)):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            found[name] = distribution(name)
            waiting += _requirements(found[name], extra)
    return found


def _requirements(of: Distribution, extra: str) -> Iterator[Requirement]:
    """Go through what a package needs: without an extra, or what only the extra adds."""
    for requirement in map(Requirement, of.requires or ()):
        marker = requirement.marker
        plain = marker is None or marker.evaluate({"extra": ""})
        if plain if not extra else not plain and marker.evaluate({"extra": extra}):
            yield requirement


def megabytes(*packages: Distribution) -> float:
    """Return the size of the packages' files."""
    paths = (file.locate() for package in packages for file in package.files or ())
    return sum(Path(str(path)).stat().st_size for path in paths if Path(str(path)).is_file()) / 1e6


def license_of(package: Distribution) -> str:
    """Return a package's license as its record has it, in a word or two."""
    classified = (
        entry.rpartition(" :: ")[2].removesuffix(" License")
        for entry in package.metadata.get_all("Classifier") or ()
        if entry.startswith("License ::")
    )
    text = package.metadata.get("License", "").partition("\n")[0]
    said = package.metadata.get("License-Expression") or next(classified, text)
    return LICENSES.get(said, said)


def table() -> str:
    """Return the total, the table of direct dependencies, and what several of them need."""
    asked = declared()
    direct = {canonicalize_name(each.name): each for each in asked.always}
    whole = needed(*asked.always)
    users = _users(list(whole), {name: needed(each) for name, each in direct.items()})
    lines = [
        f"{len(whole)} packages, {megabytes(*whole.values()):,.0f} MB, are installed in all.",
        "",
        *_HEAD,
    ]
    for name in direct:
        own = {k: v for k, v in whole.items() if k not in direct and users[k] == [name]}
        lines.append(_row(name, whole[name], own))
    shared = [
        f"{name} ({_size(megabytes(found))} MB: {', '.join(users[name])}; {license_of(found)})"
        for name, found in sorted(whole.items())
        if name not in direct and len(users[name]) > 1
    ]
    lines += ["", *wrap(f"Several of them need {'; '.join(shared)}.", 120)]
    for extra, requirements in asked.extras.items():
        more = {k: v for k, v in needed(*requirements).items() if k not in whole}
        lines += ["", f"With `mixwell[{extra}]` also:", "", *_HEAD]
        for each in requirements:
            name = canonicalize_name(each.name)
            own = {key: value for key, value in more.items() if key != name}
            lines.append(_row(name, more[name], own))
    return "\n".join([*lines, ""])


def _users(names: list[str], needs: dict[str, dict[str, Distribution]]) -> dict[str, list[str]]:
    """Return which direct dependencies need each package other than through one another."""
    found = {}
    for name in names:
        users = [root for root, packages in needs.items() if name in packages]
        found[name] = [
            root
            for root in users
            if not any(other in needs[root] for other in users if other != root)
        ]
    return found


def _size(number: float) -> str:
    """Return a number of megabytes, with a digit behind the point where it is small."""
    return f"{number:,.0f}" if number >= 10 else f"{number:,.1f}"


def _row(name: str, package: Distribution, own: dict[str, Distribution]) -> str:
    largest = sorted(own, key=lambda key: -megabytes(own[key]))
    brings = ", ".join(largest[:3]) + (f" and {len(own) - 3} more" if len(own) > 3 else "")
    if own:
        brings += f" ({_size(megabytes(*own.values()))} MB)"
    size = _size(megabytes(package))
    return f"| {name} | {PURPOSES[name]} | {size} | {brings} | {license_of(package)} |"


def written(page: str) -> str:
    """Return the page with the table as it is here."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
