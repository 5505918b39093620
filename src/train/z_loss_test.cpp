// z-loss against PyTorch (tools/make_z_loss_golden.py), and as a setting of a phase.
#include <gtest/gtest.h>

#include "base/test_values.h"
#include "tensor/ops.h"
#include "train/golden_values.h"
#include "train/test_samples.h"
#include "train/trainer.h"

namespace lucie {
namespace {

using testing_train::FormulaSamples;

using testing_base::max_abs;
using testing_base::max_difference;
using testing_train::golden_values;

class ZLoss : public testing::TestWithParam<const char*> {};

TEST_P(ZLoss, has_the_gradients_of_pytorch) {
  const SafetensorsReader golden(std::string(LUCIE_SOURCE_DIR) +
                                 "/tests/golden/z_loss.safetensors");
  ThreadPool pool(2);
  Context ctx(make_device(GetParam()), pool);
  const auto values = [&](const char* name) { return golden_values(golden, name); };
  const auto load = [&](const char* name) {
    return ctx.upload(DType::kF32, golden.find(name)->shape, values(name));
  };
  const Tensor x = load("x"), w = load("w");
  const std::vector<float> stored = values("targets");
  const std::vector<std::int32_t> ids(stored.begin(), stored.end());
  const Tensor targets = ctx.upload({static_cast<std::int64_t>(ids.size())}, ids);
  const Tensor loss = ctx.zeros(DType::kF32, targets.shape());
  const Tensor dx = ctx.zeros(DType::kF32, x.shape()), dw = ctx.zeros(DType::kF32, w.shape());
  const LossGradient gradient{std::stof(golden.metadata().at("scale")),
                              std::stof(golden.metadata().at("z_loss"))};
  ctx.op().head_loss(ctx, loss, dx, dw, x, w, targets, gradient);
  for (const auto& [name, actual] :
       {std::pair("loss", loss), std::pair("dx", dx), std::pair("dw", dw)}) {
    const std::vector<float> expected = values(name);
    EXPECT_LE(max_difference(ctx.download(actual), expected), 1e-5 * max_abs(expected)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ZLoss, testing::Values("ref", "cpu", "fake"),
                         [](const auto& one) { return std::string(one.param); });

TEST(ZLossSetting, changes_gradients_but_not_the_loss_that_is_shown) {
  const ModelConfig config = testing_train::tiny_config(8);
  ThreadPool pool(1);
  Context ctx(make_device("ref"), pool);
  Trainer trainer(ctx, config, fresh_optimizer(ctx, make_initial(ctx, config, 3, DType::kF32)),
                  DType::kF32);
  PhaseSettings phase;
  phase.sequence_length = 8;
  phase.micro_batch_size = phase.global_batch_size = 2;
  const StepReport plain = trainer.gradients(ctx, FormulaSamples(), 0, 2, phase);
  const std::vector<float> before = ctx.download(trainer.gradients()[0]);
  phase.z_loss = 1e-2;
  const StepReport with = trainer.gradients(ctx, FormulaSamples(), 0, 2, phase);
  EXPECT_EQ(with.loss, plain.loss);
  EXPECT_NE(ctx.download(trainer.gradients()[0]), before);
}

}  // namespace
}  // namespace lucie
