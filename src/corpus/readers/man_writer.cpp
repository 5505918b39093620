#include "corpus/readers/man_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace lucie {

namespace {

bool is_bullet(std::string_view tag) {
  constexpr std::array<std::string_view, 7> kBullets = {
      "*", "-", "o", "\xE2\x80\xA2", "\xC2\xB7", "\xE2\x80\x93", "\xE2\x80\x94"};
  return std::find(kBullets.begin(), kBullets.end(), tag) != kBullets.end();
}

// "1.", "2)", "(3)", "a)".
bool is_number(std::string_view tag) {
  if (tag.starts_with('(')) tag.remove_prefix(1);
  if (tag.size() < 2 || (tag.back() != '.' && tag.back() != ')')) return false;
  tag.remove_suffix(1);
  const bool digits =
      std::all_of(tag.begin(), tag.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits || (tag.size() == 1 && tag[0] >= 'a' && tag[0] <= 'z');
}

}  // namespace

bool ManWriter::is_mark(std::string_view text) {
  return is_bullet(text) || is_number(text);
}

void ManWriter::text(std::string_view printed, bool joined) {
  if (in_code()) {
    code_line(printed);
    return;
  }
  if (printed.empty()) return;
  if (!text_.empty() && text_.back() != '\n' && !joined && !join_next_) text_ += ' ';
  join_next_ = false;
  text_ += printed;
}

void ManWriter::line_break() {
  if (in_code()) return;
  if (!text_.empty()) text_ += '\n';
  join_next_ = false;
}

void ManWriter::paragraph() {
  if (in_code()) {
    code_ += '\n';
  } else {
    flush();
  }
}

void ManWriter::flush() {
  join_next_ = false;
  std::string text = tidy_spaces(text_, true);
  std::string tag = tidy_spaces(tag_, true);
  text_.clear();
  tag_.clear();
  if (text.empty() && tag.empty()) return;
  if (is_item_) {
    const std::string marker = is_number(tag) ? tag + " " : "- ";
    if (!text.empty()) blocks_.push_back({BlockKind::kItem, marker + text});
  } else if (tag.empty() || text.empty()) {
    blocks_.push_back({BlockKind::kParagraph, tag + text});
  } else {
    blocks_.push_back({BlockKind::kParagraph, tag + "\n" + text});
  }
  is_item_ = false;
}

void ManWriter::heading(std::string_view printed) {
  while (in_code()) end_code();
  flush();
  if (std::string text = tidy_spaces(printed); !text.empty()) {
    blocks_.push_back({BlockKind::kHeading, std::move(text)});
  }
}

void ManWriter::tag(std::string_view printed) {
  if (in_code()) {
    code_line(printed);
    return;
  }
  flush();
  tag_ = printed;
  is_item_ = is_mark(tidy_spaces(printed));
}

void ManWriter::more_tag(std::string_view printed) {
  if (in_code() || !text_.empty() || tag_.empty()) {
    tag(printed);
    return;
  }
  tag_ += '\n';
  tag_ += printed;
}

void ManWriter::text_before_indent() {
  if (in_code()) return;
  const std::string text = tidy_spaces(text_, true);
  const bool is_tag = !text.empty() && text.size() <= 100 && tag_.empty() &&
                      std::string_view(".:;?!").find(text.back()) == std::string_view::npos;
  if (!is_tag) {
    flush();
    return;
  }
  text_.clear();
  join_next_ = false;
  tag_ = text;
}

void ManWriter::begin_code() {
  if (code_depth_++ == 0) {
    flush();
    code_.clear();
  }
}

void ManWriter::end_code() {
  if (code_depth_ == 0 || --code_depth_ > 0) return;
  if (std::string code = tidy_code(code_); !code.empty()) {
    blocks_.push_back({BlockKind::kCode, std::move(code)});
  }
  code_.clear();
}

void ManWriter::code_line(std::string_view printed) {
  // A font macro in a display sets a piece of the line it continues with \c.
  if (join_next_ && code_.ends_with('\n')) code_.pop_back();
  join_next_ = false;
  code_ += printed;
  code_ += '\n';
}

void ManWriter::row(std::span<const std::string> cells) {
  std::vector<std::string> kept;
  for (const std::string& cell : cells) {
    if (std::string text = tidy_spaces(cell); !text.empty()) kept.push_back(std::move(text));
  }
  if (kept.empty()) return;
  if (in_code()) {
    code_line(join(kept, " | "));
    return;
  }
  flush();
  blocks_.push_back({BlockKind::kItem, join(kept, " | ")});
}

std::vector<Block> ManWriter::take() {
  while (in_code()) end_code();
  flush();
  return std::move(blocks_);
}

}  // namespace lucie
