// For tests only: the decoder once more, in double and loop by loop, from the formulas that the
// families were published with and not from decoder.cpp: what its logits and, by finite
// differences, its gradients are held to. Shares nothing with it but the config.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "model/config.h"

namespace lucie::testing_model {

// Row-major; matrices [out, in].
using Values = std::vector<double>;
// "embedding.weight", "layers.0.query.bias" ...
using NamedValues = std::map<std::string, Values>;
using Ids = std::vector<std::int32_t>;

// Of sequences of `time` tokens each, row by row. Reads the weights anew in each call.
class DoubleModel {
 public:
  DoubleModel(const ModelConfig& config, const NamedValues& weights, std::size_t time)
      : c_(config), weights_(weights), time_(time), frequencies_(frequencies()) {}

  Values logits(const Ids& ids) const {
    const Values& embedding = weights_.at("embedding.weight");
    const std::size_t width = size(c_.hidden_size);
    Values h;
    for (const std::int32_t id : ids) {
      for (std::size_t i = 0; i < width; ++i) {
        h.push_back(c_.embedding_multiplier * embedding[static_cast<std::size_t>(id) * width + i]);
      }
    }
    for (std::int64_t layer = 0; layer < c_.num_hidden_layers; ++layer) {
      h = block("layers." + std::to_string(layer) + ".", h);
    }
    Values result = linear(c_.tie_word_embeddings ? "embedding" : "head", norm("final_norm", h),
                           size(c_.vocab_size), false);
    for (double& logit : result) logit *= c_.logit_multiplier;
    return result;
  }

  // Mean of -log softmax(logits)[target] over the positions that have one.
  double loss(const Ids& ids, const Ids& targets) const {
    const Values all = logits(ids);
    const std::size_t vocabulary = size(c_.vocab_size);
    double total = 0, count = 0;
    for (std::size_t n = 0; n < targets.size(); ++n) {
      if (targets[n] < 0) continue;
      double sum = 0;
      for (std::size_t v = 0; v < vocabulary; ++v) sum += std::exp(all[n * vocabulary + v]);
      total += std::log(sum) - all[n * vocabulary + static_cast<std::size_t>(targets[n])];
      count += 1;
    }
    return total / count;
  }

 private:
  static std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
  static Values sum(Values a, const Values& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }

  Values block(const std::string& layer, const Values& h) const {
    const std::string first = layer + "attention_norm", second = layer + "mlp_norm";
    if (c_.norm_site == NormSite::kAfter) {
      const Values middle = sum(h, norm(first, attention(layer, h)));
      return sum(middle, norm(second, mlp(layer, middle)));
    }
    const Values x = norm(first, h);
    if (c_.parallel_residual) {
      return sum(sum(h, attention(layer, x)), mlp(layer, c_.shared_norm ? x : norm(second, h)));
    }
    const Values middle = sum(h, attention(layer, x));
    return sum(middle, mlp(layer, norm(second, middle)));
  }

  // y = x W^T, or x W^T + b.
  Values linear(const std::string& name, const Values& x, std::size_t out, bool biased) const {
    const Values& w = weights_.at(name + ".weight");
    const Values bias = biased ? weights_.at(name + ".bias") : Values(out);
    const std::size_t in = w.size() / out, rows = x.size() / in;
    Values y(rows * out);
    for (std::size_t n = 0; n < rows; ++n) {
      for (std::size_t o = 0; o < out; ++o) {
        double dot = bias[o];
        for (std::size_t i = 0; i < in; ++i) dot += x[n * in + i] * w[o * in + i];
        y[n * out + o] = dot;
      }
    }
    return y;
  }

  // (x - mean) / sqrt(variance + eps) * gain + bias.
  Values norm(const std::string& name, Values x) const {
    if (c_.norm == NormKind::kRms) return rms(name, std::move(x));
    const Values& gain = weights_.at(name + ".weight");
    const Values& bias = weights_.at(name + ".bias");
    const std::size_t width = gain.size();
    for (std::size_t at = 0; at < x.size(); at += width) {
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < width; ++i) mean += x[at + i] / static_cast<double>(width);
      for (std::size_t i = 0; i < width; ++i) {
        variance += (x[at + i] - mean) * (x[at + i] - mean) / static_cast<double>(width);
      }
      for (std::size_t i = 0; i < width; ++i) {
        x[at + i] = (x[at + i] - mean) / std::sqrt(variance + c_.norm_eps) * gain[i] + bias[i];
      }
    }
    return x;
  }

  // x / sqrt(mean(x^2) + eps) * gain.
  Values rms(const std::string& name, Values x) const {
    const Values& gain = weights_.at(name + ".weight");
    const std::size_t width = gain.size();
    for (std::size_t at = 0; at < x.size(); at += width) {
      double square = 0;
      for (std::size_t i = 0; i < width; ++i) square += x[at + i] * x[at + i];
      const double root = std::sqrt(square / static_cast<double>(width) + c_.norm_eps);
      for (std::size_t i = 0; i < width; ++i) x[at + i] *= gain[i] / root;
    }
    return x;
  }

  Values mlp(const std::string& layer, const Values& x) const {
    const std::size_t inner = size(c_.intermediate_size);
    Values hidden = linear(layer + "up", x, inner, c_.mlp_bias);
    if (c_.mlp == MlpKind::kSwiglu) {
      const Values gate = linear(layer + "gate", x, inner, c_.mlp_bias);
      for (std::size_t i = 0; i < hidden.size(); ++i) {
        hidden[i] *= gate[i] / (1 + std::exp(-gate[i]));
      }
    }
    if (c_.mlp == MlpKind::kGeluErf) {
      for (double& z : hidden) z *= 0.5 * (1 + std::erf(z / std::numbers::sqrt2));
    }
    if (c_.mlp == MlpKind::kGeluTanh) {
      const double factor = std::sqrt(2 / std::numbers::pi);
      for (double& z : hidden) z *= 0.5 * (1 + std::tanh(factor * (z + 0.044715 * z * z * z)));
    }
    return linear(layer + "down", hidden, size(c_.hidden_size), c_.mlp_bias);
  }

  Values attention(const std::string& layer, const Values& x) const {
    const std::size_t heads = size(c_.num_attention_heads), width = size(c_.head_dim);
    const std::size_t groups = size(c_.num_key_value_heads);
    Values q = linear(layer + "query", x, heads * width, c_.qkv_bias);
    Values k = linear(layer + "key", x, groups * width, c_.qkv_bias);
    const Values v = linear(layer + "value", x, groups * width, c_.qkv_bias);
    if (c_.query_key_norm) {
      q = rms(layer + "query_norm", std::move(q));
      k = rms(layer + "key_norm", std::move(k));
    }
    rotate(q, heads);
    rotate(k, groups);
    Values mixed(q.size());
    for (std::size_t n = 0; n < q.size() / (heads * width); ++n) {
      for (std::size_t head = 0; head < heads; ++head) {
        const std::size_t group = head / (heads / groups), first = n / time_ * time_;
        const std::size_t window = size(c_.sliding_window);
        const std::size_t seen = window > 0 && n + 1 > first + window ? n + 1 - window : first;
        Values share;  // of each position that is seen
        double total = 0;
        for (std::size_t s = seen; s <= n; ++s) {
          double score = 0;
          for (std::size_t i = 0; i < width; ++i) {
            score += q[(n * heads + head) * width + i] * k[(s * groups + group) * width + i];
          }
          if (c_.alibi) score += slope(head) * static_cast<double>(s - first);
          total += share.emplace_back(std::exp(score * c_.attention_scale));
        }
        for (std::size_t s = seen; s <= n; ++s) {
          for (std::size_t i = 0; i < width; ++i) {
            mixed[(n * heads + head) * width + i] +=
                share[s - seen] / total * v[(s * groups + group) * width + i];
          }
        }
      }
    }
    return linear(layer + "attention_out", mixed, size(c_.hidden_size), c_.attention_out_bias);
  }

  // Falcon's ALiBi: powers of 2^(-8/n), n the largest power of two up to the heads, and for the
  // heads that are left every other power of 2^(-8/2n). Exact in bf16, to which Falcon rounds, for
  // 4 to 8 heads.
  double slope(std::size_t head) const {
    double n = 1;
    while (2 * n <= static_cast<double>(c_.num_attention_heads)) n *= 2;
    const double i = static_cast<double>(head);
    return i < n ? std::pow(2.0, -8 / n * (i + 1)) : std::pow(2.0, -4 / n * (2 * (i - n) + 1));
  }

  // Pairs (i, i + r/2) or (2i, 2i + 1) of each head, by position * frequency.
  void rotate(Values& x, std::size_t heads) const {
    const std::size_t width = size(c_.head_dim), half = frequencies_.size();
    for (std::size_t at = 0; at < x.size(); at += width) {
      const double position = static_cast<double>(at / (heads * width) % time_);
      for (std::size_t i = 0; i < half; ++i) {
        const bool split = c_.rope.style == RopeStyle::kHalf;
        double& a = x[at + (split ? i : 2 * i)];
        double& b = x[at + (split ? i + half : 2 * i + 1)];
        const double cosine = std::cos(position * frequencies_[i]) * c_.rope.attention_factor;
        const double sine = std::sin(position * frequencies_[i]) * c_.rope.attention_factor;
        const double turned = a * cosine - b * sine;
        b = b * cosine + a * sine;
        a = turned;
      }
    }
  }

  Values frequencies() const {
    const RopeConfig& rope = c_.rope;
    const double dims = static_cast<double>(rope.dims);
    double base = rope.theta;
    const double stretch =
        static_cast<double>(time_) / static_cast<double>(c_.max_position_embeddings);
    if (rope.type == RopeType::kDynamic && stretch > 1) {
      base *= std::pow(rope.factor * stretch - rope.factor + 1, dims / (dims - 2));
    }
    Values result;
    for (double i = 0; i < dims / 2; ++i) {
      result.push_back(scaled(std::pow(base, -2 * i / dims), i));
    }
    return result;
  }

  // The i-th frequency under the kinds of scaling that change each by itself.
  double scaled(double frequency, double i) const {
    const RopeConfig& rope = c_.rope;
    const double original = static_cast<double>(rope.original_max_position_embeddings);
    const double turns = original * frequency / (2 * std::numbers::pi);  // in the old window
    double kept = 1;  // 1: as it is, 0: divided by the factor
    if (rope.type == RopeType::kFactors)
      return frequency / rope.factors[static_cast<std::size_t>(i)];
    if (rope.type == RopeType::kLinear) kept = 0;
    if (rope.type == RopeType::kLlama3) {
      kept = (turns - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    }
    if (rope.type == RopeType::kYarn) {
      const double dims = static_cast<double>(rope.dims);
      const auto index = [&](double rotations) {  // of the frequency that turns so often
        return dims / 2 * std::log(original / (2 * std::numbers::pi * rotations)) /
               std::log(rope.theta);
      };
      const double low = std::max(std::floor(index(rope.beta_fast)), 0.0);
      const double high = std::min(std::ceil(index(rope.beta_slow)), dims - 1);
      kept = 1 - (i - low) / (high - low);
    }
    kept = std::min(std::max(kept, 0.0), 1.0);
    return kept * frequency + (1 - kept) * frequency / rope.factor;
  }

  const ModelConfig& c_;
  const NamedValues& weights_;
  std::size_t time_;
  Values frequencies_;
};

}  // namespace lucie::testing_model
