#include "tensor/context.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "tensor/buffer.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

struct NamedDevice {
  const char* name;
  std::shared_ptr<Device> (*make)();
};

constexpr NamedDevice kDevices[] = {
    {"cpu", make_cpu_device}, {"ref", make_ref_device}, {"fake", make_fake_device}};

}  // namespace

std::shared_ptr<Device> make_device(std::string_view name) {
  std::string wanted(name);
  std::string place;
  const char* override_name = std::getenv("LUCIE_DEVICE");
  if (wanted == "cpu" && override_name != nullptr && *override_name != '\0') {
    wanted = override_name;
    place = "LUCIE_DEVICE";
  }
  std::vector<std::string> names;
  for (const NamedDevice& device : kDevices) {
    if (wanted == device.name) return device.make();
    names.emplace_back(device.name);
  }
  fail(ErrorCode::kInvalidArgument, "unknown device '" + wanted + "'", place,
       "one of: " + join(names, ", "));
}

Context::Context(std::shared_ptr<Device> device, ThreadPool& pool)
    : device_(std::move(device)), pool_(&pool) {
  LUCIE_ASSERT(device_ != nullptr);
  ops_ = &device_->ops();
}

void Context::set_trace(OpTrace* trace, const Ops* ops) {
  trace_ = trace;
  ops_ = ops != nullptr ? ops : &device_->ops();
}

Tensor Context::empty(DType dtype, Shape shape) {
  return Tensor(device_->allocate(tensor_bytes(dtype, shape)), 0, dtype, shape);
}

Tensor Context::zeros(DType dtype, Shape shape) {
  Tensor tensor = empty(dtype, shape);
  if (dtype_info(dtype).quantized) {  // blocks of zero bytes decode to zeros
    const std::vector<std::byte> bytes(tensor.bytes());
    op().copy_from_host(*this, tensor, bytes.data());
  } else {
    op().fill(*this, tensor, 0.0f);
  }
  return tensor;
}

Tensor Context::upload(DType dtype, Shape shape, std::span<const float> values) {
  LUCIE_ASSERT(static_cast<std::int64_t>(values.size()) == shape.numel());
  Tensor tensor = empty(dtype, shape);
  if (dtype == DType::kF32) {
    op().copy_from_host(*this, tensor, values.data());
    return tensor;
  }
  std::vector<std::byte> bytes(tensor.bytes());
  const std::size_t stride = row_bytes(dtype, shape.last());
  for (std::int64_t row = 0; row < shape.rows(); ++row) {
    encode_row(dtype, values.data() + row * shape.last(),
               bytes.data() + static_cast<std::size_t>(row) * stride, shape.last());
  }
  op().copy_from_host(*this, tensor, bytes.data());
  return tensor;
}

Tensor Context::upload(Shape shape, std::span<const std::int32_t> values) {
  LUCIE_ASSERT(static_cast<std::int64_t>(values.size()) == shape.numel());
  Tensor tensor = empty(DType::kI32, shape);
  op().copy_from_host(*this, tensor, values.data());
  return tensor;
}

Tensor Context::adopt(DType dtype, Shape shape, std::span<const std::byte> bytes,
                      std::shared_ptr<const void> owner) {
  if (bytes.size() != tensor_bytes(dtype, shape)) {
    fail(ErrorCode::kMismatch, std::to_string(bytes.size()) + " bytes given for a tensor " +
                                   shape.str() + " of " + dtype_info(dtype).name + ", which has " +
                                   std::to_string(tensor_bytes(dtype, shape)));
  }
  return Tensor(device_->adopt(bytes, std::move(owner)), 0, dtype, shape);
}

std::vector<float> Context::download(const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.numel()));
  if (tensor.dtype() == DType::kF32) {
    op().copy_to_host(*this, values.data(), tensor);
    return values;
  }
  if (tensor.dtype() == DType::kI32) {
    std::vector<std::int32_t> integers(values.size());
    op().copy_to_host(*this, integers.data(), tensor);
    std::transform(integers.begin(), integers.end(), values.begin(),
                   [](std::int32_t i) { return static_cast<float>(i); });
    return values;
  }
  std::vector<std::byte> bytes(tensor.bytes());
  op().copy_to_host(*this, bytes.data(), tensor);
  const std::int64_t length = tensor.shape().last();
  const std::size_t stride = row_bytes(tensor.dtype(), length);
  for (std::int64_t row = 0; row < tensor.shape().rows(); ++row) {
    decode_row(tensor.dtype(), bytes.data() + static_cast<std::size_t>(row) * stride,
               values.data() + row * length, length);
  }
  return values;
}

float Context::scalar(const Tensor& tensor) {
  LUCIE_ASSERT(tensor.numel() == 1);
  return download(tensor).front();
}

Tensor Context::scratch(DType dtype, Shape shape) {
  const std::size_t bytes = tensor_bytes(dtype, shape);
  if (scratch_ == nullptr || scratch_->bytes() < bytes) {
    scratch_.reset();  // before the new one is asked for: never both at once
    scratch_ = device_->allocate(bytes);
  }
  return Tensor(scratch_, 0, dtype, shape);
}

Arena::Arena(Context& ctx, std::size_t bytes)
    : device_(&ctx.device()),
      buffer_(bytes == 0 ? nullptr : ctx.device().allocate(bytes)),
      bytes_(bytes) {}

std::size_t Arena::room(DType dtype, Shape shape) {
  constexpr std::size_t kAlignment = 64;
  return (tensor_bytes(dtype, shape) + kAlignment - 1) / kAlignment * kAlignment;
}

Tensor Arena::take(DType dtype, Shape shape) {
  const std::size_t bytes = tensor_bytes(dtype, shape);
  const std::size_t begin = used_;
  const std::size_t end = begin + room(dtype, shape);
  if (buffer_ != nullptr && end > bytes_) {
    fail(ErrorCode::kOutOfMemory, "the activation arena of " +
                                      human_bytes(static_cast<double>(bytes_)) +
                                      " is too small for one more tensor " + shape.str());
  }
  used_ = end;
  peak_ = std::max(peak_, used_);
  if (buffer_ == nullptr) return Tensor(device_->allocate(bytes), 0, dtype, shape);
  return Tensor(buffer_, begin, dtype, shape);
}

}  // namespace lucie
