# Codings that the data frame carries
library(lme4)

d <- warpbreaks
contrasts(d$tension) <- contr.sum(3)
contrasts(d$wool) <- "contr.helmert"

m <- lm(breaks ~ wool * tension, data = d)
coef(m)

d$tension <- relevel(d$tension, ref = "M")   # takes the coding away again
m2 <- lm(breaks ~ wool + tension, data = d)
coef(m2)
