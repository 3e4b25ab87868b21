# Estimates of R's ordinal (clm, clmm) on its wine and on inhaler, and of families that it lacks by glm, glmer,
# multinom and a likelihood written out; writes tests/families/ordered/reference/ordinal.json
# Rscript tests/families/ordered/reference/ordinal.R INHALER.csv   (R 4.2, ordinal 2022.11, lme4, nnet, jsonlite)
suppressMessages({library(ordinal); library(lme4); library(nnet); library(jsonlite)})
inhaler <- read.csv(commandArgs(trailingOnly = TRUE)[1])
data(wine)
inhaler$rating <- factor(inhaler$rating, ordered = TRUE)
of_clm <- function(m) list(beta = as.list(m$beta), alpha = as.list(m$alpha), zeta = as.list(m$zeta),
  Theta = unname(m$Theta[1, ]), logLik = as.numeric(logLik(m)), se = as.list(sqrt(diag(vcov(m)))))
of_clmm <- function(m) list(beta = as.list(m$beta), alpha = as.list(m$alpha), logLik = as.numeric(logLik(m)),
  sd = unname(sqrt(unlist(VarCorr(m)))))
links <- c("logit", "probit", "cloglog", "loglog", "cauchit")
out <- list(wine = lapply(wine[c("rating", "temp", "contact", "judge")], as.character))
tight <- clm.control(gradTol = 1e-9, maxIter = 500)
near <- clmm.control(gradTol = 1e-9)
for (link in links) {
  out$clm[[link]] <- of_clm(clm(rating ~ temp + contact, data = wine, link = link, control = tight))
  out$equidistant[[link]] <- of_clm(clm(rating ~ temp + contact, data = wine, link = link,
                                        threshold = "equidistant", control = tight))
  out$scale[[link]] <- of_clm(clm(rating ~ temp + contact, scale = ~ temp, data = wine, link = link, control = tight))
}
# what clm says of cauchit is 3e-4 off at its own estimates: the same by R's distribution function
a <- with(out$clm$cauchit, { y <- as.integer(wine$rating); ends <- c(-Inf, unlist(alpha), Inf)
  eta <- drop(model.matrix(~ temp + contact, wine)[, -1] %*% unlist(beta))
  sum(log(pcauchy(ends[y + 1] - eta) - pcauchy(ends[y] - eta))) })
out$clm$cauchit$by_pcauchy <- unname(a)
# clmm has these two links the other way round than clm: its loglog is the cloglog of glmer (sratio) and clm
for (link in c("logit", "probit", "loglog", "cloglog"))
  out$clmm[[link]] <- of_clmm(clmm(rating ~ temp + contact + (1 | judge), data = wine, link = link, control = near))
names(out$clmm) <- c("logit", "probit", "cloglog", "loglog")
out$quadrature <- of_clmm(clmm(rating ~ temp + contact + (1 | judge), data = wine, nAGQ = 15, control = near))
out$inhaler$clm <- of_clm(clm(rating ~ treat + period + carry, data = inhaler, control = tight))
out$inhaler$clmm <- of_clmm(clmm(rating ~ treat + period + carry + (1 | subject), data = inhaler, control = near))

# the stopping ratio as outcomes of the steps that a row reaches: 1 where it stops there
steps <- function(d) do.call(rbind, lapply(1:(nlevels(d$rating) - 1), function(k) {
  some <- d[as.integer(d$rating) >= k, ]
  some$stops <- as.integer(as.integer(some$rating) == k); some$step <- factor(k, levels = 1:(nlevels(d$rating) - 1)); some
}))
w <- steps(wine)
exact <- glm.control(epsilon = 1e-14, maxit = 200)
for (link in c("logit", "probit", "cloglog")) {
  m <- glm(stops ~ 0 + step + temp + contact, data = w, family = binomial(link), control = exact)
  out$sratio[[link]] <- list(coef = as.list(coef(m)), logLik = as.numeric(logLik(m)))
  # going on: the same with the outcome turned round
  m <- glm(1 - stops ~ 0 + step + temp + contact, data = w, family = binomial(link), control = exact)
  out$cratio[[link]] <- list(coef = as.list(coef(m)), logLik = as.numeric(logLik(m)))
}
m <- glm(stops ~ 0 + step + step:contact + temp, data = w, family = binomial, control = exact)
out$sratio_cs <- list(coef = as.list(coef(m)), logLik = as.numeric(logLik(m)))
m <- glmer(stops ~ 0 + step + temp + contact + (1 | judge), data = w, family = binomial,
           control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
out$sratio_mixed <- list(coef = as.list(fixef(m)), sd = unname(attr(VarCorr(m)$judge, "stddev")),
                         logLik = as.numeric(logLik(m)))

# adjacent categories: log odds of k + 1 against k are eta - t_k
x <- model.matrix(~ temp + contact, wine)[, -1]
y <- as.integer(wine$rating)
log_likelihood <- function(p) {
  score <- cbind(0, t(apply(outer(drop(x %*% p[5:6]), p[1:4], "-"), 1, cumsum)))
  sum(score[cbind(seq_along(y), y)] - log(rowSums(exp(score))))
}
fit <- optim(rep(0, 6), log_likelihood, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
fit <- optim(fit$par, log_likelihood, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
out$acat <- list(par = fit$par, logLik = fit$value)
# with effects of every category of its own it is the multinomial model
m <- multinom(rating ~ contact, data = wine, trace = FALSE, reltol = 1e-14, maxit = 5000)
out$acat_cs <- list(coef = unname(coef(m)), logLik = as.numeric(logLik(m)))
write_json(out, "tests/families/ordered/reference/ordinal.json", digits = 12, auto_unbox = TRUE)
