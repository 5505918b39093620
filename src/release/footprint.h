// What a training took: computation, energy, carbon, money. Only of figures that were measured or
// declared; what is missing stays missing.
#pragma once

#include "base/json.h"
#include "report/table.h"

namespace lucie {

// {flop, joules_per_token, kwh, gco2e, cost, currency, grid}: of results.json's model, train,
// finetune, timing and energy, and the recipe's release.grid and release.cost.
//   flop = 6 * parameters * tokens, forward and backward, of pretraining and fine-tuning
//   (Kaplan et al. 2020, arXiv:2001.08361, section 2.1: attention over the window left out)
Json footprint(const Json& results, const Json& release);

// The figures for people, a row each; `results` with `footprint`.
Table footprint_table(const Json& results);

}  // namespace lucie
