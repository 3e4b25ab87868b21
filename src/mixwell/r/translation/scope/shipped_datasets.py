"""The datasets that mixwell ships, read from their catalog without pandas."""

import json
import tomllib
from functools import cache
from importlib.resources import files

from mixwell.r.translation.scope.r_values import Column, Frame


@cache
def _names() -> dict[str, str]:
    """Return the datasets' names by their names and aliases in lower case."""
    texts = tomllib.loads(_folder("catalog.toml"))
    pairs = {name: name for name in texts}
    for name, entry in texts.items():
        pairs |= dict.fromkeys(entry.get("aliases", ()), name)
    return pairs


def _folder(file: str) -> str:
    # not files("mixwell.data"), whose import brings pandas along
    return (files("mixwell") / "data" / file).read_text(encoding="utf-8")


@cache
def shipped(name: str) -> tuple[str, Frame] | None:
    """Return mixwell's name for a dataset of R's and its columns; None where it is not shipped.

    >>> shipped("cake")[1].columns["temperature"].kind
    'ordered'
    """
    known = _names().get(name.casefold())
    if known is None:
        return None
    entry = json.loads(_folder("index.json"))[known]
    columns = {column: Column("number") for column in entry["columns"]}
    for column, factor in entry["factors"].items():
        kind = "ordered" if factor["ordered"] else "factor"
        columns[column] = Column(kind, tuple(map(str, factor["levels"])), "texts")
    return known, Frame(columns, {}, "shipped", True)
