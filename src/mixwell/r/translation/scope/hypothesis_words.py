"""brms's hypotheses in the words of those here: `Days > 5` of a class and a group."""

from dataclasses import dataclass

from mixwell.errors import FormulaError
from mixwell.r.dialect.family_facts import PARAMETERS
from mixwell.r.language import nodes as r
from mixwell.r.language.deparser import deparse as r_text
from mixwell.r.language.reader import read_r
from mixwell.r.translation.scope.coefficient_spelling import coefficient
from mixwell.r.translation.scope.environment import NotTranslatedError
from mixwell.r.translation.scope.posterior_columns import place
from mixwell.r.translation.scope.r_values import FittedModel

_FUNCTIONS = ("exp", "log", "sqrt", "abs")


def hypothesis_text(
    text: str, model: FittedModel, kind: str = "b", group: str = ""
) -> tuple[str, bool]:
    """Return a brms hypothesis in mixwell's words, and whether it asks for equality.

    Raises `NotTranslatedError` for what is no arithmetic of coefficients.
    """
    try:
        statements = read_r(text).statements
    except FormulaError:
        statements = ()
    if len(statements) != 1:
        raise NotTranslatedError(f'The hypothesis "{text}" is not one comparison.')
    node = statements[0]
    if isinstance(node, r.Assign):
        node = r.Binary("=", node.target, node.value)
    if not isinstance(node, r.Binary) or node.op not in ("=", "==", "<", ">", "<=", ">="):
        raise NotTranslatedError(f'The hypothesis "{text}" compares nothing.')
    words = _Words(model, kind, group)
    op = "=" if node.op == "==" else node.op
    return f"{words.of(node.left)} {op} {words.of(node.right)}", op == "="


@dataclass(frozen=True, slots=True)
class _Words:
    """Writes R's arithmetic with mixwell's names of one class of parameters."""

    model: FittedModel
    kind: str
    group: str

    def of(self, node: r.Node) -> str:
        match node:
            case r.Number():
                return r_text(node).removesuffix("L")
            case r.Paren(inner=inner):
                return f"({self.of(inner)})"
            case r.Unary(op="-" | "+" as op, operand=operand):
                return f"{op}{self.of(operand)}"
            case r.Binary(op="+" | "-" | "*" | "/" | "^" as op, left=left, right=right):
                return f"{self.of(left)} {op} {self.of(right)}"
            case r.Call(args=(r.Argument(value=r.Node() as inner),)) if node.name in _FUNCTIONS:
                return f"{node.name}({self.of(inner)})"
            case r.Symbol() | r.Binary(op=":") | r.Text() | r.Constant() | r.Call() | r.Member():
                return self.name(node.value if isinstance(node, r.Text) else _plain(node))
        raise NotTranslatedError(f"{r_text(node)} is no arithmetic of coefficients.")

    def name(self, r_name: str) -> str:
        if self.kind in PARAMETERS or r_name == "sigma":
            return PARAMETERS.get(r_name, r_name)
        if self.kind == "":
            variable, labels = place(r_name, self.model)
            return labels[0] if variable == "b" else f"{variable}[{', '.join(labels)}]"
        own = coefficient(r_name, self.model)
        return f"sd_{self.group}[{own}]" if self.kind == "sd" else own


def _plain(node: r.Node) -> str:
    return "".join(r_text(node).replace("`", "").split())
