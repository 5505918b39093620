// The plan against what is allocated, its choices at their very limits, and training at every
// level.
#include "train/memory.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tensor/ops.h"
#include "train/test_samples.h"
#include "train/trainer.h"

namespace lucie {
namespace {

using testing_train::FormulaSamples;
using Keep = Activations::Keep;

constexpr Keep kLevels[] = {Keep::kAllLayers, Keep::kProducts, Keep::kStreams};

// ref, and the most bytes of it that were alive at once.
class CountingDevice final : public Device {
 public:
  std::string_view name() const override { return "counting"; }
  const Ops& ops() const override { return ref_->ops(); }
  std::shared_ptr<Buffer> allocate(std::size_t bytes) override {
    live_ += bytes;
    peak_ = std::max(peak_, live_);
    std::shared_ptr<Buffer> buffer = ref_->allocate(bytes);
    return std::shared_ptr<Buffer>(buffer.get(), [this, buffer, bytes](Buffer*) mutable {
      live_ -= bytes;
      buffer.reset();
    });
  }
  std::shared_ptr<Buffer> adopt(std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) override {
    return ref_->adopt(bytes, std::move(owner));
  }
  bool prefers_bf16() const override { return false; }
  std::string description() const override { return "counting"; }
  std::size_t peak() const { return peak_; }

 private:
  std::shared_ptr<Device> ref_ = make_device("ref");
  std::size_t live_ = 0, peak_ = 0;
};

ModelConfig small_config() {
  ModelConfig c;
  c.hidden_size = 48;
  c.num_hidden_layers = 4;
  c.num_attention_heads = 3;
  c.num_key_value_heads = 1;
  c.head_dim = 16;
  c.intermediate_size = 96;
  c.vocab_size = 64;
  c.max_position_embeddings = 32;
  c.rope.dims = 16;
  c.attention_scale = 0.25;
  return c;
}

PhaseSettings phase_of(std::int64_t micro_batch, std::int64_t global_batch) {
  PhaseSettings phase;
  phase.sequence_length = 32;
  phase.micro_batch_size = micro_batch;
  phase.global_batch_size = global_batch;
  return phase;
}

Trainer trainer_of(Context& ctx, DType compute, Keep keep) {
  const ModelConfig config = small_config();
  return Trainer(ctx, config, fresh_optimizer(ctx, make_initial(ctx, config, 5, DType::kF32)),
                 compute, keep);
}

TEST(MemoryPlan, is_what_a_step_allocates) {
  for (const DType compute : {DType::kF32, DType::kBF16}) {
    for (const Keep keep : kLevels) {
      SCOPED_TRACE(std::string(recompute_name(keep)) + " " + dtype_info(compute).name);
      const auto device = std::make_shared<CountingDevice>();
      ThreadPool pool(1);
      Context ctx(device, pool);
      const PhaseSettings phase = phase_of(8, 8);
      Trainer trainer = trainer_of(ctx, compute, keep);
      trainer.step(ctx, FormulaSamples(), 0, 8, phase, 1e-3);
      const MemoryPlan plan =
          plan_memory({trainer.config(), compute, *device, 1}, {phase_of(2, 4), phase}, keep);
      const auto planned = static_cast<double>(plan.total());
      EXPECT_GE(static_cast<double>(device->peak()), planned);
      EXPECT_LE(static_cast<double>(device->peak()), 1.05 * planned);
    }
  }
}

TEST(MemoryPlan, of_less_kept_takes_less) {
  const auto device = make_device("ref");
  const ModelConfig config = small_config();
  std::size_t before = SIZE_MAX;
  for (const Keep keep : kLevels) {
    const std::size_t now =
        plan_memory({config, DType::kBF16, *device, 1}, {phase_of(8, 8)}, keep).total();
    EXPECT_LT(now, before);
    before = now;
  }
}

class Fit : public testing::Test {
 protected:
  std::size_t bytes(Keep keep, std::int64_t micro_batch = 8, DType compute = DType::kF32) const {
    return plan_memory({config_, compute, *device_, 1}, {phase_of(micro_batch, 8)}, keep).total();
  }
  Keep chosen(std::size_t budget) const { return fit_memory(shape_, settings_, budget).keep; }
  std::string hint(std::size_t budget) const {
    try {
      fit_memory(shape_, settings_, budget);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
      return error.hint();
    }
    return "it fits";
  }

  ModelConfig config_ = small_config();
  std::shared_ptr<Device> device_ = make_device("ref");
  TrainingShape shape_{config_, DType::kF32, *device_, 1};
  TrainSettings settings_ = [] {
    TrainSettings settings;
    settings.phases = {phase_of(8, 8)};
    return settings;
  }();
};

TEST_F(Fit, takes_the_least_recomputation_that_fits) {
  for (const Keep keep : kLevels) EXPECT_EQ(chosen(bytes(keep)), keep) << recompute_name(keep);
  EXPECT_EQ(chosen(bytes(Keep::kAllLayers) - 1), Keep::kProducts);
  EXPECT_EQ(chosen(bytes(Keep::kProducts) - 1), Keep::kStreams);
  settings_.recompute = Recompute::kFull;
  EXPECT_EQ(chosen(SIZE_MAX), Keep::kStreams);
  settings_.recompute = Recompute::kSelective;
  EXPECT_EQ(chosen(bytes(Keep::kProducts)), Keep::kProducts);
}

TEST_F(Fit, says_what_is_missing_and_what_would_fit) {
  settings_.recompute = Recompute::kNone;
  try {
    fit_memory(shape_, settings_, bytes(Keep::kAllLayers) - 2000);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find(", 2.00 kB more than"), std::string::npos) << error.message();
  }
  EXPECT_EQ(hint(bytes(Keep::kAllLayers) - 1),
            "would fit: train.recompute: selective; or micro_batch_size: 4; or train.precision: "
            "bf16");
  EXPECT_EQ(hint(bytes(Keep::kStreams, 1)).find("would fit: micro_batch_size: 1 with"), 0U);
  settings_.recompute = Recompute::kAuto;
  EXPECT_EQ(hint(bytes(Keep::kStreams) - 1).find("would fit: micro_batch_size: 4"), 0U);
  EXPECT_NE(hint(bytes(Keep::kStreams, 1) - 1).find("the least that"), std::string::npos);
}

std::vector<std::vector<float>> weights_after_steps(Keep keep) {
  ThreadPool pool(2);
  Context ctx(make_device("cpu"), pool);
  Trainer trainer = trainer_of(ctx, DType::kBF16, keep);
  for (std::uint64_t step = 0; step < 3; ++step) {
    trainer.step(ctx, FormulaSamples(), 4 * step, 4, phase_of(2, 4), 1e-2);
  }
  std::vector<std::vector<float>> values;
  for (std::size_t i = 0; i < trainer.state().master.size(); ++i) {
    values.push_back(ctx.download(trainer.state().master[i]));
  }
  return values;
}

TEST(Recomputation, changes_no_bit_of_bf16_training_in_micro_batches) {
  const auto expected = weights_after_steps(Keep::kAllLayers);
  EXPECT_EQ(weights_after_steps(Keep::kProducts), expected);
  EXPECT_EQ(weights_after_steps(Keep::kStreams), expected);
}

}  // namespace
}  // namespace lucie
