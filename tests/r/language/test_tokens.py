import pytest

from mixwell.r.language.nodes import Span
from mixwell.r.language.r_errors import RSyntaxError
from mixwell.r.language.tokens import is_name, tokenize


def kinds(text: str) -> list[tuple[str, str]]:
    pieces = tokenize(text)
    assert pieces.wrong is None
    return [(token.kind, token.text) for token in pieces.tokens[:-1]]


def value(text: str) -> object:
    (token, _), _, wrong = tokenize(text)
    assert wrong is None
    return token.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x<-1", ["x", "<-", "1"]),
        ("x< -1", ["x", "<", "-", "1"]),
        ("x<<--1", ["x", "<<-", "-", "1"]),
        ("1->>x->y", ["1", "->>", "x", "->", "y"]),
        ("a:::b::c:=d:e", ["a", ":::", "b", "::", "c", ":=", "d", ":", "e"]),
        ("a|>b||c|d", ["a", "|>", "b", "||", "c", "|", "d"]),
        ("a&&b&c", ["a", "&&", "b", "&", "c"]),
        ("a**b*c", ["a", "**", "b", "*", "c"]),
        ("a%in%b%%c%/%d%>%e", ["a", "%in%", "b", "%%", "c", "%/%", "d", "%>%", "e"]),
        ("x[[1]][2]", ["x", "[[", "1", "]", "]", "[", "2", "]"]),
        ("x[y[1]]", ["x", "[", "y", "[", "1", "]", "]"]),
        ("a<=b>=c==d!=!e", ["a", "<=", "b", ">=", "c", "==", "d", "!=", "!", "e"]),
        ("\\(x)x@y$z?~w", ["\\", "(", "x", ")", "x", "@", "y", "$", "z", "?", "~", "w"]),
        ("1:3", ["1", ":", "3"]),
        ("1.5e-3L/.5", ["1.5e-3L", "/", ".5"]),
        ("0x1F+0x1.8p3", ["0x1F", "+", "0x1.8p3"]),
        ("..1+...+.x+x.1", ["..1", "+", "...", "+", ".x", "+", "x.1"]),
        ("'a'\"b\"`c`", ["'a'", '"b"', "`c`"]),
        ("r'(a)'r_x", ["r'(a)'", "r_x"]),
        ("x#a'b", ["x"]),
    ],
)
def test_text_splits_where_r_splits_it(text: str, expected: list[str]) -> None:
    assert [piece for _, piece in kinds(text)] == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("if", "keyword"),
        ("in", "keyword"),
        ("TRUE", "constant"),
        ("NA_real_", "constant"),
        ("2i", "constant"),
        ("T", "name"),
        ("iff", "name"),
        ("`if`", "name"),
        ("_", "name"),
        ("'if'", "string"),
        ("1L", "number"),
        ("%if%", "special"),
        ("|>", "op"),
    ],
)
def test_every_piece_has_its_kind(text: str, kind: str) -> None:
    assert kinds(text) == [(kind, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        ("2L", 2),
        ("2.0L", 2),
        ("2.5L", 2.5),
        ("1e3L", 1000),
        ("1e-3L", 0.001),
        ("2147483647L", 2147483647),
        ("2147483648L", 2147483648.0),
        ("0x10", 16.0),
        ("0X1fL", 31),
        ("0x1.8p3", 12.0),
        (".5e1", 5.0),
        ("5.", 5.0),
        ("1e999", float("inf")),
        ("0x" + "F" * 400, float("inf")),
    ],
)
def test_a_number_is_whole_only_with_an_l(text: str, expected: float) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"'a\tb\n'", "a\tb\n"),
        (r"'\'\"\`\\\ '", "'\"`\\ "),
        (r"'\x41\102'", "AB"),
        (r"'\u00e9\u{E9}\U0001F600\U{1F600}'", "éé😀😀"),
        (r"'\xc3\xa9'", "é"),
        (r"'\xe9'", "é"),
        (r"'é\xe9'", "éé"),
        ("'two\nlines'", "two\nlines"),
        ("'one\\\nline'", "one\nline"),
        (r"r'(C:\data\n)'", r"C:\data\n"),
        ('R"---[a)--"]-]---"', 'a)--"]-'),
        ('r"{}"', ""),
        ("`a b`", "a b"),
        (r"`a\`b`", "a`b"),
    ],
)
def test_quoted_text_means_what_it_means_in_r(text: str, expected: str) -> None:
    assert value(text) == expected


def test_every_token_knows_its_line_and_column() -> None:
    tokens = tokenize("x <- 'a\nb' # c\n\n  y").tokens
    assert [(t.text, t.span.line, t.span.column, t.newline) for t in tokens] == [
        ("x", 1, 1, True),
        ("<-", 1, 3, False),
        ("'a\nb'", 1, 6, False),
        ("y", 4, 3, True),
        ("", 4, 4, False),
    ]
    assert tokens[3].span == Span(18, 19, 4, 3)


def test_tokens_end_where_the_text_stops_making_sense() -> None:
    tokens, comments, wrong = tokenize("x # a\n+ 2x # b")
    assert [token.text for token in tokens] == ["x", "+", ""]
    assert [comment.text for comment in comments] == ["# a"]
    assert isinstance(wrong, RSyntaxError)
    assert (wrong.line, wrong.column) == (2, 3)


@pytest.mark.parametrize("name", ["x", ".x", "x.1", "a_b", "..1", "...", "T", "é", "名前"])
def test_plain_names_need_no_backticks(name: str) -> None:
    assert is_name(name)
    assert kinds(name) == [("name", name)]


@pytest.mark.parametrize(
    "name", ["", "1x", ".1x", "_x", "a b", "if", "TRUE", "NA", "x²", "a-b", "x\n"]
)
def test_other_names_need_backticks(name: str) -> None:
    assert not is_name(name)
