"""Treatments of grouping factors: known levels keep their effects, new ones are drawn."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from mixwell.errors import DataError

SAMPLES = 4000


@pytest.fixture(scope="module")
def crossed(pretend):
    """Return a fit of users and items whose deviations are known numbers: 10, 20, ... and 1, 2."""
    n = 60
    data = pd.DataFrame(
        {"user": [f"u{i % 6}" for i in range(n)], "item": [i % 4 for i in range(n)]}
    )
    data["x"], data["y"] = np.linspace(-1, 1, n), np.random.default_rng(1).normal(size=n)
    return pretend(
        "y ~ x + (1 + x | user) + (1 | item)",
        data,
        [100.0, 0.5],
        chains=4,
        draws=1000,
        r_user=(("user", "user_effect"), np.column_stack([10.0 * np.arange(6), np.arange(6.0)])),
        sd_user=(("user_effect",), [5.0, 2.0]),
        corr_user=(("user_effect", "user_effect_"), [[1.0, -0.8], [-0.8, 1.0]]),
        r_item=(("item", "item_effect"), np.arange(4.0)[:, None]),
        sd_item=(("item_effect",), [3.0]),
        sigma=((), 1.0),
    )


@pytest.fixture(scope="module")
def nested(pretend):
    """Return a fit of casks in batches: batch A adds 10, B 20; cask A:a adds 1, A:b 2, B:a 3."""
    cells = [("A", "a"), ("A", "b"), ("B", "a")]
    data = pd.DataFrame(cells * 6, columns=["batch", "cask"])
    data["y"] = np.random.default_rng(2).normal(size=18)
    return pretend(
        "y ~ 1 + (1 | batch/cask)",
        data,
        [100.0],
        chains=4,
        draws=1000,
        **{
            "r_batch": (("batch", "batch_effect"), [[10.0], [20.0]]),
            "sd_batch": (("batch_effect",), [5.0]),
            "r_batch:cask": (("batch:cask", "batch:cask_effect"), [[1.0], [2.0], [3.0]]),
            "sd_batch:cask": (("batch:cask_effect",), [0.5]),
            "sigma": ((), 1.0),
        },
    )


def moments(made):
    return made.samples.mean(axis=1), made.samples.std(axis=1)


# -- predictions -----------------------------------------------------------------------------


def test_mixed_keeps_known_levels_and_draws_unseen_ones(crossed):
    rows = {"x": [0.0, 0.0, 1.0], "user": ["u2", "new", "new"], "item": [3, 3, 99]}
    made = crossed.predictions(rows, groups="mixed", seed=1)
    mean, sd = moments(made)
    assert made.samples[0] == pytest.approx(100 + 20 + 3)  # both known: no draw of them differs
    assert mean[1] == pytest.approx(103, abs=0.3)
    assert sd[1] == pytest.approx(5, rel=0.05)
    # user's intercept and slope correlate by -0.8; the item is new, too
    both = 25 + 4 - 2 * 0.8 * 10 + 9
    assert sd[2] == pytest.approx(np.sqrt(both), rel=0.05)
    assert "New levels of user: new." in made.notes
    assert "New levels of item: 99." in made.notes


def test_mixed_is_existing_where_every_level_is_known(crossed):
    rows = crossed.spec.design.data
    known = crossed.predictions(rows, groups="existing").samples
    np.testing.assert_array_equal(crossed.predictions(rows, groups="mixed").samples, known)
    np.testing.assert_array_equal(crossed.predictions(groups="mixed").samples, known)


def test_a_new_cask_in_a_known_batch_keeps_its_batchs_effect(nested):
    rows = {"batch": ["A", "A", "B", "B", "C"], "cask": ["a", "new", "new", "b", "a"]}
    made = nested.predictions(rows, groups="mixed", seed=1)
    mean, sd = moments(made)
    assert made.samples[0] == pytest.approx(111)
    np.testing.assert_allclose(mean, [111, 110, 120, 120, 100], atol=0.3)
    # the cask alone is new three times (B:b was never seen), in the last row the batch, too
    np.testing.assert_allclose(sd, [0, 0.5, 0.5, 0.5, np.sqrt(25.25)], rtol=0.05, atol=1e-9)
    assert abs(np.corrcoef(made.samples[1:4])[np.triu_indices(3, 1)]).max() < 0.08


def test_one_new_level_is_the_same_in_all_rows_and_all_calls_of_a_seed(nested):
    rows = {"batch": ["A", "B", "A"], "cask": ["new", "new", "new"]}
    made = nested.predictions(rows, groups="mixed", seed=3)
    np.testing.assert_array_equal(made.samples[0], made.samples[2])
    alone = nested.predictions({"batch": ["B"], "cask": ["new"]}, groups="mixed", seed=3)
    np.testing.assert_array_equal(alone.samples[0], made.samples[1])
    again = nested.predictions({"batch": ["B"], "cask": ["new"]}, groups="mixed", seed=4)
    assert (again.samples[0] != made.samples[1]).all()


def test_each_factor_has_its_own_treatment(crossed):
    rows = {"x": [0.0, 0.0], "user": ["u2", "u3"], "item": [3, 99]}
    made = crossed.predictions(rows, groups={"user": "existing", "item": "population"})
    np.testing.assert_allclose(made.samples, np.broadcast_to([[120.0], [130.0]], (2, SAMPLES)))
    assert made.notes == ("Of user: each level's own deviations; of item: deviations are 0.",)
    made = crossed.predictions(rows, groups={"item": "mixed"}, seed=1)  # user: left out
    mean, sd = moments(made)
    np.testing.assert_allclose(mean, [103, 100], atol=0.2)
    np.testing.assert_allclose(sd, [0, 3], rtol=0.05, atol=1e-9)
    made = crossed.predictions(rows, groups={"user": "existing", "item": "new"}, seed=1)
    np.testing.assert_allclose(moments(made)[1], [3, 3], rtol=0.05)


def test_only_the_columns_of_factors_that_take_part_are_needed(crossed):
    made = crossed.predictions({"x": [0.0], "user": ["u1"]}, groups={"user": "existing"})
    assert made.samples[0] == pytest.approx(110)
    with pytest.raises(ValueError, match="'item'"):
        crossed.predictions({"x": [0.0], "user": ["u1"]}, groups="mixed")


def test_existing_levels_alone_are_refused_by_factor(crossed):
    rows = {"x": [0.0], "user": ["u1"], "item": [99]}
    with pytest.raises(DataError, match=r"item has levels.*'99'") as raised:
        crossed.predictions(rows, groups="existing")
    assert 'groups="mixed"' in str(raised.value)
    crossed.predictions(rows, groups={"user": "existing"})


def test_effects_of_several_parameters_are_drawn_together(pretend):
    data = pd.DataFrame({"g": list("abcd") * 6, "y": np.arange(24.0)})
    fit = pretend(
        ["y ~ 1 + (1 | p | g)", "sigma ~ 1 + (1 | p | g)"],
        data,
        [0.0],
        chains=4,
        draws=1000,
        r_g=(("g", "g_effect"), np.arange(4.0)[:, None]),
        sd_g=(("g_effect",), [2.0]),
        r_sigma_g=(("g", "sigma_g_effect"), np.zeros((4, 1))),
        sd_sigma_g=(("sigma_g_effect",), [0.5]),
        corr_g=(("g_joint_effect", "g_joint_effect_"), [[1.0, 0.9], [0.9, 1.0]]),
        b_sigma=(("sigma_effect",), [0.0]),
    )
    drawn = fit.drawn.new_levels("g", ["x"], 1)
    assert np.corrcoef(drawn["mean"][0, 0], drawn["sigma"][0, 0])[0, 1] == pytest.approx(
        0.9, abs=0.02
    )
    made = fit.predictions({"g": ["b", "new"]}, "response", groups="mixed", seed=1)
    assert made["sd"][0] == pytest.approx(1.0, rel=0.05)  # b's own sigma is 1
    spread = 4 + np.exp(2 * 0.5**2)  # variance of the group, mean of sigma squared
    assert made["sd"][1] == pytest.approx(np.sqrt(spread), rel=0.06)


def test_factors_that_a_prediction_does_not_depend_on_take_no_part(pretend):
    data = pd.DataFrame({"x": np.arange(24.0), "g": list("abcd") * 6, "y": np.arange(24.0)})
    fit = pretend(
        ["y ~ x", "sigma ~ 1 + (1 | g)"],
        data,
        [0.0, 1.0],
        chains=4,
        draws=1000,
        r_sigma_g=(("g", "sigma_g_effect"), np.log([[1.0], [2.0], [3.0], [4.0]])),
        sd_sigma_g=(("sigma_g_effect",), [0.5]),
        b_sigma=(("sigma_effect",), [0.0]),
    )
    mean = fit.predictions({"x": [2.0], "g": ["unseen"]}, groups="existing")
    assert (mean["estimate"][0], mean.notes) == (2.0, ())
    assert fit.means((), groups="existing").notes == fit.means(()).notes[:1]
    rows = {"x": [2.0, 2.0], "g": ["b", "d"]}
    new = fit.predictions(rows, "response", groups={"g": "existing"}, seed=1)
    np.testing.assert_allclose(new["sd"], [2.0, 4.0], rtol=0.05)
    assert new["g"].tolist() == ["b", "d"]
    with pytest.raises(DataError, match="g has levels"):
        fit.predictions({"x": [2.0], "g": ["unseen"]}, "response", groups="existing")


# -- means, comparisons, slopes --------------------------------------------------------------


def test_means_are_of_the_factors_that_are_asked_for(crossed):
    users = crossed.means("user", at={"x": 0}, groups={"user": "existing"})
    np.testing.assert_allclose(users["estimate"], 100 + 10.0 * np.arange(6))
    both = crossed.means("user", at={"x": 0}, groups="existing")
    np.testing.assert_allclose(both["estimate"], users["estimate"] + 1.5)  # averaged over items
    with pytest.raises(DataError, match="'item' is a grouping factor"):
        crossed.means("item", groups={"user": "existing"})
    new = crossed.means("user", at={"x": 0}, groups={"user": "existing", "item": "new"}, seed=1)
    np.testing.assert_allclose(new["sd"], np.full(6, 3.0), rtol=0.05)


def test_means_take_levels_that_at_adds(crossed, nested):
    asked = {"x": 0.0, "user": ["u1", "somebody"]}
    made = crossed.means("user", at=asked, groups={"user": "mixed"}, seed=1)
    assert made["user"].tolist() == ["u1", "somebody"]
    np.testing.assert_allclose(made["estimate"], [110, 100], atol=0.3)
    np.testing.assert_allclose(made["sd"], [0, 5], rtol=0.05, atol=1e-9)
    with pytest.raises(DataError, match="user has no level 'somebody'"):
        crossed.means("user", at=asked, groups="existing")
    cask = nested.means("batch", at={"cask": "new"}, groups="mixed", seed=1)
    np.testing.assert_allclose(cask["estimate"], [110, 120], atol=0.05)
    np.testing.assert_allclose(cask["sd"], [0.5, 0.5], rtol=0.05)


def test_mixed_averages_over_the_levels_in_the_data_where_at_adds_none(nested):
    for groups in ("existing", "mixed"):
        made = nested.means("batch", groups=groups)
        np.testing.assert_allclose(made["estimate"], [111.5, 123])
    made = nested.means("batch", groups={"batch": "existing", "batch:cask": "new"}, seed=1)
    np.testing.assert_allclose(made["estimate"], [110, 120], atol=0.05)
    np.testing.assert_allclose(made["sd"], [0.5, 0.5], rtol=0.05)


def test_slopes_and_comparisons_have_treatments_by_factor(crossed):
    own = 0.5 + np.arange(6.0)
    for asked in (crossed.slopes, crossed.comparisons):
        made = asked("x", by="user", groups={"user": "existing", "item": "population"})
        np.testing.assert_allclose(made["estimate"], own)
        made = asked("x", over="data", groups={"user": "mixed"})
        assert made["estimate"][0] == pytest.approx(own.mean())
        made = asked("x", groups={"user": "new"}, seed=1)
        assert made["sd"][0] == pytest.approx(2.0, rel=0.05)


def test_responses_are_averaged_by_treatment(pretend):
    data = pd.DataFrame(
        {"user": [f"u{i % 6}" for i in range(60)], "item": [i % 4 for i in range(60)]}
    )
    data["y"] = np.arange(60) % 2
    fit = pretend(
        "y ~ 1 + (1 | user) + (1 | item)",
        data,
        [0.3],
        "bernoulli",
        r_user=(("user", "user_effect"), np.arange(6.0)[:, None]),
        sd_user=(("user_effect",), [1.0]),
        r_item=(("item", "item_effect"), -np.arange(4.0)[:, None]),
        sd_item=(("item_effect",), [1.0]),
    )
    for over in ("grid", "data"):
        made = fit.means((), average="response", over=over, groups={"user": "existing"})
        assert made["estimate"][0] == pytest.approx(expit(0.3 + np.arange(6)).mean())


def test_a_table_says_how_each_factor_is_treated(crossed):
    said = crossed.means((), groups={"user": "existing", "item": "new"}).notes
    assert any("Of user: each level's own deviations; of item: new levels" in each for each in said)
    assert "For the groups in the data" in crossed.means((), groups="mixed").notes[-1]


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ("mix", 'Did you mean "mixed"'),
        (1, "Choices: population, existing, new, mixed"),
        (True, "groups=True is unknown"),
        ({"usr": "existing"}, 'no grouping factor of the model.*\n.*Did you mean "user"'),
        ({"user": "known"}, r"groups\['user'\]='known' is unknown"),
        ({"user": None}, r"groups\['user'\]=None is unknown"),
        (["existing"], "is unknown"),
    ],
)
def test_what_is_no_treatment_is_refused(crossed, groups, said):
    for asked in (
        lambda: crossed.predictions(groups=groups),
        lambda: crossed.means((), groups=groups),
        lambda: crossed.comparisons("x", groups=groups),
        lambda: crossed.slopes("x", groups=groups),
    ):
        with pytest.raises(DataError, match=said):
            asked()


def test_a_model_without_groups_has_no_factor_to_treat(pretend):
    data = pd.DataFrame({"x": [0.0, 1.0, 2.0, 4.0], "y": [1.0, 2.0, 2.5, 5.0]})
    fit = pretend("y ~ x", data, [0.0, 1.0])
    for groups in ("population", "existing", "new", "mixed"):
        assert fit.predictions({"x": [3.0]}, groups=groups)["estimate"][0] == 3.0
    with pytest.raises(DataError, match="has no grouping factor"):
        fit.predictions(groups={"g": "existing"})
