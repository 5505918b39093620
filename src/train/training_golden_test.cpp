// Two hundred steps against PyTorch (tools/make_training_golden.py), in fp32 and in bf16. The
// tolerances of fp32 are those of the shorter curve (golden_test.cpp). bf16 has no right curve:
// what it may lose is 1.2 times what PyTorch loses by it.
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "model/load.h"
#include "train/golden_values.h"
#include "train/trainer.h"

namespace lucie {
namespace {

using testing_train::golden_phase;
using testing_train::golden_values;

constexpr std::int64_t kBatch = 4, kTime = 80;
constexpr double kMostOfPyTorch = 1.2;

// The script's chain: one of four tokens may follow each.
class ChainTokens : public SampleSource {
 public:
  ChainTokens(std::uint64_t seed, std::int64_t vocabulary)
      : seed_(seed), vocabulary_(static_cast<std::uint32_t>(vocabulary)) {}
  std::uint64_t samples() const override { return std::uint64_t{1} << 32; }
  void read(std::uint64_t index, std::span<std::int32_t> ids,
            std::span<std::int32_t> targets) const override {
    Rng rng(seed_, "golden/chain", index);
    std::uint32_t next = static_cast<std::uint32_t>(rng.next()) % vocabulary_;
    for (std::size_t t = 0; t < ids.size(); ++t) {
      ids[t] = static_cast<std::int32_t>(next);
      next = (5 * next + 17 * (static_cast<std::uint32_t>(rng.next()) % 4)) % vocabulary_;
      targets[t] = static_cast<std::int32_t>(next);
    }
  }

 private:
  std::uint64_t seed_;
  std::uint32_t vocabulary_;
};

class TrainingGolden : public testing::Test {
 protected:
  Trainer trainer(DType compute) {
    return Trainer(ctx_, config_,
                   fresh_optimizer(ctx_, make_initial(ctx_, config_, seed_, DType::kF32)), compute);
  }
  std::vector<StepReport> train(Trainer& trainer, std::size_t steps) {
    std::vector<StepReport> reports;
    for (std::size_t step = 0; step < steps; ++step) {
      reports.push_back(trainer.step(ctx_, tokens_, step * kBatch, kBatch,
                                     golden_phase(kTime, kBatch, kBatch), 1e-3));
    }
    return reports;
  }
  // Of the next token at every position of the batch after the last.
  std::vector<float> logits(const Trainer& trainer, DType compute, std::uint64_t first) {
    constexpr auto kRows = static_cast<std::size_t>(kBatch * kTime);
    std::vector<std::int32_t> ids(kRows), targets(kRows), rows(kRows);
    for (std::size_t b = 0; b < kBatch; ++b) {
      tokens_.read(first + b, std::span(ids).subspan(b * kTime, kTime),
                   std::span(targets).subspan(b * kTime, kTime));
    }
    for (std::size_t n = 0; n < kRows; ++n) rows[n] = static_cast<std::int32_t>(n);
    Activations activations(ctx_, config_, kBatch * kTime, compute, Activations::Keep::kOneLayer);
    trainer.model().forward(ctx_, make_batch(ctx_, ids, targets, kBatch), activations);
    return ctx_.download(trainer.model().logits(ctx_, activations, kBatch * kTime,
                                                ctx_.upload({kBatch * kTime}, rows)));
  }

  SafetensorsReader reader_{std::string(LUCIE_SOURCE_DIR) + "/tests/golden/training.safetensors"};
  ModelConfig config_ = config_from_json(parse_json(reader_.metadata().at("config"), "config"));
  std::uint64_t seed_ = std::stoull(reader_.metadata().at("seed"));
  ChainTokens tokens_{seed_, config_.vocab_size};
  ThreadPool pool_{1};
  Context ctx_{make_cpu_device(), pool_};
};

// In nats: the mean over rows of sum p log(p / q).
double mean_divergence(const std::vector<float>& p, const std::vector<float>& q, std::size_t V) {
  const auto log_sum = [V](const float* row) {
    double total = 0;
    for (std::size_t i = 0; i < V; ++i) total += std::exp(static_cast<double>(row[i]));
    return std::log(total);
  };
  double divergence = 0;
  for (std::size_t at = 0; at < p.size(); at += V) {
    const double p_log_sum = log_sum(&p[at]), q_log_sum = log_sum(&q[at]);
    for (std::size_t i = at; i < at + V; ++i) {
      const double log_p = static_cast<double>(p[i]) - p_log_sum;
      divergence += std::exp(log_p) * (log_p - (static_cast<double>(q[i]) - q_log_sum));
    }
  }
  return divergence / static_cast<double>(p.size() / V);
}

TEST_F(TrainingGolden, fp32_follows_pytorch_and_bf16_weights_say_nearly_the_same) {
  const std::vector<float> losses = golden_values(reader_, "losses"),
                           norms = golden_values(reader_, "grad_norms");
  Trainer wide = trainer(DType::kF32);
  const std::vector<StepReport> reports = train(wide, losses.size());
  for (std::size_t i = 0; i < losses.size(); ++i) {
    ASSERT_NEAR(reports[i].loss, losses[i], 2e-5) << "step " << i;
    ASSERT_NEAR(reports[i].grad_norm, norms[i], 1e-3 * norms[i]) << "step " << i;
  }
  Trainer narrow(ctx_, config_, fresh_optimizer(ctx_, to_f32(ctx_, wide.state().master)),
                 DType::kBF16);
  const auto next = static_cast<std::uint64_t>(losses.size()) * kBatch;
  const double divergence =
      mean_divergence(logits(wide, DType::kF32, next), logits(narrow, DType::kBF16, next),
                      static_cast<std::size_t>(config_.vocab_size));
  EXPECT_GT(divergence, 0);
  EXPECT_LE(divergence, kMostOfPyTorch * std::stod(reader_.metadata().at("kl_bf16")));
}

TEST_F(TrainingGolden, bf16_stays_as_near_to_fp32_as_in_pytorch) {
  const std::vector<float> exact = golden_values(reader_, "losses"),
                           theirs = golden_values(reader_, "bf16_losses");
  Trainer narrow = trainer(DType::kBF16);
  const std::vector<StepReport> reports = train(narrow, exact.size());
  double ours_squared = 0, theirs_squared = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const auto loss = static_cast<double>(exact[i]);
    ours_squared += std::pow(reports[i].loss - loss, 2);
    theirs_squared += std::pow(static_cast<double>(theirs[i]) - loss, 2);
  }
  EXPECT_GT(ours_squared, 0);
  EXPECT_LE(std::sqrt(ours_squared / theirs_squared), kMostOfPyTorch);
}

}  // namespace
}  // namespace lucie
