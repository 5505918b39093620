// The fast device against ref, on every instruction set of this machine.
#include "tensor/cpu/device.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tensor/cpu/isa.h"
#include "tensor/op_cases.h"

namespace lucie::cpu {
namespace {

TEST(CpuDevice, agrees_with_ref_on_every_instruction_set) {
  ThreadPool pool(2);
  Context reference(make_ref_device(), pool);
  for (const OpCase& op_case : op_cases()) {
    const std::vector<OpOutput> expected = op_case.run(reference);
    for (const Kernels* kernels : available_kernels()) {
      SCOPED_TRACE(op_case.name + " on " + kernels->name);
      Context ctx(make_device_on(*kernels), pool);
      expect_close(op_case.run(ctx), expected);
    }
  }
}

TEST(CpuDevice, gives_the_same_bits_on_one_two_and_three_threads) {
  ThreadPool one(1), two(2), three(3);
  for (const Kernels* kernels : available_kernels()) {
    Context alone(make_device_on(*kernels), one);
    Context pair(make_device_on(*kernels), two);
    Context trio(make_device_on(*kernels), three);
    for (const OpCase& op_case : op_cases()) {
      SCOPED_TRACE(op_case.name + " on " + kernels->name);
      const std::vector<OpOutput> expected = op_case.run(alone);
      expect_identical(op_case.run(pair), expected);
      expect_identical(op_case.run(trio), expected);
    }
  }
}

}  // namespace
}  // namespace lucie::cpu
