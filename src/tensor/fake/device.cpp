// The test device: reference operations over memory that nobody can touch outside of them. Each
// buffer is a mapping of its own without access rights; an operation opens those of its tensors
// and closes them again. Whatever above tensor/ works on it, works without seeing a data pointer.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <mutex>
#include <type_traits>

#include "base/error.h"
#include "base/text.h"
#include "tensor/buffer.h"
#include "tensor/ref/ref.h"

namespace lucie {
namespace {

// Open while at least one running operation uses it: in-process ranks share a device.
class ProtectedMemory {
 public:
  explicit ProtectedMemory(std::size_t bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    bytes_ = bytes == 0 ? page : (bytes + page - 1) / page * page;
    address_ = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address_ == MAP_FAILED) {
      fail(ErrorCode::kOutOfMemory,
           "cannot map " + human_bytes(static_cast<double>(bytes)) + " of protected memory");
    }
  }
  ~ProtectedMemory() { munmap(address_, bytes_); }
  ProtectedMemory(const ProtectedMemory&) = delete;
  ProtectedMemory& operator=(const ProtectedMemory&) = delete;

  std::byte* address() const { return static_cast<std::byte*>(address_); }
  void open() {
    const std::lock_guard lock(mutex_);
    if (users_++ == 0) protect(PROT_READ | PROT_WRITE);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    if (--users_ == 0) protect(PROT_NONE);
  }

 private:
  void protect(int rights) { LUCIE_ASSERT(mprotect(address_, bytes_, rights) == 0); }

  std::mutex mutex_;
  void* address_;
  std::size_t bytes_;
  int users_ = 0;
};

class ProtectedBuffer final : public Buffer {
 public:
  ProtectedBuffer(const std::shared_ptr<ProtectedMemory>& memory, std::size_t bytes)
      : Buffer(memory->address(), bytes, memory), memory_(memory.get()) {}
  ProtectedMemory& memory() const { return *memory_; }

 private:
  ProtectedMemory* memory_;
};

// Opens the memory of an argument for as long as the operation runs.
class Opened {
 public:
  explicit Opened(const Tensor& tensor) {
    if (!tensor.defined()) return;
    const auto* buffer = dynamic_cast<const ProtectedBuffer*>(tensor.buffer().get());
    LUCIE_ASSERT(buffer != nullptr);  // a tensor of another device
    memory_ = &buffer->memory();
    memory_->open();
  }
  template <typename T>
  requires(!std::is_same_v<T, Tensor>) explicit Opened(const T&) {}  // numbers and host pointers
  ~Opened() {
    if (memory_ != nullptr) memory_->close();
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  ProtectedMemory* memory_ = nullptr;
};

template <auto Operation>
struct Guarded;

template <typename... Args, void (*Operation)(Context&, Args...)>
struct Guarded<Operation> {
  static void run(Context& ctx, Args... args) {
    const Opened opened[] = {Opened(args)...};
    Operation(ctx, args...);
  }
};

void matmuls(Context& ctx, std::span<const Projection> products, const Tensor& x) {
  for (const Projection& p : products) Guarded<ref::matmul>::run(ctx, p.y, x, p.w, p.bias, false);
}

constexpr Ops kFakeOps{
    .copy_from_host = Guarded<ref::copy_from_host>::run,
    .copy_to_host = Guarded<ref::copy_to_host>::run,
    .fill = Guarded<ref::fill>::run,
    .copy = Guarded<ref::copy>::run,
    .gather_rows = Guarded<ref::gather_rows>::run,
    .gather_rows_backward = Guarded<ref::gather_rows_backward>::run,
    .add = Guarded<ref::add>::run,
    .scale = Guarded<ref::scale>::run,
    .rmsnorm_forward = Guarded<ref::rmsnorm_forward>::run,
    .rmsnorm_backward = Guarded<ref::rmsnorm_backward>::run,
    .layernorm_forward = Guarded<ref::layernorm_forward>::run,
    .layernorm_backward = Guarded<ref::layernorm_backward>::run,
    .matmul = Guarded<ref::matmul>::run,
    .matmuls = matmuls,
    .matmul_dx = Guarded<ref::matmul_dx>::run,
    .matmul_dw = Guarded<ref::matmul_dw>::run,
    .bias_backward = Guarded<ref::bias_backward>::run,
    .rope = Guarded<ref::rope>::run,
    .attention_forward = Guarded<ref::attention_forward>::run,
    .attention_backward = Guarded<ref::attention_backward>::run,
    .cache_store = Guarded<ref::cache_store>::run,
    .cache_attention = Guarded<ref::cache_attention>::run,
    .swiglu_forward = Guarded<ref::swiglu_forward>::run,
    .swiglu_backward = Guarded<ref::swiglu_backward>::run,
    .gelu_forward = Guarded<ref::gelu_forward>::run,
    .gelu_backward = Guarded<ref::gelu_backward>::run,
    .head_loss = Guarded<ref::head_loss>::run,
    .sum = Guarded<ref::sum>::run,
    .sum_of_squares = Guarded<ref::sum_of_squares>::run,
    .clip_coefficient = Guarded<ref::clip_coefficient>::run,
    .adamw = Guarded<ref::adamw>::run,
};

class FakeDevice final : public Device {
 public:
  std::string_view name() const override { return "fake"; }
  const Ops& ops() const override { return kFakeOps; }
  std::shared_ptr<Buffer> allocate(std::size_t bytes) override {
    return std::make_shared<ProtectedBuffer>(std::make_shared<ProtectedMemory>(bytes), bytes);
  }
  std::shared_ptr<Buffer> adopt(std::span<const std::byte> bytes,
                                std::shared_ptr<const void>) override {
    auto memory = std::make_shared<ProtectedMemory>(bytes.size());
    memory->open();
    if (!bytes.empty()) std::memcpy(memory->address(), bytes.data(), bytes.size());
    memory->close();
    return std::make_shared<ProtectedBuffer>(memory, bytes.size());
  }
  bool prefers_bf16() const override { return false; }
  std::string description() const override { return "fake: ref over protected memory"; }
};

}  // namespace

std::shared_ptr<Device> make_fake_device() {
  return std::make_shared<FakeDevice>();
}

}  // namespace lucie
