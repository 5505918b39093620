#include "base/thread_pool.h"

#include <sched.h>

#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace lucie {
namespace {

// About 20 us: longer than the gap between two operations of a decoder block, far shorter than
// anything a person or a battery would notice. After it a thread sleeps in the kernel.
constexpr int kSpins = 4000;
constexpr int kMaxThreads = 1024;
constexpr std::int64_t kNoError = std::numeric_limits<std::int64_t>::max();

int allowed_cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  const unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(count);
}

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Returns once `value` is no longer `old`.
template <typename T>
void wait_while(const std::atomic<T>& value, T old, int spins) {
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
}

thread_local bool inside_task = false;

// Neighbouring tasks mostly read neighbouring memory: each worker goes through a stretch of its
// own, which is what processors fetch ahead best, and then helps with those of the others. Apart by
// a cache line, and by the one that is fetched with it.
struct alignas(128) Stretch {
  std::atomic<std::int64_t> next{0};
  std::int64_t end = 0;
};

}  // namespace

struct ThreadPool::State {
  using Task = std::function<void(std::int64_t, int)>;

  std::mutex one_run;  // in-process ranks share the pool: their runs take turns
  const Task* task = nullptr;
  std::vector<Stretch> stretches;  // one for each worker
  int spins = 0;
  bool stopping = false;                     // like task and stretches, published by `generation`
  std::atomic<std::uint32_t> generation{0};  // 32 bits: waits on the futex directly
  std::atomic<int> busy{0};

  std::mutex error_lock;
  std::exception_ptr error;
  std::atomic<std::int64_t> error_index{kNoError};  // the lowest so far

  std::vector<std::thread> threads;

  ~State() {
    stopping = true;
    publish();
    for (std::thread& thread : threads) thread.join();
  }

  void publish() {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }

  void share(std::int64_t count) {
    const auto workers = static_cast<std::int64_t>(stretches.size());
    const std::int64_t least = count / workers, more = count % workers;
    for (std::int64_t worker = 0, begin = 0; worker < workers; ++worker) {
      Stretch& stretch = stretches[static_cast<std::size_t>(worker)];
      stretch.next.store(begin, std::memory_order_relaxed);
      begin += least + (worker < more ? 1 : 0);
      stretch.end = begin;
    }
  }

  // After one that throws only those before it still run: the lowest that throws always does, so
  // which exception is rethrown does not depend on timing.
  void run_task(std::int64_t index, int worker) {
    if (index > error_index.load(std::memory_order_relaxed)) return;
    try {
      (*task)(index, worker);
    } catch (...) {
      const std::scoped_lock lock(error_lock);
      if (index >= error_index.load(std::memory_order_relaxed)) return;
      error = std::current_exception();
      error_index.store(index, std::memory_order_relaxed);
    }
  }

  void work(int worker) {
    inside_task = true;
    const std::size_t count = stretches.size(), own = static_cast<std::size_t>(worker);
    for (std::size_t i = 0; i < count; ++i) {
      Stretch& stretch = stretches[(own + i) % count];
      for (std::int64_t index = 0;
           (index = stretch.next.fetch_add(1, std::memory_order_relaxed)) < stretch.end;) {
        run_task(index, worker);
      }
    }
    inside_task = false;
  }

  void serve(int worker) {
    for (std::uint32_t seen = 0;; ++seen) {
      wait_while(generation, seen, spins);
      if (stopping) return;
      work(worker);
      if (busy.fetch_sub(1, std::memory_order_acq_rel) == 1) busy.notify_all();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()), threads_(threads) {
  const int cpus = allowed_cpus();
  if (threads < 0 || threads > kMaxThreads) {
    fail(ErrorCode::kInvalidArgument, "cannot work with " + std::to_string(threads) + " threads",
         "--threads", "give 1 to " + std::to_string(kMaxThreads) + ", or 0 for all CPUs");
  }
  if (threads == 0) threads_ = cpus;
  state_->stretches = std::vector<Stretch>(static_cast<std::size_t>(threads_));
  state_->spins = threads_ <= cpus ? kSpins : 0;  // spinning would keep the others from working
  try {
    for (int worker = 1; worker < threads_; ++worker) {
      state_->threads.emplace_back([state = state_.get(), worker] { state->serve(worker); });
    }
  } catch (const std::system_error& error) {
    fail(ErrorCode::kOutOfMemory, std::string("cannot start a thread: ") + error.what(),
         "--threads " + std::to_string(threads_), "use fewer threads");
  }
}

ThreadPool::~ThreadPool() = default;

void ThreadPool::run(std::int64_t count,
                     const std::function<void(std::int64_t index, int worker)>& task) {
  LUCIE_ASSERT(!inside_task);
  if (count <= 0) return;
  State& state = *state_;
  const std::scoped_lock lock(state.one_run);
  state.task = &task;
  state.error = nullptr;
  state.error_index.store(kNoError, std::memory_order_relaxed);
  state.share(count);
  const bool alone = count == 1 || threads_ == 1;
  if (!alone) {
    state.busy.store(threads_ - 1, std::memory_order_relaxed);
    state.publish();
  }
  state.work(0);
  if (!alone) {
    for (int busy = 0; (busy = state.busy.load(std::memory_order_acquire)) != 0;) {
      wait_while(state.busy, busy, state.spins);
    }
  }
  if (state.error) std::rethrow_exception(std::exchange(state.error, nullptr));
}

}  // namespace lucie
