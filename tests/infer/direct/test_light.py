"""What direct chains do without."""

import subprocess
import sys

_CODE = """
import sys
import mixwell as mw
model = mw.Model(
    "incidence | trials(size) ~ period + (1 | herd) + (1 | period)",
    mw.load_data("cbpp"),
    family="binomial",
)
fit = model.fit(engine="direct", draws=50, chains=2, seed=1)
assert str(fit)
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


def test_neither_pymc_nor_its_compiler_nor_arviz_is_loaded() -> None:
    heavy = ["pymc", "pytensor", "nutpie", "arviz", "arviz_stats", "bambi", "matplotlib"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CODE, *heavy], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
