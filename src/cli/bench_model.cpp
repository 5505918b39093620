// The two tests of llama-bench on an empty cache, each after one run that does not count:
//   pp512  a prompt of 512 random tokens, whose last logits are made
//   tg128  128 random tokens, each read alone and followed by its logits
// A run's figure is tokens / seconds; reported are mean and standard deviation of the runs.
#include "cli/bench_model.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>

#include "base/error.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/text.h"
#include "cli/command.h"
#include "model/load.h"
#include "model/locate.h"
#include "model/product_scope.h"
#include "tensor/bench.h"

namespace lucie {
namespace {

constexpr std::int64_t kMicroBatch = 512;  // rows read at once, llama-bench's default

struct Rate {
  double mean = 0, deviation = 0;  // tokens/s; of the sample
  std::vector<double> runs;
};

Rate rate_of(std::int64_t tokens, std::int64_t repetitions, const std::function<void()>& run) {
  run();
  Rate rate;
  std::vector<double>& rates = rate.runs;
  for (std::int64_t i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const auto time = std::chrono::steady_clock::now() - start;
    rates.push_back(static_cast<double>(tokens) / std::chrono::duration<double>(time).count());
  }
  for (const double r : rates) rate.mean += r / static_cast<double>(rates.size());
  double squares = 0;
  for (const double r : rates) squares += (r - rate.mean) * (r - rate.mean);
  if (rates.size() > 1) rate.deviation = std::sqrt(squares / static_cast<double>(rates.size() - 1));
  return rate;
}

// The model and what it runs with.
class Bench {
 public:
  Bench(Context& ctx, const Decoder& decoder, std::int64_t positions, DType cache)
      : ctx_(ctx),
        decoder_(decoder),
        cache_(ctx, decoder.config(), positions, cache),
        activations_(ctx, decoder.config(), std::min(kMicroBatch, positions), DType::kF32,
                     Activations::Keep::kOneLayer) {
    Rng rng(1, "bench", 0);
    const auto vocabulary = static_cast<std::uint64_t>(decoder.config().vocab_size);
    for (std::int64_t i = 0; i < positions; ++i) {
      ids_.push_back(static_cast<std::int32_t>(rng.below(vocabulary)));
    }
  }

  void read_prompt(std::int64_t count) {
    const ProductScope form(ctx_, ProductForm::kManyRows);
    sequence_.truncate(0);
    while (sequence_.length() < count) {
      const std::int64_t left = count - sequence_.length();
      read(std::min(activations_.capacity_rows(), left), left <= activations_.capacity_rows());
    }
  }
  void generate(std::int64_t count) {
    const ProductScope form(ctx_, ProductForm::kFewRows);
    sequence_.truncate(0);
    for (std::int64_t i = 0; i < count; ++i) read(1, true);
  }

 private:
  void read(std::int64_t count, bool logits) {
    const CachePiece next{&sequence_,
                          std::span(ids_).subspan(static_cast<std::size_t>(sequence_.length()),
                                                  static_cast<std::size_t>(count))};
    const Batch batch = make_cached_batch(ctx_, {&next, 1});
    decoder_.forward(ctx_, batch, activations_);
    if (!logits) return;
    const ProductScope form(ctx_, ProductForm::kFewRows);
    const std::vector<std::int32_t> last{static_cast<std::int32_t>(count - 1)};
    ctx_.download(decoder_.logits(ctx_, activations_, count, ctx_.upload({1}, last)));
  }

  Context& ctx_;
  const Decoder& decoder_;
  KvCache cache_;
  CachedSequence sequence_{cache_};
  Activations activations_;
  std::vector<std::int32_t> ids_;
};

// Bytes of weights that a generated token reads.
double bytes_per_token(const Decoder& decoder) {
  double bytes = 0;
  for (std::size_t i = 0; i < decoder.weights().size(); ++i) {
    const bool looked_up = decoder.weights().specs()[i].slot == Slot::kEmbedding &&
                           !decoder.config().tie_word_embeddings;
    if (!looked_up) bytes += static_cast<double>(decoder.weights()[i].bytes());
  }
  return bytes;
}

void check(const ModelBenchOptions& options, std::int64_t window) {
  const auto require = [](bool good, const std::string& range, const char* flag) {
    if (!good) fail(ErrorCode::kInvalidArgument, "must be " + range, flag);
  };
  const std::string range = "between 0 and the model's window, " + std::to_string(window);
  require(options.prompt >= 0 && options.prompt <= window, range, "--n-prompt");
  require(options.answer >= 0 && options.answer <= window, range, "--n-gen");
  require(options.prompt + options.answer > 0, "above 0, or --n-gen", "--n-prompt");
  require(options.repetitions >= 1, "at least 1", "--repetitions");
}

Json test_row(const std::string& name, const Rate& rate) {
  Json row = Json::object();
  row["test"] = name;
  row["tokens_per_s"] = rate.mean;
  row["deviation"] = rate.deviation;
  row["runs"] = Json::array();
  for (const double run : rate.runs) row["runs"].push_back(run);
  return row;
}

void print(const Json& result) {
  std::printf("%-12s %12s %10s  %s\n", "test", "tokens/s", "+-", "of roof");
  for (const Json& test : result.at("tests").items()) {
    std::printf("%-12s %12.2f %10.2f  %.0f%% of %s\n", test.at("test").as_string().c_str(),
                test.at("tokens_per_s").as_double(), test.at("deviation").as_double(),
                100 * test.at("share_of_roof").as_double(), test.at("roof").as_string().c_str());
  }
  std::printf("read bandwidth %.1f GB/s, matrix products %.0f GFLOP/s (measured, %lld threads)\n",
              result.at("read_bandwidth_gb_per_s").as_double(),
              result.at("matmul_peak_gflop_per_s").as_double(),
              static_cast<long long>(result.at("threads").as_int()));
}

}  // namespace

void bench_model(Context& ctx, const std::string& name, const ModelBenchOptions& options) {
  const LoadedModel model = load_model(ctx, locate_model(name), TokenizerNeed::kNone);
  const Decoder& decoder = *model.decoder;
  check(options, decoder.config().max_position_embeddings);
  const double bandwidth = measure_read_bandwidth(ctx), peak = measure_matmul_peak(ctx);
  ctx.set_products(options.exact ? Products::kExact : Products::kRounded);
  Bench bench(ctx, decoder, std::max(options.prompt, options.answer),
              cache_type(options.cache_type, decoder.config(), "--cache-type"));
  Json tests = Json::array();
  if (options.prompt > 0) {
    const Rate rate =
        rate_of(options.prompt, options.repetitions, [&] { bench.read_prompt(options.prompt); });
    Json row = test_row("pp" + std::to_string(options.prompt), rate);
    row["roof"] = "matrix products";
    row["share_of_roof"] = rate.mean * 2 * static_cast<double>(model.parameters) / peak;
    tests.push_back(row);
  }
  if (options.answer > 0) {
    const Rate rate =
        rate_of(options.answer, options.repetitions, [&] { bench.generate(options.answer); });
    Json row = test_row("tg" + std::to_string(options.answer), rate);
    row["roof"] = "read bandwidth";
    row["share_of_roof"] = rate.mean * bytes_per_token(decoder) / bandwidth;
    tests.push_back(row);
  }
  Json result = Json::object();
  result["model"] = model.name;
  result["parameters"] = model.parameters;
  result["threads"] = static_cast<std::int64_t>(ctx.pool().size());
  result["read_bandwidth_gb_per_s"] = bandwidth * 1e-9;
  result["matmul_peak_gflop_per_s"] = peak * 1e-9;
  result["tests"] = tests;
  if (common_options().json) {
    std::printf("%s\n", result.dump(2).c_str());
  } else {
    print(result);
  }
}

}  // namespace lucie
