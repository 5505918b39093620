#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"

namespace lucie {
namespace {

// Into a file or a pipe: a line now and then, so that long work is seen to move.
constexpr double kSecondsBetweenLines = 20;

std::string amount(double value, std::string_view unit) {
  return unit == "B" ? human_bytes(value) : human_count(value) + " " + std::string(unit);
}

int terminal_columns() {
  winsize size{};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return known ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const ProgressState& state, int columns) {
  const auto done = static_cast<double>(state.done), total = static_cast<double>(state.total);
  const double rate = state.seconds > 0 ? done / state.seconds : 0;
  std::string line = std::string(state.label);
  line.resize(std::max<std::size_t>(line.size(), 16), ' ');
  if (state.total > 0) {
    const double share = std::min(1.0, done / total);
    const int filled = static_cast<int>(share * 20);
    char percent[8];
    std::snprintf(percent, sizeof percent, "%3d%% ", static_cast<int>(share * 100));
    line += percent;
    line += "[" + std::string(static_cast<std::size_t>(filled), '#') +
            std::string(static_cast<std::size_t>(20 - filled), ' ') + "] ";
  }
  line += amount(done, state.unit);
  if (rate > 0) line += "  " + amount(rate, state.unit) + "/s";
  if (state.finished) {
    line += "  " + human_seconds(state.seconds);
  } else if (rate > 0 && state.total > state.done) {
    line += "  ETA " + human_seconds((total - done) / rate);
  }
  if (!state.note.empty()) line += "  " + std::string(state.note);
  if (static_cast<int>(line.size()) >= columns) {
    line.resize(static_cast<std::size_t>(columns) - 1);
  }
  return line;
}

TerminalSink::TerminalSink(bool quiet) : quiet_(quiet), terminal_(::isatty(STDERR_FILENO) == 1) {}

void TerminalSink::message(LogLevel level, std::string_view text) {
  if (level == LogLevel::kDebug || (quiet_ && level == LogLevel::kInfo)) return;
  if (bar_shown_) std::fputs("\r\x1b[K", stderr);
  bar_shown_ = false;
  std::fprintf(stderr, "%s%.*s\n", level == LogLevel::kWarning ? "warning: " : "",
               static_cast<int>(text.size()), text.data());
}

void TerminalSink::progress(const ProgressState& state) {
  if (quiet_) return;
  if (!terminal_) {
    if (state.seconds < last_line_) last_line_ = 0;  // another piece of work
    if (!state.finished && state.seconds < last_line_ + kSecondsBetweenLines) return;
    last_line_ = state.finished ? 0 : state.seconds;
    std::fprintf(stderr, "%s\n", progress_line(state, 200).c_str());
    return;
  }
  std::fprintf(stderr, "\r%s\x1b[K%s", progress_line(state, terminal_columns()).c_str(),
               state.finished ? "\n" : "");
  std::fflush(stderr);
  bar_shown_ = !state.finished;
}

}  // namespace lucie
