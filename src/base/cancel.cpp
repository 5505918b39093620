#include "base/cancel.h"

#include <atomic>
#include <csignal>

#include "base/error.h"

namespace lucie {
namespace {

std::atomic<bool> cancelled{false}, installed{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not lock");

void set_action(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

extern "C" void on_interrupt(int) {
  cancelled.store(true);
  set_action(SIG_DFL);
}

}  // namespace

void install_interrupt_handler() {
  installed.store(true);
  set_action(on_interrupt);
}

bool cancel_requested() noexcept {
  return cancelled.load(std::memory_order_relaxed);
}

void request_cancel() noexcept {
  cancelled.store(true);
}

void clear_cancel() noexcept {
  if (cancelled.exchange(false) && installed.load()) set_action(on_interrupt);
}

void check_cancelled() {
  if (cancel_requested()) {
    fail(ErrorCode::kCancelled, "interrupted", {}, "run the same command again to go on");
  }
}

}  // namespace lucie
