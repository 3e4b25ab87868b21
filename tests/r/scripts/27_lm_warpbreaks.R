# The example of emmeans on interaction contrasts
library(emmeans)

warp.lm <- lm(breaks ~ wool * tension, data = warpbreaks)
ll <- logLik(warp.lm)

warp.emm <- emmeans(warp.lm, ~ tension | wool)
warp.emm
pairs(warp.emm)

int.emm <- emmeans(warp.lm, ~ tension * wool)
contrast(int.emm, interaction = "pairwise")
contrast(int.emm, interaction = c("trt.vs.ctrl", "pairwise"))
