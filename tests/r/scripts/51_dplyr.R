# Rows and columns by dplyr
library(dplyr)
library(lme4)
library(emmeans)

late <- sleepstudy %>%
  filter(Days >= 2) %>%
  mutate(DaysC = Days - 2, long = Reaction > 300)
m <- lmer(Reaction ~ DaysC + (DaysC | Subject), data = late)
ll <- logLik(m)
fixef(m)

cakes <- cake |>
  filter(recipe != "B") |>
  rename(degrees = temp) |>
  select(angle, recipe, replicate, degrees)
two <- lmer(angle ~ recipe * degrees + (1 | recipe:replicate), cakes)
l.two <- logLik(two)
trend <- emtrends(two, ~ recipe, var = "degrees")
trend
