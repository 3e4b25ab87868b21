"""Builds src/mixwell/data/sets and index.json from an export of R's datasets.

    Rscript tools/export_datasets.R EXPORT_FOLDER
    uv run python tools/build_datasets.py EXPORT_FOLDER

Numbers are copied as text, so nothing is rounded on the way. Level orders come from the export's
levels.json; the factors of sets that no R package holds are listed here, with their levels sorted.
"""

import csv
import json
import sys
from pathlib import Path

DATA = Path(__file__).parents[1] / "src" / "mixwell" / "data"

R_NAMES = {
    "sleepstudy": "sleepstudy",
    "bangladesh": "Contraception",
    "cbpp": "cbpp",
    "penicillin": "Penicillin",
    "pastes": "Pastes",
    "cake": "cake",
    "warpbreaks": "warpbreaks",
    "toothgrowth": "ToothGrowth",
    "radon": "radon",
    "kidney": "kidney",
    "epilepsy": "epilepsy",
    "inhaler": "inhaler",
    "grouseticks": "grouseticks",
}
OWN_FACTORS = {
    "eight_schools": ["school"],
    "block_direction": ["user", "block", "direction"],
    "alligators": ["lake", "sex", "size"],
}


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a CSV file, as text."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a CSV file with quotes only where they are needed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def entry(header: list[str], rows: list[list[str]], factors: object) -> dict[str, object]:
    """What index.json records about one set."""
    return {"rows": len(rows), "columns": header, "factors": factors}


def main(export: Path) -> None:
    """Copy the export's sets and record their level orders."""
    levels = json.loads((export / "levels.json").read_text(encoding="utf-8"))
    index = {}
    for name, r_name in R_NAMES.items():
        header, rows = read(export / f"{r_name}.csv")
        factors = {
            column: {"levels": factor["levels"], "ordered": factor["ordered"][0]}
            for column, factor in levels[r_name]["factors"].items()
        }
        write(DATA / "sets" / f"{name}.csv", header, rows)
        index[name] = entry(header, rows, factors)
    for name, columns in OWN_FACTORS.items():
        header, rows = read(DATA / "sets" / f"{name}.csv")
        cells = {column: {row[header.index(column)] for row in rows} for column in columns}
        own = {column: {"levels": sorted(cells[column]), "ordered": False} for column in columns}
        index[name] = entry(header, rows, own)
    text = ",\n".join(f" {json.dumps(name)}: {json.dumps(index[name])}" for name in sorted(index))
    (DATA / "index.json").write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
