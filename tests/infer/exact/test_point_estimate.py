"""How the mode of a model prints."""

import mixwell as mw


def test_the_mode_prints_the_digits_of_each_standard_error_in_any_unit() -> None:
    """lme4's lmer has 251.405 (6.825) and 10.467 (1.546); with tiny units it printed 0.0000."""
    data = mw.load_data("sleepstudy")
    fixed = []
    for unit in (1.0, 1e-12):
        model = mw.Model(
            "Reaction ~ Days + (Days | Subject)", data.assign(Reaction=data["Reaction"] * unit)
        )
        lines = str(model.mode(flat=True)).splitlines()
        fixed.append({line.split()[0]: line.split()[1:] for line in lines[3:5]})
    one, tiny = fixed
    assert one == {"Intercept": ["251.41", "6.82", "36.84"], "Days": ["10.47", "1.55", "6.77"]}
    assert tiny == {
        "Intercept": ["2.5141e-10", "6.82e-12", "36.84"],
        "Days": ["1.047e-11", "1.55e-12", "6.77"],
    }
