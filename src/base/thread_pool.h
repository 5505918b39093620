// The one thread pool. Work is cut into tasks by the caller, by shape and never by thread count, so
// results do not depend on how many threads there are or which takes what. Each thread takes
// neighbouring tasks of its own share first, so tasks that read memory should stand in its order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace lucie {

class ThreadPool {
 public:
  explicit ThreadPool(int threads = 0);  // 0: as many as the process may use
  ~ThreadPool();
  int size() const { return threads_; }

  // Calls task(index, worker) once for each index < count; worker < size() names a scratch slot.
  // The caller works too (as worker 0). Of several exceptions the one of the lowest
  // index is rethrown. A task must not call run(); callers on several threads take turns.
  void run(std::int64_t count, const std::function<void(std::int64_t index, int worker)>& task);

 private:
  struct State;
  std::unique_ptr<State> state_;
  int threads_;
};

}  // namespace lucie
