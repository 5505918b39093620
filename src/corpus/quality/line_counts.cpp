#include "corpus/quality/line_counts.h"

#include <algorithm>

#include "base/hash.h"
#include "corpus/quality/char_kinds.h"
#include "corpus/quality/lines.h"
#include "corpus/quality/seen_set.h"
#include "corpus/text_repair.h"
#include "tokenizer/unicode.h"

namespace lucie::quality {

namespace {

constexpr std::uint64_t kShortLine = 30;  // characters: FineWeb's short_line_length

constexpr std::string_view kEllipsis = "\xE2\x80\xA6", kBullet = "\xE2\x80\xA2";
// RedPajama-V2's bullets: U+2022, 2023, 25B6, 25C0, 25E6, 25A0, 25A1, 25AA, 25AB and the en dash.
constexpr std::u32string_view kBullets =
    U"\u2022\u2023\u25B6\u25C0\u25E6\u25A0\u25A1\u25AA\u25AB\u2013";

void count_marks(std::string_view line, LineCounts* counts) {
  ++counts->all_lines;
  const std::string_view from_first = strip_left(line);
  if (from_first.empty()) return;
  const std::string_view to_last = strip_right(line);
  counts->ellipsis_lines += to_last.ends_with("...") || to_last.ends_with(kEllipsis);
  if (from_first.front() == '-') ++counts->bullet_lines;
  if (static_cast<unsigned char>(from_first.front()) < 0x80) return;
  counts->bullet_lines += from_first.starts_with(kBullet);
  const char32_t first = unicode::code_point(from_first.data());
  counts->list_lines += kBullets.find(first) != std::u32string_view::npos;
}

void count_repeat(std::uint64_t characters, bool repeated, Repeats* repeats) {
  ++repeats->units;
  if (!repeated) return;
  ++repeats->repeated;
  repeats->repeated_characters += characters;
}

Repeats count_paragraphs(std::string_view text) {
  text = strip_left(strip_right(text));
  SeenSet seen(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) / 2 + 1);
  Repeats repeats;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    const std::string_view paragraph = text.substr(begin, end - begin);
    const bool repeated = seen.meet(hash64(paragraph), 0).count > 1;
    count_repeat(repeated ? count_characters(paragraph) : 0, repeated, &repeats);
    begin = text.find_first_not_of('\n', end);
    if (begin == std::string_view::npos) return repeats;
  }
}

}  // namespace

LineCounts count_lines(std::string_view text) {
  const CharKindTable kinds;
  LineCounts counts;
  counts.paragraphs = count_paragraphs(text);
  SeenSet seen(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) {
      counts.all_lines += end < text.size();  // what follows the last line feed is no line
      continue;
    }
    for_each_part(line, [&](std::string_view part) { count_marks(part, &counts); });
    const std::uint64_t characters = count_characters(line);
    const bool repeated = seen.meet(hash64(line), 0).count > 1;
    count_repeat(characters, repeated, &counts.lines);
    if (strip_left(line).empty()) continue;
    count_repeat(characters, repeated, &counts.filled_lines);
    counts.short_lines += characters <= kShortLine;
    const std::size_t last = unicode::previous_char(line, line.size());
    counts.terminal_lines += (kinds(unicode::code_point(line.data() + last)) & kTerminal) != 0;
  }
  return counts;
}

}  // namespace lucie::quality
