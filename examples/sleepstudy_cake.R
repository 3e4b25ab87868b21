# Two classics of lme4: sleep deprivation, and cakes that break
library(lme4)
library(emmeans)

# ---- sleepstudy: reaction times of 18 people over ten days ----
data(sleepstudy)
head(sleepstudy)

# a common slope, and a slope for everybody
fm0 <- lmer(Reaction ~ Days + (1 | Subject), data = sleepstudy, REML = FALSE)
fm1 <- lmer(Reaction ~ Days + (Days | Subject), data = sleepstudy, REML = FALSE)
logLik(fm0)
logLik(fm1)

# without the correlation of intercept and slope
fm2 <- lmer(Reaction ~ Days + (Days || Subject), data = sleepstudy)
VarCorr(fm2)

fm <- lmer(
  Reaction ~ Days + (Days | Subject),   # REML this time
  data = sleepstudy
)
summary(fm)
fixef(fm)
people <- ranef(fm)$Subject
own <- coef(fm)

# what to expect on day 9: for nobody in particular, and for two people
typical <- data.frame(Days = c(0, 9))
predict(fm, newdata = typical, re.form = NA)
two <- data.frame(Days = c(9, 9), Subject = c("308", "309"))
predict(fm, newdata = two)
emmeans(fm, ~ Days, at = list(Days = c(0, 9)))

# ---- cake: 3 recipes, 15 mixes each, 6 temperatures ----
data(cake)
cake$recipe <- relevel(cake$recipe, ref = "C")
cm <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)
cm |> fixef() |> round(2)

emm <- emmeans(cm, ~ recipe)
emm
pairs(emm)
contrast(emm, "trt.vs.ctrl", ref = "C")

# the effect of temperature: polynomials over its six steps
cm |>
  emmeans(~ temperature) |>
  contrast("poly")

# temperature as a number: is the slope the same for all recipes?
ct <- lmer(angle ~ recipe * temp + (1 | recipe:replicate), data = cake)
slopes <- emtrends(ct, ~ recipe, var = "temp")
slopes
pairs(slopes)
hot <- emmeans(ct, ~ recipe | temp, at = list(temp = c(180, 220)))
hot
