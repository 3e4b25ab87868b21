"""Files of every format that was released are read by this version, with the same answers.

The answers were given by the version that wrote the file; `released/write.py` says how.
"""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mixwell as mw
from mixwell.posterior.storage.opening import FORMAT

FOLDER = Path(__file__).with_name("released")
FILES = sorted(FOLDER.glob("format_*.nc"))


def test_a_file_of_every_format_is_kept() -> None:
    kept = [int(re.sub(r"\D", "", file.stem)) for file in FILES]
    assert kept == list(range(1, FORMAT + 1))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_released_file_gives_the_answers_that_it_gave(file: Path) -> None:
    answers: dict[str, Any] = json.loads(file.with_suffix(".json").read_text())
    fit = mw.load(file)
    new = runpy.run_path(str(FOLDER / "write.py"))["frame"]().iloc[[0, 7, 20]]
    assert fit.posterior["g"].values.tolist() == answers["levels"]
    assert np.asarray(fit.posterior["sigma"]).ravel().tolist() == answers["sigma"]
    assert fit.fixef()["estimate"].to_dict() == pytest.approx(answers["fixef"], rel=1e-12)
    made = fit.predictions(new, groups="existing")["estimate"]
    assert made.tolist() == pytest.approx(answers["predictions"], rel=1e-12)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_released_file_is_saved_again_in_the_format_of_today(file: Path, tmp_path: Path) -> None:
    fit = mw.load(file)
    back = mw.load(fit.save(tmp_path / "again.nc"))
    assert back.posterior.identical(fit.posterior)
    assert str(back.spec) == str(fit.spec)
