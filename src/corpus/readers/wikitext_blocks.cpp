// The pass over the lines: headings, lists, paragraphs and code.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "corpus/readers/wikitext.h"

namespace lucie {

namespace {

// Sections that hold references and links, in Lucie's languages; lower case.
constexpr std::array<std::string_view, 40> kDroppedSections = {
    "references",
    "external links",
    "see also",
    "further reading",
    "notes",
    "bibliography",
    "notes and references",
    "sources",
    "citations",
    "footnotes",
    "literature",
    "r\xC3\xA9\x66\xC3\xA9rences",
    "notes et r\xC3\xA9\x66\xC3\xA9rences",
    "r\xC3\xA9\x66\xC3\xA9rence",
    "liens externes",
    "lien externe",
    "voir aussi",
    "bibliographie",
    "annexes",
    "articles connexes",
    "notes et sources",
    "einzelnachweise",
    "weblinks",
    "literatur",
    "siehe auch",
    "quellen",
    "anmerkungen",
    "belege",
    "referencias",
    "enlaces externos",
    "v\xC3\xA9\x61se tambi\xC3\xA9n",
    "bibliograf\xC3\xAD\x61",
    "notas",
    "notas y referencias",
    "note",
    "collegamenti esterni",
    "altri progetti",
    "voci correlate",
    "bibliografia",
    "riferimenti"};

struct Heading {
  int level = 0;  // 0: none
  std::string text;
};

Heading heading_of(std::string_view line) {
  if (!line.starts_with('=')) return {};
  Heading heading;
  while (line.size() > 2 && line.front() == '=' && line.back() == '=' && heading.level < 6) {
    line = line.substr(1, line.size() - 2);
    ++heading.level;
  }
  heading.text = tidy_spaces(line);
  if (heading.text.empty()) heading.level = 0;
  return heading;
}

// "(, )" and "( ;" are what templates leave behind.
std::string without_remains(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t content =
        text[at] == '(' ? text.find_first_not_of(" ,;:/\n", at + 1) : std::string_view::npos;
    if (content == std::string_view::npos) {
      clean += text[at++];
    } else if (text[content] == ')') {
      while (!clean.empty() && clean.back() == ' ') clean.pop_back();
      at = content + 1;
    } else {
      clean += '(';
      at = content;
    }
  }
  return clean;
}

class BlockMaker {
 public:
  std::vector<Block> run(std::string_view text) {
    for (const std::string& line : split(text, '\n')) take(line);
    flush();
    drop_empty_headings(0);
    std::vector<Block> blocks;
    for (Entry& entry : entries_) blocks.push_back(std::move(entry.block));
    return blocks;
  }

 private:
  struct Entry {
    Block block;
    int level = 0;  // of headings
  };

  void take(const std::string& line) {
    const bool code = line.starts_with(kCodeMark);
    if (code != in_code_) flush();
    in_code_ = code;
    if (code) {
      pending_ += line.substr(1) + "\n";
      return;
    }
    const std::string_view trimmed = trim(line);
    if (trimmed.empty() || trimmed.starts_with("----")) return flush();
    if (const Heading heading = heading_of(trimmed); heading.level > 0) return start(heading);
    const std::size_t marks = std::min(line.find_first_not_of("*#:;"), line.size());
    if (marks > 0) return list_item(line, marks);
    // What is left of a table that was not closed or not begun.
    if (trimmed.starts_with('|') || trimmed.starts_with('!')) return flush();
    pending_ += pending_.empty() ? "" : " ";
    pending_ += trimmed;
  }

  void start(const Heading& heading) {
    flush();
    if (skipped_level_ > 0 && heading.level > skipped_level_) return;
    skipped_level_ = 0;
    drop_empty_headings(heading.level);
    const std::string name = to_lower_ascii(heading.text);
    if (std::find(kDroppedSections.begin(), kDroppedSections.end(), name) !=
        kDroppedSections.end()) {
      skipped_level_ = heading.level;
    } else {
      entries_.push_back({{BlockKind::kHeading, heading.text}, heading.level});
    }
  }

  void list_item(const std::string& line, std::size_t marks) {
    const char kind = line[marks - 1];
    const int number = kind == '#' ? number_ + 1 : 0;
    flush();
    const std::string text = without_remains(tidy_spaces(std::string_view(line).substr(marks)));
    if (text.empty()) return;
    number_ = number;
    if (kind == ':' || kind == ';') return add(BlockKind::kParagraph, text);
    add(BlockKind::kItem, (number > 0 ? std::to_string(number) + ". " : "- ") + text);
  }

  void flush() {
    number_ = 0;
    std::string text = in_code_ ? tidy_code(pending_) : without_remains(tidy_spaces(pending_));
    pending_.clear();
    if (!text.empty()) add(in_code_ ? BlockKind::kCode : BlockKind::kParagraph, std::move(text));
    in_code_ = false;
  }

  void add(BlockKind kind, std::string text) {
    if (skipped_level_ == 0) entries_.push_back({{kind, std::move(text)}});
  }

  // Headings below which nothing has come before the next one of their level, or above it.
  void drop_empty_headings(int level) {
    while (!entries_.empty() && entries_.back().level > 0 && entries_.back().level >= level) {
      entries_.pop_back();
    }
  }

  std::vector<Entry> entries_;
  std::string pending_;
  bool in_code_ = false;
  int number_ = 0;         // of the last item of a numbered list
  int skipped_level_ = 0;  // of the heading whose section is left out
};

}  // namespace

std::vector<Block> read_wikitext(std::string_view text,
                                 const std::vector<std::string>& hidden_namespaces) {
  return BlockMaker().run(strip_inline_wikitext(text, hidden_namespaces));
}

}  // namespace lucie
