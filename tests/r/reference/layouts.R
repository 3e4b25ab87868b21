# What lme4, emmeans and brms print for the models whose printed layout is tested.
#
#   Rscript layouts.R      (R 4.2, lme4 1.1-31, emmeans, brms, glmmTMB, jsonlite); writes layouts.json beside itself
#
# {name: text}; `loglik` {name: [value, df]}. brms's are those of its own example, which needs no Stan.
suppressMessages({library(lme4); library(emmeans); library(brms); library(jsonlite)})
emm_options(lmer.df = "asymptotic")
shown <- function(...) paste(suppressMessages(capture.output(...)), collapse = "\n")

sleep <- lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
cake$temperature <- factor(cake$temperature, ordered = FALSE)
baked <- lmer(angle ~ recipe * temperature + (1 | recipe:replicate), cake)
cake$temp <- as.numeric(as.character(cake$temperature))
slopes <- lmer(angle ~ recipe * temp + (1 | recipe:replicate), cake)
herds <- glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
flat <- lm(Reaction ~ Days, sleepstudy)
crossed <- lmer(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin)
means <- emmeans(baked, ~ recipe | temperature)
logit <- emmeans(herds, ~ period)
prob <- emmeans(herds, ~ period, type = "response")
example <- brms:::rename_pars(brms:::brmsfit_example1)
ll <- function(m, ...) { x <- logLik(m, ...); c(as.numeric(x), attr(x, "df")) }

texts <- list(
  print_sleep = shown(print(sleep)), summary_sleep = shown(print(summary(sleep))),
  VarCorr_sleep = shown(print(VarCorr(sleep))), ranef_sleep = shown(print(ranef(sleep))),
  print_crossed = shown(print(crossed)), summary_crossed = shown(print(summary(crossed))),
  print_herds = shown(print(herds)), summary_herds = shown(print(summary(herds))),
  summary_cake = shown(print(summary(baked), correlation = FALSE)),
  emmeans = shown(print(means)), pairs = shown(print(pairs(means))),
  pairs_reverse = shown(print(pairs(means, reverse = TRUE))),
  contrast = shown(print(contrast(means))),
  simple = shown(print(contrast(emmeans(baked, ~ recipe * temperature), "consec", simple = "each"))),
  both = shown(print(emmeans(baked, pairwise ~ recipe))),
  emtrends = shown(print(emtrends(slopes, ~ recipe, var = "temp"))),
  emmeans_logit = shown(print(logit)), pairs_logit = shown(print(pairs(logit))),
  emmeans_prob = shown(print(prob)), pairs_prob = shown(print(pairs(prob))),
  brms_summary = shown(print(summary(example))), brms_hypothesis = shown(print(hypothesis(example, "Age > Trt1")))
)
frames <- list(confint = rownames(confint(sleep, method = "Wald", oldNames = FALSE)),
               brms_variables = head(variables(example), 14), varcorr = names(as.data.frame(VarCorr(sleep))))
# glmer stops 0.0003 below the maximum of Laplace's approximation; glmmTMB reaches it
tmb <- glmmTMB::glmmTMB(cbind(incidence, size - incidence) ~ period + (1 | herd), cbpp, binomial)
loglik <- list(reml = ll(sleep), ml = ll(update(sleep, REML = FALSE)), herds = ll(tmb), glmer = ll(herds),
               flat = ll(flat), crossed = ll(crossed))
emm <- list(means = as.data.frame(means)$emmean, slopes = as.data.frame(emtrends(slopes, ~ recipe, var = "temp"))$temp.trend)
formats <- lapply(list(c(24.74066, 5.92214, 25.5918), c(612.1, 35.0717, 654.94), c(1, 10, 100),
                       c(0.000123, 4), c(1e-10, 1), c(123456, 1.5), c(-1.398, -0.99, 0)),
                  function(x) list(x = x, r3 = trimws(format(x, digits = 3)), r4 = trimws(format(x, digits = 4))))
abbreviated <- c("(Intercept)", "period2", "temperature185", "recipeB:temperature185", "Days", "directionright")
write_json(list(texts = texts, frames = frames, loglik = loglik, emm = emm, formats = formats,
                abbreviated = as.list(setNames(abbreviate(abbreviated, 6), abbreviated))),
           "layouts.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
