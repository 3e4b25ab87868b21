"""The printed result, from a specification and a posterior made by hand."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from mixwell.posterior.made import Made
from mixwell.posterior.posterior import Posterior
from mixwell.report.fit_page import fit_page
from mixwell.show.page import (
    Page,
    Section,
    page_decimals,
    page_html,
    page_text,
    parameters_table,
)

NOTHING_KNOWN = Made()
GOOD = "The chains have converged: no divergences."


@pytest.fixture
def page_of(make_idata, spec_of):
    """Return a maker of the page of a fit whose posterior was made by hand."""

    def make(family="gaussian", notes=(), made=NOTHING_KNOWN):
        idata = make_idata()
        spec = replace(spec_of(idata, "Reaction", family), notes=notes)
        drawn = Posterior(idata["posterior"].to_dataset(), spec)
        return fit_page(drawn, made, GOOD, ok=True)

    return make


def sections(frame, heading="Effects"):
    return (Section(heading, parameters_table(frame, "89%")),)


@pytest.fixture
def page(page_of):
    made = Made("nuts", engine_reason="", label="NUTS")
    return page_of(notes=("2 rows dropped.",), made=made)


def test_the_text_has_the_parts_that_brms_users_know(page):
    text = page_text(page)
    for part in (
        " Family: gaussian",
        "  Links: mu = identity",
        "Formula: Reaction ~ Days + (Days | Subject)",
        "   Data: 20 observations\n         2 rows dropped.",
        "  Draws: 4 chains of 250 draws: 1000 in all\n Engine: NUTS\n",
        "Group-level effects of Subject (5 levels):",
        "Population-level effects:",
        "Further distributional parameters:",
    ):
        assert part in text
    assert text.endswith(GOOD)


def test_sds_and_correlations_stand_in_one_table_with_all_columns(page):
    lines = page_text(page).splitlines()
    start = lines.index("Group-level effects of Subject (5 levels):")
    headers = re.split(r"\s{2,}", lines[start + 1].strip())
    assert headers == [
        "Estimate",
        "Est.Error",
        "l-89% CI",
        "u-89% CI",
        "R-hat",
        "Bulk ESS",
        "Tail ESS",
    ]
    names = [line.split("  ")[0] for line in lines[start + 2 : start + 5]]
    assert names == ["sd(Intercept)", "sd(Days)", "cor(Intercept, Days)"]
    assert all(len(line.split()) >= 8 for line in lines[start + 2 : start + 5])


def test_decimal_points_stand_in_one_column():
    frame = pd.DataFrame(
        {
            "estimate": [1234.5, 0.01234],
            "sd": [345.6, 0.00123],
            "lower": [0.0, 0.0],
            "upper": [1.0, 1.0],
        },
        index=["large", "small"],
    )
    page = Page(
        (("Family", "gaussian"),),
        (Section("Effects", parameters_table(frame, "89%")),),
        (),
        GOOD,
        True,
    )
    large, small = page_text(page).splitlines()[4:6]
    assert large.split()[:2] == ["large", "1234"]
    assert small.split()[1] == "0.0123"
    assert large.index("1234") + 4 == small.index("0.0123") + 1


@pytest.mark.parametrize(
    ("sd", "expected"), [(0.0, 2), (float("nan"), 2), (250, 0), (6.8, 2), (0.05, 3), (1e-9, 10)]
)
def test_decimals_follow_the_sd(sd, expected):
    assert page_decimals(sd) == expected


def test_minus_zero_is_printed_as_zero():
    frame = pd.DataFrame(
        {"estimate": [-0.0001], "sd": [1.0], "lower": [-1.0], "upper": [1.0]}, ["x"]
    )
    page = Page(
        (("Family", "gaussian"),),
        (Section("Effects", parameters_table(frame, "89%")),),
        (),
        GOOD,
        True,
    )
    assert " 0.00 " in page_text(page)
    assert "-0.00" not in page_text(page)


def test_the_link_scale_is_said_where_it_is_not_the_response(page_of):
    assert "Effects are on the logit scale." in page_text(page_of("bernoulli"))


def test_the_html_is_self_contained_and_sets_no_color_of_its_own(page):
    html = page_html(page)
    assert "<style" not in html
    assert "class=" in html
    assert re.findall(r"background: (\w+)", html).count("transparent") == html.count("background")
    assert html.count("<table") == html.count("</table>") == 2
    assert html.count("<tr") == html.count("</tr>")


def test_names_are_escaped_in_html():
    frame = pd.DataFrame(
        {"estimate": [1.0], "sd": [1.0], "lower": [0.0], "upper": [2.0]}, ["x < 5"]
    )
    page = Page(
        (("Family", "a<b"),),
        (Section("<b>", parameters_table(frame, "89%")),),
        ("n&m",),
        GOOD,
        False,
    )
    html = page_html(page)
    assert "x &lt; 5" in html
    assert "a&lt;b" in html
    assert "n&amp;m" in html
    assert "<b>" not in html


def test_long_notes_are_wrapped_under_their_label(page_of):
    lines = page_text(page_of(notes=("word " * 60,))).splitlines()
    assert max(len(line) for line in lines) <= 102
    assert sum(line.startswith("         word") for line in lines) > 2
