"""Plain expressions of R, and the Python that they become."""

import pytest

PLAIN = {
    "x <- 2": "x = 2",
    "x <<- -1.5": "x = -1.5",
    "x <- 0x10L": "x = 16",
    'x <- "say \\"a\\""': "x = 'say \"a\"'",
    "x <- TRUE": "x = True",
    "x <- c('a', 'b')": 'x = ["a", "b"]',
    "x <- 1:4": "x = np.array([1, 2, 3, 4])",
    "x <- seq(0, 1, by = 0.25)": "x = np.array([0, 0.25, 0.5, 0.75, 1])",
    "x <- seq(0, 10, length.out = 101)": "x = np.linspace(0, 10, 101)",
    "x <- rep(c('a', 'b'), each = 2)": 'x = np.repeat(["a", "b"], 2)',
    "x <- c(1, 2)\ny <- x * 2": "x = np.array([1, 2])\ny = x * 2",
    "x <- 2; y <- (1 + x) * 3 - x^2 / 4": "x = 2\ny = (1 + x) * 3 - x**2 / 4",
    "y <- 7 %% 4 + 7 %/% 4": "y = 7 % 4 + 7 // 4",
    "y <- -2^2": "y = -(2**2)",
    "y <- sqrt(2) * pi": "y = np.sqrt(2) * np.pi",
    "y <- plogis(0.3)": "y = 1 / (1 + np.exp(-0.3))",
    "lambda <- 3; fm.1 <- lambda": "lambda_ = 3\nfm_1 = lambda_",
    "print <- 3": "print_ = 3",
    "a.b <- 1; a_b <- 2": "a_b = 1\na_b_2 = 2",
    "größe <- 2": "größe = 2",
    "x <- y <- 3": "y = 3\nx = y",
    "x <- cake$two <- 2 * cake$temp": ('cake["two"] = 2 * cake["temp"]\nx = cake["two"]'),
    "x <- y <- sleepstudy": "y = sleepstudy.copy()\nx = y.copy()",
    "(x <- 3)": "x = 3\nprint(x)",
    'cat("mean:", 3, "\\n")': 'print("mean:", 3)',
    'paste0("a", 1:2)': 'print(["a1", "a2"])',
    "mean(4)": "print(np.array(4).mean())",
    "mean(c(1, 3))": "print(np.array([1, 3]).mean())",
    "library(lme4); rm(list = ls())": "",
    "suppressPackageStartupMessages({ library(lme4); library(emmeans) })": "",
}


@pytest.mark.parametrize(("line", "expected"), PLAIN.items())
def test_an_expression_of_r_becomes_a_line_of_python(python, line, expected):
    assert python(line) == expected
