// One document -> its dialogues (instructions.h). Which phrase asks is a function of the document
// and the question alone.
#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/text.h"
#include "corpus/filters.h"
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
constexpr std::size_t kMaxTopics = 2;  // of one document

std::vector<std::string_view> blocks_of(std::string_view text) {
  std::vector<std::string_view> blocks;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find("\n\n", at), text.size());
    const std::string_view block = trim(text.substr(at, stop - at));
    if (!block.empty()) blocks.push_back(block);
    at = stop + 2;
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

// At most `max` characters, ending after a sentence where one ends early enough, else nothing.
std::string bounded(std::string_view text, std::int64_t max) {
  if (count_characters(text) <= static_cast<std::uint64_t>(max)) return std::string(text);
  std::size_t at = 0, sentence = 0;
  for (std::int64_t i = 0; i < max && at < text.size(); ++i) {
    const char c = text[at];
    next_code_point(text, &at);
    const bool ends = (c == '.' || c == '!' || c == '?') && at < text.size() && text[at] == ' ';
    if (ends) sentence = at;
  }
  return std::string(text.substr(0, sentence));
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
      : document_(document), settings_(settings), blocks_(blocks_of(document.text)) {}

  std::vector<Dialogue> make() {
    if (document_.format == "man") {
      from_man_page();
    } else {
      from_headings();
    }
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
      if (!is_heading(blocks_[i]) || !is_prose(blocks_[i + 1])) continue;
      if (blocks_[i] == document_.title) continue;
      add("topic", blocks_[i], blocks_[i + 1]);
      ++topics;
    }
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
