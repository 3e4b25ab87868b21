"""British spellings of a parameterization, taken with a warning for one version."""

import pandas as pd
import pytest

import mixwell as mw


@pytest.mark.parametrize("prefix", ["", "non", "non-"])
def test_a_former_spelling_is_taken_with_a_warning(prefix: str) -> None:
    model = mw.Model("Reaction ~ Days + (Days | Subject)", mw.load_data("sleepstudy"))
    former, now = f"{prefix}centred", f"{prefix.rstrip('-')}centered"
    with pytest.warns(mw.MixwellWarning, match=f'"{former}" is spelled "{now}" now') as caught:
        found = model.geometry(former)
    assert len(caught) == 1
    assert caught[0].filename == __file__, "the line of the user, not one of ours"
    pd.testing.assert_frame_equal(found, model.geometry(now))
