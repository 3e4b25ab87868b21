# Means and predictions that R's functions give by default and by mode; writes scales.json
# Rscript tests/r/translation/fit/reference/scales.R   (R 4.2, emmeans 1.8.4, pscl 1.5.5, MASS, nnet 7.3-18,
# ordinal 2022.11, survival 3.5, glmmTMB 1.1.5, jsonlite; of betareg, which emmeans averages on the response's
# scale, the coefficients are those of glmmTMB's beta family, and so are the means here)
suppressMessages({library(emmeans); library(pscl); library(MASS); library(nnet); library(ordinal); library(survival)
                  library(glmmTMB); library(jsonlite)})
set.seed(3)
n <- 900
d <- data.frame(a = factor(rep(c("p", "q", "r"), n / 3)), b = factor(sample(c("u", "v"), n, TRUE, c(.3, .7))),
                x = round(rnorm(n), 2))
eta <- 0.3 + 1.2 * (d$a == "q") - 1.1 * (d$a == "r") + 1.3 * (d$b == "v") + 0.4 * d$x
d$share <- round(pmin(pmax(rbeta(n, 6 * plogis(eta), 6 * plogis(-eta)), .002), .998), 4)
d$count <- rpois(n, exp(eta)) * rbinom(n, 1, plogis(0.9 + 1.2 * (d$a == "q") - d$x))
d$rating <- cut(eta + rlogis(n), c(-Inf, 0, 1.5, 3, Inf), labels = c("1", "2", "3", "4"), ordered_result = TRUE)
scores <- cbind(0, eta, 1 - 0.7 * eta) - log(-log(matrix(runif(3 * n), n)))
d$choice <- factor(c("bus", "car", "walk")[max.col(scores)])
d$time <- round(rweibull(n, 1.7, exp(eta)) + 0.001, 3)
d$status <- rbinom(n, 1, 0.85)
d$wait <- round(exp(eta + 0.9 * rnorm(n)), 4)
d$spread <- rnbinom(n, mu = exp(eta), size = exp(0.4 + 0.9 * (d$b == "v") - 0.5 * d$x))
table_of <- function(e) { f <- as.data.frame(e); list(estimate = f[[if ("emmean" %in% names(f)) "emmean" else attr(e, "estName")]]) }
value <- function(call) {
  e <- eval(parse(text = call))
  if (inherits(e, "emmGrid")) as.numeric(predict(e)) else as.numeric(e)
}
beta <- glmmTMB(share ~ a + b + x, family = beta_family(), data = d)
zero <- zeroinfl(count ~ a + b | a + x, data = d)
hurd <- hurdle(count ~ a + b | a + x, data = d)
rate <- polr(rating ~ a + b + x, data = d, Hess = TRUE)
scor <- clm(rating ~ a + b + x, data = d)
pick <- multinom(choice ~ a + b + x, data = d, trace = FALSE, maxit = 500, reltol = 1e-12)
surv <- survreg(Surv(time, status) ~ a + b, data = d)
logn <- survreg(Surv(wait) ~ a + b, data = d, dist = "lognormal")
infl <- glmmTMB(count ~ a + b, ziformula = ~ a + x, family = poisson, data = d)
trun <- glmmTMB(count ~ a + b, ziformula = ~ a + x, family = truncated_poisson, data = d)
nbin <- glmmTMB(spread ~ a + b, dispformula = ~ b + x, family = nbinom2, data = d)
near <- data.frame(a = c("q", "r"), b = c("u", "v"), x = c(0.5, -1))
near$a <- factor(near$a, levels(d$a)); near$b <- factor(near$b, levels(d$b))
calls <- c(
  "emmeans(zero, ~ a)", "pairs(emmeans(zero, ~ a))", "emmeans(zero, ~ a, mode = 'count', lin.pred = TRUE)",
  "emmeans(hurd, ~ a)", "emmeans(hurd, ~ b, mode = 'count', lin.pred = TRUE)",
  "predict(zero, near)", "predict(zero, near, type = 'zero')", "predict(hurd, near)",
  "emmeans(rate, ~ a)", "pairs(emmeans(rate, ~ a))", "emmeans(rate, ~ rating | a, mode = 'prob')",
  "predict(rate, near, type = 'probs')",
  "emmeans(scor, ~ a)", "emmeans(scor, ~ rating | a, mode = 'prob')", "predict(scor, near)$fit",
  "emmeans(pick, ~ choice | a)", "pairs(emmeans(pick, ~ a | choice))", "predict(pick, near, type = 'probs')",
  "emmeans(logn, ~ a)", "predict(logn, near, type = 'lp')", "predict(surv, near, type = 'lp')", "emmeans(surv, ~ a)",
  "emmeans(infl, ~ a)", "predict(infl, near)", "predict(infl, near, type = 'response')",
  "predict(infl, near, type = 'zprob')", "predict(infl, near, type = 'zlink')", "emmeans(trun, ~ a)",
  "predict(trun, near)", "predict(trun, near, type = 'response')", "predict(trun, near, type = 'zprob')",
  "predict(infl, near, type = 'conditional')", "predict(trun, near, type = 'conditional')", "emmeans(trun, ~ a, type = 'response')",
  "emmeans(infl, ~ a, type = 'response')", "emmeans(infl, ~ a, component = 'zi')",
  "emmeans(infl, ~ a, component = 'zi', type = 'response')", "pairs(emmeans(infl, ~ a, component = 'zi'))",
  "emtrends(infl, ~ 1, var = 'x', component = 'zi')", "emmeans(trun, ~ a, component = 'zi', at = list(x = c(-1, 1)))",
  "emmeans(nbin, ~ b, component = 'disp')", "emmeans(nbin, ~ b, component = 'disp', type = 'response')",
  "pairs(emmeans(nbin, ~ b, component = 'disp', type = 'response'))", "emtrends(nbin, ~ 1, var = 'x', component = 'disp')",
  "predict(nbin, near, type = 'disp')", "emmeans(zero, ~ a, mode = 'zero')",
  "emmeans(zero, ~ a, mode = 'zero', lin.pred = TRUE)", "emmeans(zero, ~ a, mode = 'count')",
  "emmeans(hurd, ~ b, mode = 'count')", "predict(zero, near, type = 'count')", "predict(hurd, near, type = 'count')")
out <- list(data = lapply(d, function(c) if (is.factor(c)) as.character(c) else c),
            near = lapply(near, function(c) if (is.factor(c)) as.character(c) else c),
            shape = 1 / surv$scale, answers = lapply(calls, function(call) list(call = call, values = value(call))))
link <- emmeans(beta, ~ a)
responses <- emmeans(beta, ~ a, regrid = "response")
out$answers <- c(out$answers, list(
  list(call = "emmeans(beta, ~ a)", values = as.numeric(predict(responses))),
  list(call = "pairs(emmeans(beta, ~ a))", values = as.numeric(predict(pairs(responses)))),
  list(call = "emmeans(beta, ~ a, mode = 'link')", values = as.numeric(predict(link))),
  list(call = "predict(beta, near)", values = as.numeric(predict(beta, near, type = "response"))),
  list(call = "predict(beta, near, type = 'link')", values = as.numeric(predict(beta, near))),
  list(call = "predict(beta, near, type = 'precision')", values = rep(sigma(beta), 2))))
write_json(out, "tests/r/translation/fit/reference/scales.json", digits = 10, auto_unbox = TRUE)
