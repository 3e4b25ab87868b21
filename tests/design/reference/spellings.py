"""Make spellings.json: columns that patsy and formulaic give for their ways to name a coding.

Run with a Python that has both, from the root of the repository:

    uv run --no-project --with patsy==1.0.3 --with formulaic==1.2.2 \
        python tests/design/reference/spellings.py

R's columns of R's spellings come from spellings.R.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

DATA = pd.DataFrame({"f": list("abc") * 2, "n": [0, 1, 2] * 2, "h": [True, False] * 3})

PATSY = [
    'C(f, Treatment(reference="b"))',
    'C(f, Treatment("c"))',
    "C(f, Treatment)",
    "C(n, Treatment(1))",
    "C(n, Treatment(reference=2))",
    "C(h, Treatment(True))",
    'C(f, levels=["b", "c", "a"])',
    'C(f, Treatment("c"), levels=["b", "c", "a"])',
    'C(f, Sum(omit="a"))',
    "C(f, Sum)",
    "C(n, Sum(1))",
    "C(f, Helmert)",
    "C(f, Poly)",
    "C(f, Poly(scores=[1, 2, 5]))",
    "C(f, Diff)",
    "C(f, Diff())",
    'C(Q("f"), Sum)',
]
FORMULAIC = [
    'C(f, contr.treatment("b"))',
    'C(f, contr.treatment(base="b"))',
    "C(f, contr.treatment)",
    "C(f, contr.treatment())",
    "C(n, contr.treatment(base=1))",
    'C(f, contr.treatment(base="c"), levels=["b", "c", "a"])',
    'C(f, contrasts=contr.treatment(base="b"))',
    'C(f, levels=["b", "c", "a"])',
    "C(f, contr.sum)",
    "C(f, contr.sum())",
    "C(f, contr.SAS())",
    "C(f, contr.helmert())",
    "C(f, contr.helmert(reverse=True, scale=False))",
    "C(f, contr.poly)",
    "C(f, contr.poly(scores=[1, 2, 5]))",
    "C(f, contr.diff())",
    "C(f, contr.diff(backward=True))",
    'C(f, Treatment(reference="b"))',
]


def rows(matrix) -> list[list[float]]:
    return np.asarray(matrix, dtype=float)[:3, 1:].round(12).tolist()


def main() -> None:
    import formulaic
    import patsy

    made = [["patsy", text, rows(patsy.dmatrix(text, DATA))] for text in PATSY]
    made += [["formulaic", text, rows(formulaic.model_matrix(text, DATA))] for text in FORMULAIC]
    versions = {"patsy": patsy.__version__, "formulaic": formulaic.__version__}
    Path(__file__).with_suffix(".json").write_text(
        json.dumps({"versions": versions, "columns": made}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
