"""Fits one case with mixwell; started by `process.py`."""

import time

from child import Asked, clock, report, spent

import mixwell as mw


def main() -> None:
    asked = Asked.read()
    model_class = mw.Model  # imported on first use
    imported, before = clock(), time.process_time()
    model = model_class(asked.formulas, asked.frame(), asked.family)
    fit = model.fit(seed=1, **asked.options)
    print(fit)
    taken, worked = spent(), time.process_time() - before

    from mixwell.posterior.draws import stack_variables

    levels = [factor.r_name for factor in fit.spec.layout.factors]
    names = [str(name) for name in fit.posterior.data_vars if str(name) not in levels]
    report(
        asked,
        stack_variables(fit.posterior, names).values,
        [fit.posterior[name] for name in levels],
        taken,
        imported=imported,
        worked=worked,
        engine=fit.engine.get("label", ""),
    )


if __name__ == "__main__":
    main()
