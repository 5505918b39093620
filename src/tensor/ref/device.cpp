#include "tensor/host_memory.h"
#include "tensor/ref/ref.h"

namespace lucie {
namespace {

class RefDevice final : public Device {
 public:
  std::string_view name() const override { return "ref"; }
  const Ops& ops() const override { return ref::kOps; }
  std::shared_ptr<Buffer> allocate(std::size_t bytes) override { return allocate_host(bytes); }
  std::shared_ptr<Buffer> adopt(std::span<const std::byte> bytes,
                                std::shared_ptr<const void> owner) override {
    return adopt_host(bytes, std::move(owner));
  }
  bool prefers_bf16() const override { return false; }
  std::string description() const override { return "ref: plain C++, one thread"; }
};

}  // namespace

std::shared_ptr<Device> make_ref_device() {
  return std::make_shared<RefDevice>();
}

}  // namespace lucie
