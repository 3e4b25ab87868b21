"""Calls of R on data, and the Python that they become."""

import numpy as np
import pandas as pd
import pytest

import mixwell as mw

DATA = {
    'e <- read.csv2("e.csv")': 'e = pd.read_csv("e.csv", sep=";", decimal=",")',
    'e <- read.table("e.txt", header = TRUE)': r'e = pd.read_csv("e.txt", sep=r"\s+")',
    'e <- read.table("e.txt")': r'e = pd.read_csv("e.txt", sep=r"\s+", header=None)',
    'e <- readr::read_tsv("e.tsv", skip = 2)': (r'e = pd.read_csv("e.tsv", sep="\t", skiprows=2)'),
    'e <- read.csv(file.path("a", "b.csv"), na.strings = c("", "-"))': (
        'e = pd.read_csv("a/b.csv", na_values=["", "-"])'
    ),
    'e <- readxl::read_excel("e.xlsx", sheet = 2)': 'e = pd.read_excel("e.xlsx", sheet_name=1)',
    "data(cbpp)\nhead(cbpp)": "print(cbpp.head(6))",
    "cake <- lme4::cake": 'cake = mw.load_data("cake")',
    "d$a <- factor(d$a)": 'd["a"] = pd.Categorical(d["a"])',
    "d$a <- as.factor(d$a)": 'd["a"] = pd.Categorical(d["a"])',
    'd[["a"]] <- factor(d$a, levels = c("lo", "hi"), labels = c("Low", "High"))': (
        'd["a"] = pd.Categorical(d["a"], ["lo", "hi"]).rename_categories(["Low", "High"])'
    ),
    'd$a <- factor(d$a, levels = c("lo", "hi"), ordered = TRUE)': (
        'd["a"] = pd.Categorical(d["a"], ["lo", "hi"], ordered=True)'
    ),
    "d$a <- ordered(d$a)\nd$b <- factor(d$a, ordered = FALSE)": (
        'd["a"] = pd.Categorical(d["a"], ordered=True)\n'
        'd["b"] = pd.Categorical(d["a"], ordered=False)'
    ),
    'cake$recipe <- relevel(cake$recipe, ref = "C")': (
        'cake["recipe"] = pd.Categorical(cake["recipe"], ["C", "A", "B"])'
    ),
    "cake$recipe <- relevel(cake$recipe, 2)": (
        'cake["recipe"] = pd.Categorical(cake["recipe"], ["B", "A", "C"])'
    ),
    'd$a <- relevel(factor(d$a), ref = "z")': (
        'd["a"] = pd.Categorical(d["a"], ["z", *pd.Categorical(d["a"]).categories.drop("z")])'
    ),
    'levels(d$a) <- c("x", "y")': ('d["a"] = pd.Categorical(d["a"]).rename_categories(["x", "y"])'),
    'levels(d$a)[levels(d$a) == "x"] <- "y"': (
        'd["a"] = pd.Categorical(d["a"]).rename_categories({"x": "y"})'
    ),
    'levels(warpbreaks$wool)[2] <- "C"': (
        'warpbreaks["wool"] = pd.Categorical(warpbreaks["wool"]).rename_categories({"B": "C"})'
    ),
    "levels(cake$recipe)": 'print(["A", "B", "C"])',
    "d$z <- log(d$x) / 2 + d$x^2": 'd["z"] = np.log(d["x"]) / 2 + d["x"] ** 2',
    "d$z <- scale(d$x)[, 1]": 'd["z"] = (d["x"] - d["x"].mean()) / d["x"].std()',
    'd$z <- ifelse(d$x > 2 & !is.na(d$y), "a", "b")': (
        'd["z"] = np.where((d["x"] > 2) & ~pd.isna(d["y"]), "a", "b")'
    ),
    "d$z <- cut(d$x, c(0, 1, 5), labels = c('s', 'm'))": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["s", "m"], ordered=False)'
    ),
    "d$z <- cut(d$x, c(0, 1, 5))": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["(0,1]", "(1,5]"], ordered=False)'
    ),
    "d$z <- cut(d$x, 3)": 'd["z"] = pd.Categorical(pd.cut(d["x"], 3), ordered=False)',
    "d$z <- cut(d$x, c(0, 1, 5), labels = c('s', 'm'), ordered_result = TRUE)": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=["s", "m"])'
    ),
    "d$z <- cut(d$x, c(0, 1, 5), labels = FALSE)": (
        'd["z"] = pd.cut(d["x"], [0, 1, 5], labels=False) + 1'
    ),
    'names(d)[2] <- "x"': 'd = d.rename(columns={d.columns[1]: "x"})',
    'colnames(d)[colnames(d) == "a"] <- "b"': 'd = d.rename(columns={"a": "b"})',
    'names(cake)[1] <- "rep"\nsummary(cake$rep)': (
        'cake = cake.rename(columns={"replicate": "rep"})\nprint(cake["rep"].describe())'
    ),
    "d <- mutate(d, z = x + 1, z = factor(z))": (
        'd = d.assign(z=d["x"] + 1).assign(z=lambda frame: pd.Categorical(frame["z"]))'
    ),
    'e <- data.frame(x = 1, g = "a")': 'e = pd.DataFrame({"x": [1], "g": ["a"]})',
    'e <- read.csv("e.csv", colClasses = c(id = "factor", x = "numeric"))': (
        'e = pd.read_csv("e.csv", dtype={"id": "category"})'
    ),
    'e <- read.csv("e.csv", fileEncoding = "latin1")': (
        'e = pd.read_csv("e.csv", encoding="latin1")'
    ),
    'data(Oats, package = "nlme")\nstr(Oats)': 'Oats = pd.read_csv("Oats.csv")\nOats.info()',
    "epilepsy <- brms::epilepsy": 'epilepsy = mw.load_data("epilepsy")',
    "loss <- brms::loss": 'loss = pd.read_csv("loss.csv")',
    "d$z <- NULL": 'd = d.drop(columns="z")',
    "d$x[d$x == -9] <- NA": 'd.loc[d["x"] == -9, "x"] = np.nan',
    "d$n <- as.numeric(as.character(d$f))": 'd["n"] = d["f"].astype(str).astype(float)',
    'd$id <- paste(d$a, d$b, sep = "_")': (
        'd["id"] = d["a"].astype(str) + "_" + d["b"].astype(str)'
    ),
    "e <- subset(d, x > 2, select = c(x, y))": 'e = d[d["x"] > 2][["x", "y"]]',
    "e <- d[d$x > 2, ]": 'e = d[d["x"] > 2]',
    'e <- d[d$g %in% c("a", "b"), c("x", "y")]': ('e = d[d["g"].isin(["a", "b"])][["x", "y"]]'),
    "e <- d": "e = d.copy()",
    "e <- d %>% filter(x > 2, y < 3) %>% mutate(z = x / 2, w = z + 1)": (
        'e = d[(d["x"] > 2) & (d["y"] < 3)].assign(\n'
        '    z=lambda frame: frame["x"] / 2, w=lambda frame: frame["z"] + 1\n)'
    ),
    "e <- mutate(d, and = x / 2)": 'e = d.assign(**{"and": d["x"] / 2})',
    "d %<>% filter(x > 2) %>% mutate(z = x / 2)": (
        'd = d[d["x"] > 2].assign(z=lambda frame: frame["x"] / 2)'
    ),
    "e <- transform(d, z = x / 2)": 'e = d.assign(z=d["x"] / 2)',
    "e <- within(d, { z <- x / 2 })": 'e = d.assign(z=d["x"] / 2)',
    "with(d, mean(x))": 'print(d["x"].mean())',
    "e <- data.frame(x = 0:3, g = 'a')": 'e = pd.DataFrame({"x": [0, 1, 2, 3], "g": "a"})',
    "e <- expand.grid(x = c(1, 2), g = c('a', 'b'))": (
        'e = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["g", "x"]).to_frame(\n'
        '    index=False\n)[["x", "g"]]'
    ),
    "nrow(d)": "print(len(d))",
    'd$z <- ifelse(d$x > 2, "a", NA)': 'd["z"] = np.where(d["x"] > 2, "a", None)',
    'd$g <- relevel(factor(d$g), ref = "2")': (
        'd["g"] = pd.Categorical(d["g"], [2, *pd.Categorical(d["g"]).categories.drop(2)])'
    ),
    'd$g <- factor(d$g, levels = c("2", "1"))': 'd["g"] = pd.Categorical(d["g"], [2, 1])',
    'd$g <- factor(d$g, levels = c(2, 1))\nd$h <- relevel(d$g, ref = "1")': (
        'd["g"] = pd.Categorical(d["g"], [2, 1])\nd["h"] = pd.Categorical(d["g"], [1, 2])'
    ),
    "e <- cake[cake$temperature == 175, ]": 'e = cake[cake["temperature"] == "175"]',
    'e <- d[d$g == "2" & d$h != "b", ]': ('e = d[(d["g"].astype(str) == "2") & (d["h"] != "b")]'),
    'd$g <- factor(d$g, levels = c("0", "3+"))': 'd["g"] = pd.Categorical(d["g"], ["0", "3+"])',
    'e <- d[d$g %in% c("1", "x"), ]': 'e = d[d["g"].isin(["1", "x"])]',
    "e <- d[order(d$g, -d$x), ]": 'e = d.sort_values(["g", "x"], ascending=[True, False])',
    'e <- merge(d, cake, by = "id")': 'e = d.merge(cake, on="id")',
    'e <- d %>% left_join(cake, by = c("a", "b"))': (
        'e = d.merge(cake, on=["a", "b"], how="left")'
    ),
    "e <- rbind(d, cake)": "e = pd.concat([d, cake], ignore_index=True)",
    'd$z <- fct_relevel(d$a, "b")': (
        'd["z"] = pd.Categorical(d["a"], ["b", *pd.Categorical(d["a"]).categories.drop("b")])'
    ),
    'd <- mutate(d, z = case_when(x > 2 ~ "a", TRUE ~ "b"))': (
        'd = d.assign(z=np.select([d["x"] > 2], ["a"], default="b"))'
    ),
    "str(d)": "d.info()",
    "summary(d)": 'print(d.describe(include="all"))',
    "table(d$a)": 'print(d["a"].value_counts(sort=False))',
    "tapply(d$x, d$a, mean)": 'print(d["x"].groupby(d["a"], observed=True).mean())',
    "d %>% group_by(a) %>% summarise(m = mean(x), n = n())": (
        'print(\n    d.groupby("a", as_index=False, observed=True)'
        '.agg(m=("x", "mean"), n=("a", "size"))\n)'
    ),
    "d <- d %>% group_by(g) %>% mutate(c = x - mean(x, na.rm = TRUE), k = n()) %>% ungroup()": (
        "d = d.assign(\n"
        '    c=d["x"] - d.groupby("g", observed=True)["x"].transform("mean"),\n'
        '    k=d.groupby("g", observed=True)["g"].transform("size"),\n'
        ")"
    ),
    "e <- filter(d, x > 1) |> group_by(g, h) |> mutate(s = x / sd(x))": (
        'e = d[d["x"] > 1].assign(\n'
        '    s=lambda frame: frame["x"]'
        ' / frame.groupby(["g", "h"], observed=True)["x"].transform("std")\n'
        ")"
    ),
    "names(d) <- tolower(names(d))": "d.columns = d.columns.str.lower()",
    "View(d)": "print(d)",
    "e <- na.omit(d)": "e = d.dropna()",
    "d <- droplevels(d)": "d = d.copy()",
    'write.csv(d, "out.csv", row.names = FALSE)': 'd.to_csv("out.csv", index=False)',
}


@pytest.mark.parametrize(("line", "expected"), DATA.items())
def test_a_line_of_r_becomes_a_line_of_python(python, line, expected):
    assert python(line) == expected


def test_columns_of_shipped_data_are_those_that_load():
    from mixwell.r.translation.scope.shipped_datasets import shipped

    for name in mw.list_data()["name"]:
        columns = shipped(name)[1].columns
        frame = mw.load_data(name)
        assert list(columns) == list(frame)
        for column, known in columns.items():
            categorical = frame[column].dtype == "category"
            assert categorical == (known.kind in ("factor", "ordered"))
            if categorical:
                assert list(frame[column].cat.categories) == list(known.levels)


@pytest.mark.parametrize("name", ["summarise", "summarize"])
def test_dplyr_is_read_in_both_spellings(python, name):
    made = python(f"d %>% group_by(a) %>% {name}(m = mean(x))")
    assert '.agg(m=("x", "mean"))' in made


def test_a_table_arranged_by_nothing_stays_as_it_is(python):
    assert python("arrange(d)") == "print(d)"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('e <- read_delim("e.csv", ";")', 'e = pd.read_csv("e.csv", sep=";")'),
        ('e <- fread(input = "e.csv")', 'e = pd.read_csv("e.csv")'),
        ('e <- readr::read_csv(file = "e.csv")', 'e = pd.read_csv("e.csv")'),
    ],
)
def test_arguments_of_readers_stand_where_r_has_them(python, line, expected):
    assert python(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # levels(interaction(d$a, d$b)) of R 4.2: the first factor runs fastest, numbers by size
        ("d$f <- interaction(d$a, d$b)", ["2.x", "10.x", "2.y", "10.y"]),
        ('d$f <- interaction(d$b, d$a, sep = "_")', ["x_2", "y_2", "x_10", "y_10"]),
    ],
)
def test_levels_of_interaction_are_in_the_order_of_r(python, line, expected):
    data = pd.DataFrame({"a": [10, 2, 10, 2], "b": ["x", "x", "y", "y"]})
    exec(python(line), {"pd": pd, "d": data})
    assert list(data["f"].cat.categories) == expected
    assert data["f"].notna().all()


@pytest.mark.parametrize(
    "line", ["d$k <- as.numeric(factor(d$a))", "d$k <- as.integer(factor(d$a))"]
)
def test_a_missing_level_has_no_number(python, line):
    data = pd.DataFrame({"a": ["v", None, "u"]})
    exec(python(line), {"pd": pd, "np": np, "d": data})
    assert data["k"].isna().tolist() == [False, True, False]
    assert data["k"].dropna().tolist() == [2, 1]
