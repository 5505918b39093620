#include "base/log.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace lucie {
namespace {

std::atomic<LogSink*> log_sink{nullptr};
std::mutex sink_mutex;  // held while the sink works: threads may speak at the same time

void send(LogLevel level, std::string_view text) {
  const std::lock_guard lock(sink_mutex);
  if (LogSink* sink = log_sink.load()) sink->message(level, text);
}

}  // namespace

void set_log_sink(LogSink* sink) {
  log_sink.store(sink);
}

void log_debug(std::string_view text) {
  send(LogLevel::kDebug, text);
}
void log_info(std::string_view text) {
  send(LogLevel::kInfo, text);
}
void log_warning(std::string_view text) {
  send(LogLevel::kWarning, text);
}

Progress::Progress(std::string label, std::uint64_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  report(true);
}

void Progress::add(std::uint64_t amount, std::string_view note) {
  done_ += amount;
  if (!note.empty()) note_ = note;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  report(false);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void Progress::report(bool finished) {
  const std::lock_guard lock(sink_mutex);
  LogSink* sink = log_sink.load();
  if (sink == nullptr) return;
  sink->progress({label_, unit_, note_, done_, total_, seconds(), finished});
}

}  // namespace lucie
