#include "corpus/quality/line_filter.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "corpus/quality/lines.h"
#include "corpus/quality/text_scan.h"
#include "corpus/text_repair.h"

namespace lucie::quality {

namespace {

constexpr std::array<std::string_view, 6> kPolicies = {"terms of use",   "privacy policy",
                                                       "cookie policy",  "uses cookies",
                                                       "use of cookies", "use cookies"};

// Length of "[12]", "[]", "[edit]" or "[citation needed]" at the start, else 0.
std::size_t note_length(std::string_view text) {
  for (const std::string_view note : {"[edit]", "[citation needed]"}) {
    if (text.starts_with(note)) return note.size();
  }
  const std::size_t end = text.find_first_not_of("0123456789", 1);
  return end != std::string_view::npos && text[end] == ']' ? end + 1 : 0;
}

std::string without_notes(std::string_view line) {
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t open = std::min(line.find('[', at), line.size());
    out += line.substr(at, open - at);
    at = open;
    if (open == line.size()) break;
    const std::size_t note = note_length(line.substr(open));
    if (note == 0) out += line[at++];
    at += note;
  }
  return out;
}

bool has_end_mark(std::string_view line) {
  return !line.empty() && std::string_view(".?!\"'").find(line.back()) != std::string_view::npos &&
         !line.ends_with("...");
}

struct BlankSplit {
  std::uint64_t words = 0, longest = 0;  // characters of the longest
};

BlankSplit split_at_blanks(std::string_view line) {
  BlankSplit split;
  while (!(line = strip_left(line)).empty()) {
    std::size_t end = 0;
    std::uint64_t length = 0;
    while (end < line.size() && !is_space_at(line.data() + end)) {
      end += unicode::char_length(static_cast<unsigned char>(line[end]));
      ++length;
    }
    ++split.words;
    split.longest = std::max(split.longest, length);
    line.remove_prefix(end);
  }
  return split;
}

class LineFilter {
 public:
  LineFilter(std::string_view text, const LineRules& rules) : rules_(rules) {
    // Few texts hold any of these, so lines are searched only when the text does.
    const std::string lower = to_lower_ascii(text);
    const auto holds = [&](std::string_view words) {
      return lower.find(words) != std::string::npos;
    };
    search_lorem_ = rules.find_lorem_ipsum && holds("lorem ipsum");
    search_javascript_ = rules.drop_javascript && holds("javascript");
    search_policies_ =
        rules.drop_policies && std::any_of(kPolicies.begin(), kPolicies.end(), holds);
    search_brackets_ = rules.find_curly_bracket && text.find('{') != std::string_view::npos;
  }

  // False when the whole text is to be dropped.
  bool add(std::string_view raw) {
    const std::string_view stripped = strip_left(strip_right(raw));
    if (stripped.empty()) return true;
    const BlankSplit split = split_at_blanks(stripped);
    std::string line = without_notes(stripped);
    const bool runs = split.longest <= rules_.max_word_length &&
                      (!rules_.need_end_mark || has_end_mark(line)) &&
                      split.words >= rules_.min_words;
    if (!runs) return remove();
    if (search_lorem_ || search_javascript_ || search_policies_ || search_brackets_) {
      if (const std::optional<bool> decided = search(line)) return *decided;
    }
    result_.sentences += std::max<std::uint64_t>(1, count_sentences(line));
    if (kept_any_) result_.text += '\n';
    kept_any_ = true;
    result_.text += line;
    return true;
  }
  FilteredLines finish() {
    result_.text = std::string(strip_left(strip_right(result_.text)));
    return std::move(result_);
  }

 private:
  bool remove() {
    ++result_.removed;
    return true;
  }
  // What add() returns, when that is decided by words of the line. In the reference's order.
  std::optional<bool> search(const std::string& line) {
    const std::string lower = to_lower_ascii(line);
    const auto holds = [&](std::string_view words) {
      return lower.find(words) != std::string::npos;
    };
    if (search_lorem_ && holds("lorem ipsum")) {
      result_.lorem_ipsum = true;
      return false;
    }
    if (search_javascript_ && holds("javascript")) return remove();
    if (search_brackets_ && holds("{")) {
      result_.curly_bracket = true;
      return false;
    }
    if (search_policies_ && std::any_of(kPolicies.begin(), kPolicies.end(), holds)) return remove();
    return std::nullopt;
  }

  const LineRules& rules_;
  bool search_lorem_, search_javascript_, search_policies_, search_brackets_;
  bool kept_any_ = false;
  FilteredLines result_;
};

}  // namespace

FilteredLines filter_lines(std::string_view text, const LineRules& rules) {
  LineFilter filter(text, rules);
  bool going_on = true;
  for (std::size_t begin = 0; going_on && begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    for_each_part(text.substr(begin, end - begin), [&](std::string_view line) {
      if (going_on) going_on = filter.add(line);
    });
    begin = end + 1;
  }
  return filter.finish();
}

}  // namespace lucie::quality
