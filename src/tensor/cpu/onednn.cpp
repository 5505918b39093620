#include "tensor/cpu/onednn.h"

#include <dnnl.hpp>

#include <array>
#include <map>
#include <unordered_map>

#include "base/error.h"
#include "tensor/cpu/device.h"

// Of libgomp. <omp.h> belongs to the compiler, and clang has none without its own OpenMP.
extern "C" void omp_set_num_threads(int threads) noexcept;

namespace lucie::cpu {
namespace {

using dnnl::memory;
using Dims = memory::dims;

// All that a primitive depends on.
using Key = std::array<std::int64_t, 12>;

struct Primitive {
  dnnl::matmul matmul;
  memory a, b, c, bias, scratch;
  std::size_t scratch_bytes = 0;
  std::unordered_map<int, memory> arguments;
};

// One thread's engine, stream and primitives: nothing is shared, so nothing is locked. oneDNN keeps
// its own cache of generated code, which makes the second thread's primitive of a shape cheap.
struct Library {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<Key, Primitive> primitives;
};

// Shapes repeat from step to step; only prompts of ever new lengths come near this.
constexpr std::size_t kMostPrimitives = 512;

Library& library() {
  // oneDNN would split a product over its own threads, and over k in a way that changes with their
  // number: here each call stays on its thread. OpenMP counts threads per calling thread.
  thread_local const bool alone = [] {
    omp_set_num_threads(1);
    return true;
  }();
  static_cast<void>(alone);
  thread_local Library one;
  return one;
}

memory::data_type data_type(Element type) {
  return type == Element::kBF16 ? memory::data_type::bf16 : memory::data_type::f32;
}

Primitive make_primitive(const Library& lib, const Gemm& p) {
  const memory::desc a({p.m, p.k}, data_type(p.a.values.type),
                       Dims{p.a.row_stride, p.a.column_stride});
  const memory::desc b({p.k, p.n}, data_type(p.b.values.type),
                       Dims{p.b.row_stride, p.b.column_stride});
  const memory::desc c({p.m, p.n}, data_type(p.c.type), Dims{p.c_stride, 1});
  memory::desc bias;  // of no size where there is none
  if (p.bias != nullptr) bias = {{1, p.n}, memory::data_type::f32, Dims{p.n, 1}};
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (p.accumulate) {
    dnnl::post_ops add;
    add.append_sum(1.0f);
    attributes.set_post_ops(add);
  }
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc descriptor(lib.engine, a, b, bias, c, attributes);
#else
  const dnnl::matmul::primitive_desc descriptor(dnnl::matmul::desc(a, b, bias, c), attributes,
                                                lib.engine);
#endif
  Primitive made;
  made.matmul = dnnl::matmul(descriptor);
  made.a = memory(a, lib.engine, DNNL_MEMORY_NONE);
  made.b = memory(b, lib.engine, DNNL_MEMORY_NONE);
  made.c = memory(c, lib.engine, DNNL_MEMORY_NONE);
  made.scratch = memory(descriptor.scratchpad_desc(), lib.engine, DNNL_MEMORY_NONE);
  made.scratch_bytes = descriptor.scratchpad_desc().get_size();
  made.arguments = {{DNNL_ARG_SRC, made.a},
                    {DNNL_ARG_WEIGHTS, made.b},
                    {DNNL_ARG_DST, made.c},
                    {DNNL_ARG_SCRATCHPAD, made.scratch}};
  if (p.bias != nullptr) {
    made.bias = memory(bias, lib.engine, DNNL_MEMORY_NONE);
    made.arguments.emplace(DNNL_ARG_BIAS, made.bias);
  }
  return made;
}

Primitive& primitive_for(Library& lib, const Gemm& p) {
  const Key key = {p.m,
                   p.n,
                   p.k,
                   p.c_stride,
                   p.a.row_stride,
                   p.a.column_stride,
                   p.b.row_stride,
                   p.b.column_stride,
                   static_cast<std::int64_t>(p.a.values.type),
                   static_cast<std::int64_t>(p.c.type),
                   p.accumulate ? 1 : 0,
                   p.bias != nullptr ? 1 : 0};
  const auto found = lib.primitives.find(key);
  if (found != lib.primitives.end()) return found->second;
  if (lib.primitives.size() >= kMostPrimitives) lib.primitives.clear();
  return lib.primitives.emplace(key, make_primitive(lib, p)).first->second;
}

// oneDNN's handles are not const, though it only reads sources.
void* handle(const void* source) {
  return const_cast<void*>(source);
}

}  // namespace

void gemm(const Gemm& product) {
  try {
    Library& lib = library();
    Primitive& primitive = primitive_for(lib, product);
    primitive.a.set_data_handle(handle(product.a.values.data));
    primitive.b.set_data_handle(handle(product.b.values.data));
    primitive.c.set_data_handle(product.c.data);
    if (product.bias != nullptr) primitive.bias.set_data_handle(handle(product.bias));
    primitive.scratch.set_data_handle(thread_scratch(Slot::kPrimitive, primitive.scratch_bytes));
    primitive.matmul.execute(lib.stream, primitive.arguments);
  } catch (const dnnl::error& error) {
    fail(ErrorCode::kInternal, std::string("oneDNN: ") + error.what(), "matrix product");
  }
}

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl::version();
  return "oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

}  // namespace lucie::cpu
