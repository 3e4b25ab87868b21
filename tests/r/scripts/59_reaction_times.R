# Reaction times: a pipe, relevel, sum contrasts, update, contrasts of several kinds
library(dplyr); library(lme4)
require(emmeans)

dat <- read.csv2("data/reaction_times_semicolon.csv", stringsAsFactors = TRUE) %>%
  filter(!is.na(RT), RT > 100) %>%          # drop missing
  mutate(logRT = log(RT),
         ageC = Age - mean(Age),
         age_z = as.numeric(scale(Age)),
         cond = relevel(cond, ref = "neutral"),
         grp = factor(grp, levels = c(1, 2), labels = c("control", "patient")))
contrasts(dat$grp) <- contr.sum(2)
m0 <- lmer(logRT ~ 1 + (1 | Subject), data = dat, REML = FALSE)
m1 <- update(m0, . ~ . + cond * grp)
m2 <- update(m1, . ~ . + ageC,
             control = lmerControl(optimizer = "bobyqa"))
ll <- logLik(m2)
b <- fixef(m2)["condnegative"]
em <- emmeans(m2, ~ cond | grp)
em
pairs(em, adjust = "holm")
pairs(em, by = NULL, adjust = "none")
contrast(em, method = list("emo - neutral" = c(-1, .5, .5)))
ctl <- contrast(em, "trt.vs.ctrl", ref = 1)
