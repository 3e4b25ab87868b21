# The residual spread depends on the supplement
library(glmmTMB)
m <- glmmTMB(len ~ supp + dose, dispformula = ~ supp, data = ToothGrowth)
summary(m)
