# Writes sizes.json: shares of variance and standardized differences as R's packages have them.
# Needs lme4, emmeans, performance 0.10.2 with insight 0.19.0, effectsize 0.8.3, jsonlite.
suppressPackageStartupMessages({
  library(lme4); library(emmeans); library(performance); library(effectsize)
})
options(digits = 15)
number <- function(x) unname(as.numeric(x))
parts <- function(m) {
  v <- as.data.frame(VarCorr(m))
  list(b = number(fixef(m)), sd = number(v$sdcor[v$grp != "Residual"]), sigma = sigma(m))
}
shares <- function(m) {
  i <- suppressWarnings(icc(m)); r <- suppressWarnings(r2_nakagawa(m))
  list(
    adjusted = number(i$ICC_adjusted), unadjusted = number(i$ICC_unadjusted),
    conditional = number(r$R2_conditional), marginal = number(r$R2_marginal)
  )
}
by_group <- function(m) {
  i <- icc(m, by_group = TRUE)
  setNames(as.list(number(i$ICC)), i$Group)
}

slopes <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
crossed <- lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin)
cbpp_of <- function(link) {
  glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial(link))
}
lme <- list(
  slopes = c(parts(slopes), shares(slopes)),
  crossed = c(parts(crossed), shares(crossed), list(by_group = by_group(crossed)))
)
for (link in c("logit", "probit", "cloglog")) {
  m <- cbpp_of(link)
  lme[[link]] <- c(parts(m), shares(m))
}
# Nakagawa, Johnson and Schielzeth 2017, table 1 and their R code: the observation-level variance of
# a log link at the mean of all responses, exp(b0 + v / 2), of a model without predictors.
# performance 0.10.2 takes exp(b0) there, which its later versions mended.
ticks <- glmer(TICKS ~ 1 + (1 | BROOD) + (1 | LOCATION), grouseticks, poisson)
v <- sapply(VarCorr(ticks), function(x) x[1])
lambda <- exp(fixef(ticks) + sum(v) / 2)
residual <- log1p(1 / lambda)
lme$poisson <- c(parts(ticks), list(
  lambda = number(lambda), adjusted = number(sum(v) / (sum(v) + residual)),
  by_group = as.list(v / (sum(v) + residual))
))

# Part and partial R2 of least squares: what leaving a term out takes from R2.
data(cake, package = "lme4")
full <- lm(angle ~ recipe * temp, cake)
main <- lm(angle ~ recipe + temp, cake)
rss <- function(m) deviance(m)
type_two <- c(
  recipe = rss(lm(angle ~ temp, cake)) - rss(main),
  temp = rss(lm(angle ~ recipe, cake)) - rss(main),
  "recipe:temp" = rss(main) - rss(full)
)
terms <- list(
  b = number(coef(full)), mean_square = rss(full) / (nrow(cake) - 1),
  part = as.list(type_two / sum((cake$angle - mean(cake$angle))^2)),
  partial = as.list(type_two / (type_two + rss(full)))
)

# Standardized differences.
warp <- lm(breaks ~ wool * tension, warpbreaks)
em <- emmeans(warp, ~ tension | wool)
es <- as.data.frame(eff_size(em, sigma = sigma(warp), edf = Inf))
differences <- list(
  b = number(coef(warp)), sigma = sigma(warp),
  contrast = as.character(es$contrast), wool = as.character(es$wool), d = es$effect.size
)
cars <- lm(mpg ~ wt + cyl, mtcars)
standard <- standardize_parameters(cars, method = "refit")
slopes_by_sd <- list(
  b = number(coef(cars)), sigma = sigma(cars), both = number(standard$Std_Coefficient)[2:3],
  x = number(coef(cars)[2:3] * sapply(mtcars[c("wt", "cyl")], sd))
)
odds <- list(
  odds = c(.25, 1, 3), d = oddsratio_to_d(c(.25, 1, 3)),
  back = d_to_oddsratio(oddsratio_to_d(c(.25, 1, 3)))
)
jsonlite::write_json(
  list(
    versions = as.list(sapply(c("lme4", "emmeans", "performance", "insight", "effectsize"),
      function(p) as.character(packageVersion(p)))),
    mixed = lme, terms = terms, differences = differences,
    slopes = slopes_by_sd, odds = odds
  ),
  "sizes.json", auto_unbox = TRUE, digits = NA, pretty = TRUE
)
