// What `lucie bench ops` times; that its figures are right no test can say.
#include <gtest/gtest.h>

#include <set>

#include "tensor/bench_cases.h"
#include "tensor/op_cases.h"
#include "tensor/op_trace.h"

namespace lucie {
namespace {

TEST(BenchCases, time_every_operation_and_say_what_it_moves) {
  ThreadPool pool(1);
  Context ctx(make_cpu_device(), pool);
  std::set<std::string> names, timed, tested;
  for (const BenchCase& bench_case : bench_cases(true)) {
    EXPECT_TRUE(names.insert(bench_case.name).second) << bench_case.name << " stands twice";
    const BenchCall call = bench_case.prepare(ctx, 1.0 / 64);
    OpTrace trace(ctx);
    call.run();
    for (const OpEvent& event : trace.events()) timed.insert(event.name);
    EXPECT_GT(call.bytes, 0.0) << bench_case.name;
    EXPECT_TRUE(call.output.defined()) << bench_case.name;
  }
  for (const OpCase& op_case : op_cases()) tested.insert(op_case.op);
  EXPECT_EQ(timed, tested);
}

}  // namespace
}  // namespace lucie
