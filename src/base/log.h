// Messages and progress. The library reports through here and never prints; cli/ installs the sink
// that writes to stderr (bars only on a terminal). Without a sink, everything is dropped. Any
// thread may report; the sink is called by one at a time. A Progress itself belongs to one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace lucie {

enum class LogLevel { kDebug, kInfo, kWarning };

struct ProgressState {
  std::string_view label;             // "tokenize"
  std::string_view unit;              // "B" (bytes, shown as MB), "tok", "doc", "step"
  std::string_view note;              // "loss 3.21", may be empty
  std::uint64_t done = 0, total = 0;  // total 0: unknown
  double seconds = 0;
  bool finished = false;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void message(LogLevel level, std::string_view text) = 0;
  virtual void progress(const ProgressState& state) = 0;
};

void set_log_sink(LogSink* sink);  // not owned; nullptr for none
void log_debug(std::string_view text);
void log_info(std::string_view text);
void log_warning(std::string_view text);

// A long piece of work. Updates are passed on at most ten times a second.
class Progress {
 public:
  Progress(std::string label, std::uint64_t total, std::string unit);
  ~Progress();  // reports the end
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void add(std::uint64_t amount, std::string_view note = {});
  double seconds() const;

 private:
  void report(bool finished);
  std::string label_, unit_, note_;
  std::uint64_t done_ = 0, total_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace lucie
