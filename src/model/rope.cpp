#include "model/rope.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace lucie {
namespace {

struct TypeName {
  RopeType type;
  const char* name;
};
constexpr TypeName kTypes[] = {{RopeType::kDefault, "default"},
                               {RopeType::kLinear, "linear"},
                               {RopeType::kDynamic, "dynamic"},
                               {RopeType::kYarn, "yarn"},
                               {RopeType::kLlama3, "llama3"}};

const char* name_of(RopeType type) {
  for (const TypeName& known : kTypes) {
    if (known.type == type) return known.name;
  }
  fail(ErrorCode::kUnsupported, "the model's rotary frequencies are given one by one",
       "rope_freqs.weight", "config.json has no words for them: keep the model as GGUF");
}

RopeType type_of(const Json& json) {
  const std::string name = json.get("rope_type", json.get("type", "default").c_str());
  for (const TypeName& known : kTypes) {
    if (name == known.name) return known.type;
  }
  fail(ErrorCode::kUnsupported, "rope_type '" + name + "' is not supported", json.place(),
       "known: default, linear, dynamic, yarn, llama3");
}

double positive(const Json& json, const char* key, double fallback) {
  const double value = json.get(key, fallback);
  if (!(value > 0) || !std::isfinite(value)) {
    fail(ErrorCode::kInvalidArgument, "rotary field '" + std::string(key) + "' must be above 0",
         json.place());
  }
  return value;
}

// 0.1 s ln(factor) + 1 (Peng et al. 2023, eq. 22).
double yarn_temperature(double factor, double scale) {
  return factor <= 1 ? 1.0 : 0.1 * scale * std::log(factor) + 1.0;
}

void read_yarn(const Json& json, RopeConfig& rope) {
  // Absent, null and 0 all mean the default, as in transformers.
  const auto or_default = [&](const char* key, double fallback) {
    const double value = json.get(key, fallback);
    return value == 0 ? fallback : value;
  };
  rope.beta_fast = or_default("beta_fast", 32.0);
  rope.beta_slow = or_default("beta_slow", 1.0);
  rope.truncate = json.get("truncate", true);
  const double mscale = json.get("mscale", 0.0), mscale_all = json.get("mscale_all_dim", 0.0);
  const double derived =
      mscale != 0 && mscale_all != 0
          ? yarn_temperature(rope.factor, mscale) / yarn_temperature(rope.factor, mscale_all)
          : yarn_temperature(rope.factor, 1);
  rope.attention_factor = json.get("attention_factor", derived);
}

}  // namespace

void read_rope(const Json& json, std::int64_t window, RopeConfig& rope) {
  rope.theta = positive(json, "rope_theta", rope.theta);
  const auto section = [&](const char* key) {
    const Json* value = json.find(key);
    return value && value->is_object() && value->size() > 0 ? value : nullptr;
  };
  // rope_scaling is the older spelling and wins where both stand, as in transformers.
  const Json* scaling = section("rope_scaling");
  if (!scaling) scaling = section("rope_parameters");
  if (!scaling) return;
  rope.theta = positive(*scaling, "rope_theta", rope.theta);
  rope.type = type_of(*scaling);
  if (rope.type == RopeType::kDefault) return;
  scaling->at("factor");
  rope.factor = positive(*scaling, "factor", 1.0);
  if (rope.type == RopeType::kYarn || rope.type == RopeType::kLlama3) {
    rope.original_max_position_embeddings =
        json.get("original_max_position_embeddings",
                 scaling->get("original_max_position_embeddings", window));
    if (rope.original_max_position_embeddings < 1) {
      fail(ErrorCode::kInvalidArgument, "original_max_position_embeddings must be positive",
           scaling->place());
    }
  }
  if (rope.type == RopeType::kYarn) read_yarn(*scaling, rope);
  if (rope.type == RopeType::kLlama3) {
    rope.low_freq_factor = positive(*scaling, "low_freq_factor", 1.0);
    rope.high_freq_factor = positive(*scaling, "high_freq_factor", 4.0);
    if (rope.high_freq_factor <= rope.low_freq_factor) {
      fail(ErrorCode::kInvalidArgument, "high_freq_factor must be above low_freq_factor",
           scaling->place());
    }
  }
}

void write_rope(const RopeConfig& rope, Json& json) {
  json["rope_theta"] = rope.theta;
  if (rope.type == RopeType::kDefault) return;
  Json parameters = Json::object();
  parameters["rope_type"] = name_of(rope.type);
  parameters["factor"] = rope.factor;
  if (rope.type == RopeType::kYarn || rope.type == RopeType::kLlama3) {
    parameters["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  }
  if (rope.type == RopeType::kLlama3) {
    parameters["low_freq_factor"] = rope.low_freq_factor;
    parameters["high_freq_factor"] = rope.high_freq_factor;
  }
  if (rope.type == RopeType::kYarn) {
    parameters["beta_fast"] = rope.beta_fast;
    parameters["beta_slow"] = rope.beta_slow;
    parameters["attention_factor"] = rope.attention_factor;
    parameters["truncate"] = rope.truncate;
  }
  json["rope_scaling"] = parameters;
}

namespace {

std::vector<float> plain_frequencies(double theta, std::int64_t dims) {
  std::vector<float> result;
  for (std::int64_t i = 0; i < dims / 2; ++i) {
    // Rounded to f32 where transformers rounds, so that long contexts turn by the same angles.
    result.push_back(static_cast<float>(
        1.0 / std::pow(theta, 2.0 * static_cast<double>(i) / static_cast<double>(dims))));
  }
  return result;
}

// Between the wavelengths original/high and original/low, a blend of the frequency and its
// `factor`th part.
float llama3_frequency(const RopeConfig& rope, float plain) {
  const double original = static_cast<double>(rope.original_max_position_embeddings);
  const double wavelength = 2 * std::numbers::pi / static_cast<double>(plain);
  const double inverse = static_cast<double>(plain);
  if (wavelength < original / rope.high_freq_factor) return plain;
  if (wavelength > original / rope.low_freq_factor) {
    return static_cast<float>(inverse / rope.factor);
  }
  const double smooth = (original / wavelength - rope.low_freq_factor) /
                        (rope.high_freq_factor - rope.low_freq_factor);
  return static_cast<float>((1 - smooth) * inverse / rope.factor + smooth * inverse);
}

// Peng et al. 2023, section 3.2: dims that turn more than beta_fast times within the original
// window stay, those that turn less than beta_slow times are interpolated, a ramp between.
std::vector<float> yarn_frequencies(const RopeConfig& rope) {
  const double dims = static_cast<double>(rope.dims);
  const auto dim_of = [&](double rotations) {
    const double original = static_cast<double>(rope.original_max_position_embeddings);
    return dims * std::log(original / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(rope.theta));
  };
  double low = dim_of(rope.beta_fast), high = dim_of(rope.beta_slow);
  if (rope.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dims - 1);
  if (low == high) high += 0.001;
  std::vector<float> result;
  for (std::int64_t i = 0; i < rope.dims / 2; ++i) {
    const double plain = 1.0 / std::pow(rope.theta, 2.0 * static_cast<double>(i) / dims);
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    result.push_back(static_cast<float>(plain / rope.factor * ramp + plain * (1 - ramp)));
  }
  return result;
}

}  // namespace

std::vector<float> rope_frequencies(const RopeConfig& rope, std::int64_t length,
                                    std::int64_t window) {
  if (rope.type == RopeType::kYarn) return yarn_frequencies(rope);
  double theta = rope.theta;
  if (rope.type == RopeType::kDynamic && length > window) {
    const double ratio = static_cast<double>(length) / static_cast<double>(window);
    const double dims = static_cast<double>(rope.dims);
    theta *= std::pow(rope.factor * ratio - (rope.factor - 1), dims / (dims - 2));
  }
  std::vector<float> result = plain_frequencies(theta, rope.dims);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (rope.type == RopeType::kLinear) result[i] /= static_cast<float>(rope.factor);
    if (rope.type == RopeType::kFactors) result[i] /= rope.factors[i];
    if (rope.type == RopeType::kLlama3) result[i] = llama3_frequency(rope, result[i]);
  }
  return result;
}

std::vector<float> rope_table(const RopeConfig& rope, const std::vector<float>& frequencies,
                              std::int64_t first, std::int64_t positions) {
  const std::size_t half = frequencies.size();
  std::vector<float> table(static_cast<std::size_t>(positions) * 2 * half);
  for (std::size_t p = 0; p < static_cast<std::size_t>(positions); ++p) {
    const float position = static_cast<float>(first + static_cast<std::int64_t>(p));
    float* row = table.data() + p * 2 * half;
    for (std::size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position * frequencies[i]);
      row[i] = static_cast<float>(std::cos(angle) * rope.attention_factor);
      row[half + i] = static_cast<float>(std::sin(angle) * rope.attention_factor);
    }
  }
  return table;
}

std::vector<float> alibi_table(std::int64_t heads, std::int64_t positions, double scale) {
  std::int64_t whole = 1;  // largest power of two up to `heads`
  while (2 * whole <= heads) whole *= 2;
  const auto base = [](std::int64_t n) {
    return std::pow(2.0, -std::pow(2.0, 3.0 - std::log2(static_cast<double>(n))));
  };
  const auto round = [](float value) { return bf16_to_float(float_to_bf16(value)); };
  std::vector<float> table;
  for (std::int64_t h = 0; h < heads; ++h) {
    // The heads beyond a power of two take the odd powers of the next one's base.
    const double slope = h < whole
                             ? std::pow(base(whole), static_cast<double>(h + 1))
                             : std::pow(base(2 * whole), static_cast<double>(2 * (h - whole) + 1));
    const float rounded = round(static_cast<float>(slope));
    for (std::int64_t p = 0; p < positions; ++p) {
      table.push_back(round(rounded * round(static_cast<float>(p))) * static_cast<float>(scale));
    }
  }
  return table;
}

}  // namespace lucie
