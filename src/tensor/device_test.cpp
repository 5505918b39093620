// Every device against the table and against ref.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "tensor/buffer.h"
#include "tensor/op_cases.h"

namespace lucie {
namespace {

constexpr std::size_t kOps = sizeof(Ops) / sizeof(void (*)());

TEST(Device, every_entry_of_the_table_is_filled) {
  for (const char* name : {"cpu", "ref", "fake"}) {
    const auto device = make_device(name);
    void (*entries[kOps])();
    std::memcpy(entries, &device->ops(), sizeof(entries));
    for (std::size_t i = 0; i < kOps; ++i) EXPECT_NE(entries[i], nullptr) << name << " op " << i;
  }
}

TEST(OpCases, cover_every_entry_of_the_table) {
  std::set<std::string> ops;
  std::set<std::string> names;
  for (const OpCase& op_case : op_cases()) {
    ops.insert(op_case.op);
    EXPECT_TRUE(names.insert(op_case.name).second) << op_case.name << " stands twice";
  }
  EXPECT_EQ(ops.size(), kOps);
}

TEST(OpCases, outputs_are_written_whole) {
  ThreadPool pool(1);
  Context ctx(make_ref_device(), pool);
  for (const OpCase& op_case : op_cases()) {
    for (const OpOutput& output : op_case.run(ctx)) {
      EXPECT_FALSE(output.values.empty());
      EXPECT_LT(relative_error(output.values, output.values), 1.0)  // infinite on a NaN
          << op_case.name << " " << output.name;
    }
  }
}

TEST(FakeDevice, gives_the_bits_of_ref) {
  ThreadPool pool(1);
  Context ref(make_ref_device(), pool);
  Context fake(make_fake_device(), pool);
  for (const OpCase& op_case : op_cases()) {
    SCOPED_TRACE(op_case.name);
    expect_identical(op_case.run(fake), op_case.run(ref));
  }
}

TEST(FakeDeviceDeathTest, memory_is_closed_outside_operations) {
  ThreadPool pool(1);
  Context ctx(make_fake_device(), pool);
  const Tensor x = ctx.upload(DType::kF32, {2}, std::vector<float>{1.0f, 2.0f});
  const Tensor y = ctx.zeros(DType::kF32, {2});
  ctx.op().add(ctx, y, x, x);
  EXPECT_EQ(ctx.download(y), (std::vector<float>{2.0f, 4.0f}));
  volatile float* memory = data<float>(y);
  EXPECT_DEATH({ [[maybe_unused]] const float value = memory[0]; }, "");
  EXPECT_DEATH(memory[1] = 1.0f, "");
}

}  // namespace
}  // namespace lucie
