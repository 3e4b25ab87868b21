# Sum coding for everything, as many ANOVA scripts begin
options(contrasts = c("contr.sum", "contr.poly"))
library(lme4)
library(emmeans)

m <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)
fixef(m)
ll <- logLik(m)

w <- lm(breaks ~ wool * tension, warpbreaks)
coef(w)
lw <- logLik(w)
emmeans(w, ~ tension)
