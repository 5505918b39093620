// One document -> its dialogues (instructions.h). Which phrase asks is a function of the document
// and the question alone.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "corpus/document.h"
#include "corpus/instructions.h"
#include "corpus/language.h"
#include "corpus/text_repair.h"

namespace lucie {

namespace {

struct Phrase {
  std::string_view language, kind, text;
};
struct Section {
  std::string_view kind, heading;
};
#include "corpus/instructions_phrases.inc"

constexpr std::uint64_t kMinAnswer = 40, kMaxHeading = 80, kMaxName = 48;
constexpr std::uint64_t kMinOpening = 24, kMaxOpening = 160;
constexpr std::size_t kMaxTopics = 2;  // of one document

// "## Heading" of Markdown without its marks; empty when the line is none.
std::string_view marked_heading(std::string_view line) {
  const std::size_t marks = line.find_first_not_of('#');
  if (marks == 0 || marks > 6 || marks == line.npos || line[marks] != ' ') return {};
  const std::string_view heading = trim(line.substr(marks));
  return trim(heading.substr(0, heading.find_last_not_of('#') + 1));
}

// The paragraphs; in plain texts, marked headings too, which need no empty line after them.
std::vector<std::string_view> blocks_of(const Document& document) {
  const std::string_view text = document.text;
  std::vector<std::string_view> blocks;
  for (std::size_t at = 0; (at = text.find_first_not_of('\n', at)) != text.npos;) {
    std::size_t stop = std::min(text.find("\n\n", at), text.size());
    const std::size_t line = std::min(text.find('\n', at), text.size());
    const bool marked =
        document.format == "text" && !marked_heading(text.substr(at, line - at)).empty();
    if (marked) stop = line;
    const std::string_view block = trim(text.substr(at, stop - at));
    if (!block.empty()) blocks.push_back(block);
    at = stop;
  }
  return blocks;
}

std::string ask(std::string_view language, std::string_view kind, std::string_view subject,
                std::uint64_t seed) {
  std::vector<std::string_view> choices;
  for (const Phrase& phrase : kPhrases) {
    if (phrase.language == language && phrase.kind == kind) choices.push_back(phrase.text);
  }
  if (choices.empty()) return {};
  std::string question(
      choices[hash64(std::string(kind) + "/" + std::string(subject), seed) % choices.size()]);
  return question.replace(question.find("{}"), 2, subject);
}

bool is_space(char c) {
  return c == ' ' || c == '\n';
}

bool ends_sentence(std::string_view text, std::size_t at) {
  const char c = text[at - 1];
  return (c == '.' || c == '!' || c == '?') && at < text.size() && is_space(text[at]);
}

// At most `max` characters, ending after a sentence where one ends early enough, else nothing.
std::string bounded(std::string_view text, std::int64_t max) {
  if (count_characters(text) <= static_cast<std::uint64_t>(max)) return std::string(text);
  std::size_t at = 0, sentence = 0;
  for (std::int64_t i = 0; i < max && at < text.size(); ++i) {
    next_code_point(text, &at);
    if (ends_sentence(text, at)) sentence = at;
  }
  return std::string(text.substr(0, sentence));
}

// Where a text is cut to have `min` to `max` characters: after the first sentence that ends there,
// else after the last word, and after `max` characters in writing without spaces.
std::size_t first_cut(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::size_t at = 0, word = 0;
  for (std::uint64_t i = 1; i <= max && at < text.size(); ++i) {
    next_code_point(text, &at);
    if (i < min) continue;
    if (ends_sentence(text, at)) return at;
    if (at == text.size() || is_space(text[at])) word = at;
  }
  return word > 0 ? word : at;
}

std::string on_one_line(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  std::erase_if(lines, [](const std::string& line) { return trim(line).empty(); });
  return join(lines, " ");
}

bool is_prose(std::string_view block) {
  return count_characters(block) >= kMinAnswer && !block.starts_with("- ") &&
         block.find('|') == std::string_view::npos &&
         (block.ends_with('.') || block.ends_with('!') || block.ends_with('?'));
}

bool is_heading(std::string_view block) {
  if (count_characters(block) > kMaxHeading || count_words(block) < 2) return false;
  if (block.find('\n') != std::string_view::npos || block.starts_with("- ")) return false;
  constexpr std::string_view kEndsOther = ".:;,!?|)>}]";
  if (kEndsOther.find(block.back()) != std::string_view::npos) return false;
  const auto first = static_cast<unsigned char>(block.front());
  return (first >= 'A' && first <= 'Z') || first >= 0x80;
}

// "name - what it is", the NAME section of a man page; the dash may be longer.
struct NameLine {
  std::string_view name, purpose;
};
NameLine name_line(std::string_view block) {
  for (const std::string_view dash : {" - ", " \xE2\x80\x93 ", " \xE2\x80\x94 "}) {
    const std::size_t at = block.find(dash);
    if (at == std::string_view::npos) continue;
    const NameLine line{trim(block.substr(0, at)), trim(block.substr(at + dash.size()))};
    const bool usable = !line.name.empty() && count_characters(line.name) <= kMaxName &&
                        !line.purpose.empty() && block.find('\n') == std::string_view::npos;
    if (usable) return line;
  }
  return {};
}

class Maker {
 public:
  Maker(const Document& document, const InstructionSettings& settings)
      : document_(document), settings_(settings), blocks_(blocks_of(document)) {}

  std::vector<Dialogue> make() {
    if (document_.format == "man") {
      from_man_page();
    } else {
      from_headings();
    }
    if (dialogues_.empty()) from_opening();
    return std::move(dialogues_);
  }

 private:
  void from_man_page() {
    NameLine line;
    for (std::size_t i = 0; i < std::min<std::size_t>(blocks_.size(), 3) && line.name.empty();
         ++i) {
      line = name_line(blocks_[i]);
    }
    if (line.name.empty()) return;
    add("purpose", line.name, std::string(line.name) + ": " + std::string(line.purpose));
    for (std::size_t i = 0; i + 1 < blocks_.size(); ++i) {
      for (const Section& section : kSections) {
        if (blocks_[i] != section.heading) continue;
        const std::string_view text = blocks_[i + 1];
        if (section.kind == "usage" || is_prose(text)) add(section.kind, line.name, text);
      }
    }
  }

  void from_headings() {
    if (blocks_.empty()) return;
    const auto prose = std::find_if(blocks_.begin(), blocks_.end(), is_prose);
    std::size_t next = 0;
    if (prose != blocks_.end() && is_heading(document_.title)) {
      add("title", document_.title, *prose);
      next = static_cast<std::size_t>(prose - blocks_.begin()) + 1;
    }
    std::size_t topics = 0;
    for (std::size_t i = next; i + 1 < blocks_.size() && topics < kMaxTopics; ++i) {
      const std::string_view marked =
          document_.format == "text" ? marked_heading(blocks_[i]) : std::string_view();
      const std::string_view heading = marked.empty() ? blocks_[i] : marked;
      if (marked.empty() && !is_heading(heading)) continue;
      if (!is_prose(blocks_[i + 1]) || heading == document_.title) continue;
      add("topic", heading, blocks_[i + 1]);
      ++topics;
    }
  }

  // Any text has an opening to be asked with, and what follows it. In other languages than those
  // of the phrases the question is asked in English.
  void from_opening() {
    const std::string_view text = trim(document_.text);
    const std::uint64_t third = count_characters(text) / 3;
    const std::size_t end =
        first_cut(text, std::min(kMinOpening, third), std::min(kMaxOpening, third));
    const std::string_view rest = trim(text.substr(end));
    std::string answer = bounded(rest, settings_.max_answer_characters);
    if (count_characters(answer) < kMinAnswer) {
      const auto max = static_cast<std::uint64_t>(settings_.max_answer_characters);
      answer = rest.substr(0, first_cut(rest, std::min(kMinAnswer, max), max));
    }
    const std::string opening = on_one_line(text.substr(0, end));
    std::string question = ask(document_.language, kContinuation, opening, settings_.seed);
    if (question.empty()) question = ask("en", kContinuation, opening, settings_.seed);
    if (!opening.empty() && !answer.empty()) record(kContinuation, question, answer);
  }

  void add(std::string_view kind, std::string_view subject, std::string_view text) {
    const std::string answer = bounded(text, settings_.max_answer_characters);
    const std::string question = ask(document_.language, kind, subject, settings_.seed);
    if (answer.empty() || question.empty()) return;
    if (kind != "purpose" && kind != "usage") {
      if (count_characters(answer) < kMinAnswer) return;
      // Paragraphs that translators left out would answer in English.
      if (!check_language(answer, document_.language).matches) return;
    }
    record(kind, question, answer);
  }

  void record(std::string_view kind, const std::string& question, const std::string& answer) {
    Dialogue dialogue;
    dialogue.messages = {{"user", question}, {"assistant", answer}};
    dialogue.kind = kind;
    dialogue.source = document_.source;
    dialogue.licence = document_.licence;
    dialogue.language = document_.language;
    dialogue.page = document_.page;
    dialogue.document = document_.id;
    dialogues_.push_back(std::move(dialogue));
  }

  const Document& document_;
  const InstructionSettings& settings_;
  std::vector<std::string_view> blocks_;
  std::vector<Dialogue> dialogues_;
};

}  // namespace

std::vector<Dialogue> dialogues_of(const Document& document, const InstructionSettings& settings) {
  if (is_code(document) || is_aligned(document)) return {};
  return Maker(document, settings).make();
}

}  // namespace lucie
