"""What texts and data from strangers can do here: the claims of SECURITY.md, tried."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import mixwell as mw
from mixwell.cli import app

ROOT = Path(__file__).parents[1]
ROWS = 600
TWENTY = [f"a{i}" for i in range(20)]

# Python names what it is about to do to an audit hook, which cannot be taken away.
AUDITED = '''
import os, sys, warnings
import mixwell as mw
warnings.simplefilter("ignore")
HOSTILE = """
__import__('os').system('touch pwned')
os.system('touch pwned')
eval('1')
exec('open("pwned", "w")')
().__class__.__bases__[0].__subclasses__()
(lambda: 0)()
x.__class__
log.__globals__
np.load('x')
np.memmap('pwned')
pd.eval('1')
mw.load('x')
system('touch pwned')
`os.system('touch pwned')`
""".split("\\n")[1:-1]
data = mw.load_data("sleepstudy").rename(columns={"Reaction": "y", "Days": "x", "Subject": "g"})
fit = mw.Model("y ~ x + (1 | g)", data).fit(draws=50, seed=1)
CALLS = [
    lambda text: mw.Model(f"y ~ {text}", data),
    lambda text: mw.Model(f"{text} ~ x", data),
    lambda text: mw.Model(f"y ~ (1 | {text})", data),
    lambda text: mw.Model("y ~ x", data, priors={"b": text}),
    lambda text: mw.Model("y ~ x", data, priors={"b": f"Normal(0, {text})"}),
    lambda text: mw.Model("y ~ g", data, contrasts={"g": text}),
    lambda text: mw.Model("y ~ x", data, text),
    lambda text: mw.Model("y ~ x", data, weights=text),
    lambda text: mw.Model("y ~ x + (1 | g)", data.assign(g=data["g"].astype(str) + text)),
    lambda text: fit.hypothesis(text),
    lambda text: fit.hypothesis(f"{text} > 0"),
    lambda text: fit.slopes(text),
    lambda text: fit.means(text),
    lambda text: mw.r.translate(text),
    lambda text: mw.r.translate(f"m <- lmer(y ~ {text}, d); {text}"),
]


def tried(call, text):
    try:
        call(text)
        return "done"
    except mw.MixwellError:
        return "refused"


for call in CALLS:  # what is imported late is imported now
    tried(call, "x")
SEEN = []
RUNNING = ("exec", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess", "socket")
RUNNING += ("pickle", "ctypes", "import", "open", "os.remove", "os.rename", "code.__new__")
WATCHED = [True]
sys.addaudithook(lambda event, _: event.startswith(RUNNING) and WATCHED[0] and SEEN.append(event))
count = sum(tried(call, text) == "refused" for call in CALLS for text in HOSTILE)
WATCHED[0] = False
print(count, len(CALLS) * len(HOSTILE), SEEN, os.path.exists("pwned"))
'''


def test_no_text_is_run_imports_opens_a_file_or_reaches_a_network(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AUDITED], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""
    refused, tried, rest = done.stdout.split(maxsplit=2)
    assert rest == "[] False\n"
    # names of levels may be anything, and the translator keeps what it cannot read as a comment
    assert int(refused) > 0.7 * int(tried)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=ROWS) for name in ("y", "x", "z", *TWENTY)}
    labels = {"f": [f"l{i}" for i in range(ROWS)], "h": rng.integers(0, 300, ROWS).astype(str)}
    return pd.DataFrame(columns | labels)


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ ns(x, df = 1e9)",
        "y ~ bs(x, df = 1e9)",
        "y ~ bs(x, degree = 100000)",
        "y ~ cr(x, df = 100000)",
        "y ~ poly(x, 10000)",
        "y ~ cut(x, 1:1e12)",
        "y ~ cut(x, 1e9)",
        "y ~ cut(x, seq(0, 1, 1e-12))",
        "y ~ I(x %in% 1:1e11)",
        "y ~ f * f * h",
        "y ~ f:h",
        "y ~ (f | h)",
        "y ~ (1 | f:h)",
        f"y ~ (1 | {'/'.join(TWENTY)})",
        f"y ~ ({' + '.join(TWENTY)})^20",
        f"y ~ (({' + '.join(TWENTY)})^3)^3",
        f"y ~ {' * '.join(TWENTY)}",
        "y ~ (x + z)^999999999999",
        "y ~ I(x^1e300)",
        "y ~ exp(exp(exp(exp(x))))",
        "y ~ x == 'text'",
        "y ~ " + "(" * 20_000 + "x" + ")" * 20_000,
        "y ~ " + "-" * 50_000 + "x",
        "y ~ I(x" + "^9" * 3000 + ")",
        "y ~ " + "poly(" * 500 + "x" + ", 2)" * 500,
        "y ~ x + " + "9" * 50_000,
        "y ~ x" + " + x" * 100_000,
        "y ~ cut(x, c(" + "1, " * 100_000 + "2))",
    ],
    ids=lambda formula: formula[:24],
)
def test_a_short_formula_cannot_ask_for_unbounded_work(
    formula: str, data: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mw.options, "memory", 100_000_000)
    with pytest.raises(mw.MixwellError):
        mw.Model(formula, data)


def test_a_number_is_not_compared_with_a_text(data: pd.DataFrame) -> None:
    with pytest.raises(mw.MixwellError, match=r"A number is compared with a text(.|\n)*quotes"):
        mw.Model("y ~ I(x == '1')", data)


def test_names_in_data_do_not_steer_a_terminal(tmp_path: Path) -> None:
    table = pd.DataFrame({"y": [1.0, 2, 4, 3], "g": ["b\x1b[2Jb", "a"] * 2})
    table.to_csv(tmp_path / "a.csv", index=False)
    result = CliRunner().invoke(app, ["fit", str(tmp_path / "a.csv"), "y ~ h"])
    assert "\x1b" not in result.output
    result = CliRunner().invoke(app, ["fit", str(tmp_path / "a.csv"), "y ~ g", "--draws", "50"])
    assert "\x1b" not in result.output
    assert r"\x1b[2Jb" in result.stdout


def test_names_in_data_are_no_html() -> None:
    evil = "<script>alert(1)</script>"
    data = pd.DataFrame({"y": [1.0, 2, 4, 3, 5, 4], evil: [evil, "b", "c"] * 2})
    fit = mw.Model(f"y ~ `{evil}`", data).fit(draws=50, seed=1)
    for shown in (fit, fit.explain(), fit.means(evil), fit.report()):
        assert "<script" not in shown._repr_html_()
        assert "&lt;script" in shown._repr_html_()


def test_the_page_names_the_test_that_tries_it() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "tests/test_security.py" in page
    assert not re.search(r"\w@\w", page)  # no address is promised that nobody reads
