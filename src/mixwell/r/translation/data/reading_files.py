"""Reading data: read.csv and others, shipped datasets, and what cannot be read."""

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import NOTHING, Frame, Table, Unknown, Value
from mixwell.r.translation.scope.verb_tables import verbs

#: R's function: its separator and decimal point.
_KINDS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("read.csv", "read_csv", "fread", "vroom"), (",", ".")),
    **dict.fromkeys(("read.csv2", "read_csv2"), (";", ",")),
    **dict.fromkeys(("read.delim", "read_tsv"), ("\t", ".")),
    "read.delim2": ("\t", ","),
    **dict.fromkeys(("read.table", "read_delim", "read_table"), ("", ".")),
}
#: Arguments that are translated, and those that pandas needs no word of.
_READ = frozenset(
    {"file", "input", "header", "col_names", "sep", "delim", "dec", "skip", "na.strings", "na"}
    | {"row.names", "nrows", "n_max", "colClasses", "fileEncoding"}
)
_HARMLESS = frozenset(
    {"stringsAsFactors", "quote", "fill", "check.names", "strip.white", "encoding", "as.is"}
    | {"show_col_types", "trim_ws", "progress", "data.table", "blank.lines.skip"}
)
_CLASSES = {
    **{"factor": "category", "character": "str"},
    **dict.fromkeys(("numeric", "integer", "double", "logical"), ""),  # pandas finds these
}
_LEVELS = (
    "text columns",
    "a text column's levels are sorted by character, capitals first (R: by the locale); the first "
    "is the base. pd.Categorical(column, [...]) gives another order.",
)
_READERS = {"read_dta": "stata", "read_parquet": "parquet", "read_feather": "feather"}


def _read(context: Context, node: r.Call) -> Value:
    matched = match(node)
    options = matched.further | dict(matched)
    path = present(options.get("input") or options.get("file"), f"{node.name}() names no file.")
    sep, decimal = _KINDS[node.name]
    given = context.literal(options.get("sep") or options.get("delim"))
    if given is not None and isinstance(given.values[0], str):
        sep = given.values[0]
    if r.truth(options.get("header")) is None and node.name == "read.table":
        options["header"] = r.Symbol("F")
    context.note(*_LEVELS)
    named = _options(context, options, sep, decimal)
    frame = Frame(source="text file" if node.name.startswith("read.") else "file")
    return Value(py.call("pd.read_csv", _path(context, path), **named), frame)


def _options(
    context: Context, options: dict[str, r.Node], sep: str, decimal: str
) -> dict[str, py.Written | None]:
    context.say_left_out(name for name in options if name not in _READ | _HARMLESS)
    given = context.literal(options.get("dec"))
    decimal = str(given.values[0]) if given is not None else decimal
    skip = context.whole(options.get("skip"))
    missing = context.literal(options.get("na.strings") or options.get("na"))
    rows = context.whole(options.get("row.names"))
    lines = context.whole(options.get("nrows") or options.get("n_max"))
    header = r.truth(options.get("header") or options.get("col_names"))
    separators: dict[str, py.Written | None] = {"": py.raw('r"\\s+"'), ",": None}
    written = () if missing is None or missing.values == ("NA",) else missing.values
    return {
        "sep": separators.get(sep, sep),
        "decimal": None if decimal == "." else decimal,
        "header": py.raw("None") if header is False else None,
        "index_col": None if rows is None else rows - 1,
        "skiprows": skip or None,
        "nrows": None if lines is None or lines < 0 else lines,
        "na_values": list(map(str, written)) or None,
        "dtype": _classes(context, options.get("colClasses")),
        "encoding": _encoding(context, options.get("fileEncoding")),
    }


def _classes(context: Context, node: r.Node | None) -> Code | None:
    """Return `colClasses = c(id = "factor")` as pandas' `dtype`."""
    given = context.literal(node)
    if given is None or not given.names or not all(given.names):
        if node is not None:
            context.note("colClasses", "colClasses = is left out: pandas' dtype={...} has names.")
        return None
    pairs = list(zip(given.names, given.values, strict=True))
    known = [(name, _CLASSES[str(kind)]) for name, kind in pairs if _CLASSES.get(str(kind))]
    for name, kind in pairs:
        if str(kind) not in _CLASSES:
            context.note(f"class {kind}", f"the class {kind} of {name} is left out.")
    return py.dictionary(known) if known else None


def _encoding(context: Context, node: r.Node | None) -> Code | None:
    given = context.literal(node)
    return None if given is None else py.text(str(given.values[0]).lower())


def _path(context: Context, node: r.Node) -> Code:
    """Return a path: a text, or the parts of `file.path()` and `here()` with slashes."""
    if isinstance(node, r.Text):
        return py.text(node.value)
    if isinstance(node, r.Call) and node.name in ("file.path", "here"):
        return py.text("/".join(context.text(each, "The path") for each in node.values))
    return context.code(node)


def _excel(context: Context, node: r.Call) -> Value:
    matched = match(node)
    path = present(matched.get("path"), f"{node.name}() names no file.")
    sheet = context.only(matched.get("sheet"))
    name = sheet if sheet is None or isinstance(sheet, str) else int(sheet) - 1
    context.note(*_LEVELS)
    code = py.call("pd.read_excel", _path(context, path), sheet_name=name)
    return Value(code, Frame(source="file"))


def _other_format(context: Context, node: r.Call) -> Value:
    path = _path(context, present(node.first, f"{node.name}() names no file."))
    return Value(py.call(f"pd.read_{_READERS[node.name]}", path), Frame(source="file"))


def _data(context: Context, node: r.Call) -> Value:
    """Translate `data(sleepstudy)`: the shipped dataset of that name, else a file of R's."""
    given = [r.bare_name(each.value) for each in node.args if each.name in (None, "list")]
    names = [name for name in given if name is not None]
    if not names:
        raise NotTranslatedError(f"{shown(node)} names no dataset.")
    for name in names:
        context.frame(r.Symbol(name))
    return Value(py.raw(""), NOTHING, silent=True)


def _write(context: Context, node: r.Call) -> Value:
    """Translate write.csv(d, file) as `d.to_csv(file)`."""
    matched = match(node)
    if not {"x", "file"} <= set(matched):
        raise NotTranslatedError(f"{node.name}() names no file.")
    owner = context.value(matched["x"])
    if not isinstance(owner.thing, Frame | Table | Unknown):
        raise NotTranslatedError(f"{shown(matched['x'])} is no table.")
    names = matched.further.get("row.names")
    bare = node.name == "write_csv" or r.truth(names) is False
    path = _path(context, matched["file"])
    code = owner.code.method("to_csv", path, index=False if bare else None)
    return Value(code, NOTHING, silent=True)


VERBS = verbs(
    {
        _read: " ".join(_KINDS),
        _excel: "read_excel read_xlsx read_xls",
        _other_format: " ".join(_READERS),
        _data: "data",
        _write: "write.csv write_csv",
    }
)
