# A proportion, with the number of trials as weights
library(lme4)
gm <- glmer(incidence / size ~ period + (1 | herd), data = cbpp,
            family = binomial(link = "logit"), weights = size)
ll <- logLik(gm)
fixef(gm)
herds <- ranef(gm)
