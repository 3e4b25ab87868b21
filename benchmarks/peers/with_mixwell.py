"""Fits one case with mixwell; started by `process.py`."""

import time

from child import Asked, clock, report

import mixwell as mw


def main() -> None:
    asked = Asked.read()
    model_class = mw.Model  # imported on first use
    imported, before = clock(), time.process_time()
    model = model_class(asked.formula, asked.frame(), asked.family)
    fit = model.fit(seed=1)
    print(fit)
    printed, after = clock(), time.process_time()

    from mixwell.posterior.draws import stack_variables

    levels = {f"r_{name}" for name in (factor.factor for factor in fit.spec.layout.of("mean"))}
    names = [str(name) for name in fit.posterior.data_vars if str(name) not in levels]
    stack = stack_variables(fit.posterior, names)
    report(asked, stack.values, imported, printed, fit.engine.get("label", ""), after - before)


if __name__ == "__main__":
    main()
