#include "tensor/cpu/device.h"

#include <array>
#include <memory>
#include <new>
#include <string>

#include "base/error.h"
#include "tensor/cpu/isa.h"
#include "tensor/host_memory.h"

namespace lucie::cpu {
namespace {

// Raised when kernels change bits: stages keyed by the numeric mode are then made anew.
constexpr int kKernelVersion = 7;

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(const Kernels& kernels) : kernels_(kernels) {}
  const Kernels& kernels() const { return kernels_; }

  std::string_view name() const override { return "cpu"; }
  const Ops& ops() const override { return kOps; }
  std::shared_ptr<Buffer> allocate(std::size_t bytes) override { return allocate_host(bytes); }
  std::shared_ptr<Buffer> adopt(std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) override {
    return adopt_host(bytes, std::move(owner));
  }
  std::size_t step_scratch_bytes(const StepShape& step, int threads) const override {
    const bool pairs = step.type == DType::kBF16 && has_bf16_products(kernels_);
    constexpr std::size_t kProduct =
        sizeof(float) *
        (kGemmRows * kGemmBlock + kGemmColumns * kGemmBlock + kGemmRows * kGemmColumns);
    const std::size_t together =
        std::max(head_loss_scratch(pairs ? Element::kBF16 : Element::kF32, step),
                 attention_scratch(step.attention));
    return together + static_cast<std::size_t>(threads) *
                          (attention_thread_scratch(step.attention) + kProduct);
  }
  bool prefers_bf16() const override { return has_bf16_products(kernels_); }
  std::string description() const override {
    return "cpu: " + std::string(kernels_.name) + " v" + std::to_string(kKernelVersion);
  }

 private:
  const Kernels& kernels_;
};

}  // namespace

const Ops kOps = {
    .copy_from_host = copy_from_host,
    .copy_to_host = copy_to_host,
    .fill = fill,
    .copy = copy,
    .gather_rows = gather_rows,
    .gather_rows_backward = gather_rows_backward,
    .add = add,
    .scale = scale,
    .rmsnorm_forward = rmsnorm_forward,
    .rmsnorm_backward = rmsnorm_backward,
    .layernorm_forward = layernorm_forward,
    .layernorm_backward = layernorm_backward,
    .matmul = matmul,
    .matmuls = matmuls,
    .matmul_dx = matmul_dx,
    .matmul_dw = matmul_dw,
    .bias_backward = bias_backward,
    .rope = rope,
    .attention_forward = attention_forward,
    .attention_backward = attention_backward,
    .cache_store = cache_store,
    .cache_attention = cache_attention,
    .swiglu_forward = swiglu_forward,
    .swiglu_backward = swiglu_backward,
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .head_loss = head_loss,
    .sum = sum,
    .sum_of_squares = sum_of_squares,
    .clip_coefficient = clip_coefficient,
    .adamw = adamw,
};

std::shared_ptr<Device> make_device_on(const Kernels& kernels) {
  return std::make_shared<CpuDevice>(kernels);
}

const Kernels& kernels_of(Context& ctx) {
  return static_cast<CpuDevice&>(ctx.device()).kernels();
}

Element element_of(DType type) {
  switch (type) {
    case DType::kF32:
      return Element::kF32;
    case DType::kBF16:
      return Element::kBF16;
    case DType::kF16:
      return Element::kF16;
    case DType::kQ8_0:
      return Element::kQ8_0;
    case DType::kQ4_0:
      return Element::kQ4_0;
    case DType::kQ4_1:
      return Element::kQ4_1;
    case DType::kQ5_0:
      return Element::kQ5_0;
    case DType::kQ5_1:
      return Element::kQ5_1;
    case DType::kIQ4_NL:
      return Element::kIQ4_NL;
    case DType::kQ2_K:
      return Element::kQ2_K;
    case DType::kQ3_K:
      return Element::kQ3_K;
    case DType::kQ4_K:
      return Element::kQ4_K;
    case DType::kQ5_K:
      return Element::kQ5_K;
    case DType::kQ6_K:
      return Element::kQ6_K;
    case DType::kIQ4_XS:
      return Element::kIQ4_XS;
    default:
      break;
  }
  LUCIE_ASSERT(dtype_info(type).decodes);
  return Element::kF32;
}

std::int64_t element_bytes(Element type) {
  return type == Element::kF32 ? 4 : 2;
}

Array writable(const Tensor& x) {
  if (!x.defined()) return {nullptr, Element::kF32};
  return {data<std::byte>(x), element_of(x.dtype())};
}

ConstArray readable(const Tensor& x) {
  const Array array = writable(x);
  return {array.data, array.type};
}

void decode_rows(const Kernels& kernels, Array dst, const Tensor& x, std::int64_t begin,
                 std::int64_t count) {
  const std::int64_t width = x.shape().last();
  const std::size_t stride = row_bytes(x.dtype(), width);
  const std::byte* rows = data<std::byte>(x) + static_cast<std::size_t>(begin) * stride;
  kernels.convert(dst, {rows, element_of(x.dtype())}, count * width);
}

void* thread_scratch(Slot slot, std::size_t bytes) {
  struct Free {
    void operator()(void* memory) const { ::operator delete (memory, std::align_val_t{64}); }
  };
  struct Piece {
    std::unique_ptr<void, Free> memory;
    std::size_t bytes = 0;
  };
  thread_local std::array<Piece, static_cast<std::size_t>(Slot::kAttention) + 1> pieces;
  Piece& piece = pieces[static_cast<std::size_t>(slot)];
  if (piece.bytes < bytes) {
    piece.memory.reset();
    piece.bytes = 0;
    piece.memory.reset(::operator new (bytes, std::align_val_t{64}));
    piece.bytes = bytes;
  }
  return piece.memory.get();
}

ScratchPieces::ScratchPieces(Context& ctx, std::size_t bytes)
    : memory_(ctx.scratch(DType::kF32, {static_cast<std::int64_t>(bytes / sizeof(float))})) {}

std::size_t bytes_as_floats(const Tensor& w) {
  if (!w.defined() || w.dtype() == DType::kF32) return 0;
  return ScratchPieces::piece_bytes(Element::kF32, w.numel());
}

const float* as_floats(Context& ctx, ScratchPieces& scratch, const Tensor& w) {
  if (!w.defined()) return nullptr;
  if (w.dtype() == DType::kF32) return data<float>(w);
  const Array copy = scratch.take(Element::kF32, w.numel());
  decode_rows(kernels_of(ctx), copy, w, 0, w.shape().rows());
  return static_cast<const float*>(copy.data);
}

Array ScratchPieces::take(Element type, std::int64_t elements) {
  const std::size_t begin = used_;
  used_ += piece_bytes(type, elements);
  LUCIE_ASSERT(used_ <= memory_.bytes());
  return {data<std::byte>(memory_) + begin, type};
}

}  // namespace lucie::cpu

namespace lucie {

std::shared_ptr<Device> make_cpu_device() {
  return cpu::make_device_on(cpu::choose_kernels());
}

}  // namespace lucie
