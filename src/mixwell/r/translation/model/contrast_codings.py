"""R's contrasts as codings: `contr.sum`, `contr.treatment(3, base = 2)`, matrices."""

from mixwell.r.language import nodes as r
from mixwell.r.language.argument_matching import match
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.pycode import Code
from mixwell.r.translation.scope.coefficient_spelling import is_factor, variables_of
from mixwell.r.translation.scope.environment import Context, NotTranslatedError, present, shown
from mixwell.r.translation.scope.r_values import FittedModel, Vector

_WORDS = ("treatment", "sum", "helmert", "poly", "SAS", "sdif")
_NAMES = {f"contr.{word}": word for word in _WORDS}
_NAMES["contr.dummy"] = "full"


def coding(context: Context, node: r.Node) -> Code:
    """Return the coding for `contrasts={column: ...}`; raises `NotTranslatedError`."""
    match node:
        case r.Text(value=name) | r.Symbol(name=name) | r.Namespaced(name=name) if name in _NAMES:
            return py.text(_NAMES[name])
        case r.Call() if node.name in _NAMES:
            return _called(context, node)
        case r.Call() if node.name in ("cbind", "matrix", "rbind"):
            return _matrix(context, node)
        case r.Symbol() if context.literal(node) is not None:
            return coding(context, r.Text(context.text(node, "The coding")))
    found = context.value(node)
    if isinstance(found.thing, Vector):
        return py.listing([[float(v)] for v in found.thing.values if not isinstance(v, str)])
    raise NotTranslatedError(f"The coding is computed: {shown(node)}.")


def _called(context: Context, node: r.Call) -> Code:
    matched = match(node)
    if matched.has("base"):
        base = context.whole(matched["base"])
        said = f"The base level is computed: {shown(node)}."
        return py.call("mw.Treatment", present(base, said))
    scores = context.literal(matched.get("scores"))
    if scores is not None:
        return py.call("mw.Poly", [float(v) for v in scores.values if not isinstance(v, str)])
    return py.text("full" if r.truth(matched.get("contrasts")) is False else _NAMES[node.name])


def _matrix(context: Context, node: r.Call) -> Code:
    """Return the rows of `cbind(c(...), c(...))` or `matrix(c(...), ncol = 2)`."""
    if node.name == "matrix":
        columns = _columns_of_matrix(context, node)
    else:
        columns = [_numbers(context, each) for each in node.values]
    if node.name == "rbind":
        return py.listing(columns)
    if len({len(column) for column in columns}) != 1:
        raise NotTranslatedError("The columns of the coding differ in length.")
    return py.listing(zip(*columns, strict=True))


def _columns_of_matrix(context: Context, node: r.Call) -> list[list[float]]:
    matched = match(node)
    values = _numbers(context, matched.get("data"))
    rows, count = context.whole(matched.get("nrow")), context.whole(matched.get("ncol"))
    if rows is None and count is None:
        rows = len(values)
    if rows is None:
        rows = max(1, len(values) // max(count or 1, 1))
    count = len(values) // max(rows, 1)
    if rows < 1 or rows * count != len(values) or not values:
        raise NotTranslatedError("The numbers of the coding do not fill its matrix.")
    if r.truth(matched.get("byrow")):
        return [values[k::count] for k in range(count)]
    return [values[k * rows : (k + 1) * rows] for k in range(count)]


def _numbers(context: Context, node: r.Node | None) -> list[float]:
    found = context.literal(node)
    if found is None or any(isinstance(value, str) for value in found.values):
        raise NotTranslatedError("The coding is computed.")
    return [float(value) for value in found.values]


def codings_argument(context: Context, node: r.Node) -> dict[str, Code]:
    """Return the codings of `contrasts = list(a = "contr.sum")`."""
    if isinstance(node, r.Call) and node.name in ("list", "c"):
        return {name: coding(context, value) for name, value in node.named.items()}
    raise NotTranslatedError(f"The contrasts are computed: {shown(node)}.")


def global_codings(
    context: Context, model: FittedModel, data: Code, given: dict[str, Code]
) -> Code | None:
    """Return `contrasts=`: those given, and for all other factors those of `options(contrasts)`."""
    pairs = [(py.text(name), code) for name, code in given.items()]
    chosen = context.environment.codings
    if chosen is None:
        return py.dictionary(pairs) if pairs else None
    unordered, ordered = chosen
    unsure = []
    for name in _fixed_variables(model):
        known = is_factor(name, model)
        own = ordered if model.frame.kind(name) == "ordered" else unordered
        if name in given or known is False or own == ("poly" if own is ordered else "treatment"):
            continue
        if known:
            pairs.append((py.text(name), py.text(own)))
        elif unordered != "treatment":
            unsure.append(name)
    if not unsure:
        return py.dictionary(pairs) if pairs else None
    return _for_the_factors(pairs, unsure, data, unordered)


def _fixed_variables(model: FittedModel) -> list[str]:
    found = variables_of(model.formulas)
    own = [name for name in found if name.startswith("C(") and "," in name]  # its own coding
    return [name for name in found if name != "." and name not in own]


def _for_the_factors(
    pairs: list[tuple[Code, Code]], unsure: list[str], data: Code, own: str
) -> Code:
    """Return a dict that finds the factors among columns of unknown kind when it runs."""
    names = py.listing(unsure).text
    test = f"not pd.api.types.is_numeric_dtype({data.text}[name])"
    parts = (py.raw(f'name: "{own}"'), py.raw(f"for name in {names}"), py.raw(f"if {test}"))
    given = tuple(py.raw(f"{key.text}: {code.text}") for key, code in pairs)
    if given:
        rest = " ".join(part.text for part in parts)
        items = (*given, py.raw(f"**{{{rest}}}"))
        return Code(f"{{{', '.join(i.text for i in items)}}}", 9, None, "{", items, "}")
    inside = " ".join(part.text for part in parts)
    return Code(f"{{{inside}}}", 9, None, "{", parts, "}", comma=False, joint=" ")
