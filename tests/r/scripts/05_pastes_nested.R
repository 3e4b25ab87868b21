# Casks within batches, written in three ways
library(lme4)

nested   <- lmer(strength ~ 1 + (1 | batch/cask), data = Pastes)
spelled  <- lmer(strength ~ 1 + (1 | batch) + (1 | batch:cask), data = Pastes)
labelled <- lmer(strength ~ 1 + (1 | batch) + (1 | sample), data = Pastes)

la <- logLik(nested)
lb <- logLik(spelled)
lc <- logLik(labelled, REML = TRUE)
