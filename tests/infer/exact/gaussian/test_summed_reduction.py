"""The reduction of sums is that of rows: likelihoods, draws, cross-products."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import mixwell as mw
from mixwell.design.atoms.atom import atom_codes, atom_numbers
from mixwell.design.sums.planned_sums import PlannedBlock, PlannedSums, plan_sums
from mixwell.design.sums.scan.row_scan import scan
from mixwell.design.sums.scan.sums_program import KeyColumn, LevelsOfRows, SumsProgram
from mixwell.design.sums.sums import Sums
from mixwell.infer.exact.gaussian.gaussian_model import gaussian_target
from mixwell.infer.exact.gaussian.gaussian_target import GaussianTarget
from mixwell.infer.exact.gaussian.summed_reduction import reduction_of, summed_units
from mixwell.specify.spec import Spec


def planned(spec: Spec) -> PlannedSums:
    """Plan the sums of a specification in memory."""
    blocks = [
        PlannedBlock(f.factor, tuple(b.plan for b in f.blocks), len(f.blocks[0].parts))
        for f in spec.layout.of("mean")
    ]
    return plan_sums(spec.design.mean.fixed.plan, blocks, "y")


def summed(spec: Spec, rows: int = 300) -> tuple[PlannedSums, Sums]:
    """Sum a specification's rows as they would come from elsewhere, in batches."""
    plan, design = planned(spec), spec.design
    atoms = dict(design.mean.fixed.plan.atoms)
    for block in design.blocks:
        atoms |= block.plan.atoms
    y = spec.response.values - (0 if design.offset is None else design.offset)
    columns = {
        f"number {k}": atom_numbers(atoms[expr], design.frame)[:, column]
        for expr, places in plan.numbers.items()
        for column, k in enumerate(places)
    }
    count = len(columns)
    columns[f"number {count}"] = y
    keys, groups = [], []
    for expr, _ in plan.factors:
        columns[f"key {len(keys)}"] = np.array(atoms[expr].levels)[
            atom_codes(atoms[expr], design.frame)
        ]
        keys.append(KeyColumn(None, atoms[expr].levels))
    for factor in spec.layout.of("mean"):
        columns[f"key {len(keys)}"] = factor.index
        groups.append(LevelsOfRows((len(keys),), factor.levels))
        keys.append(KeyColumn(None, tuple(range(len(factor.levels)))))
    weights = None
    if spec.response.weights is not None:
        columns["weights"], weights = spec.response.weights, True
    program = SumsProgram(
        plan.columns,
        (None,) * (count + 1),
        tuple(keys),
        tuple(range(len(plan.factors))),
        tuple(groups),
        weights,
    )
    return plan, scan(program, iter(pa.table(columns).to_batches(max_chunksize=rows)), workers=2)


def reduced(spec: Spec, target: GaussianTarget) -> GaussianTarget:
    """Return the target with the reduction of sums in place of that of rows."""
    plan, sums = summed(spec)
    fixed = spec.design.mean.fixed
    products = [sums.columns.products[plan.x[j]] for j in fixed.kept]
    x = sums.combinations(products)
    if fixed.shift is not None:
        x = x @ fixed.shift.change
    effects = []
    for k, factor in enumerate(spec.layout.of("mean")):
        own, at = sums.effect_combinations(k), 0
        for block in factor.blocks:
            if block.shift is not None:
                part = slice(at, at + len(block.effects))
                own[:, part] = own[:, part] @ block.shift.change
            at += len(block.effects)
        effects.append(own)
    units = summed_units(sums, x, effects)
    far = target.units.response != 1  # whatever is chosen, it is a power of two near the size
    assert target.units.response / units.response in ((1, 2, 4) if far else (1,))
    data = reduction_of(sums, x, effects, units, center=target.centered)
    ratio = target.units.coefficients / units.coefficients
    prior = target.prior
    prior = replace(prior, mean=prior.mean * ratio, precision=prior.precision / ratio**2)
    return replace(target, data=data, units=units, prior=prior)


def frame(n: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    site, arm, clinic = rng.integers(60, size=n), rng.integers(3, size=n), rng.integers(9, size=n)
    x1, x2 = rng.normal(3, 1, n), 1e7 + rng.normal(size=n)
    dose = rng.integers(5, size=n)
    y = 5 + 0.5 * x1 + 0.3 * (x2 - 1e7) + 0.1 * dose + 0.2 * (arm == 1) * x1 + rng.normal(size=n)
    y += rng.normal(0, 0.7, 60)[site] + rng.normal(0, 0.3, 60)[site] * x1
    y += rng.normal(0, 0.5, 9)[clinic]
    return pd.DataFrame(
        {
            "y": y,
            "x1": x1,
            "x2": x2,
            "dose": dose,
            "arm": np.array(["ctrl", "high", "low"])[arm],
            "site": site,
            "clinic": clinic,
            "w": rng.exponential(size=n) + 0.2,
        }
    )


MODELS = {
    "y ~ x1*arm + x2 + dose + (1 + x1 | site)": {},
    "y ~ dose + x1 + (1 | site) + (1 | clinic)": {"weights": "w"},
    "y ~ 0 + arm + x1 + (x1 || site) + (1 + dose | clinic)": {},
    "y ~ x1 + offset(dose) + (1 | clinic/arm)": {},
    "y ~ x1 + x2": {},
    "y ~ poly(x1, 2)*dose + (0 + x1 | site)": {},
    "y ~ x1:arm + x2 + (x2 | clinic)": {},
    "I(1e60 * y) ~ I(1e-25 * x1) + (1 | site)": {},
}


@pytest.fixture(scope="module", params=MODELS)
def target(request: pytest.FixtureRequest) -> GaussianTarget:
    model = mw.Model(request.param, frame(), **MODELS[request.param])
    return gaussian_target(model.spec)


def test_likelihoods_and_draws_of_a_seed_are_those_of_rows(target: GaussianTarget) -> None:
    other = reduced(target.spec, target)
    rng = np.random.default_rng(0)
    t = target.start + rng.normal(0, 0.5, (8, len(target.start)))
    assert other.log_density(t) == pytest.approx(target.log_density(t), rel=1e-9, abs=1e-9)
    ours, rows = (
        each.draw(t, np.ones(8, dtype=np.int64), np.random.default_rng(4))
        for each in (other, target)
    )
    many = target.draw(t, np.full(8, 300), np.random.default_rng(5))
    assert (np.abs(ours.b - rows.b) < 1e-6 * many.b.std(axis=0)).all()
    for name, deviations in rows.r.items():
        assert np.abs(ours.r[name] - deviations).max() < 1e-6 * many.r[name].std()
