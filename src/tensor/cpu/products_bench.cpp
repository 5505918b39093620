// Products at the shapes of training against oneDNN and against what the multiply-add units can do,
// all three in turn, so that a busy machine slows each alike:
//
//   products_bench [bf16|f32] [ROUNDS]
//
// On one thread, since those of oneDNN go on spinning while the others are measured. GFLOP/s,
// medians. Shapes: 2048 cubed, a micro-batch of recipes/tiny.yaml (1,024 tokens) and one
// of SmolLM2-135M (4,096 tokens; its output projection in chunks of 320). y = x w^T, dx = dy w and
// dw += dy^T x are named by their result; m is the rows of that, n its columns.
#include <immintrin.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dnnl.hpp>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tensor/buffer.h"
#include "tensor/cpu/isa.h"
#include "tensor/cpu/products.h"

// Of libgomp. <omp.h> belongs to the compiler, and clang has none without its own OpenMP.
extern "C" void omp_set_num_threads(int threads) noexcept;

namespace lucie::cpu {
namespace {

using dnnl::memory;

struct Shape3 {
  std::string_view result;
  std::int64_t m, n, k;
};
constexpr Shape3 kShapes[] = {
    {"y", 2048, 2048, 2048}, {"dx", 2048, 2048, 2048}, {"dw", 2048, 2048, 2048},
    {"y", 1024, 256, 256},   {"y", 1024, 64, 256},     {"y", 1024, 512, 256},
    {"y", 1024, 256, 512},   {"dx", 1024, 256, 512},   {"dx", 1024, 512, 256},
    {"dw", 256, 256, 1024},  {"dw", 64, 256, 1024},    {"dw", 512, 256, 1024},
    {"y", 256, 4096, 256},   {"dx", 1024, 256, 4096},  {"dw", 4096, 256, 1024},
    {"y", 4096, 576, 576},   {"y", 4096, 192, 576},    {"y", 4096, 1536, 576},
    {"y", 4096, 576, 1536},  {"dx", 4096, 576, 1536},  {"dx", 4096, 1536, 576},
    {"dw", 576, 576, 4096},  {"dw", 1536, 576, 4096},  {"dw", 576, 1536, 4096},
    {"y", 128, 49152, 576},  {"dx", 320, 576, 49152},  {"dw", 49152, 576, 320},
};

// A multiply-add of 512 bits that needs no memory, in as many sums as hide its latency.
template <bool kBF16>
[[gnu::target("avx512f,avx512bf16")]] float spin_one(int times) {
  constexpr int kSums = 24;
  __m512 sums[kSums] = {}, one = _mm512_set1_ps(1.0f);
  for (__m512& sum : sums) __asm__("" : "+v"(sum));  // else they are one sum
  for (int i = 0; i < times; ++i) {
    __asm__ volatile("" : "+v"(one));  // else the loop is one multiplication
#pragma GCC unroll 24
    for (int j = 0; j < kSums; ++j) {
      if constexpr (kBF16) {
        sums[j] = _mm512_dpbf16_ps(sums[j], (__m512bh)one, (__m512bh)one);
      } else {
        sums[j] = _mm512_fmadd_ps(one, one, sums[j]);
      }
    }
  }
  float total = 0.0f;
  for (const __m512& sum : sums) total += sum[0];
  return total;
}

// The three matrices of one product and both ways to it.
struct Case {
  Tensor a, b, c;
  Gemm gemm;
};

Case make_case(Context& ctx, const Shape3& shape, DType type) {
  const auto& [result, m, n, k] = shape;
  const bool y = result == "y", dw = result == "dw";
  Case made{ctx.zeros(type, dw ? Shape{k, m} : Shape{m, k}),
            ctx.zeros(type, y ? Shape{n, k} : Shape{k, n}),
            ctx.zeros(dw ? DType::kF32 : type, {m, n}),
            {}};
  ctx.op().fill(ctx, made.a, 0.5f);
  ctx.op().fill(ctx, made.b, 0.25f);
  made.gemm = {.c = writable(made.c),
               .c_stride = n,
               .a = {readable(made.a), dw ? 1 : k, dw ? m : 1},
               .b = {readable(made.b), y ? 1 : n, y ? k : 1},
               .m = m,
               .n = n,
               .k = k,
               .accumulate = dw};
  return made;
}

memory::data_type data_type(Element type) {
  return type == Element::kBF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

std::function<void()> onednn_product(dnnl::engine& engine, dnnl::stream& stream, const Gemm& p) {
  const memory::desc a({p.m, p.k}, data_type(p.a.values.type),
                       memory::dims{p.a.row_stride, p.a.column_stride});
  const memory::desc b({p.k, p.n}, data_type(p.b.values.type),
                       memory::dims{p.b.row_stride, p.b.column_stride});
  const memory::desc c({p.m, p.n}, data_type(p.c.type), memory::dims{p.c_stride, 1});
  dnnl::primitive_attr attributes;
  if (p.accumulate) {
    dnnl::post_ops add;
    add.append_sum(1.0f);
    attributes.set_post_ops(add);
  }
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc descriptor(engine, a, b, c, attributes);
#else
  const dnnl::matmul::primitive_desc descriptor(dnnl::matmul::desc(a, b, c), attributes, engine);
#endif
  const auto at = [&](const memory::desc& desc, const void* values) {
    return memory(desc, engine, const_cast<void*>(values));
  };
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, at(a, p.a.values.data)},
                                            {DNNL_ARG_WEIGHTS, at(b, p.b.values.data)},
                                            {DNNL_ARG_DST, at(c, p.c.data)}};
  return [product = dnnl::matmul(descriptor), arguments, &stream] {
    product.execute(stream, arguments);
  };
}

double seconds_of(const std::function<void()>& run, int times) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / times;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void measure(Context& ctx, DType type, int rounds) {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  constexpr int kSpins = 1 << 18;
  const double spin_flops = kSpins * 24.0 * (type == DType::kBF16 ? 64 : 32);
  volatile float sink = 0.0f;
  const auto spin = [&] {
    sink = type == DType::kBF16 ? spin_one<true>(kSpins) : spin_one<false>(kSpins);
  };
  std::printf("%-24s %8s %8s %8s %8s %8s\n", "", "ours", "oneDNN", "peak", "of peak", "of oneDNN");
  for (const Shape3& shape : kShapes) {
    const Case one = make_case(ctx, shape, type);
    const auto ours = [&] { parallel_gemm(ctx, one.gemm); };
    const auto peer = onednn_product(engine, stream, one.gemm);
    const double flops =
        2.0 * static_cast<double>(shape.m * shape.n) * static_cast<double>(shape.k);
    const int times = std::max(1, static_cast<int>(5e9 / flops));
    std::vector<double> our_s, peer_s, spin_s;
    ours(), peer(), spin();
    for (int i = 0; i < rounds; ++i) {
      our_s.push_back(seconds_of(ours, times));
      peer_s.push_back(seconds_of(peer, times));
      spin_s.push_back(seconds_of(spin, 1));
    }
    const double our = flops / median(our_s), peers = flops / median(peer_s),
                 peak = spin_flops / median(spin_s);
    std::printf("%-2.2s %6lldx%5lldx%5lld %12.0f %8.0f %8.0f %7.0f%% %8.2f\n", shape.result.data(),
                static_cast<long long>(shape.m), static_cast<long long>(shape.n),
                static_cast<long long>(shape.k), our * 1e-9, peers * 1e-9, peak * 1e-9,
                our / peak * 100, our / peers);
  }
}

}  // namespace
}  // namespace lucie::cpu

int main(int argc, char** argv) {
  const std::string_view type = argc > 1 ? argv[1] : "bf16";
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  if ((type != "bf16" && type != "f32") || rounds < 1) {
    std::fprintf(stderr, "products_bench [bf16|f32] [ROUNDS]\n");
    return 2;
  }
  omp_set_num_threads(1);
  lucie::ThreadPool pool(1);
  lucie::Context ctx(lucie::make_cpu_device(), pool);
  if (!lucie::cpu::has_bf16_products(lucie::cpu::kernels_of(ctx))) {
    std::fprintf(stderr, "this needs a CPU with avx512_bf16\n");
    return 1;
  }
  lucie::cpu::measure(ctx, type == "bf16" ? lucie::DType::kBF16 : lucie::DType::kF32, rounds);
  return 0;
}
