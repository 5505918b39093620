// Megatron-LM: core/datasets/gpt_dataset.py, blended_dataset.py, helpers.cpp; Megatron-DeepSpeed
// and GPT-NeoX: megatron/data/gpt_dataset.py, dataset_utils.py. Written from what they do; the
// golden values come from numpy (tools/make_order_golden.py).
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "corpus/token_shards.h"
#include "formats/indexed_dataset.h"
#include "trace/numpy_random.h"
#include "trace/training_order.h"

namespace lucie {

namespace {

constexpr std::uint64_t kMostEntries = std::uint64_t{1} << 32;  // of one data set's order
constexpr std::uint64_t kMostTokens = std::uint64_t{1} << 24;   // of a sample
constexpr std::uint64_t kMostSamples = std::uint64_t{1} << 38;

// One data set, its sequences in the order of all epochs.
struct Component {
  explicit Component(const fs::path& path) : prefix(path), data(path) {}

  fs::path prefix;
  IndexedDataset data;
  std::optional<TokenShard> shard;     // when a .docs lies beside
  std::vector<std::int32_t> order;     // sequences
  std::vector<std::uint64_t> ends;     // tokens up to and with each of `order`
  std::vector<std::uint32_t> shuffle;  // sample -> window of the ordered tokens
};

std::uint64_t length_of(const IndexedDataset& data, std::int64_t sequence) {
  return data.sequence_begin(sequence + 1) - data.sequence_begin(sequence);
}

// Python's round(): halves to even.
std::int64_t rounded(double value) {
  return static_cast<std::int64_t>(std::nearbyint(value));
}

// How many of the first sequences are for training.
std::int64_t training_sequences(const MegatronSettings& settings, std::int64_t sequences) {
  double sum = 0;
  for (const double part : settings.split) sum += part;
  if (!(sum > 0)) {
    fail(ErrorCode::kInvalidArgument, "the parts of the split do not add up to anything", "--split",
         "for example 969,30,1");
  }
  const auto count = static_cast<double>(sequences);
  const std::int64_t first = rounded(settings.split.front() / sum * count);
  if (settings.variant == MegatronVariant::kMegatron) return first;
  std::int64_t end = 0;  // the older code rounds each part and takes the excess off again
  for (const double part : settings.split) end += rounded(part / sum * count);
  return first - (end - sequences);
}

struct Epochs {
  std::uint64_t count, tokens;  // tokens: of one
  std::uint64_t windows;        // of all
  bool last_apart = false;
  std::uint64_t windows_before_last = 0;
};

Epochs epochs_of(const MegatronSettings& settings, std::uint64_t tokens, std::uint64_t samples) {
  const std::uint64_t length = settings.sequence_length;
  Epochs epochs{};
  epochs.tokens = tokens;
  epochs.count = std::max<std::uint64_t>(1, (samples * length + 1 + tokens - 1) / tokens);
  epochs.windows = (epochs.count * tokens - 1) / length;
  if (epochs.count == 1 || settings.variant == MegatronVariant::kNeoX) return epochs;
  epochs.windows_before_last = ((epochs.count - 1) * tokens - 1) / length;
  const std::uint64_t of_last = samples - epochs.windows_before_last;
  const std::uint64_t of_one = (tokens - 1) / length;
  epochs.last_apart = of_last < static_cast<std::uint64_t>(0.80 * static_cast<double>(of_one));
  return epochs;
}

// Draws in Megatron's order: sequences first, then windows.
void draw(Component& component, const MegatronSettings& settings, std::int64_t sequences,
          const Epochs& epochs) {
  NumpyRandomState random(settings.seed);
  const auto n = static_cast<std::size_t>(sequences);
  std::vector<std::int32_t>& order = component.order;
  for (std::uint64_t epoch = 0; epoch < epochs.count; ++epoch) {
    order.resize(order.size() + n);
    std::iota(order.end() - static_cast<std::ptrdiff_t>(n), order.end(), 0);
  }
  if (settings.variant == MegatronVariant::kLucie) {
    for (std::size_t begin = 0; begin < order.size(); begin += n) {
      random.shuffle(order, begin, begin + n);
    }
  } else {
    const std::size_t together = order.size() - (epochs.last_apart ? n : 0);
    random.shuffle(order, 0, together);
    if (epochs.last_apart) random.shuffle(order, together, order.size());
  }
  component.shuffle.resize(epochs.windows);
  std::iota(component.shuffle.begin(), component.shuffle.end(), 0u);
  const std::size_t first = epochs.last_apart ? epochs.windows_before_last : epochs.windows;
  random.shuffle(component.shuffle, 0, first);
  if (first < epochs.windows) random.shuffle(component.shuffle, first, epochs.windows);
}

void read_documents(Component& component) {
  if (fs::exists(component.prefix.string() + ".docs")) component.shard.emplace(component.prefix);
}

Component make_component(const fs::path& prefix, std::uint64_t samples,
                         const MegatronSettings& settings) {
  Component component(prefix);
  const std::int64_t sequences = training_sequences(settings, component.data.sequences());
  const std::uint64_t tokens = sequences < 1 ? 0 : component.data.sequence_begin(sequences);
  if (tokens < 2) {
    fail(ErrorCode::kInvalidArgument, "no training text is in it", prefix.string(),
         "see --split, and the counts of lucie inspect");
  }
  const Epochs epochs = epochs_of(settings, tokens, samples);
  if (epochs.windows >= kMostEntries ||
      epochs.count >= kMostEntries / static_cast<std::uint64_t>(sequences)) {
    fail(ErrorCode::kUnsupported, "its order has more than 2^32 entries", prefix.string());
  }
  draw(component, settings, sequences, epochs);
  std::uint64_t end = 0;
  for (const std::int32_t sequence : component.order) {
    end += length_of(component.data, sequence);
    component.ends.push_back(end);
  }
  read_documents(component);
  return component;
}

// Megatron-LM normalizes with numpy, the older code with Python's sum; both do again with numpy
// where the blend is made.
std::vector<double> normalized(std::vector<double> weights, MegatronVariant variant) {
  const auto divide = [&weights](double sum) {
    for (double& weight : weights) weight /= sum;
  };
  double plain = 0;
  for (const double weight : weights) plain += weight;
  if (!(plain > 0) || !std::isfinite(plain) ||
      std::any_of(weights.begin(), weights.end(), [](double w) { return !(w >= 0); })) {
    fail(ErrorCode::kInvalidArgument, "weights of a blend are positive numbers", "--blend");
  }
  divide(variant == MegatronVariant::kMegatron ? numpy_sum(weights.data(), weights.size()) : plain);
  return weights;
}

std::uint64_t samples_of_part(double weight, const MegatronSettings& settings) {
  const auto all = static_cast<double>(settings.samples);
  const double asked = settings.variant == MegatronVariant::kMegatron
                           ? std::ceil(std::ceil(all * weight) * 1.005)
                           : std::ceil(all * weight * 1.005);
  return static_cast<std::uint64_t>(asked);
}

class MegatronOrder : public TrainingOrder {
 public:
  explicit MegatronOrder(const MegatronSettings& settings) : settings_(settings) {
    if (settings.weights.empty()) {
      components_.push_back(make_component(settings.prefixes.at(0), settings.samples, settings));
      return;
    }
    const std::vector<double> weights = normalized(settings.weights, settings.variant);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      components_.push_back(
          make_component(settings.prefixes[k], samples_of_part(weights[k], settings), settings));
    }
    weights_ = weights;
    const double sum = numpy_sum(weights.data(), weights.size());
    for (double& weight : weights_) weight /= sum;
    counts_.resize(weights_.size());
  }

  std::uint64_t samples() const override { return settings_.samples; }
  std::uint64_t sequence_length() const override { return settings_.sequence_length; }

  Json pieces_of(std::uint64_t i) const override {
    LUCIE_ASSERT(i < samples());
    if (weights_.empty()) return pieces(components_.front(), i);
    const auto [part, index] = blended(i);
    return pieces(components_[part], index);
  }

 private:
  // The blend has no shortcut: every sample goes to the set that is furthest behind. A set of
  // weight 0 is chosen where all others are ahead of theirs, as in Megatron.
  std::pair<std::size_t, std::uint64_t> blended(std::uint64_t i) const {
    if (i < walked_) {
      walked_ = 0;
      std::fill(counts_.begin(), counts_.end(), 0);
    }
    std::size_t chosen = 0;
    for (; walked_ <= i; ++walked_) {
      const double position = static_cast<double>(std::max<std::uint64_t>(walked_, 1));
      chosen = 0;
      double greatest = weights_[0] * position - static_cast<double>(counts_[0]);
      for (std::size_t k = 1; k < weights_.size(); ++k) {
        const double error = weights_[k] * position - static_cast<double>(counts_[k]);
        if (!(error > greatest)) continue;
        greatest = error;
        chosen = k;
      }
      ++counts_[chosen];
    }
    return {chosen, counts_[chosen] - 1};
  }

  Json pieces(const Component& component, std::uint64_t sample) const {
    if (sample >= component.shuffle.size()) {
      fail(ErrorCode::kInvalidArgument, "its samples are used up", component.prefix.string(),
           "is --samples what the training was started with?");
    }
    std::uint64_t at = component.shuffle[sample] * settings_.sequence_length;
    const std::uint64_t end = at + settings_.sequence_length + 1;  // targets are shifted by one
    Json list = Json::array();
    auto place = static_cast<std::size_t>(
        std::upper_bound(component.ends.begin(), component.ends.end(), at) -
        component.ends.begin());
    for (; at < end; ++place) {
      const std::uint64_t stop = std::min(end, component.ends.at(place));
      if (stop == at) continue;  // an empty sequence
      const std::int64_t sequence = component.order[place];
      const std::uint64_t first = component.ends[place] - length_of(component.data, sequence);
      list.push_back(piece(component, sequence, at - first, stop - first));
      at = stop;
    }
    return list;
  }

  static Json piece(const Component& component, std::int64_t sequence, std::uint64_t begin,
                    std::uint64_t end) {
    Json json = Json::object();
    json["data"] = component.prefix.string();
    json["document"] = sequence;
    json["begin"] = begin;
    json["end"] = end;
    if (!component.shard) return json;
    const TokenSpan span = component.shard->document(sequence);
    json["id"] = span.id;
    json["source"] = span.source;
    json["licence"] = span.licence;
    json["language"] = span.language;
    json["url"] = span.url;
    return json;
  }

  MegatronSettings settings_;
  std::vector<Component> components_;
  std::vector<double> weights_;
  mutable std::vector<std::uint64_t> counts_;  // of the blend before sample walked_
  mutable std::uint64_t walked_ = 0;
};

}  // namespace

std::unique_ptr<TrainingOrder> megatron_order(const MegatronSettings& settings) {
  if (settings.prefixes.empty() ||
      (!settings.weights.empty() && settings.weights.size() != settings.prefixes.size())) {
    fail(ErrorCode::kInvalidArgument, "a blend is a list of weights and paths in turn", "--blend",
         "for example --blend \"0.7 data/fr 0.3 data/en\"");
  }
  if (settings.sequence_length < 1 || settings.sequence_length > kMostTokens ||
      settings.samples < 1 || settings.samples > kMostSamples) {
    fail(ErrorCode::kInvalidArgument, "lengths go from 1 to 2^24, samples from 1 to 2^38",
         "--seq-length, --samples");
  }
  return std::make_unique<MegatronOrder>(settings);
}

}  // namespace lucie
