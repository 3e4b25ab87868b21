"""R's functions: the package of each and its parameters in R's order.

The verbs of `mixwell.r` and the translator both read them here.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """A function of R's: its package and its parameters, "..." among them."""

    package: str
    parameters: tuple[str, ...]


_MERMOD = "control start verbose"
_AFTER = "subset weights na.action offset contrasts"
_STAN = (
    "prior prior_intercept prior_aux prior_covariance prior_PD algorithm adapt_delta QR sparse "
    "chains iter warmup thin cores seed refresh control init"
)
_COLUMNS = "file col_names col_types ..."
#: By package: names of functions, and the parameters that they share.
_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "base": {
        "cut": "x breaks labels include.lowest right dig.lab ordered_result",
        "factor as.factor ordered as.ordered": "x levels labels exclude ordered nmax",
        "ifelse": "test yes no",
        "matrix": "data nrow ncol byrow dimnames",
        "merge": "x y by ...",
        "options": "contrasts ...",
        "rep": "x times each length.out ...",
        "scale": "x center scale",
        "seq seq.int": "from to by length.out along.with ...",
        "subset": "x subset select drop ...",
        "tapply": "X INDEX FUN ...",
        "with within": "data expr ...",
    },
    "utils": {
        "head tail": "x n ...",
        "read.csv read.csv2 read.delim read.delim2": "file header sep quote dec fill "
        "comment.char ...",
        "read.table": "file header sep quote dec fill row.names ...",
        "write.csv": "x file ...",
    },
    "readr": {
        "read_csv read_csv2 read_tsv read_table": _COLUMNS,
        "read_delim": "file delim quote ...",
        "write_csv": "x file ...",
    },
    "readxl": {"read_excel read_xlsx read_xls": "path sheet ..."},
    "data.table": {"fread": "input file ..."},
    "vroom": {"vroom": "file delim col_names col_types ..."},
    "dplyr": {
        "if_else": "condition true false missing",
        "left_join right_join inner_join full_join": "x y by ...",
    },
    "forcats": {"as_factor": "x ..."},
    "stats": {
        "as.formula formula": "object env",
        "contr.helmert contr.SAS contr.sum": "n contrasts sparse",
        "contr.poly": "n scores contrasts sparse",
        "contr.treatment": "n base contrasts sparse",
        "glm": "formula family data weights subset na.action start etastart mustart offset control "
        "model method x y singular.ok contrasts ...",
        "lm": "formula data subset weights na.action method model x y qr singular.ok contrasts "
        "offset ...",
        "predict fitted fitted.values": "object newdata newparams re.form ...",
        "quantile": "x probs na.rm names type ...",
        "reformulate": "termlabels response intercept env",
        "relevel": "x ref ...",
        "update": "object formula. ...",
        "update.formula": "old new ...",
    },
    "kknn": {"contr.dummy": "n contrasts"},
    "MASS": {
        "contr.sdif": "n contrasts sparse",
        "glm.nb": "formula data weights subset na.action start etastart mustart control method "
        "model x y contrasts ... init.theta link",
        "polr": "formula data weights start ... subset na.action contrasts Hess model method",
    },
    "ordinal": {
        "clm": "formula scale nominal data weights start subset doFit na.action contrasts model "
        "control link threshold ...",
        "clmm": "formula data weights start subset na.action contrasts Hess model link doFit "
        "control nAGQ threshold ...",
    },
    "nnet": {
        "multinom": "formula data weights subset na.action contrasts Hess summ censored model ..."
    },
    "survival": {
        "survreg": "formula data weights subset na.action dist init scale control parms model x y "
        "robust cluster score ..."
    },
    "betareg": {
        "betareg": "formula data subset na.action weights offset link link.phi type control model "
        "y x ..."
    },
    "pscl": {
        "zeroinfl": "formula data subset na.action weights offset dist link control model y x ...",
        "hurdle": "formula data subset na.action weights offset dist zero.dist link control model "
        "y x ...",
    },
    "lme4": {
        "glmer": f"formula data family {_MERMOD} nAGQ {_AFTER} mustart etastart devFunOnly",
        "glmer.nb": f"formula data family {_MERMOD} nAGQ {_AFTER} initCtrl nb.control interval tol",
        "lmer": f"formula data REML {_MERMOD} {_AFTER} devFunOnly",
    },
    "brms": {
        "brm get_prior default_prior": "formula data family prior autocor data2 cov_ranef "
        "sample_prior sparse knots drop_unused_levels stanvars stan_funs fit save_pars save_ranef "
        "save_mevars save_all_pars init inits chains iter warmup thin cores threads opencl "
        "normalize control algorithm backend future silent seed save_model stan_model_args file "
        "file_refit empty rename refresh ...",
        "brmsfamily": "family link",
        "conditional_effects marginal_effects": "x effects conditions int_conditions "
        "re_formula ...",
        "hypothesis": "x hypothesis class group scope alpha ...",
        "posterior_epred posterior_linpred posterior_predict": "object newdata newparams "
        "re.form ...",
        "prior prior_string set_prior": "prior class coef group resp dpar nlpar lb ub check",
    },
    "rstanarm": {
        "cauchy laplace normal": "location scale autoscale",
        "exponential": "rate autoscale",
        "stan_glm": f"formula family data weights subset na.action offset model x y contrasts ... "
        f"{_STAN}",
        "stan_glmer": f"formula data family subset weights na.action offset contrasts ... {_STAN}",
        "stan_glmer.nb": f"formula data subset weights na.action offset contrasts link ... {_STAN}",
        "stan_lm": f"formula data subset weights na.action model x y singular.ok contrasts offset "
        f"... {_STAN}",
        "stan_lmer": f"formula data subset weights na.action offset contrasts ... {_STAN}",
        "student_t": "df location scale autoscale",
    },
    "multcomp": {"cld CLD": "object ..."},
    "glmmTMB": {
        "glmmTMB": "formula data family ziformula dispformula weights offset contrasts na.action "
        "se verbose doFit control REML start map sparseX subset"
    },
    "emmeans": {
        "contrast": "object method interaction by ...",
        "eff_size": "object sigma edf method ...",
        "emmeans lsmeans": "object specs by fac.reduce contr options weights offset ...",
        "emmip": "object formula ...",
        "emtrends lstrends": "object specs var delta.var max.degree ...",
        "pairs": "x reverse simple by adjust ...",
        "ref_grid ref.grid": "object at cov.reduce ...",
        "regrid": "object transform ...",
    },
}


def _read(packages: Mapping[str, Mapping[str, str]]) -> dict[str, Signature]:
    """Return the signatures by name; ValueError for a name that stands twice."""
    found: dict[str, Signature] = {}
    for package, functions in packages.items():
        for names, parameters in functions.items():
            for name in names.split():
                if name in found:
                    raise ValueError(f"{name}() is in {found[name].package} and in {package}.")
                found[name] = Signature(package, tuple(parameters.split()))
    return found


SIGNATURES: Mapping[str, Signature] = _read(_PACKAGES)
#: Arguments that say how R should compute or what it should keep; nothing is lost without them.
IGNORED = frozenset(
    {"verbose", "model", "x", "y", "qr", "singular.ok", "method", "refresh", "silent", "cores"}
    | {"threads", "opencl", "backend", "future", "save_pars", "save_ranef", "save_all_pars", "thin"}
    | {"save_model", "file", "file_refit", "sparse", "QR", "se", "sparseX", "normalize", "start"}
    | {"etastart", "mustart", "init", "inits", "drop_unused_levels", "stan_model_args", "tol"}
    | {"save_mevars", "interval", "initCtrl", "nb.control", "init.theta", "rename", "empty"}
    | {"Hess"}
)
