// Device and Context: where tensors live and what operations on them run with.
//
//   ThreadPool pool;  Context ctx(make_device("cpu"), pool);
//   Tensor x = ctx.zeros(DType::kF32, {N, C});
//   ctx.op().rmsnorm_forward(ctx, y, rstd, x, w, 1e-5f);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "tensor/tensor.h"

namespace lucie {

struct Ops;
struct StepShape;
class OpTrace;

// An implementation of the table of operations and of memory.
// "ref": plain C++, single-threaded, the meaning of every operation.
// "cpu": the fast one. "fake": ref over memory that is unreadable outside operations.
class Device {
 public:
  virtual ~Device() = default;
  virtual std::string_view name() const = 0;
  virtual const Ops& ops() const = 0;
  virtual std::shared_ptr<Buffer> allocate(std::size_t bytes) = 0;  // 64-byte aligned, not zeroed
  // Read-only weights in place in host memory kept alive by `owner`; devices that cannot, copy.
  virtual std::shared_ptr<Buffer> adopt(std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> owner) = 0;
  // True when bf16 matrix products run faster than f32 here (`precision: auto`).
  virtual bool prefers_bf16() const = 0;
  // At most, what the operations of a training step take beside their tensors, on so many threads.
  virtual std::size_t step_scratch_bytes(const StepShape&, int /*threads*/) const { return 0; }
  virtual std::string description() const = 0;  // "cpu: avx512bf16 v5"
};

// LUCIE_DEVICE overrides "cpu". Unknown name: Error{kInvalidArgument}.
std::shared_ptr<Device> make_device(std::string_view name = "cpu");

// How a matmul goes about its rows: few stream the weights past them, many share tiles of decoded
// ones. Each sums in an order of its own.
enum class ProductForm : std::uint8_t {
  kByCount,   // whichever is faster for the number of rows
  kFewRows,   // at any number: a row then has the bits that it has alone
  kManyRows,  // the same
};

// What a matmul may do to the rows of x (tensor/ops.h).
enum class Products : std::uint8_t {
  kExact,    // nothing
  kRounded,  // round them to what w is made of: much faster, about as exact as the weights are
};

class Context {
 public:
  Context(std::shared_ptr<Device> device, ThreadPool& pool);

  const Ops& op() const { return *ops_; }
  Device& device() const { return *device_; }
  ThreadPool& pool() const { return *pool_; }

  Tensor empty(DType dtype, Shape shape);  // contents undefined
  Tensor zeros(DType dtype, Shape shape);
  // Host values in, converted from f32 to dtype when needed (ids: kI32).
  Tensor upload(DType dtype, Shape shape, std::span<const float> values);
  Tensor upload(Shape shape, std::span<const std::int32_t> values);
  // Bytes that already have dtype's layout, used in place where the device can.
  Tensor adopt(DType dtype, Shape shape, std::span<const std::byte> bytes,
               std::shared_ptr<const void> owner);
  std::vector<float> download(const Tensor& tensor);  // converted to f32
  float scalar(const Tensor& tensor);                 // of one element

  // Scratch for the operation that is running, one at a time: the next call may return the same
  // memory. Contents do not survive the operation.
  Tensor scratch(DType dtype, Shape shape);

  // For the products that follow: inference settles it by what a row is (of a prompt, or
  // generated), so that batches give the bits of each sequence alone.
  void set_product_form(ProductForm form) { product_form_ = form; }
  ProductForm product_form() const { return product_form_; }
  // Exact unless set. A form is of exact products only: rounded ones have the same bits in both.
  void set_products(Products products) { products_ = products; }
  Products products() const { return products_; }

  // Of op_trace.cpp only: `ops` instead of the device's own, both null to end it.
  OpTrace* trace() const { return trace_; }
  void set_trace(OpTrace* trace, const Ops* ops);

 private:
  std::shared_ptr<Device> device_;
  const Ops* ops_;
  OpTrace* trace_ = nullptr;
  ThreadPool* pool_;
  ProductForm product_form_ = ProductForm::kByCount;
  Products products_ = Products::kExact;
  std::shared_ptr<Buffer> scratch_;
};

// Activations of one step in one block of memory. Run the step once on a measuring arena (of 0
// bytes: each take() is an allocation of its own) to learn its size from peak_bytes(), then take()
// from one of that size: same calls, same offsets. Tensors start at multiples of 64 bytes.
class Arena {
 public:
  explicit Arena(Context& ctx, std::size_t bytes = 0);
  Tensor take(DType dtype, Shape shape);              // throws Error{kOutOfMemory} beyond its size
  static std::size_t room(DType dtype, Shape shape);  // bytes that such a tensor takes of it
  std::size_t mark() const { return used_; }
  void release(std::size_t mark) { used_ = mark; }
  std::size_t peak_bytes() const { return peak_; }

 private:
  Device* device_;
  std::shared_ptr<Buffer> buffer_;
  std::size_t bytes_, used_ = 0, peak_ = 0;
};

}  // namespace lucie
