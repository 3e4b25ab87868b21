# The first two days were for adaptation
library(lme4)

late <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy, subset = Days >= 2)
ll.late <- logLik(late)

# the same rows with subset() and with brackets
kept <- subset(sleepstudy, Days >= 2)
again <- lmer(Reaction ~ Days + (Days | Subject), kept)
ll.again <- logLik(again)

few <- sleepstudy[sleepstudy$Days >= 2 & sleepstudy$Subject != "308", ]
third <- lmer(Reaction ~ Days + (1 | Subject), data = few, REML = TRUE)
ll.third <- logLik(third)
