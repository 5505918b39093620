// For tests only: few configs in which any two values of the decoder's switches meet, but for those
// that exclude each other (a covering array of strength two, made greedily).
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "model/config.h"

namespace lucie::testing_model {

struct SwitchValue {
  const char* name;
  void (*set)(ModelConfig&);
};
using Switch = std::vector<SwitchValue>;

// In an order in which each may look at what those before have set.
inline const std::vector<Switch>& switches() {
  using C = ModelConfig;
  static const std::vector<Switch> all{
      {{"heads fill the width", [](C& c) { c.hidden_size = 24, c.head_dim = 4; }},
       {"heads beyond the width", [](C& c) { c.hidden_size = 10, c.head_dim = 6; }}},
      {{"1 layer", [](C& c) { c.num_hidden_layers = 1; }},
       {"3 layers", [](C& c) { c.num_hidden_layers = 3; }}},
      {{"1 key head", [](C& c) { c.num_key_value_heads = 1; }},
       {"2 key heads", [](C& c) { c.num_key_value_heads = 2; }},
       {"6 key heads", [](C& c) { c.num_key_value_heads = 6; }}},
      {{"rms", [](C& c) { c.norm = NormKind::kRms; }},
       {"layer norm", [](C& c) { c.norm = NormKind::kLayer; }}},
      {{"norms before", [](C& c) { c.norm_site = NormSite::kBefore; }},
       {"norms after", [](C& c) { c.norm_site = NormSite::kAfter; }},
       {"parallel", [](C& c) { c.parallel_residual = true; }},
       {"parallel, one norm", [](C& c) { c.parallel_residual = c.shared_norm = true; }}},
      {{"plain q and k", [](C& c) { c.query_key_norm = false; }},
       {"q and k norms", [](C& c) { c.query_key_norm = true; }}},
      {{"swiglu", [](C& c) { c.mlp = MlpKind::kSwiglu; }},
       {"gelu erf", [](C& c) { c.mlp = MlpKind::kGeluErf; }},
       {"gelu tanh", [](C& c) { c.mlp = MlpKind::kGeluTanh; }}},
      {{"no qkv bias", [](C& c) { c.qkv_bias = false; }},
       {"qkv bias", [](C& c) { c.qkv_bias = true; }}},
      {{"no out bias", [](C& c) { c.attention_out_bias = false; }},
       {"out bias", [](C& c) { c.attention_out_bias = true; }}},
      {{"no mlp bias", [](C& c) { c.mlp_bias = false; }},
       {"mlp bias", [](C& c) { c.mlp_bias = true; }}},
      {{"no positions", [](C& c) { c.rope.dims = 0; }},
       {"alibi", [](C& c) { c.rope.dims = 0, c.alibi = true; }},
       {"full halves", [](C& c) { c.rope.dims = c.head_dim; }},
       {"partial halves", [](C& c) { c.rope.dims = c.head_dim - 2; }},
       {"full pairs",
        [](C& c) { c.rope.dims = c.head_dim, c.rope.style = RopeStyle::kInterleaved; }},
       {"partial pairs",
        [](C& c) { c.rope.dims = c.head_dim - 2, c.rope.style = RopeStyle::kInterleaved; }}},
      {{"default", [](C& c) { c.rope.type = RopeType::kDefault; }},
       {"linear", [](C& c) { c.rope.type = RopeType::kLinear; }},
       {"dynamic", [](C& c) { c.rope.type = RopeType::kDynamic, c.max_position_embeddings = 3; }},
       {"yarn", [](C& c) { c.rope.type = RopeType::kYarn, c.rope.attention_factor = 1.2; }},
       {"llama3", [](C& c) { c.rope.type = RopeType::kLlama3; }},
       {"factors",
        [](C& c) {
          c.rope.type = RopeType::kFactors, c.rope.factors = {1.5f, 0.7f, 3.0f};
        }}},
      {{"1/sqrt(d)", [](C& c) { c.attention_scale = std::sqrt(1 / double(c.head_dim)); }},
       {"1/d", [](C& c) { c.attention_scale = 1 / double(c.head_dim); }}},
      {{"all keys", [](C& c) { c.sliding_window = 0; }},
       {"a window of 3 keys", [](C& c) { c.sliding_window = 3; }}},
      {{"embedding as is", [](C& c) { c.embedding_multiplier = 1; }},
       {"embedding times 3", [](C& c) { c.embedding_multiplier = 3; }}},
      {{"logits as they are", [](C& c) { c.logit_multiplier = 1; }},
       {"logits times 0.4", [](C& c) { c.logit_multiplier = 0.4; }}},
      {{"own head", [](C& c) { c.tie_word_embeddings = false; }},
       {"tied head", [](C& c) { c.tie_word_embeddings = true; }}}};
  return all;
}

// Of each switch the value chosen, or kOpen.
using Choice = std::vector<std::size_t>;
inline constexpr std::size_t kOpen = std::numeric_limits<std::size_t>::max();

// What is open stays at a value that excludes none.
inline ModelConfig config_of(const Choice& choice) {
  ModelConfig c;
  c.num_attention_heads = 6;
  c.head_dim = 6;
  c.intermediate_size = 7;
  c.vocab_size = 11;
  c.norm_eps = 0.02;  // large, so that it is seen
  c.max_position_embeddings = 8;
  c.rope.dims = 6;
  // Slow turns are seen within a few positions, and the scalings by parts have a frequency between
  // their bounds in heads of either size.
  c.rope.theta = 100;
  c.rope.factor = 4;
  c.rope.original_max_position_embeddings = 100;
  c.rope.beta_fast = 6;
  c.rope.low_freq_factor = 1.25;
  for (std::size_t s = 0; s < choice.size(); ++s) {
    if (choice[s] != kOpen) switches()[s][choice[s]].set(c);
  }
  return c;
}

inline std::string describe(const Choice& choice) {
  std::string text;
  for (std::size_t s = 0; s < choice.size(); ++s) {
    text += (s == 0 ? "" : "; ") + std::string(switches()[s][choice[s]].name);
  }
  return text;
}

// Frequencies are scaled only where something turns; the dynamic base has a pole at 2 dims.
inline bool is_possible(const Choice& choice) {
  const RopeConfig rope = config_of(choice).rope;
  if (rope.dims == 0) return rope.type == RopeType::kDefault;
  return rope.type != RopeType::kDynamic || rope.dims > 2;
}

// Two switches and a value of each.
using SwitchPair = std::array<std::size_t, 4>;

inline std::set<SwitchPair> possible_pairs() {
  std::set<SwitchPair> pairs;
  for (std::size_t a = 0; a < switches().size(); ++a) {
    for (std::size_t b = a + 1; b < switches().size(); ++b) {
      for (std::size_t i = 0; i < switches()[a].size(); ++i) {
        for (std::size_t j = 0; j < switches()[b].size(); ++j) {
          Choice two(switches().size(), kOpen);
          two[a] = i, two[b] = j;
          if (is_possible(two)) pairs.insert({a, i, b, j});
        }
      }
    }
  }
  return pairs;
}

inline std::set<SwitchPair> pairs_of(const Choice& choice) {
  std::set<SwitchPair> pairs;
  for (std::size_t a = 0; a < choice.size(); ++a) {
    for (std::size_t b = a + 1; b < choice.size(); ++b) {
      if (choice[a] != kOpen && choice[b] != kOpen) pairs.insert({a, choice[a], b, choice[b]});
    }
  }
  return pairs;
}

// Starts from a pair not yet met and gives each other switch, in a drawn order, the value that
// meets most of those left.
inline std::vector<Choice> covering_choices(std::uint64_t seed) {
  std::set<SwitchPair> left = possible_pairs();
  std::vector<Choice> choices;
  while (!left.empty()) {
    Rng rng(seed, "switch pairs", choices.size());
    Choice choice(switches().size(), kOpen);
    const SwitchPair first = *left.begin();
    choice[first[0]] = first[1], choice[first[2]] = first[3];
    const Permutation order(choice.size(), rng.next(), "switch order");
    for (std::size_t n = 0; n < choice.size(); ++n) {
      const std::size_t s = order(n);
      if (choice[s] != kOpen) continue;
      std::size_t best = kOpen, most = 0;
      const std::size_t values = switches()[s].size(), start = rng.below(values);
      for (std::size_t v = start; v < start + values; ++v) {
        choice[s] = v % values;
        std::size_t met = 0;
        for (const SwitchPair& pair : pairs_of(choice)) met += left.count(pair);
        if (is_possible(choice) && (best == kOpen || met > most)) best = choice[s], most = met;
      }
      choice[s] = best;
    }
    for (const SwitchPair& pair : pairs_of(choice)) left.erase(pair);
    choices.push_back(choice);
  }
  return choices;
}

}  // namespace lucie::testing_model
