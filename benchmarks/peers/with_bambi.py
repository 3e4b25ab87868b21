"""Fits one case with bambi and nutpie; started by `process.py`."""

import arviz as az
import bambi as bmb
import numpy as np
import pandas as pd
from child import Asked, clock, report, spent


def main() -> None:
    asked = Asked.read()
    imported = clock()
    frame = asked.frame()
    if asked.family == "cumulative":  # for which bambi takes no numbers
        response = asked.formulas[0].split(" ~ ")[0]
        frame[response] = pd.Categorical(frame[response], ordered=True)
    model = bmb.Model(bmb.Formula(*asked.formulas), frame, family=asked.family)
    idata = model.fit(inference_method="nutpie", random_seed=1, progressbar=False)
    posterior = idata["posterior"].to_dataset()
    levels = [name for name, each in posterior.items() if any("__factor" in d for d in each.dims)]
    print(az.summary(posterior.drop_vars(levels)))
    taken = spent()
    stacked = [each.values for each in posterior.drop_vars(levels).values()]
    values = np.concatenate([each.reshape(*each.shape[:2], -1) for each in stacked], axis=2)
    factors = [posterior[name] for name in levels]
    first = [next(d for d in each.dims if "__factor" in d) for each in factors]
    deviations = [
        each.transpose("chain", "draw", level, ...)
        for each, level in zip(factors, first, strict=True)
    ]
    report(asked, values, deviations, taken, imported=imported)


if __name__ == "__main__":
    main()
