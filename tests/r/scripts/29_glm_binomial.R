# Logistic regression: engine shape from the weight of a car
cars <- read.csv("data/mtcars.csv")
straight <- glm(vs ~ wt, data = cars, family = binomial(link = "logit"))
summary(straight)
coef(straight)
