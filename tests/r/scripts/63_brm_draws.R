# Priors of many kinds, hypotheses, and columns of draws
library(brms)
dat <- read.csv("data/reaction_times.csv", na.strings = c("-99", "NA"))
dat$cond <- factor(dat$cond, levels = c("neutral", "negative", "positive"))
priors <- c(
  prior(normal(6, 1), class = Intercept),
  prior(normal(0, 0.5), class = b),
  prior(normal(0, 0.2), class = b, coef = condnegative),
  prior(exponential(2), class = sd),
  prior(lkj(2), class = cor),
  set_prior("student_t(3, 0, 0.5)", class = "sigma")
)
fit <- brm(
  bf(log(RT) ~ cond + (1 + cond | Subject)),
  data = dat, family = gaussian(),
  prior = priors,
  chains = 2, iter = 1200, warmup = 600, cores = 1, seed = 123,
  control = list(adapt_delta = .95, max_treedepth = 12), refresh = 0
)
h1 <- hypothesis(fit, c("condnegative > 0", "condpositive < 0"))
h1
hypothesis(fit, "condnegative - condpositive > 0")
post <- as_draws_df(fit)
m1 <- mean(post$b_condnegative)
m2 <- mean(post$sigma)
s1 <- mean(post$sd_Subject__Intercept)
r1 <- mean(post$cor_Subject__Intercept__condnegative)
