#include "tensor/bench.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "tensor/bench_cases.h"
#include "tensor/buffer.h"
#include "tensor/cpu/device.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

constexpr int kLeastRuns = 5, kMostRuns = 50;

struct Timing {
  double median_s, fastest_s, slowest_s;
};

// One run to warm up, then at least kLeastRuns, and more until `seconds` have passed.
Timing time_runs(const std::function<void()>& run, double seconds) {
  using Clock = std::chrono::steady_clock;
  run();
  std::vector<double> times;
  double total = 0.0;
  while (times.size() < kLeastRuns || (total < seconds && times.size() < kMostRuns)) {
    const auto start = Clock::now();
    run();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    total += times.back();
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.front(), times.back()};
}

// Eight sums side by side, so that the additions do not wait for each other.
std::uint64_t read_all(const std::uint64_t* words, std::size_t count) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + 8 <= count; i += 8) {
    for (std::size_t j = 0; j < 8; ++j) sums[j] += words[i + j];
  }
  std::uint64_t total = 0;
  for (const std::uint64_t sum : sums) total += sum;
  return total;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0.0, largest = 1e-30;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    difference = std::isfinite(x) ? std::max(difference, std::fabs(x - y)) : INFINITY;
    largest = std::max(largest, std::fabs(y));
  }
  return difference / largest;
}

// The same small input through this device and through ref.
void check(Context& ctx, const BenchCase& bench_case) {
  constexpr double kShare = 1.0 / 64, kTolerance = 0.02;  // two units in the last place of bf16
  ThreadPool alone(1);
  Context reference(make_ref_device(), alone);
  const BenchCall call = bench_case.prepare(ctx, kShare);
  const BenchCall expected = bench_case.prepare(reference, kShare);
  call.run();
  expected.run();
  const double error =
      largest_difference(ctx.download(call.output), reference.download(expected.output));
  if (error > kTolerance) {
    fail(ErrorCode::kMismatch, "the result differs from ref by " + std::to_string(error),
         bench_case.name, "report it with the output of lucie --version");
  }
}

struct Roofs {
  double flops_per_s, integers_per_s, bytes_per_s;
};

BenchResult measure(Context& ctx, const BenchCase& bench_case, const Roofs& roofs) {
  constexpr double kSeconds = 0.2;
  const BenchCall call = bench_case.prepare(ctx, 1.0);
  const Timing timing = time_runs(call.run, kSeconds);
  const double peak = call.integers ? roofs.integers_per_s : roofs.flops_per_s;
  const double allowed_s = std::max(call.flops / peak, call.bytes / roofs.bytes_per_s);
  return {.name = bench_case.name,
          .gflops = call.flops / timing.median_s * 1e-9,
          .gbytes_per_s = call.bytes / timing.median_s * 1e-9,
          .share_of_roof = allowed_s / timing.median_s,
          .median_ms = timing.median_s * 1e3,
          .spread = (timing.slowest_s - timing.fastest_s) / timing.median_s};
}

}  // namespace

double measure_matmul_peak(Context& ctx, DType type) {
  constexpr std::int64_t kSize = 2048;
  const Tensor x = ctx.zeros(type, {kSize, kSize}), w = ctx.zeros(type, {kSize, kSize});
  const Tensor y = ctx.zeros(type, {kSize, kSize});
  ctx.op().fill(ctx, x, 1.0f);
  ctx.op().fill(ctx, w, 0.5f);
  const Timing timing = time_runs([&] { ctx.op().matmul(ctx, y, x, w, Tensor(), false); }, 0.5);
  return 2.0 * static_cast<double>(kSize * kSize) * static_cast<double>(kSize) / timing.fastest_s;
}

double measure_matmul_peak(Context& ctx) {
  return measure_matmul_peak(ctx, ctx.device().prefers_bf16() ? DType::kBF16 : DType::kF32);
}

double measure_int8_peak(Context& ctx) {
  if (ctx.device().name() != "cpu") return measure_matmul_peak(ctx);
  constexpr std::int64_t kTimes = 1 << 20;
  const cpu::Kernels& kernels = cpu::kernels_of(ctx);
  const std::int64_t threads = ctx.pool().size();
  std::vector<std::int64_t> operations(static_cast<std::size_t>(threads));
  const Timing timing = time_runs(
      [&] {
        ctx.pool().run(threads, [&](std::int64_t i, int) {
          operations[static_cast<std::size_t>(i)] = kernels.spin_bytes(kTimes);
        });
      },
      0.2);
  return static_cast<double>(operations.front() * threads) / timing.fastest_s;
}

double measure_read_bandwidth(Context& ctx) {
  constexpr std::size_t kBytes = std::size_t{512} << 20, kPieceBytes = std::size_t{1} << 20;
  constexpr std::size_t kPieces = kBytes / kPieceBytes, kWords = kPieceBytes / 8;
  std::vector<std::uint64_t> memory(kBytes / 8, 1);
  std::vector<std::uint64_t> sums(kPieces);
  const Timing timing = time_runs(
      [&] {
        ctx.pool().run(kPieces, [&](std::int64_t piece, int) {
          const auto i = static_cast<std::size_t>(piece);
          sums[i] = read_all(memory.data() + i * kWords, kWords);
        });
      },
      0.5);
  for (const std::uint64_t sum : sums) LUCIE_ASSERT(sum == kWords);
  return static_cast<double>(kBytes) / timing.fastest_s;
}

std::vector<BenchResult> run_op_benchmarks(Context& ctx, std::string_view filter) {
  const Roofs roofs{measure_matmul_peak(ctx), measure_int8_peak(ctx), measure_read_bandwidth(ctx)};
  std::vector<BenchResult> results;
  for (const BenchCase& bench_case : bench_cases(ctx.device().prefers_bf16())) {
    if (bench_case.name.find(filter) == std::string::npos) continue;
    check(ctx, bench_case);
    results.push_back(measure(ctx, bench_case, roofs));
  }
  return results;
}

}  // namespace lucie
