"""What is said of tables that stand side by side."""

import numpy as np
import pandas as pd


def test_what_is_said_of_one_response_alone_has_its_name(pretend) -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"f": list("ab") * 20, "g": list("uuvv") * 10})
    data = data.assign(y=rng.normal(size=40), x=rng.normal(size=40))
    fit = pretend(
        ["y ~ f", "x ~ f * g"],
        data,
        [1.0, 2.0],
        ["gaussian", "gaussian"],
        b_y=(("effect_y",), [1.0, 2.0]),
        b_x=(("effect_x",), [0.5, 1.0, -1.0, 2.0]),
        sigma_y=((), 1.0),
        sigma_x=((), 1.0),
    )
    notes = fit.means("f").notes
    assert [n for n in notes if n.startswith("x: Results may mislead: f interacts with g")]
    assert not [n for n in notes if n.startswith("y: ")]
    assert notes.count("Averaged over g with equal weights.") == 1
