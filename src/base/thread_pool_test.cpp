#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "base/test_files.h"

namespace lucie {
namespace {

TEST(ThreadPool, results_do_not_depend_on_the_number_of_threads) {
  const auto compute = [](int threads) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    std::vector<double> out(1013);
    pool.run(1013, [&](std::int64_t i, int) {
      double sum = 0;
      for (int k = 1; k <= 100; ++k) sum += std::sin(static_cast<double>(i * k));
      out[static_cast<std::size_t>(i)] = sum;
    });
    return out;
  };
  const std::vector<double> one = compute(1);
  EXPECT_EQ(compute(2), one);
  EXPECT_EQ(compute(5), one);
}

TEST(ThreadPool, each_index_is_done_once_in_many_short_runs) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int run = 0; run < 2000; ++run) {
      std::array<std::atomic<int>, 9> done{};
      pool.run(run % 10, [&](std::int64_t i, int worker) {
        ASSERT_TRUE(worker >= 0 && worker < threads);
        ++done[static_cast<std::size_t>(i)];
      });
      for (int i = 0; i < 9; ++i)
        ASSERT_EQ(done[static_cast<std::size_t>(i)], i < run % 10 ? 1 : 0);
    }
  }
}

TEST(ThreadPool, a_worker_slot_is_never_used_by_two_at_once) {
  ThreadPool pool(5);
  std::array<std::atomic<int>, 5> inside{};
  std::atomic<bool> shared{false};
  pool.run(20'000, [&](std::int64_t, int worker) {
    auto& slot = inside[static_cast<std::size_t>(worker)];
    if (slot.fetch_add(1) != 0) shared = true;
    slot.fetch_sub(1);
  });
  EXPECT_FALSE(shared);
}

TEST(ThreadPool, the_lowest_failing_index_decides_which_error_is_seen) {
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (int run = 0; run < 200; ++run) {
      const Error error = testing_base::error_of([&] {
        pool.run(100, [](std::int64_t i, int) {
          if (i >= 13) fail(ErrorCode::kCorrupt, std::to_string(i));
        });
      });
      ASSERT_EQ(error.message(), "13");
    }
    std::atomic<int> sum{0};  // and the pool works on
    pool.run(10, [&](std::int64_t i, int) { sum += static_cast<int>(i); });
    EXPECT_EQ(sum, 45);
  }
}

TEST(ThreadPool, callers_on_several_threads_take_turns) {
  ThreadPool pool(3);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int run = 0; run < 100; ++run) pool.run(10, [&](std::int64_t, int) { ++total; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(total, 4000);
}

TEST(ThreadPool, refuses_senseless_sizes_and_chooses_one_itself) {
  EXPECT_GE(ThreadPool().size(), 1);
  EXPECT_EQ(testing_base::error_of([] { ThreadPool(-1); }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(testing_base::error_of([] { ThreadPool(1 << 20); }).code(),
            ErrorCode::kInvalidArgument);
}

TEST(ThreadPoolDeathTest, a_run_inside_a_run_is_a_bug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        ThreadPool pool(1);
        pool.run(1, [&](std::int64_t, int) { pool.run(1, [](std::int64_t, int) {}); });
      },
      "inside_task");
}

}  // namespace
}  // namespace lucie
