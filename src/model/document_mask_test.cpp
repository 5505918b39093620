// Documents in one sequence behind a mask against each of them alone: the same logits, losses and
// gradients, within the rounding of another order of sums.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "base/test_values.h"
#include "model/test_model.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;

constexpr double kTolerance = 1e-5;  // of the largest value, f32 sums in another order

// Within a block of the fast attention, over its edges, of one token, and over several blocks.
constexpr std::int64_t kLengths[] = {7, 1, 40, 12, 70, 26};
constexpr std::int64_t kTime = 156;  // their sum

ModelConfig config_of(const std::string& kind) {
  ModelConfig config = testing_model::small_config();
  config.max_position_embeddings = kTime;
  if (kind == "alibi") {
    config.alibi = true;
    config.rope.dims = 0;
  } else if (kind == "parallel") {
    config.parallel_residual = true;
    config.rope.dims = 2;
    config.rope.style = RopeStyle::kInterleaved;
  } else if (kind == "window") {
    config.sliding_window = 9;
  }
  return config;
}

struct Outcome {
  std::vector<float> logits, losses;
  std::vector<std::vector<float>> gradients;
};

class DocumentMask : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  DocumentMask()
      : ctx_(make_device(std::get<0>(GetParam())), pool_),
        model_(testing_model::small_model(ctx_, config_of(std::get<1>(GetParam())))) {
    Rng rng(5, "documents");
    for (std::int64_t t = 0; t < kTime; ++t)
      ids_.push_back(static_cast<std::int32_t>(rng.below(288)));
    for (std::int64_t t = 0; t < kTime; ++t) {
      targets_.push_back(t % 11 == 5 ? -1 : static_cast<std::int32_t>(rng.below(288)));
    }
  }

  // Adds to `sum` what the rows begin ... begin + length - 1 give as one sequence.
  void add(Outcome* sum, std::int64_t begin, std::int64_t length,
           std::span<const std::int32_t> starts) {
    const auto at = static_cast<std::size_t>(begin), count = static_cast<std::size_t>(length);
    const Batch batch = make_batch(ctx_, std::span(ids_).subspan(at, count),
                                   std::span(targets_).subspan(at, count), 1, starts);
    Activations activations(ctx_, model_.config(), length, DType::kF32,
                            Activations::Keep::kAllLayers);
    model_.forward(ctx_, batch, activations);
    std::vector<std::int32_t> all(count);
    std::iota(all.begin(), all.end(), 0);
    const Tensor rows = ctx_.upload({length}, all);
    const std::vector<float> logits = ctx_.download(model_.logits(ctx_, activations, length, rows));
    sum->logits.insert(sum->logits.end(), logits.begin(), logits.end());
    Parameters gradients = make_zeros(ctx_, model_.weights().specs(), DType::kF32);
    const Tensor losses = ctx_.empty(DType::kF32, {length});
    Backward(ctx_, model_.config(), length, DType::kF32)
        .run(ctx_, model_, batch, activations, gradients, losses, {0.01f});
    const std::vector<float> values = ctx_.download(losses);
    sum->losses.insert(sum->losses.end(), values.begin(), values.end());
    sum->gradients.resize(gradients.size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      const std::vector<float> one = ctx_.download(gradients[i]);
      sum->gradients[i].resize(one.size(), 0.0f);
      for (std::size_t k = 0; k < one.size(); ++k) sum->gradients[i][k] += one[k];
    }
  }

  static std::vector<std::int32_t> all_starts() {
    std::vector<std::int32_t> starts;
    for (const std::int64_t length : kLengths) {
      starts.insert(starts.end(), static_cast<std::size_t>(length),
                    static_cast<std::int32_t>(starts.size()));
    }
    return starts;
  }

  ThreadPool pool_{2};
  Context ctx_;
  Decoder model_;
  std::vector<std::int32_t> ids_, targets_;
};

double relative(const std::vector<float>& a, const std::vector<float>& b) {
  return max_difference(a, b) / std::max(max_abs(b), 1e-30);
}

TEST_P(DocumentMask, packed_documents_are_what_each_is_alone) {
  Outcome packed, alone, unmasked;
  add(&packed, 0, kTime, all_starts());
  add(&unmasked, 0, kTime, {});
  for (std::int64_t begin = 0, i = 0; begin < kTime; begin += kLengths[i++]) {
    add(&alone, begin, kLengths[i], {});
  }
  EXPECT_LE(relative(packed.logits, alone.logits), kTolerance);
  EXPECT_LE(relative(packed.losses, alone.losses), kTolerance);
  EXPECT_GT(relative(unmasked.logits, alone.logits), 1e-2) << "the mask would not show";
  double largest = 0;
  for (const auto& gradient : alone.gradients) largest = std::max(largest, max_abs(gradient));
  for (std::size_t i = 0; i < alone.gradients.size(); ++i) {
    const double scale = std::max(max_abs(alone.gradients[i]), 1e-6 * largest);
    EXPECT_LE(max_difference(packed.gradients[i], alone.gradients[i]), kTolerance * scale)
        << model_.weights().specs()[i].name;
  }
}

TEST_P(DocumentMask, one_document_is_the_mask_of_none) {
  Outcome masked, plain;
  add(&masked, 0, kTime, std::vector<std::int32_t>(static_cast<std::size_t>(kTime), 0));
  add(&plain, 0, kTime, {});
  EXPECT_EQ(masked.logits, plain.logits);
  EXPECT_EQ(masked.losses, plain.losses);
  EXPECT_EQ(masked.gradients, plain.gradients);
}

INSTANTIATE_TEST_SUITE_P(Devices, DocumentMask,
                         testing::Combine(testing::Values("ref", "cpu", "fake"),
                                          testing::Values("llama", "alibi", "parallel", "window")),
                         [](const auto& one) {
                           return std::string(std::get<0>(one.param)) + "_" +
                                  std::get<1>(one.param);
                         });

}  // namespace
}  // namespace lucie
