// Attention behind a mask of documents against PyTorch's scaled_dot_product_attention with an
// explicit mask (tools/make_attention_golden.py), forward and backward, on every device.
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "base/test_values.h"
#include "tensor/ops.h"
#include "train/golden_values.h"

namespace lucie {
namespace {

using testing_base::max_abs;
using testing_base::max_difference;
using testing_train::golden_values;

class AttentionGolden : public testing::TestWithParam<const char*> {
 protected:
  // The script's inputs: row (b, t) is drawn from counter b * T + t.
  Tensor drawn(const std::string& name, const Shape& shape) {
    std::vector<float> values;
    for (std::int64_t row = 0; row < shape[0] * shape[1]; ++row) {
      Rng rng(std::stoull(reader_.metadata().at("seed")), "golden/attention/" + name,
              static_cast<std::uint64_t>(row));
      for (std::int64_t i = 0; i < shape[2] * shape[3]; ++i) values.push_back(rng.normal());
    }
    return ctx_.upload(DType::kF32, shape, values);
  }
  void expect_golden(const std::string& name, const Tensor& actual) {
    const std::vector<float> expected = golden_values(reader_, name);
    EXPECT_LE(max_difference(ctx_.download(actual), expected), 1e-5 * max_abs(expected)) << name;
  }

  SafetensorsReader reader_{std::string(LUCIE_SOURCE_DIR) + "/tests/golden/attention.safetensors"};
  ThreadPool pool_{2};
  Context ctx_{make_device(GetParam()), pool_};
};

TEST_P(AttentionGolden, of_packed_documents_is_that_of_pytorch_with_a_mask) {
  const Shape queries = reader_.find("o")->shape, keys = reader_.find("dk")->shape;
  const std::int64_t B = queries[0], T = queries[1], H = queries[2], K = keys[2], D = queries[3];
  const Tensor q = drawn("q", queries), d_o = drawn("d_o", queries);
  const Tensor k = drawn("k", keys), v = drawn("v", keys);
  const std::vector<float> stored = golden_values(reader_, "starts");
  const Tensor starts =
      ctx_.upload({B, T}, std::vector<std::int32_t>(stored.begin(), stored.end()));
  const AttentionShape shape{B, T, H, K, D, 1.0f / std::sqrt(static_cast<float>(D))};

  const Tensor o = ctx_.zeros(DType::kF32, queries), lse = ctx_.zeros(DType::kF32, {B, T, H});
  ctx_.op().attention_forward(ctx_, o, lse, q, k, v, Tensor(), starts, shape);
  expect_golden("o", o);
  const Tensor dq = ctx_.zeros(DType::kF32, queries);
  const Tensor dk = ctx_.zeros(DType::kF32, keys), dv = ctx_.zeros(DType::kF32, keys);
  ctx_.op().attention_backward(ctx_, dq, dk, dv, d_o, o, lse, q, k, v, Tensor(), starts, shape);
  expect_golden("dq", dq);
  expect_golden("dk", dk);
  expect_golden("dv", dv);
}

INSTANTIATE_TEST_SUITE_P(Devices, AttentionGolden, testing::Values("ref", "cpu", "fake"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace lucie
