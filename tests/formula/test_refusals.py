"""Every refusal: the formula, a caret under the exact place, and words of the help it gives."""

from typing import Any

import pytest

from mixwell.errors import FormulaError
from mixwell.formula import parse_formula

# Two lines are the formula and its caret line; the third holds words of the message or the hint.
TABLE = """
y ~ x z
      ^
Put an operator between: "x + z"

y ~ I(f in ["a", "b"])
        ^~
Write one comparison a level: f == "a" | f == "b".

y ~ I(f not in ["a", "b"])
        ^~~
Write one comparison a level: f != "a" & f != "b".

y ~ x if z else w
      ^~
Write ifelse(test, yes, no).

y ~ x // z
      ^~
Write "/" for nesting

y ~ (x
    ^
never closed

y ~ x)
     ^
never opened

y ~ (x]
      ^
never opened

y ~ log(x
       ^
never closed

y ~ ()
    ^~
empty

y ~ 'x
    ^~
quotation mark is never closed

y ~
   ^
missing after "~"

y ~ x +
       ^
missing after "+"

~ ~
  ^
missing between "~" and "~"

y ~ x ~ z
      ^
one "~"

y ~ * x
    ^
missing between "~" and "*"

y ~ x ** * z
         ^
missing between "**" and "*"

y = x
  ^
Did you mean "y ~ x"?

y
 ^
no "~"

y ~ x % in % z
      ^~~~~~
Write %in%

y ~ x %o% z
      ^~~
no operator %o%

y ~ x % 2
      ^
%%

y ~ x, data
     ^
comma

y ~ (a, b)
      ^
Write c(1, 2)

y ~ [a, b]
    ^
list inside a call

y ~ x[1]
     ^
no subscripts

y ~ log(x)[1]
          ^
no subscripts

y ~ log(x)(z)
          ^
cannot be called

y ~ data$x
        ^
by their name alone

y ~ stats::poly(x, 2)
         ^~
Leave out the part up to "::"

y ~ x |> log()
      ^~
no pipe

y ~ (x := 1)
       ^~
no assignment

y ~ I(x<-1)
       ^~
x < -1

y ~ x; z
     ^
semicolon

y ~ x # all
      ^
comments

y ~ {x}
    ^~~
I(x)

y ~ {x**2 + 1}
    ^~~~~~~~~~
I(x**2 + 1)

y ~ {
    ^
curly

y ~ C(f, {"up": [-1, 1]})
         ^~~~~~~~~~~~~~~
contrasts=

y ~ \N{LEFT DOUBLE QUOTATION MARK}x
    ^
plain quotation mark

y ~ x \N{MINUS SIGN} 1
      ^
Write "-"

y ~ x \N{MULTIPLICATION SIGN} z
      ^
Write "*"

y ~ 1x
    ^~
needs backticks

y ~ 0x10
    ^~~~
neither a number nor a name

y ~ I(x * 1e999)
          ^~~~~
too large

y ~ I(x * 2.5L)
          ^~~~
not a whole number

y ~ f("a\\qb")
        ^~
For a backslash, write two

y ~ ``
    ^~
empty

y ~ if
    ^~
reserved word

y ~ x + NA
        ^~
missing value

y ~ TRUE(x)
    ^~~~
not a function

y ~ a and b
      ^~~
Write &

y ~ not a
    ^~~
Write !

y ~ I(a && b)
        ^~
Write &

y ~ I(a || b)
        ^~
Write |

y ~ I(1 < x < 3)
            ^
a < b & b < c

y ~ f(x,)
        ^
missing between "," and ")"

y ~ f(k=)
        ^
missing between "=" and ")"

y ~ f(1=x)
       ^
names an argument

y ~ (x = 1)
       ^
names an argument

y ~ f(x ~ z)
        ^
inside a call

bf(y ~ x, sigma ~ z)
     ^
["y ~ x", "sigma ~ z"]

y ~ log(.)
        ^
cannot be in a call

y ~ ...
    ^~~
not allowed

y ~ 2 + x
    ^
only 0 and 1

y ~ x / 10
        ^~
I(x/10)

y ~ 3 * x
    ^
I(3 * x)

y ~ Inf + x
    ^~~
is not a term

y ~ "x"
    ^~~
without quotes: x

y ~ x^1
      ^
I(x^1)

y ~ (a + b)^2.5
            ^~~
whole number from 2

y ~ a^b
      ^
I(a^b)

y ~ (a + b)^101
            ^~~
whole number

y ~ offset(a, b)
    ^~~~~~~~~~~~
Write offset(log(n))

y ~ x:y
      ^
response cannot be part

y ~ x + s(z)
        ^~~~
bs(x, df = 5)

y ~ te(x, z)
    ^~~~~~~~
tensor-product

y ~ a * mo(x)
        ^~~~~
ordered(x)

y ~ me(x, sd)
    ^~~~~~~~~
measured with error

y ~ x + ar(time)
        ^~~~~~~~
autoregressive

y ~ x + Error(g)
        ^~~~~~~~
(1 | g)

y ~ (s(x) | g)
     ^~~~
penalized smooth

y ~ (1 | gr(g, by = x))
         ^~~~~~~~~~~~~
Name the grouping factor itself

y ~ (1 | mm(a, b))
         ^~~~~~~~
(1 | a) + (1 | b)

y ~ diag(1 + x | g)
    ^~~~~~~~~~~~~~~
(x || g)

y ~ ar1(0 + t | g)
    ^~~~~~~~~~~~~~
autoregressive covariance

y ~ exp(0 + t | g)
    ^~~~~~~~~~~~~~
spatial

y ~ (1 | a + b)
         ^~~~~
Write (1 | a) + (1 | b).

y ~ (x | a * b)
         ^~~~~
Write (x | a) + (x | b) + (x | a:b).

y ~ (1 | b %in% a)
         ^~~~~~~~
Write (1 | a:b).

y ~ (1 | 1)
         ^
not a grouping factor

y ~ (1 | "g")
         ^~~
not a grouping factor

y ~ (1 | .)
         ^
not a grouping factor

y ~ (1 | g > 2)
         ^~~~~
not a grouping factor

y ~ (. | g)
     ^
Name the columns

y ~ (0 | g)
     ^
no effects

y ~ (x + offset(z) | g)
         ^~~~~~~~~
fixed part

y ~ (2 + x | g)
     ^
only 0 and 1

y ~ ((1 | a) | b)
      ^~~~~
cannot hold another one

y ~ (1 | a) | b
     ^~~~~
cannot hold another one

y ~ (1 | ID || g)
     ^~~~~~~~~~~
(1 | ID | g)

y ~ (1 | a:b | g)
     ^~~~~~~~~~~
(1 | ID | g)

y ~ a * (1 | g)
         ^~~~~
only be added

y ~ x - (1 | g)
         ^~~~~
cannot be subtracted

y ~ -(1 | g)
      ^~~~~
only be added

y ~ (1 | g) - 1
              ^
y ~ 0 + (1 | g)

y ~ (1 | g) - x
              ^
Leave it out

y ~ (1 | )
         ^
missing

y ~ ( | g)
      ^
missing

1 ~ x
^
names no column

. ~ x
^
names no column

"y" ~ x
^~~
without quotes: y ~

log(2) ~ x
^~~~~~
names no column

y | trails(n) ~ x
    ^~~~~~~~~
Did you mean "trials"?

y | n ~ x
    ^
After the bar stand calls

y | trials() ~ x
    ^~~~~~~~
trials(column)

y | se(a) + se(b) ~ x
            ^~~~~
given twice

y | mi() ~ x
    ^~~~
rows with gaps

y | rate(n) ~ x
    ^~~~~~~
offset(log(n))

y || trials(n) ~ x
^~~~~~~~~~~~~~
after one bar

(y | trials(n)) ~ x
 ^~~~~~~~~~~~~
after one bar

y ~ lambda x: x
    ^~~~~~
functions={"f": f}

y ~ os.system("x")
    ^~~~~~~~~
attribute access

y ~ np.linalg.norm(x)
    ^~~~~~~~~~~~~~
attribute access

y ~ x.__class__
    ^~~~~~~~~~~
not allowed

__import__("os").system("x")
^~~~~~~~~~
not allowed

y ~ f"{x}"
     ^~~~~
not expected
"""
BLOCKS = [block.split("\n") for block in TABLE.strip("\n").split("\n\n")]


@pytest.mark.parametrize(("formula", "caret", "words"), BLOCKS, ids=lambda part: part.strip())
def test_a_refusal_points_at_its_place(formula: str, caret: str, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(formula)
    lines = str(caught.value).splitlines()
    assert lines[1] == f"    {formula}"
    assert lines[2].rstrip() == f"    {caret}".rstrip()
    assert words in lines[0] + "\n" + "\n".join(lines[3:])


@pytest.mark.parametrize(("formula", "caret", "words"), BLOCKS, ids=lambda part: part.strip())
def test_messages_are_short_sentences(formula: str, caret: str, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse_formula(formula)
    message = caught.value.message
    assert message[-1] in ".?"
    assert len(message) <= 90


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError, match="empty"):
        parse_formula(text)


@pytest.mark.parametrize("given", [None, 5, b"y ~ x", ["y ~ x"]])
def test_what_is_no_text_is_refused(given: Any) -> None:
    with pytest.raises(FormulaError, match="is a text, not"):
        parse_formula(given)


@pytest.mark.parametrize(
    "text",
    [
        "y ~ " + "(" * 5000 + "x" + ")" * 5000,
        "y ~ " + "log(" * 5000 + "x" + ")" * 5000,
        "y ~ " + "-" * 5000 + "x",
        "y ~ " + "!" * 5000 + "x",
        "y ~ " + "x ^ " * 5000 + "2",
        "y ~ I(" + " + ".join(["x"] * 5000) + ")",
        "y ~ " + ":".join(["x"] * 5000),
        "y ~ " + "x + (" * 5000 + "x" + ")" * 5000,
        "y ~ f(" + "[" * 5000 + "]" * 5000 + ")",
        "y ~ " + " | ".join(["x"] * 5000),
        " + ".join(["y"] * 5000) + "|" + " + ".join(["y"] * 5000) + "~ (((",
    ],
    ids=lambda text: text[:12],
)
def test_a_formula_without_end_is_refused_not_overflowed(text: str) -> None:
    with pytest.raises(FormulaError):
        parse_formula(text)


def test_sixty_brackets_are_still_read() -> None:
    formula = parse_formula(
        "y ~ " + "(" * 60 + "x" + ")" * 60 + " + " + "log(" * 60 + "z" + ")" * 60
    )
    assert len(formula.terms().terms) == 2
