// A run whose numbers are spoilt stops: which tensor, which documents, and the batch in a file.
#include "train/stopped_step.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/json.h"
#include "base/test_files.h"
#include "tensor/ops.h"
#include "train/session.h"
#include "train/test_samples.h"

namespace lucie {
namespace {

using testing_train::FormulaSamples;

constexpr std::int64_t kTime = 8;

ModelConfig small_config() {
  return testing_train::tiny_config(kTime);
}

PhaseSettings small_phase() {
  PhaseSettings phase;
  phase.name = "main";
  phase.sequence_length = kTime;
  phase.micro_batch_size = 2;
  phase.global_batch_size = 4;
  phase.train_tokens = 4 * 4 * kTime;
  phase.schedule = Schedule::kConstant;
  return phase;
}

class StoppedStepTest : public testing::Test {
 protected:
  StepReport step_with(const Parameters& weights) {
    Trainer trainer(ctx_, small_config(), fresh_optimizer(ctx_, weights), DType::kF32);
    return trainer.step(ctx_, FormulaSamples(), 0, 4, small_phase(), 1e-3);
  }
  // Weights with one value in one tensor replaced.
  Parameters spoilt(const std::string& name, float value) {
    Parameters weights = make_initial(ctx_, small_config(), 3, DType::kF32);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights.specs()[i].name != name) continue;
      std::vector<float> values = ctx_.download(weights[i]);
      values.back() = value;
      weights.set(i, ctx_.upload(DType::kF32, weights[i].shape(), values));
      return weights;
    }
    ADD_FAILURE() << "no tensor " << name;
    return weights;
  }

  testing_base::Folder folder_;
  ThreadPool pool_{1};
  Context ctx_{make_device("ref"), pool_};
};

TEST_F(StoppedStepTest, a_sound_step_names_nothing) {
  EXPECT_EQ(step_with(make_initial(ctx_, small_config(), 3, DType::kF32)).not_finite, "");
}

TEST_F(StoppedStepTest, the_spoilt_weight_is_named_and_nothing_is_updated) {
  const std::string name = "model.layers.1.mlp.up_proj.weight";
  const Parameters weights = spoilt(name, std::nanf(""));
  Trainer trainer(ctx_, small_config(), fresh_optimizer(ctx_, weights), DType::kF32);
  const std::vector<float> before = ctx_.download(trainer.state().master[0]);
  const StepReport report = trainer.step(ctx_, FormulaSamples(), 0, 4, small_phase(), 1e-3);
  EXPECT_EQ(report.not_finite, "weight " + name);
  EXPECT_EQ(trainer.state().steps, 0);
  EXPECT_EQ(ctx_.download(trainer.state().master[0]), before);
}

TEST_F(StoppedStepTest, the_first_activation_that_overflows_is_named) {
  // Finite, but its product with anything is not.
  const StepReport report = step_with(spoilt("model.layers.1.input_layernorm.weight", 3e38f));
  EXPECT_EQ(report.not_finite.rfind("activation layers.1.", 0), 0U) << report.not_finite;
}

TEST_F(StoppedStepTest, a_session_writes_the_batch_and_names_its_documents) {
  SessionInput input;
  input.config = small_config();
  input.settings.phases = {small_phase()};
  input.checkpoints = folder_.path() / "checkpoints";
  input.initial = make_initial(ctx_, small_config(), 3, DType::kF32);
  input.samples = [](const PhaseSettings&) { return std::make_unique<FormulaSamples>(); };
  SessionHooks hooks;
  hooks.on_step = [&](const StepEvent& event) {  // the second step finds a weight spoilt
    if (event.step > 1) return;
    ctx_.op().fill(ctx_, input.initial[1], INFINITY);
  };
  const std::string spoilt = input.initial.specs()[1].name;
  try {
    run_session(ctx_, input, hooks);
    FAIL() << "trained on";
  } catch (const Error& error) {
    EXPECT_EQ(error.place(), "step 2 of phase main");
    EXPECT_NE(error.message().find("weight " + spoilt + " is not finite"), std::string::npos);
    EXPECT_NE(error.message().find("book-2, page-4, page-5, book-3, page-6 and 1 more"),
              std::string::npos)
        << error.message();
  }
  const Json file = read_json(input.checkpoints / "stopped-step-2.json");
  EXPECT_EQ(file.at("step").as_int(), 2);
  EXPECT_EQ(file.at("loss").as_string(), "nan");
  ASSERT_EQ(file.at("samples").size(), 4U);
  const Json& last = file.at("samples").at(std::size_t{3});
  EXPECT_EQ(last.at("sample").as_int(), 7);
  EXPECT_EQ(last.at("documents").at(std::size_t{1}).as_string(), "page-7");
  EXPECT_EQ(last.at("ids").at(std::size_t{2}).as_int(), 9);
  EXPECT_EQ(last.at("targets").at(std::size_t{7}).as_int(), 15);
  EXPECT_EQ(last.find("starts"), nullptr);
}

TEST_F(StoppedStepTest, the_file_goes_when_the_run_goes_on) {
  const fs::path file = folder_.path() / "stopped-step-7.json";
  write_json(file, Json::object());
  write_json(folder_.path() / "step-7.json", Json::object());
  discard_stopped_steps(folder_.path());
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(fs::exists(folder_.path() / "step-7.json"));
  discard_stopped_steps(folder_.path() / "none");
}

}  // namespace
}  // namespace lucie
