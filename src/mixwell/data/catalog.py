"""What is known about each shipped dataset: meaning, source, license, columns and level orders."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from mixwell.errors import DataError, did_you_mean, require_text

FOLDER: Traversable = files("mixwell.data")


@dataclass(frozen=True, slots=True)
class FactorLevels:
    """The levels of one categorical column, in their order.

    ``ordered`` is true where R holds an ordered factor, whose default coding is polynomial.
    """

    levels: tuple[str, ...]
    ordered: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """One entry of the catalog; its text is a page about the dataset.

    ``columns`` maps each column, in the frame's order, to its meaning; ``factors`` maps the
    categorical columns among them to their levels.
    """

    name: str
    description: str
    source: str
    license: str
    rows: int
    columns: Mapping[str, str]
    factors: Mapping[str, FactorLevels]
    aliases: tuple[str, ...] = ()

    @property
    def file(self) -> Traversable:
        """The CSV file inside the package."""
        return FOLDER / "sets" / f"{self.name}.csv"

    def __str__(self) -> str:
        """Return the entry as lines of text."""
        width = max(map(len, self.columns))
        lines = [f"{self.name}: {self.description}", f"{self.rows} rows", ""]
        lines += [f"  {column:{width}}  {text}" for column, text in self.columns.items()]
        return "\n".join([*lines, "", f"Source: {self.source}", f"License: {self.license}"])


@cache
def datasets() -> Mapping[str, Dataset]:
    """Return every shipped dataset's entry by its name, in the order of the documentation.

    >>> from mixwell.data import datasets
    >>> datasets()["warpbreaks"].factors["tension"].levels
    ('L', 'M', 'H')
    """
    texts = tomllib.loads((FOLDER / "catalog.toml").read_text(encoding="utf-8"))
    index = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
    entries = {}
    for name, text in texts.items():
        known = index[name]
        factors = {
            column: FactorLevels(tuple(factor["levels"]), factor["ordered"])
            for column, factor in known["factors"].items()
        }
        columns = {column: text["columns"][column] for column in known["columns"]}
        own = {key: text[key] for key in ("description", "source", "license")}
        entries[name] = Dataset(
            name=name,
            rows=known["rows"],
            columns=MappingProxyType(columns),
            factors=MappingProxyType(factors),
            aliases=tuple(text.get("aliases", ())),
            **own,
        )
    return MappingProxyType(entries)


def dataset(name: str) -> Dataset:
    """Return the catalog's entry for one shipped dataset, whatever the case of its name.

    Raises `DataError` with the nearest names when there is no such set.

    >>> from mixwell.data import dataset
    >>> dataset("ToothGrowth").columns["dose"]
    'dose in milligrams a day: 0.5, 1, 2'
    """
    require_text("name", name, did_you_mean("", datasets()))
    wanted = name.strip().casefold().replace("-", "_").replace(" ", "_")
    for entry in datasets().values():
        if wanted == entry.name or wanted in entry.aliases:
            return entry
    raise DataError(f'There is no shipped dataset "{name}".', hint=did_you_mean(name, datasets()))
