"""Fits one case with bambi and nutpie; started by `process.py`."""

import arviz as az
import bambi as bmb
import numpy as np
from child import Asked, clock, report


def main() -> None:
    asked = Asked.read()
    imported = clock()
    model = bmb.Model(asked.formula, asked.frame(), family=asked.family)
    idata = model.fit(inference_method="nutpie", random_seed=1, progressbar=False)
    posterior = idata["posterior"].to_dataset()
    levels = [name for name, each in posterior.items() if any("__factor" in d for d in each.dims)]
    print(az.summary(posterior.drop_vars(levels)))
    printed = clock()
    stacked = [each.values for each in posterior.drop_vars(levels).values()]
    values = np.concatenate([each.reshape(*each.shape[:2], -1) for each in stacked], axis=2)
    report(asked, values, imported, printed)


if __name__ == "__main__":
    main()
