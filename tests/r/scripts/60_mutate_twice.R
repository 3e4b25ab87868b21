# Early and late days: a column made and changed in one mutate()
library(lme4); library(dplyr); library(emmeans)
data("sleepstudy")
ss <- sleepstudy |>
  filter(Days >= 2) |>
  mutate(
    days2 = Days - 2,
    half = if_else(Days < 6, "early", "late"),
    half = factor(half, levels = c("early", "late")),
    Subject = as.factor(Subject),
    z = (Reaction - mean(Reaction)) / sd(Reaction)
  ) |>
  arrange(Subject, Days)
mod <- lmer(Reaction ~ days2 * half + (days2 | Subject), data = ss,
            control = lmerControl(optimizer = "Nelder_Mead"))
tr <- emtrends(mod, pairwise ~ half, var = "days2")
em <- emmeans(mod, ~ half, at = list(days2 = 3))
b1 <- ranef(mod)$Subject["308", "days2"]
bb <- ranef(mod)$Subject[["(Intercept)"]]
s2 <- sigma(mod)^2
nd <- data.frame(days2 = 0:3, half = "early", Subject = "308")
p1 <- predict(mod, nd)
p2 <- predict(mod, nd, re.form = NA)
n <- nobs(mod)
