"""Printouts have the rows, columns and blocks that R prints for the same model (layouts.R)."""

import re
from dataclasses import replace

import numpy as np
import pytest

import mixwell as mw
from mixwell.r import (
    VarCorr,
    contrast,
    emmeans,
    emtrends,
    hypothesis,
    lmer,
    pairs,
    ranef,
    summary,
)
from mixwell.text.r_numbers import abbreviate, format_numbers, named_vector, zapped

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])")
#: What stands in R's columns of tests stands here in the posterior's.
COLUMNS = (
    (" df asymp.LCL asymp.UCL", " lower.ETI upper.ETI"),
    (" df z.ratio p.value", " lower.ETI upper.ETI p.direction"),
    (" df null z.ratio p.value", " lower.ETI upper.ETI p.direction"),
)


def shape(text: str) -> list[str]:
    """Return lines with every figure as #, blanks squeezed and empty lines left out."""
    lines = [" ".join(NUMBER.sub("#", line).split()) for line in text.splitlines()]
    return [line for line in lines if line]


def part(lines: list[str], first: str, last: str | None = None) -> list[str]:
    """Return the lines from one that begins so to one that begins so."""
    start = next(i for i, line in enumerate(lines) if line.startswith(first))
    rest = lines[start:]
    if last is None:
        return rest
    return rest[: 1 + next(i for i, line in enumerate(rest) if line.startswith(last))]


def emmeans_rows(text: str) -> list[str]:
    """Return blocks, headers and row labels of a printout of emmeans, without the notes."""
    for theirs, ours in COLUMNS:
        text = re.sub(r" +".join(map(re.escape, theirs.split(" "))), ours, text)
    rows = []
    for line in text.splitlines():
        if line.startswith(("$", " ")) or line.endswith(":"):
            labels = re.split(r"\s{1,}-?(?:\d+\.\d+)", line.rstrip(), maxsplit=1)[0]
            rows.append(" ".join(labels.split()))
    return rows


@pytest.mark.parametrize("case", range(7))
@pytest.mark.parametrize("digits", [3, 4])
def test_numbers_are_written_as_by_format(printed, case, digits):
    given = printed["formats"][case]
    assert [cell.strip() for cell in format_numbers(given["x"], digits)] == given[f"r{digits}"]


def test_numbers_share_one_width_and_missing_ones_are_named():
    assert format_numbers([1.5, np.nan, np.inf], 3) == ["1.5", " NA", "Inf"]
    assert format_numbers([], 3) == []


def test_names_are_shortened_as_by_abbreviate(printed):
    table = printed["abbreviated"]
    assert {name: abbreviate(name) for name in table} == table


def test_what_is_negligible_is_zapped():
    assert zapped([1.0, 1e-12]).tolist() == [1.0, 0.0]
    assert zapped([0.0]).tolist() == [0.0]


def test_long_named_vectors_are_wrapped():
    lines = named_vector([f"coefficient{i}" for i in range(10)], ["1.0"] * 10)
    assert max(map(len, lines)) <= 80
    assert len(lines) == 4


@pytest.mark.parametrize("name", ["sleep", "crossed", "herds"])
def test_print_is_that_of_lme4_from_the_random_effects_on(name, printed, request):
    fitted = request.getfixturevalue(name)
    theirs = part(shape(printed["texts"][f"print_{name}"]), "Random effects:")
    assert part(shape(str(fitted)), "Random effects:") == theirs


@pytest.mark.parametrize("name", ["sleep", "crossed", "herds"])
def test_summary_has_the_random_effects_of_lme4(name, printed, request):
    ours = shape(str(summary(request.getfixturevalue(name))))
    theirs = shape(printed["texts"][f"summary_{name}"])
    assert part(ours, "Random", "Number") == part(theirs, "Random", "Number")


@pytest.mark.parametrize("name", ["sleep", "herds", "cake"])
def test_summary_has_the_fixed_effects_of_lme4(name, printed, request):
    fitted = request.getfixturevalue({"cake": "baked"}.get(name, name))
    ours, theirs = shape(str(summary(fitted))), shape(printed["texts"][f"summary_{name}"])

    def names(lines: list[str]) -> list[str]:
        rows = part(lines, "Fixed effects:")[2:]
        return [line.split()[0] for line in rows if line.count("#") >= 3][: len(fitted.fit.fixef())]

    assert names(ours) == names(theirs) == list(fitted.fit.spec.design.mean.fixed.r_names)
    header = part(ours, "Fixed effects:")[1]
    assert header == "Estimate Post. SD l-#% CI u-#% CI"


@pytest.mark.parametrize("name", ["sleep", "herds"])
def test_summary_has_the_correlations_of_fixed_effects(name, printed, request):
    ours = shape(str(summary(request.getfixturevalue(name))))
    theirs = part(shape(printed["texts"][f"summary_{name}"]), "Correlation of Fixed")
    assert part(ours, "Correlation of Fixed")[: len(theirs)] == theirs


def test_VarCorr_prints_the_table_of_lme4(sleep, printed):
    assert shape(repr(VarCorr(sleep))) == shape(printed["texts"]["VarCorr_sleep"])


def test_ranef_prints_the_frames_of_lme4(sleep, printed):
    ours, theirs = shape(repr(ranef(sleep))), shape(printed["texts"]["ranef_sleep"])
    assert ours[:-1] == theirs[:-1]
    assert "posterior means" in ours[-1]


def test_columns_stand_under_their_headers(sleep, printed):
    ours = repr(VarCorr(sleep)).splitlines()
    theirs = printed["texts"]["VarCorr_sleep"].splitlines()
    assert [line.find("Std.Dev.") for line in ours] == [line.find("Std.Dev.") for line in theirs]
    assert [line.find(".") for line in ours[1:]] == [line.find(".") for line in theirs[1:]]


def test_emmeans_prints_the_blocks_and_rows_of_emmeans(baked, printed):
    ours = repr(emmeans(baked, "~ recipe | temperature"))
    assert emmeans_rows(ours) == emmeans_rows(printed["texts"]["emmeans"])


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("pairs", pairs),
        ("pairs_reverse", lambda grid: pairs(grid, reverse=True)),
        ("contrast", contrast),
    ],
)
def test_contrasts_have_the_labels_of_emmeans(baked, printed, name, verb):
    ours = repr(verb(emmeans(baked, "~ recipe | temperature")))
    assert emmeans_rows(ours) == emmeans_rows(printed["texts"][name])


def test_simple_contrasts_go_through_the_factors(baked, printed):
    ours = contrast(emmeans(baked, "~ recipe * temperature"), "consec", simple="each")
    theirs = emmeans_rows(printed["texts"]["simple"])
    assert emmeans_rows(repr(ours)) == [line.replace("$`", "$`") for line in theirs]


def test_a_left_side_asks_for_contrasts_and_the_means(baked, printed):
    ours = emmeans(baked, "pairwise ~ recipe")
    assert list(ours) == ["emmeans", "contrasts"]
    assert emmeans_rows(repr(ours)) == emmeans_rows(printed["texts"]["both"])


def test_trends_are_named_by_their_variable(slopes, printed):
    ours = repr(emtrends(slopes, "~ recipe", var="temp"))
    assert emmeans_rows(ours) == emmeans_rows(printed["texts"]["emtrends"])


@pytest.mark.parametrize(("kind", "name"), [("link", "logit"), ("response", "prob")])
def test_means_of_a_generalized_model_name_their_scale(herds, printed, kind, name):
    grid = emmeans(herds, "~ period", type=kind)
    assert emmeans_rows(repr(grid)) == emmeans_rows(printed["texts"][f"emmeans_{name}"])
    assert emmeans_rows(repr(pairs(grid))) == emmeans_rows(printed["texts"][f"pairs_{name}"])


def test_the_summary_of_brm_has_the_sections_and_columns_of_brms(tasks, printed):
    ours, theirs = str(tasks).splitlines(), printed["texts"]["brms_summary"].splitlines()
    sections = [line.strip() for line in theirs if line.strip().endswith("Effects:")]
    assert [line for line in ours if line.endswith("Effects:")] == sections
    header = next(line for line in theirs if "Bulk_ESS" in line)
    assert next(line for line in ours if "Bulk_ESS" in line).split() == [
        word.replace("95", "89") for word in header.split()
    ]
    assert "~user (Number of levels: 40)" in ours
    assert any(re.fullmatch(r"~visit \(Number of levels: 4\) ", line) for line in theirs)
    rows = [line.split()[0] for line in ours if line.startswith(("sd(", "cor(", "sigma"))]
    assert rows == ["sd(Intercept)", "sd(directionright)", "cor(Intercept,directionright)", "sigma"]


def test_hypotheses_print_as_by_brms(tasks, printed):
    ours = repr(hypothesis(tasks, "blockb2 > blockb3")).splitlines()
    theirs = printed["texts"]["brms_hypothesis"].splitlines()
    assert ours[0] == theirs[0]
    words = " ".join(theirs[1:5]).split()
    columns = [word for word in words if word.isidentifier() or ("." in word and word[0].isalpha())]
    assert set(ours[1].split()) == {*columns} - {"Age", "Trt1"}
    assert ours[2].startswith("1 (blockb2)-(blockb3) > 0")


def test_a_diagonal_block_has_no_correlations():
    data = mw.load_data("sleepstudy")
    text = repr(VarCorr(lmer("Reaction ~ Days + (Days || Subject)", data, seed=1)))
    assert "Corr" not in text
    assert shape(text)[1:] == ["Subject (Intercept) #", "Days #", "Residual #"]


def test_correlations_of_three_effects_make_a_triangle(tasks):
    data = mw.load_data("block_direction")
    fitted = lmer("y ~ block + (block | user)", data, seed=1)
    rows = shape(repr(VarCorr(fitted)))[1:4]
    assert rows == ["user (Intercept) #", "blockb2 # #", "blockb3 # # #"]


def test_notes_on_the_data_are_in_the_summary():
    data = mw.load_data("sleepstudy")
    data.loc[3, "Reaction"] = np.nan
    fitted = lmer("Reaction ~ Days + (1 | Subject)", data, seed=1)
    assert "1 row" in str(summary(fitted))


def test_parameters_of_the_family_are_printed(counts):
    alpha = float(counts.fit.posterior["alpha"].mean())
    assert f"alpha: {alpha:.4g}" in str(counts).splitlines()
    assert any(
        line.startswith("shape ") for line in str(replace(counts, layout="brms")).splitlines()
    )


def test_a_formula_for_sigma_has_its_rows_as_in_brms(with_sigma):
    names = [
        line.split()[0] for line in str(with_sigma).splitlines() if ". " in line or "." in line
    ]
    for name in ("sd(sigma_Intercept)", "sigma_Intercept", "sigma_directionright", "Intercept"):
        assert name in names
    assert "cor(blockb2,blockb3)" in names
    assert "sigma = log" in str(with_sigma)


def test_effects_of_several_parameters_share_the_table_of_their_factor(with_sigma):
    rows = shape(repr(VarCorr(with_sigma)))
    assert rows == [
        "Groups Name Std.Dev. Corr",
        "user (Intercept) #",
        "blockb2 # #",
        "blockb3 # # #",
        "sigma_Intercept #",
    ]


def test_a_covariance_is_formed_in_every_draw(with_sigma):
    draws, frame = with_sigma.fit.posterior, VarCorr(with_sigma).frame
    product = draws["sd_user"][..., 1] * draws["sd_user"][..., 2] * draws["corr_user"][..., 1, 2]
    row = frame[(frame["var1"] == "blockb2") & (frame["var2"] == "blockb3")]
    assert row["vcov"].item() == pytest.approx(float(product.mean()))
