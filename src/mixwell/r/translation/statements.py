"""One statement of R as Python: assignments of every kind, and values that R would print."""

from collections.abc import Iterator
from dataclasses import replace

from mixwell.formula.trees import Tree
from mixwell.r.language import nodes as r
from mixwell.r.translation.assignments import replacement
from mixwell.r.translation.expressions import expression
from mixwell.r.translation.python import pycode as py
from mixwell.r.translation.python.statement_lines import Output, PythonLine, remark
from mixwell.r.translation.scope.environment import (
    Context,
    Environment,
    NotTranslatedError,
    Statement,
)
from mixwell.r.translation.scope.r_values import (
    NOTHING,
    Figure,
    Frame,
    Many,
    Priors,
    RefGrid,
    Unknown,
    Value,
    Vector,
)
from mixwell.r.translation.session import QUIET, silent_call
from mixwell.r.translation.verb_table import VERBS


def statement(environment: Environment, node: r.Node) -> Output:
    """Translate one statement; what cannot be is an output with the reason."""
    node = _plain(node)
    made = Statement(node.span.line)
    context = Context(environment, made, VERBS, expression)
    try:
        parts = tuple(_parts(context, node))
    except NotTranslatedError as reason:
        return _lost(environment, node, made, str(reason))
    except RecursionError:
        return _lost(environment, node, made, "It is nested too deeply.")
    return _finished(environment, node, made, parts)


def _plain(node: r.Node) -> r.Node:
    """Return `d %<>% f()` as `d <- d %>% f()`, and an assignment without what is around it."""
    if isinstance(node, r.Binary):
        first, tail = r.spine(node, ("%<>%", "%>%"))
        if tail and tail[0][0] == "%<>%":
            piped = first
            for _, right, span in tail:
                piped = r.Binary("%>%", piped, right, span=span)
            return r.Assign(first, piped, "<-", span=node.span)
    if isinstance(node, r.Call) and node.name in QUIET and len(node.args) == 1:
        inner = node.args[0].value
        if isinstance(inner, r.Assign):
            return r.Assign(inner.target, inner.value, inner.op, span=node.span)
    return node


def _lost(environment: Environment, node: r.Node, made: Statement, reason: str) -> Output:
    for name in made.loads:
        environment.variables.pop(name, None)
    _forget(environment, node)
    if made.needs:
        reason = f"It needs {_needed(made)}."
    return Output(node, made.line, reason=reason)


def _needed(made: Statement) -> str:
    return ", ".join(f"{name} ({why})" for name, why in made.needs.items())


def _finished(
    environment: Environment, node: r.Node, made: Statement, parts: tuple[PythonLine, ...]
) -> Output:
    loads = tuple(PythonLine(code, f"{name} = ") for name, code in made.loads.values())
    if made.needs:
        needs = _needed(made)
        if not _forget_column(environment, node):
            for name in _assigned(node):
                known = environment.variables.get(name)
                if known is not None and not known.missing:
                    environment.variables[name] = replace(known, missing=_why(made.line))
        code = tuple(part for part in parts if part.style != "comment")
        if not code:
            return Output(node, made.line, reason=f"It needs {needs}.")
        return Output(node, made.line, loads, code, (), f"Needs {needs}:", needs=True)
    return Output(node, made.line, loads, parts, tuple(made.notes), fits=made.fits)


def _why(line: int) -> str:
    return f"line {line}, not translated"


def _assigned(node: r.Node) -> Iterator[str]:
    """Yield the variables that a statement makes or changes, those in branches and loops too."""
    pending: list[Tree] = [node]
    while pending:
        current = pending.pop()
        match current:
            case r.Assign(target=target, value=value):
                name = _root(target)
                if name:
                    yield name
                pending.append(value)
            case r.For(variable=variable, body=body):
                yield variable
                pending.append(body)
            case r.Function():
                continue
            case r.Index(object=inner, args=args):
                if any(isinstance(a.value, r.Assign) and a.value.op == ":=" for a in args):
                    yield _root(inner)  # data.table changes its table in place
            case _:
                pending += list(current.children())


def _root(target: r.Node) -> str:
    while True:
        match target:
            case r.Symbol(name=name) | r.Text(value=name):
                return name
            case r.Member(object=inner) | r.Index(object=inner):
                target = inner
            case r.Call(args=args) if args and args[0].value is not None:
                target = args[0].value
            case _:
                return ""


def _forget(environment: Environment, node: r.Node) -> None:
    """Note what is not there because a statement was left out."""
    line = node.span.line
    why = _why(line)
    if isinstance(node, r.Assign) and isinstance(node.value, r.Function):
        environment.functions[_root(node.target)] = line
        return
    if _forget_column(environment, node):
        return
    for name in _assigned(node):
        environment.functions.pop(name, None)
        environment.assign(name, Unknown(), line, why)


def _forget_column(environment: Environment, node: r.Node) -> bool:
    """Note a column that is not there because the assignment to it was left out."""
    if not isinstance(node, r.Assign):
        return False
    column, name = _column(node.target), _root(node.target)
    owner = environment.variables.get(name)
    if not column or owner is None or not isinstance(owner.thing, Frame):
        return False
    lost = owner.thing.without(column, node.span.line)
    environment.variables[name] = replace(owner, thing=lost)
    return True


def _column(target: r.Node) -> str:
    """Return the column of `d$x <- ...` and similar targets, "" for other targets."""
    match target:
        case r.Member(object=r.Symbol(), name=name, op="$"):
            return name
        case r.Index(object=r.Symbol(), args=args) if args and isinstance(args[-1].value, r.Text):
            return args[-1].value.value
        case r.Index(object=r.Member() | r.Call() as inner):
            return _column(inner)
        case r.Call(args=args) if args and args[0].value is not None:
            return _column(args[0].value)
    return ""


def _parts(context: Context, node: r.Node) -> Iterator[PythonLine]:
    match node:
        case r.Assign():
            yield from _assignment(context, node)
        case r.Paren(inner=r.Assign() as inner):
            yield from _assignment(context, inner)
            name = _root(inner.target)
            known = context.environment.variables.get(name)
            if known is not None:
                yield from _shown(Value(py.raw(known.name), known.thing))
        case r.Call() if (found := silent_call(context, node)) is not None:
            yield from found
        case r.Constant(name="NULL"):
            return
        case _:
            yield from _shown(context.value(node))


def _shown(value: Value) -> Iterator[PythonLine]:
    """Yield what shows a value that R prints by itself."""
    thing = value.thing
    if isinstance(thing, Many):
        for _, part in thing.parts:
            yield from _shown(part)
    elif isinstance(thing, Figure):
        yield PythonLine(value.code, style="figure", name=thing.name)
    elif isinstance(thing, RefGrid):
        yield remark(f"means() makes the grid of {value.code.text}.")
    elif thing == NOTHING and not value.code.text:
        return
    elif value.silent:
        yield PythonLine(value.code)
    else:
        yield PythonLine(value.code, style="show")


def _assignment(context: Context, node: r.Assign) -> Iterator[PythonLine]:
    if isinstance(node.value, r.Assign):
        yield from _assignment(context, node.value)
        inner = node.value.target
        if not isinstance(inner, r.Symbol | r.Member | r.Index):
            raise NotTranslatedError("A chain of assignments to parts has no counterpart.")
        node = r.Assign(node.target, inner, node.op, span=node.span)
    target = node.target
    if isinstance(target, r.Text):
        target = r.Symbol(target.value, span=target.span)
    if not isinstance(target, r.Symbol):
        yield from replacement(context, target, node.value)
        return
    context.statement.caller = context.environment.python_name(target.name)
    value = context.value(node.value)
    yield from _bound(context, target.name, value)


def _bound(context: Context, r_name: str, value: Value) -> Iterator[PythonLine]:
    """Give a value its name."""
    environment, thing = context.environment, value.thing
    environment.functions.pop(r_name, None)
    name = environment.python_name(r_name)
    if isinstance(thing, Many):
        yield from _bound_parts(context, r_name, name, thing)
        return
    if isinstance(thing, Frame):
        value = _loaded(context, value)
    kept = environment.variables.get(r_name)
    environment.assign(r_name, thing, context.statement.line)
    if kept is not None and kept.missing and kept.name in context.statement.needs:
        environment.variables[r_name] = replace(environment.variables[r_name], missing=kept.missing)
    if isinstance(thing, RefGrid):
        yield remark(f"{r_name}: means() makes the grid of {value.code.text}.")
    elif isinstance(thing, Priors):
        yield remark(f"{r_name} is given to the models below.")
    elif isinstance(thing, Figure):
        yield PythonLine(value.code, f"{name} = ")
    elif isinstance(thing, Frame) and value.code.text.isidentifier():
        yield PythonLine(value.code.method("copy"), f"{name} = ")
    elif isinstance(thing, Vector) and len(thing.values) > 1 and not thing.has_words:
        code = value.code
        array = py.call("np.array", code) if code.text.startswith("[") else code.method("copy")
        yield PythonLine(array, f"{name} = ")
    elif value.code.text == name:
        return  # the same thing under its own name
    elif thing != NOTHING:
        yield PythonLine(value.code, f"{name} = ")
    else:
        raise NotTranslatedError("It makes no value to keep.")


def _loaded(context: Context, value: Value) -> Value:
    """Return the loading itself for a dataset that this statement loads to give it a name."""
    loads = context.statement.loads
    for r_name, (name, code) in loads.items():
        if name == value.code.text:
            del loads[r_name], context.environment.variables[r_name]
            return Value(code, value.thing)
    return value


def _bound_parts(context: Context, r_name: str, name: str, thing: Many) -> Iterator[PythonLine]:
    """Give each of several results a name of its own: `emm` and `emm_contrasts`."""
    first = thing.parts[0][1]
    kept: list[tuple[str, Value]] = []
    taken = {variable.name for variable in context.environment.variables.values()}
    for place, (label, part) in enumerate(thing.parts):
        own = name if place == 0 else py.name_for(f"{name}_{label}", taken)
        code = part.code
        if place and code.head is not None and code.head.text == first.code.text:
            rest = code.text.removeprefix(code.head.text)
            code = replace(code, head=py.raw(name), text=f"{name}{rest}")
        kept.append((label, Value(py.raw(own), part.thing)))
        yield PythonLine(code, f"{own} = ")
    context.environment.assign(r_name, Many(tuple(kept)), context.statement.line)
