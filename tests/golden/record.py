"""What a case says and gives, taken down: texts, labels and numbers, each under a name."""

import contextlib
import hashlib
import io
import json
import re
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

ROOT = Path(__file__).resolve().parents[2]
#: Kinds of numbers: those of a posterior, log densities, and all others.
DRAWS, DENSITIES, NUMBERS = "draws", "densities", "numbers"
#: Attributes of draws that differ from run to run.
_FLEETING = ("created_at", "sampling_time", "creation_library", "library_version", "time")
#: What results of mixwell carry in addition to their text, under public names.
_PARTS = ("title", "scale", "notes", "factors", "by", "null", "estimand", "response", "text")
_TABLES = ("frame", "table", "weights", "grid", "draws", "total", "error", "python", "untranslated")
_CALLS = ("to_frame", "to_markdown", "lmer", "fixef", "_repr_html_")
_FIELDS = (
    "b", "se", "sd", "corr", "parameters", "log_likelihood", "log_evidence", "elpd", "p", "k_hat",
    "pareto_k", "elpd_i", "lpd", "n_draws", "singular", "warnings", "names", "ok", "grave",
)  # fmt: skip


def sha(values: np.ndarray) -> str:
    """Return the SHA-256 of an array's shape and bits; every NaN counts as the same."""
    plain = np.ascontiguousarray(np.where(np.isnan(values), np.nan, values))
    return hashlib.sha256(str(plain.shape).encode() + plain.tobytes()).hexdigest()


def scrubbed(text: str) -> str:
    """Put words for paths, addresses and times, which differ by machine; cut last digits."""
    text = text.replace(str(ROOT), "ROOT")
    text = re.sub(re.escape(tempfile.gettempdir()) + r"/[\w.-]+", "TEMPORARY", text)
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0xADDRESS", text)
    text = re.sub(r"\b\d+(\.\d+)? ?(ms|seconds|min)\b", "TIME", text)
    return re.sub(r"\d+\.\d{13,}(e-?\d+)?", lambda found: f"{float(found[0]):.12g}", text)


@dataclass
class Record:
    """All that one case gave: `texts` and `labels` by name, `arrays` by name with their kind."""

    texts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)

    def text(self, name: str, value: object) -> None:
        self.texts[name] = scrubbed(str(value))

    def label(self, name: str, value: object) -> None:
        self.labels[name] = scrubbed(str(value))

    def array(self, name: str, values: object, kind: str = NUMBERS) -> None:
        self.arrays[name] = (kind, np.array(values, dtype=np.float64))

    def attempt(self, name: str, make: Callable[[], Any], kind: str = NUMBERS) -> Any:
        """Take down what `make` returns, prints, warns of or raises; return its result or None."""
        printed = io.StringIO()
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
            warnings.simplefilter("always")
            try:
                result = make()
                self.take(name, result, kind)
            except Exception as error:  # an error is a result as well
                result = None
                self.text(f"{name} ! error", f"{type(error).__name__}: {error}")
        said = [f"{w.category.__name__}: {w.message}" for w in caught if _is_ours(w.category)]
        if said:
            self.text(f"{name} ! warnings", "\n".join(dict.fromkeys(said)))
        if printed.getvalue():
            self.text(f"{name} ! printed", printed.getvalue())
        return result

    def take(self, name: str, value: Any, kind: str = NUMBERS) -> None:
        """Take down a value of any type, by what it has."""
        match value:
            case None:
                self.text(name, "None")
            case str():
                self.text(name, value)
                self._parts(name, value, ("python", "notes", "untranslated", "source"))
            case bool() | np.bool_():
                self.text(name, bool(value))
            case int() | float() | np.number():
                self.array(name, float(value), kind)
            case np.ndarray():
                self._plain(name, value, kind)
            case pd.DataFrame() | pd.Series() | pd.Index():
                self.frame(name, value, kind)
            case xr.DataTree():
                for group, node in value.children.items():
                    self.take(f"{name}/{group}", node.to_dataset(), kind)
            case xr.Dataset():
                self.dataset(name, value, kind)
            case xr.DataArray():
                self.dataset(name, value.to_dataset(name="draws"), kind)
            case Mapping() if type(value).__name__ in ("dict", "mappingproxy"):
                self.label(name, f"keys: {list(value)}")
                for key, own in value.items():
                    self.take(f"{name}[{key}]", own, kind)
            case list() | tuple():
                if any(isinstance(own, np.ndarray | pd.DataFrame) for own in value):
                    for place, own in enumerate(value):
                        self.take(f"{name}[{place}]", own, kind)
                else:
                    self.text(name, "\n".join(map(str, value)))
            case _:
                self._thing(name, value, kind)

    def _plain(self, name: str, value: np.ndarray, kind: str) -> None:
        self.label(f"{name} dtype", value.dtype.kind)
        if value.dtype.kind in "fiub":
            self.array(name, value, kind)
        else:
            self.text(name, "\n".join(map(str, value.ravel())))

    def _thing(self, name: str, value: Any, kind: str) -> None:
        """Take down an object: its text, and the parts that it has under public names."""
        self.text(f"{name} text", value)
        if repr(value) != str(value):
            self.text(f"{name} repr", repr(value))
        self._parts(name, value, _PARTS + _TABLES + _FIELDS, kind)
        for part in _CALLS:
            if callable(getattr(value, part, None)):
                try:
                    self.take(f"{name}.{part}()", getattr(value, part)(), kind)
                except Exception as error:
                    self.text(f"{name}.{part}() ! error", f"{type(error).__name__}: {error}")
        if isinstance(value, Mapping):
            for key, own in value.items():
                self.take(f"{name}[{key}]", own, kind)

    def _parts(self, name: str, value: Any, parts: tuple[str, ...], kind: str = NUMBERS) -> None:
        for part in parts:
            try:
                own = getattr(value, part, None)
            except Exception as error:
                self.text(f"{name}.{part} ! error", f"{type(error).__name__}: {error}")
                continue
            if own is not None and not callable(own):
                self.take(f"{name}.{part}", own, kind)

    def frame(self, name: str, value: Any, kind: str = NUMBERS) -> None:
        """Take down a table: numbers in full, and everything else as text."""
        if isinstance(value, pd.Series):
            self.label(f"{name} series", value.name)
            value = value.to_frame("value")
        if isinstance(value, pd.Index):
            value = value.to_frame(index=False)
        floats = [place for place, kind_ in enumerate(value.dtypes) if kind_.kind == "f"]
        heads = ["|".join(map(str, value.index.names)), *map(str, value.columns)]
        types = ["", *map(str, value.dtypes)]
        lines = ["\t".join(f"{h}:{t}" for h, t in zip(heads, types, strict=True))]
        for place, label in enumerate(value.index):
            cells = [
                "." if column in floats else _cell(value.iloc[place, column])
                for column in range(value.shape[1])
            ]
            lines.append("\t".join([str(label), *cells]))
        self.text(f"{name} table", "\n".join(lines))
        if floats:
            self.array(name, value.iloc[:, floats].to_numpy(dtype=np.float64), kind)

    def dataset(self, name: str, value: xr.Dataset, kind: str = NUMBERS) -> None:
        """Take down draws: every variable, with dims, coordinates and lasting attributes."""
        lines = [f"{own}: {value[own].dims} {value[own].dtype}" for own in value.data_vars]
        self.label(f"{name} variables", "\n".join(lines))
        lines = [f"{own} {c.dims}: {list(map(str, c.values))}" for own, c in value.coords.items()]
        self.label(f"{name} coords", "\n".join(lines))
        for own, attribute in value.attrs.items():
            if any(word in own for word in _FLEETING):
                continue
            if isinstance(attribute, float | np.floating):
                self.array(f"{name}.{own}", attribute, kind)
            else:
                self.label(f"{name}.{own}", attribute)
        for own in value.data_vars:
            self._plain(f"{name}/{own}", value[own].values, kind)

    def save(self, folder: Path, case: str) -> None:
        """Write the record to `folder`: a JSON file of texts and hashes, and a file of numbers."""
        hashes = {
            name: [kind, list(values.shape), sha(values)]
            for name, (kind, values) in self.arrays.items()
        }
        parts = {"case": case, "texts": self.texts, "labels": self.labels, "arrays": hashes}
        stem = folder / file_name(case)
        stem.with_suffix(".json").write_text(
            json.dumps(parts, indent=1, ensure_ascii=False), encoding="utf-8"
        )
        numbered = {f"a{i}": values for i, (_, values) in enumerate(self.arrays.values())}
        np.savez(stem.with_suffix(".npz"), **numbered)

    @classmethod
    def load(cls, folder: Path, case: str) -> "Record":
        """Read a record that `save` wrote; raises `OSError` where there is none."""
        stem = folder / file_name(case)
        parts = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
        with np.load(stem.with_suffix(".npz")) as stored:
            arrays = {
                name: (kind, stored[f"a{i}"])
                for i, (name, (kind, _, _)) in enumerate(parts["arrays"].items())
            }
        return cls(parts["texts"], parts["labels"], arrays)


def file_name(case: str) -> str:
    """Return the name of a case's files, without a suffix; `with_suffix` must find no dot."""
    return re.sub(r"[^\w-]", "_", case)


def _is_ours(category: type[Warning]) -> bool:
    return category.__module__.startswith("mixwell")


def _cell(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
