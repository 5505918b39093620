#include "train/settings.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

TrainSettings settings_of(const std::string& yaml) {
  return train_settings(parse_yaml(yaml, "recipe.yaml"));
}

PhaseSettings phase_of(const std::string& members) {
  return settings_of("phases: [{" + members + "}]").phases.front();
}

Error error_of(const std::string& yaml) {
  try {
    settings_of(yaml);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << yaml;
  return Error(ErrorCode::kInternal, "none");
}

// Lucie-7B's main phase, as its training script gives it to Megatron.
PhaseSettings lucie_main_phase() {
  PhaseSettings phase = phase_of(
      "sequence_length: 4096, micro_batch_size: 2, global_batch_size: 1024,"
      "rampup_batch_size: [256, 64, 10000000], train_tokens: 3121744224256,"
      "warmup_tokens: 8192000000, schedule: cosine, learning_rate: 3.0e-4,"
      "min_learning_rate: 3.0e-5");
  return phase;
}

// The published log: steps, samples and tokens at the end of the main phase.
TEST(PhaseExtent, of_lucie_7b_is_that_of_its_published_log) {
  const PhaseExtent main = phase_extent(lucie_main_phase());
  EXPECT_EQ(main.steps, 753'851);
  EXPECT_EQ(main.samples, 762'144'064);
  EXPECT_EQ(main.tokens, 3'121'742'086'144);
  const PhaseExtent extension =
      phase_extent(phase_of("sequence_length: 32000, micro_batch_size: 4, global_batch_size: 128,"
                            "train_tokens: 5.0e9, schedule: constant"));
  EXPECT_EQ(extension.steps, 1'220);
  EXPECT_EQ(extension.tokens, 4'997'120'000);
}

TEST(TrainSettings, memory_is_a_size_and_recompute_a_level) {
  const std::string phases = "\nphases: [{}]";
  EXPECT_EQ(settings_of("phases: [{}]").memory, 0U);
  EXPECT_EQ(settings_of("phases: [{}]").recompute, Recompute::kAuto);
  EXPECT_EQ(settings_of("memory: 8GB" + phases).memory, 8'000'000'000U);
  EXPECT_EQ(settings_of("memory: 123456789" + phases).memory, 123'456'789U);
  EXPECT_EQ(settings_of("memory: auto" + phases).memory, 0U);
  EXPECT_EQ(settings_of("recompute: selective" + phases).recompute, Recompute::kSelective);
  EXPECT_EQ(settings_of("recompute: full" + phases).recompute, Recompute::kFull);
  EXPECT_NE(error_of("recompute: some" + phases).hint().find("selective"), std::string::npos);
  for (const char* bad : {"memory: lots", "memory: 0", "memory: -1"}) {
    EXPECT_NE(error_of(bad + phases).hint().find("8GB"), std::string::npos) << bad;
  }
}

TEST(PhaseSettings, packing_and_mask_are_inherited_and_an_unknown_one_refused) {
  const TrainSettings settings = settings_of(
      "phases: [{packing: best-fit, document_mask: true}, {name: b},"
      "{name: c, packing: concatenate, document_mask: false}]");
  EXPECT_FALSE(phase_of("").document_mask);
  EXPECT_TRUE(settings.phases[1].document_mask);
  EXPECT_FALSE(settings.phases[2].document_mask);
  EXPECT_EQ(phase_of("").packing, Packing::kConcatenate);
  EXPECT_EQ(settings.phases[1].packing, Packing::kBestFit);
  EXPECT_EQ(settings.phases[2].packing, Packing::kConcatenate);
  EXPECT_EQ(error_of("phases: [{packing: bestfit}]").code(), ErrorCode::kInvalidArgument);
}

// What the published log shows at some steps; it prints three decimals of the rate.
TEST(LearningRate, follows_the_published_log_of_lucie_7b) {
  const PhaseSettings phase = lucie_main_phase();
  struct Row {
    std::int64_t step;
    double billion_tokens, rate;
  };
  const Row log[] = {{1865, 2.0, 7.162e-5},      {5313, 6.1, 2.238e-4},
                     {9616, 13.2, 3.000e-4},     {50706, 172.5, 2.981e-4},
                     {99761, 378.3, 2.907e-4},   {199191, 795.3, 2.596e-4},
                     {300889, 1221.9, 2.108e-4}, {449710, 1846.1, 1.272e-4},
                     {600863, 2480.1, 5.732e-5}, {753851, 3121.7, 3.000e-5}};
  std::int64_t step = 0, samples = 0;
  for (const Row& row : log) {
    for (; step < row.step; ++step) samples += batch_size_at(phase, samples);
    const std::int64_t tokens = samples * phase.sequence_length;
    EXPECT_NEAR(static_cast<double>(tokens) * 1e-9, row.billion_tokens, 0.06) << row.step;
    EXPECT_NEAR(learning_rate_at(phase, tokens), row.rate, 0.0006 * row.rate) << row.step;
  }
}

TEST(LearningRate, of_the_annealing_phase_follows_the_published_log_to_zero) {
  const PhaseSettings phase = phase_of(
      "sequence_length: 32000, micro_batch_size: 4, global_batch_size: 128,"
      "train_tokens: 5.0e9, schedule: linear-to-zero, learning_rate: 3.0e-5");
  const std::pair<std::int64_t, double> log[] = {
      {25, 2.939e-5}, {200, 2.508e-5}, {600, 1.525e-5}, {1000, 5.424e-6}, {1220, 1.728e-8}};
  for (const auto& [step, rate] : log) {
    EXPECT_NEAR(learning_rate_at(phase, step * 128 * 32000), rate, 0.0005 * rate) << step;
  }
  EXPECT_EQ(learning_rate_at(phase, 5'000'000'000), 0);
}

TEST(LearningRate, warms_up_in_a_line_and_stays_at_the_minimum_in_the_end) {
  const PhaseSettings cosine = phase_of(
      "train_tokens: 1000, warmup_tokens: 200, learning_rate: 1.0,"
      "min_learning_rate: 0.25, schedule: cosine");
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 50), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 200), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 600), 0.625);
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 1000), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate_at(cosine, 5000), 0.25);
  const PhaseSettings constant =
      phase_of("train_tokens: 1000, learning_rate: 0.5, schedule: constant");
  EXPECT_DOUBLE_EQ(learning_rate_at(constant, 1), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate_at(constant, 1000), 0.5);
}

TEST(BatchSize, grows_in_equal_parts_of_the_ramp_up) {
  const PhaseSettings phase = phase_of(
      "micro_batch_size: 2, global_batch_size: 8, rampup_batch_size: [2, 2, 300], train_tokens: 1");
  EXPECT_EQ(batch_size_at(phase, 0), 2);
  EXPECT_EQ(batch_size_at(phase, 99), 2);
  EXPECT_EQ(batch_size_at(phase, 100), 4);
  EXPECT_EQ(batch_size_at(phase, 299), 6);
  EXPECT_EQ(batch_size_at(phase, 300), 8);
  EXPECT_EQ(batch_size_at(phase, 1'000'000), 8);
  EXPECT_EQ(batch_size_at(phase_of("global_batch_size: 8"), 0), 8);
}

TEST(PhaseExtent, drops_a_last_batch_that_is_not_full_but_takes_one_step_at_least) {
  const std::string shape = "sequence_length: 10, micro_batch_size: 4, global_batch_size: 4,";
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 0")).steps, 0);
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 9")).steps, 0);
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 10")).steps, 1);
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 400")).steps, 10);
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 439")).steps, 10);
  EXPECT_EQ(phase_extent(phase_of(shape + "train_tokens: 439")).tokens, 400);
}

TEST(TrainSettings, a_phase_inherits_what_it_does_not_say) {
  const TrainSettings settings = settings_of(
      "precision: fp32\n"
      "optimizer: {learning_rate: 1.0e-3, betas: [0.8, 0.9], clip_grad: 2}\n"
      "phases:\n"
      "  - {name: a, sequence_length: 64, micro_batch_size: 2, global_batch_size: 4,\n"
      "     train_tokens: 2560, warmup_tokens: 256, rampup_batch_size: [2, 2, 4],\n"
      "     optimizer: {weight_decay: 0.3}}\n"
      "  - {name: b, rope_theta: 5.0e5, schedule: constant, learning_rate: 1.0e-4}\n"
      "  - {name: c}\n");
  ASSERT_EQ(settings.phases.size(), 3u);
  EXPECT_EQ(settings.precision, Precision::kF32);
  const PhaseSettings& c = settings.phases[2];
  EXPECT_EQ(c.name, "c");
  EXPECT_EQ(c.sequence_length, 64);
  EXPECT_EQ(c.micro_batch_size, 2);
  EXPECT_EQ(c.global_batch_size, 4);
  EXPECT_EQ(c.rope_theta, 5e5);
  EXPECT_EQ(c.schedule, Schedule::kConstant);
  EXPECT_EQ(c.optimizer.learning_rate, 1e-4);
  EXPECT_EQ(c.optimizer.beta1, 0.8);
  EXPECT_EQ(c.optimizer.clip_grad, 2);
  EXPECT_EQ(c.optimizer.weight_decay, 0.3);
  EXPECT_EQ(c.train_tokens, 0) << "what a phase reads is its own";
  EXPECT_EQ(c.warmup_tokens, 0);
  EXPECT_EQ(c.rampup_start, 0);
  EXPECT_EQ(settings.total_tokens(), phase_extent(settings.phases[0]).tokens);
}

TEST(TrainSettings, an_unknown_key_names_its_line_and_the_nearest_one) {
  const std::pair<const char*, const char*> cases[] = {
      {"phases: []\nprecison: bf16\n", "did you mean 'precision'?"},
      {"phases:\n  - {sequence_lenght: 1}\n", "did you mean 'sequence_length'?"},
      {"phases: []\noptimizer: {learning_rte: 1}\n", "did you mean 'learning_rate'?"}};
  for (const auto& [yaml, hint] : cases) {
    const Error error = error_of(yaml);
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << yaml;
    EXPECT_EQ(error.place(), "recipe.yaml:2") << yaml;
    EXPECT_EQ(error.hint(), hint) << yaml;
  }
}

TEST(TrainSettings, values_that_cannot_be_are_refused_with_their_line) {
  for (const char* members : {"sequence_length: 0",
                              "sequence_length: -1",
                              "sequence_length: 1.5",
                              "micro_batch_size: 3, global_batch_size: 4",
                              "schedule: cosin",
                              "learning_rate: -1",
                              "learning_rate: .nan",
                              "learning_rate: fast",
                              "rope_theta: -1",
                              "train_tokens: -1",
                              "warmup_tokens: -1",
                              "rampup_batch_size: 3",
                              "rampup_batch_size: [1, 2]",
                              "global_batch_size: 8, rampup_batch_size: [3, 2, 10]",
                              "global_batch_size: 8, rampup_batch_size: [2, 0, 10]",
                              "global_batch_size: 8, rampup_batch_size: [16, 2, 10]",
                              "optimizer: {name: sgd}",
                              "optimizer: {betas: [1]}",
                              "optimizer: {eps: 0}",
                              "optimizer: {clip_grad: 0}"}) {
    const Error error = error_of("phases:\n  - {" + std::string(members) + "}\n");
    EXPECT_TRUE(error.code() == ErrorCode::kInvalidArgument ||
                error.code() == ErrorCode::kUnsupported)
        << members;
    EXPECT_EQ(error.place().substr(0, 13), "recipe.yaml:2") << members << ": " << error.what();
  }
  EXPECT_EQ(error_of("precision: fp8\nphases: [{}]\n").place(), "recipe.yaml:1");
  error_of("phases: []\n");
  error_of("precision: fp32\n");
  error_of("phases: [{}]\nsave_interval: 0\n");
}

}  // namespace
}  // namespace lucie
