"""Names of columns: what is written can be read again, in every form that users may give."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mixwell
from mixwell.formula import Name, deparse, parse_expression
from mixwell.interpret.hypotheses.hypothesis_text import KnownNames, read_hypothesis
from mixwell.specify.priors import plain
from mixwell.text.names import (
    NO_NAMES,
    known_column,
    known_name,
    quote_name,
    quoted,
    same_letters,
    split_at,
    split_names,
    unquoted,
)

many = settings(deadline=None, max_examples=150)
columns = st.text(min_size=1).map(same_letters).filter(lambda name: name not in NO_NAMES)
odd_columns = st.text("ab `\\[]():*'\"~|+\n.é\u0301", min_size=1, max_size=8).map(same_letters)
odd_columns = odd_columns.filter(lambda name: name not in NO_NAMES)


@many
@given(columns | odd_columns)
def test_a_quoted_name_reads_back(name: str) -> None:
    assert parse_expression(quote_name(name)) == Name(name)
    assert known_column(quote_name(name), [name]) == name
    assert known_column(name, [name, quote_name(name)]) == name


@many
@given(columns | odd_columns)
def test_a_quoted_name_is_of_characters_that_can_be_seen(name: str) -> None:
    assert quote_name(name).isprintable()


@many
@given(odd_columns, odd_columns, st.text(max_size=6), st.text(max_size=6))
def test_a_name_made_of_columns_is_known_as_printed_and_without_backticks(
    one: str, two: str, level: str, other: str
) -> None:
    names = [quote_name(one), f"sd_{quote_name(two)}[Intercept]", "sigma"]
    assert [known_name(name, names) for name in names] == names
    plain_forms = [one, f"sd_{two}[Intercept]"]
    assert [known_name(name, names) for name in plain_forms] == names[:2]


@many
@example(":", " ", "")
@given(odd_columns, st.text(max_size=6), st.text(max_size=6))
def test_a_hypothesis_reads_every_printed_name(column: str, level: str, other: str) -> None:
    names = [f"{quote_name(column)}[{level}]", f"{quote_name(column)}[{other}]x", "sigma"]
    claim = read_hypothesis(f"{names[0]} - 2 * sigma > {names[1]}", KnownNames(names))
    left, right = claim.sides
    assert left.left == Name(names[0])
    assert right == Name(names[1])


@many
@given(odd_columns, odd_columns)
def test_the_order_in_an_interaction_does_not_count_whatever_its_columns_are_called(
    one: str, two: str
) -> None:
    first, second = quote_name(one), quote_name(two)
    assert plain(f"{first}:{second}[b]") == plain(f"{second}[b] : {first}")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("x.1", "x.1"),
        ("größe", "größe"),
        ("e\u0301", "e\u0301"),
        ("नाम", "नाम"),
        ("a b", "`a b`"),
        ("1a", "`1a`"),
        (".1", "`.1`"),
        ("if", "`if`"),
        ("a`b", "`a\\`b`"),
        ("a\\b", "`a\\\\b`"),
        ("a\nb", "`a\\nb`"),
        ("a\u00a0b", "`a\\u00a0b`"),
        ("a\u200bb", "`a\\u200bb`"),
        ("\U000e0001", "`\\U000e0001`"),
        ("", "``"),
    ],
)
def test_a_name_is_quoted_only_where_it_needs_it(name: str, written: str) -> None:
    assert quote_name(name) == written


@pytest.mark.parametrize(
    ("given_name", "meant"),
    [
        ("a b", "`a b`"),
        ("`a b`", "`a b`"),
        ("ab", "ab"),
        ("x : `a b`", "x:`a b`"),
        ("x:a b", "x:`a b`"),
        ("sd_a b[x]", "sd_`a b`[x]"),
        ("cafe\u0301", "café"),
        ("a c", None),
        (3, None),
    ],
)
def test_a_printed_name_is_known_however_it_is_spelled(given_name: object, meant: str) -> None:
    names = ["`a b`", "ab", "x:`a b`", "sd_`a b`[x]", "café"]
    assert known_name(given_name, names) == meant


def test_a_name_that_could_be_two_is_none() -> None:
    assert known_name("a b:c", ["`a b`:c", "`a b:c`"]) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a:b", ["a", "b"]),
        ("a * b", ["a", "b"]),
        ("a:b:c", ["a:b:c"]),
        ("`a:b`:c", ["`a:b`", "c"]),
        ("cut(x, 1:3):b", ["cut(x, 1:3)", "b"]),
    ],
)
def test_what_joins_names_is_no_part_of_them(text: str, names: list[str]) -> None:
    assert split_names(text, ["a", "b", "a:b:c", "x"]) == names


def test_a_bracket_that_is_never_closed_holds_nothing_together() -> None:
    assert split_at("f[[a]=flat", "=") == ["f[[a]", "flat"]
    assert split_at("f[a]]=flat", "=") == ["f[a]]", "flat"]


def test_codes_of_characters_are_read_as_python_and_r_write_them() -> None:
    for written in (r"`a\u00a0b`", r"`a\U000000a0b`", r"`a\u{a0}b`", r"`a\U{00a0}b`"):
        assert parse_expression(written) == Name("a\u00a0b")
        assert known_column(written, ["a\u00a0b"]) == "a\u00a0b"


def test_backticks_alone_stay() -> None:
    assert unquoted("a`b") == "a`b"
    assert deparse(Name("a`b")) == "`a\\`b`"


def test_of_names_that_differ_by_blanks_the_one_that_is_written_is_meant() -> None:
    names = ["a[ ]", "a[]"]
    claim = read_hypothesis("a[] > a[ ]", KnownNames(names))
    assert claim.sides == (Name("a[]"), Name("a[ ]"))


@given(st.text())
@example('a"b')
@example("a'b\\")
def test_a_name_in_a_hint_is_code_that_python_reads(name: str) -> None:
    assert ast.literal_eval(quoted(name)) == name


def test_no_hint_puts_a_name_into_code_without_its_quotes() -> None:
    calls = r"(?:slopes|means|comparisons|predict|priors|corr|sd|at)[\[(=]+"
    arguments = r"\b(?:of|by|at|weights|population|variable|group)=[\[(]*"
    place = re.compile(rf"""(?:{calls}|{arguments})\{{*["']\{{\w""")
    files = Path(mixwell.__file__).parent.rglob("*.py")
    assert [file.name for file in files if place.search(file.read_text(encoding="utf-8"))] == []
