# Two responses with correlated effects of groups by R's glmmTMB; writes tests/families/reference/several.json
# Rscript tests/families/reference/several.R   (R 4.2, glmmTMB 1.1.5, jsonlite)
# The dispersion of a gaussian glmmTMB is a variance in this version.
suppressMessages({library(glmmTMB); library(jsonlite)})
set.seed(7)
n <- 150; id <- rep(1:15, each = 10)
x <- round(rnorm(n), 3)
u <- matrix(rnorm(30), 15) %*% chol(matrix(c(1, .6, .6, 1), 2))
y1 <- round(1 + .5 * x + u[id, 1] + rnorm(n, 0, .7), 4)
y2 <- round(10 + 2 * x + 3 * u[id, 2] + rnorm(n, 0, 2), 4)
long <- data.frame(y = c(y1, y2), x = c(x, x), id = factor(c(id, id)), trait = factor(rep(c("y1", "y2"), each = n)))
m <- glmmTMB(y ~ 0 + trait + trait:x + (0 + trait | id), dispformula = ~ 0 + trait, data = long,
             control = glmmTMBControl(optCtrl = list(rel.tol = 1e-12, iter.max = 1000)))
vc <- VarCorr(m)$cond$id
residuals <- cbind(lm(y1 ~ x)$residuals, lm(y2 ~ x)$residuals)
s <- crossprod(residuals) / n
out <- list(data = list(y1 = y1, y2 = y2, x = x, id = sprintf("i%02d", id)),
            b = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), sd = unname(attr(vc, "stddev")),
            corr = attr(vc, "correlation")[1, 2], sigma = unname(exp(fixef(m)$disp / 2)), logLik = as.numeric(logLik(m)),
            rescor = list(corr = cov2cor(s)[1, 2], sigma = sqrt(diag(s)),
                          logLik = -n / 2 * (2 * log(2 * pi) + log(det(s)) + 2)))
write_json(out, "tests/families/reference/several.json", digits = 12, auto_unbox = TRUE)
