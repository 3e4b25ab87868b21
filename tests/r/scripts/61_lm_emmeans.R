# emmeans of linear models, and words that R completes: "resp", "prop"
library(lme4)
library(emmeans)
tg <- ToothGrowth
tg$dose <- factor(tg$dose, labels = c("D0.5", "D1", "D2"))
m <- lm(len ~ supp * dose, data = tg)
e0 <- emmeans(m, specs = pairwise ~ supp | dose, adjust = "tukey")
emm <- emmeans(m, ~ dose | supp)
c1 <- contrast(emm, "poly")
c2 <- contrast(emm, "del.eff", by = NULL)
own <- list(low = c(1, -1, 0), ends = c(1, 0, -1))
c3 <- contrast(emm, own)
c4 <- contrast(regrid(emm), "pairwise")

warp.lm <- lm(log(breaks) ~ wool * tension, data = warpbreaks)
warp.lm2 <- lm(breaks ~ wool * tension, data = warpbreaks, subset = breaks < 60, weights = breaks)
w1 <- emmeans(warp.lm, "wool", weights = "prop")
w2 <- summary(emmeans(warp.lm2, ~ tension))$emmean

gm <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
g1 <- emmeans(gm, "period", type = "resp")
g2 <- pairs(emmeans(gm, "period"), type = "resp")
g3 <- pairs(regrid(emmeans(gm, "period"), "response"))
