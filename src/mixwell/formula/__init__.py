"""Formula text to an immutable value, without data, pandas or PyMC; start with `formula`."""

from mixwell.formula.deparse import deparse
from mixwell.formula.formula import Formula, parse_formula
from mixwell.formula.group_terms import GroupTerm
from mixwell.formula.left_side import SURV, Addition
from mixwell.formula.parser import parse_expression
from mixwell.formula.syntax import (
    Argument,
    Binary,
    Call,
    Constant,
    Expr,
    Name,
    Number,
    Paren,
    Text,
    Unary,
    column_names,
)
from mixwell.formula.terms import Term, TermList, expand_terms

__all__ = [
    "SURV",
    "Addition",
    "Argument",
    "Binary",
    "Call",
    "Constant",
    "Expr",
    "Formula",
    "GroupTerm",
    "Name",
    "Number",
    "Paren",
    "Term",
    "TermList",
    "Text",
    "Unary",
    "column_names",
    "deparse",
    "expand_terms",
    "parse_expression",
    "parse_formula",
]
