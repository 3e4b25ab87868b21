"""Chains of linear gaussian models, against independent draws of the exact engine."""

import numpy as np
import pytest
from tests.infer.direct.independent import distances
from tests.infer.direct.linear.test_eliminated_system import crossed_rows, dense, linear_target

import mixwell as mw
from mixwell.infer.declined import Declined
from mixwell.infer.direct.linear import eliminated_system
from mixwell.infer.direct.linear.linear_chain import LinearChain
from mixwell.infer.direct.rounds.direct_draws import sample_directly
from mixwell.infer.settings import Settings

#: Formulas and priors of one's own: narrow ones that are not normal, and with bounds.
MODELS: list[tuple[str, dict[str, str]]] = [
    ("y ~ x + (1 + x | g) + (1 | h)", {}),
    ("y | weights(w) ~ x * k + offset(z) + (1 + x || g) + (1 | h)", {}),
    (
        "y ~ x + (1 | g) + (1 | h)",
        {"x": "student_t(3, 0, 0.2)", "sigma": "exponential(3)", "sd_h": "uniform(0.1, 0.9)"},
    ),
    ("y | se(w) ~ x + (1 | g) + (1 | h)", {}),
    ("y ~ x + (1 + x | i/h)", {"sd_i": "exponential(1)"}),
]


def test_x_given_t_has_the_mean_and_covariance_of_the_conditional_distribution() -> None:
    """The conditional normal distribution by NumPy; 4,000 draws, 5 standard errors."""
    linear = linear_target("y | weights(w) ~ x + (1 + x | h) + (1 | i)")
    chain = LinearChain(linear, np.random.default_rng(3))
    n, a, precision = linear.system.size, dense(linear), linear.sigma(chain.x) ** -2
    matrix = precision * a.T @ (linear.roots[:, None] ** 2 * a)
    columns, covariances = linear.target.columns, linear.target.covariances
    for unit, root in zip(columns.units, covariances.roots(chain.t), strict=True):
        own = np.linalg.inv(root @ root.T)
        matrix[unit.span, unit.span] += np.kron(np.eye(unit.levels), own)
    first = columns.random
    matrix[first:, first:] += linear.corner
    right = precision * linear.right[:n]
    right[first:] += linear.target.priors.back(linear.prior_pull)[: n - first]
    mean, root = np.linalg.solve(matrix, right), np.linalg.cholesky(matrix)
    standard = []
    for _ in range(4000):
        chain._draw_x()
        standard.append(root.T @ (chain.x[:n] - mean))
    found = np.array(standard)
    assert np.abs(found.mean(axis=0)).max() < 5 / np.sqrt(4000)
    assert np.abs(np.cov(found.T) - np.eye(n)).max() < 5 * np.sqrt(2 / 4000)


@pytest.mark.parametrize(("formula", "priors"), MODELS)
def test_chains_agree_with_independent_draws(formula: str, priors: dict[str, str]) -> None:
    """Means and standard deviations of all parameters, within 4.5 Monte Carlo standard errors."""
    model = mw.Model(formula, crossed_rows(), priors=priors)
    exact = model.fit(engine="exact", seed=1, progressbar=False)
    chains = model.fit(engine="direct", seed=2, draws=400, progressbar=False)
    assert chains.made.engine == "direct"
    found = distances(chains, exact)
    assert len(found) > 60
    assert max(found.values()) < 4.5


def test_a_chain_goes_on_with_the_draws_that_it_would_have_led_to() -> None:
    linear = linear_target("y ~ x + (1 + x | g) + (1 | h)")
    chain = LinearChain(linear, np.random.default_rng(8))
    for _ in range(30):
        chain.iterate(20)
    again = LinearChain(linear, np.random.default_rng(0))
    again.go_on(chain.state)
    for _ in range(5):
        chain.iterate(), again.iterate()
        np.testing.assert_array_equal(chain.x, again.x)
        np.testing.assert_array_equal(chain.t, again.t)
        assert chain.log_density == again.log_density


def test_the_log_density_is_the_targets_but_for_a_constant() -> None:
    for formula in ("y | weights(w) ~ x + (1 + x | g) + (1 | h)", "y | se(w) ~ x + (1 | g)"):
        linear = linear_target(formula)
        chain, differences = LinearChain(linear, np.random.default_rng(8)), []
        for _ in range(5):
            chain.iterate(5)
            differences.append(chain.log_density - linear.target.log_density(chain.x, chain.t))
        np.testing.assert_allclose(differences, differences[0], rtol=1e-10)


def test_equations_without_a_solution_are_declined_not_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eliminated_system, "_STEPS", 1)
    spec = mw.Model("y ~ x + (1 | g) + (1 | h) + (1 | i)", crossed_rows()).spec
    found = sample_directly(spec, Settings(seed=1, draws=50, tune=10, chains=2))
    assert isinstance(found, Declined)
    assert "accepts 0 % of its moves" in str(found)
