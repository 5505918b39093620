#include "corpus/readers/roff_input.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

// More than any page needs (the longest has 12,000 lines): a stop for macros that call themselves.
constexpr std::uint64_t kMaxLines = 400'000;
constexpr std::size_t kMaxFrames = 40;
constexpr std::size_t kMaxLine = 1 << 20;

bool ends_in_odd_backslashes(std::string_view line) {
  std::size_t count = 0;
  while (count < line.size() && line[line.size() - 1 - count] == '\\') ++count;
  return count % 2 == 1;
}

// Cuts \" and \# comments; an escaped backslash before does not start one.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    if (line[at] != '\\') continue;
    if (line[at + 1] == '"' || line[at + 1] == '#') return line.substr(0, at);
    ++at;
  }
  return line;
}

std::string_view skip_spaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

}  // namespace

RoffInput::RoffInput(std::string_view text, const std::vector<std::string>& builtins,
                     std::string place)
    : builtins_(builtins), place_(std::move(place)) {
  strings_ = {{"R", "\\(rg"}, {"Tm", "\\(tm"}, {"lq", "\\(lq"}, {"rq", "\\(rq"}, {"Aq", "\\(aq"}};
  // What mdoc(7) predefines.
  for (const auto& [name, value] : {std::pair{"Gt", ">"},
                                    {"Lt", "<"},
                                    {"Le", "<="},
                                    {"Ge", ">="},
                                    {"Ne", "!="},
                                    {"Pm", "+-"},
                                    {"Am", "&"},
                                    {"Ba", "|"},
                                    {"q", "\""},
                                    {"Lq", "\\(lq"},
                                    {"Rq", "\\(rq"},
                                    {"Na", "NaN"}}) {
    strings_.emplace(name, value);
  }
  registers_ = {{".g", 1}, {".H", 24}, {".V", 40}, {".l", 78}, {".x", 1}, {".y", 22}};
  push(split(text, '\n'), {});
}

void RoffInput::push(std::vector<std::string> lines, std::vector<std::string> arguments) {
  if (frames_.size() >= kMaxFrames) {
    fail(ErrorCode::kCorrupt, "macros of this page call each other without end", place_);
  }
  frames_.push_back({std::move(lines), 0, std::move(arguments)});
}

void RoffInput::drop_finished_frames() {
  while (!frames_.empty() && frames_.back().at >= frames_.back().lines.size()) frames_.pop_back();
}

// The next logical line: continuations joined, macro arguments inserted.
bool RoffInput::next_line(std::string* line) {
  line->clear();
  drop_finished_frames();
  if (frames_.empty()) return false;
  for (bool more = true; more;) {
    Frame& frame = frames_.back();
    if (frame.at >= frame.lines.size()) break;
    if (++lines_read_ > kMaxLines || line->size() > kMaxLine) {
      fail(ErrorCode::kCorrupt, "the page expands without end", place_);
    }
    const std::string& raw = frame.lines[frame.at++];
    std::string_view part = raw;
    if (part.ends_with('\r')) part.remove_suffix(1);
    const std::string_view kept = without_comment(part);
    // A comment takes the newline's backslash with it.
    more = kept.size() == part.size() && ends_in_odd_backslashes(kept);
    *line += more ? kept.substr(0, kept.size() - 1) : kept;
    if (!frame.arguments.empty() && line->find("\\$") != std::string::npos) {
      *line = with_arguments(*line, frame.arguments);
    }
  }
  return true;
}

std::string RoffInput::with_arguments(std::string_view line,
                                      const std::vector<std::string>& arguments) const {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] != '\\' || at + 2 >= line.size() || line[at + 1] != '$') {
      text += line[at];
      continue;
    }
    const char which = line[at + 2];
    at += 2;
    if (which == '*' || which == '@') {
      text += join(std::span(arguments).subspan(std::min<std::size_t>(1, arguments.size())), " ");
    } else if (which >= '0' && which <= '9') {
      const auto index = static_cast<std::size_t>(which - '0');
      if (index < arguments.size()) text += arguments[index];
    }
  }
  return text;
}

std::vector<std::string> RoffInput::split_arguments(std::string_view raw) {
  std::vector<std::string> arguments;
  for (raw = skip_spaces(raw); !raw.empty(); raw = skip_spaces(raw)) {
    std::string argument;
    const bool quoted = raw.front() == '"';
    std::size_t at = quoted ? 1 : 0;
    for (; at < raw.size(); ++at) {
      if (raw[at] == '\\' && at + 1 < raw.size()) {  // "\ " does not end an argument
        argument += raw[at++];
        argument += raw[at];
      } else if (quoted && raw[at] == '"') {
        if (at + 1 < raw.size() && raw[at + 1] == '"') {
          argument += raw[at++];
        } else {
          ++at;
          break;
        }
      } else if (!quoted && (raw[at] == ' ' || raw[at] == '\t')) {
        break;
      } else {
        argument += raw[at];
      }
    }
    raw.remove_prefix(at);
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

bool RoffInput::next(RoffLine* line) {
  std::string raw;
  while (next_line(&raw)) {
    // The end of a conditional block that was entered.
    for (std::size_t at; (at = raw.find("\\}")) != std::string::npos;) raw.erase(at, 2);
    *line = {};
    const bool control = !raw.empty() && (raw[0] == '.' || raw[0] == '\'');
    if (!control) {
      line->text = raw;
      return true;
    }
    std::string_view rest = skip_spaces(std::string_view(raw).substr(1));
    std::size_t end = 0;
    while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') {
      // ".el\{" needs no space.
      if (rest[end] == '\\' && end + 1 < rest.size() && rest[end + 1] == '{') break;
      ++end;
    }
    line->is_request = true;
    line->name = std::string(rest.substr(0, end));
    line->text = std::string(skip_spaces(rest.substr(end)));
    if (line->name.empty()) continue;
    if (handle_request(line)) continue;
    line->arguments = split_arguments(line->text);
    return true;
  }
  return false;
}

// True when the request was about the language itself.
bool RoffInput::handle_request(RoffLine* line) {
  const std::string& name = line->name;
  if (name == "if" || name == "ie" || name == "el") {
    condition(name, line->text);
  } else if (name == "ds" || name == "ds1" || name == "as") {
    define_string(line->text, name == "as");
  } else if (name == "de" || name == "de1" || name == "am" || name == "am1" || name == "ig") {
    define_macro(*line, name.starts_with("am"));
  } else if (name == "nr") {
    set_register(*line);
  } else if (name == "rn" || name == "als") {
    rename(*line, name == "als");
  } else if (name == "rm") {
    for (const std::string& removed : split_arguments(line->text)) {
      macros_.erase(removed);
      strings_.erase(removed);
    }
  } else if (const auto macro = macros_.find(name); macro != macros_.end()) {
    std::vector<std::string> arguments = split_arguments(line->text);
    arguments.insert(arguments.begin(), name);
    push(macro->second, std::move(arguments));
  } else {
    return false;
  }
  return true;
}

void RoffInput::define_string(const std::string& raw, bool append) {
  const std::size_t end = raw.find_first_of(" \t");
  const std::string name = raw.substr(0, end);
  std::string_view value = end == std::string::npos
                               ? std::string_view()
                               : skip_spaces(std::string_view(raw).substr(end));
  if (value.starts_with('"')) value.remove_prefix(1);
  std::string& target = strings_[name];
  if (!append) target.clear();
  if (target.size() + value.size() > kMaxLine)
    fail(ErrorCode::kCorrupt, "string without end", place_);
  target += value;
}

void RoffInput::define_macro(const RoffLine& line, bool append) {
  const std::vector<std::string> arguments = split_arguments(line.text);
  const bool ignored = line.name == "ig";
  const std::string name = ignored || arguments.empty() ? std::string() : arguments[0];
  const std::size_t end_index = ignored ? 0 : 1;
  const std::string end = arguments.size() > end_index ? arguments[end_index] : ".";
  std::vector<std::string> body;
  drop_finished_frames();
  while (!frames_.empty() && frames_.back().at < frames_.back().lines.size()) {
    Frame& frame = frames_.back();
    std::string raw = frame.lines[frame.at++];
    if (raw.ends_with('\r')) raw.pop_back();
    if (raw.starts_with('.') && trim(std::string_view(raw).substr(1)) == end) break;
    // Copy mode: one level of backslashes is taken off, for what a page writes in macros.
    for (std::size_t at = 0; (at = raw.find("\\\\", at)) != std::string::npos; ++at)
      raw.erase(at, 1);
    body.push_back(std::move(raw));
  }
  if (name.empty() || std::find(builtins_.begin(), builtins_.end(), name) != builtins_.end())
    return;
  std::vector<std::string>& macro = macros_[name];
  if (!append) macro.clear();
  macro.insert(macro.end(), body.begin(), body.end());
}

void RoffInput::set_register(const RoffLine& line) {
  const std::vector<std::string> arguments = split_arguments(line.text);
  if (arguments.size() < 2) return;
  std::string_view expression = arguments[1];
  const bool relative = expression.starts_with('+') || expression.starts_with('-');
  const std::int64_t value = number(&expression, 0);
  std::int64_t& target = registers_[arguments[0]];
  // Bounded, so that no sequence of requests overflows.
  target =
      std::clamp<std::int64_t>(relative ? target + value : value, -1'000'000'000, 1'000'000'000);
}

void RoffInput::rename(const RoffLine& line, bool keep_old) {
  const std::vector<std::string> names = split_arguments(line.text);
  if (names.size() < 2) return;
  const std::string& from = keep_old ? names[1] : names[0];
  const std::string& to = keep_old ? names[0] : names[1];
  if (std::find(builtins_.begin(), builtins_.end(), to) != builtins_.end()) return;
  if (const auto macro = macros_.find(from); macro != macros_.end()) {
    macros_[to] = std::vector<std::string>(macro->second);
  } else {
    macros_[to] = {"." + from + " \\$*"};  // an alias of a request or built-in macro
  }
  if (!keep_old) macros_.erase(from);
}

}  // namespace lucie
