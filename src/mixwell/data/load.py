"""Shipped datasets as pandas frames."""

import pandas as pd

from mixwell.data.catalog import dataset, datasets
from mixwell.public_calls import public


@public
def load_data(name: str) -> pd.DataFrame:
    """Return one shipped dataset as a new frame, its factors as Categoricals in R's level order.

    Names are read without regard to case. `DataError` with the nearest names is raised when there
    is no such set; `list_data` shows them all, ``print(mixwell.data.dataset(name))`` one's source.

    sleepstudy (180 rows)
        ``Reaction`` average reaction time in milliseconds, ``Days`` day of the study from 0 to 9,
        ``Subject`` the person.
    eight_schools (8 rows)
        ``school``, ``effect`` estimated effect of coaching in points, ``se`` its standard error.
    bangladesh (1,934 rows)
        ``woman`` one row each, ``district``, ``use`` of contraception (N, Y), ``livch`` number of
        living children (0, 1, 2, 3+), ``age`` in years, centered, ``urban`` (N, Y).
    block_direction (1,467 rows)
        ``user`` the person, ``block`` (b1, b2, b3), ``direction`` (left, right), ``trial`` number
        of the trial, ``age`` of the user in years, ``y`` the outcome.
    cbpp (56 rows)
        ``herd``, ``incidence`` number of new cases, ``size`` number of animals, ``period``
        (1 to 4).
    penicillin (144 rows)
        ``diameter`` of the zone of inhibition in millimeters, ``plate`` (a to x), ``sample``
        (A to F), fully crossed.
    pastes (60 rows)
        ``strength``, ``batch`` (A to J), ``cask`` (a, b, c, numbered anew in each batch),
        ``sample`` the cask named with its batch.
    cake (270 rows)
        ``replicate`` the mix, numbered anew in each recipe, ``recipe`` (A, B, C), ``temperature``
        in degrees Fahrenheit as an ordered factor, ``angle`` of breaking in degrees, ``temp`` the
        temperature as a number.
    warpbreaks (54 rows)
        ``breaks`` of the yarn, ``wool`` (A, B), ``tension`` (L, M, H).
    toothgrowth (60 rows)
        ``len`` length of tooth cells, ``supp`` form of vitamin C (OJ, VC), ``dose`` in milligrams
        a day.
    radon (919 rows)
        ``floor`` (0 basement, 1 first floor), ``county``, ``log_radon`` in the house,
        ``log_uranium`` of the county's soil.
    kidney (76 rows)
        ``time`` until an infection in days, ``censored`` (1 where there was none yet), ``patient``,
        ``recur`` the first or second catheter, ``age`` in years, ``sex``, ``disease``.
    epilepsy (236 rows)
        ``Age`` in years and ``Base`` seizures before the trial (standardized: ``zAge``,
        ``zBase``), ``Trt`` (0 placebo, 1 drug), ``patient``, ``visit``, ``count`` of seizures,
        ``obs`` the row.
    inhaler (572 rows)
        ``subject``, ``rating`` of the instructions (1 easy to 4 confusing), ``treat``, ``period``,
        ``carry``.
    grouseticks (403 rows)
        ``INDEX`` the chick, ``TICKS`` on its head, ``BROOD``, ``HEIGHT`` above the sea in meters
        (``cHEIGHT`` centered), ``YEAR``, ``LOCATION``.
    alligators (16 rows)
        ``lake``, ``sex``, ``size``, and how many had mainly eaten ``fish``, ``invertebrate``,
        ``reptile``, ``bird`` or ``other`` things.

    >>> import mixwell as mw
    >>> mw.load_data("cake")["temperature"].cat.categories.tolist()
    ['175', '185', '195', '205', '215', '225']
    """
    entry = dataset(name)
    with entry.file.open(encoding="utf-8") as file:
        frame = pd.read_csv(file, dtype=dict.fromkeys(entry.factors, "str"), keep_default_na=False)
    for column, factor in entry.factors.items():
        kind = pd.CategoricalDtype(list(factor.levels), ordered=factor.ordered)
        frame[column] = frame[column].astype(kind)
    return frame


@public
def list_data() -> pd.DataFrame:
    """Return one row per shipped dataset: name, number of rows, columns, description, source.

    >>> import mixwell as mw
    >>> mw.list_data()["name"].tolist()[:3]
    ['sleepstudy', 'eight_schools', 'bangladesh']
    """
    rows = [
        (entry.name, entry.rows, ", ".join(entry.columns), entry.description, entry.source)
        for entry in datasets().values()
    ]
    return pd.DataFrame(rows, columns=["name", "rows", "columns", "description", "source"])
