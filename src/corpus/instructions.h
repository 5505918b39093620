// Dialogues for supervised fine-tuning, made from the corpus itself: a man page's NAME, SYNOPSIS
// and DESCRIPTION and the headings and titles of documentation become questions in the language of
// the text, their text the answers. A text that has none of these is asked to be continued from its
// opening. Every dialogue keeps the licence and the document it is from, and pages held out of
// training stay held out here.
//
// A line of JSON each: {messages: [{role, content}, ...], kind, source, licence, language, page,
// document}.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/document.h"
#include "tokenizer/chat_template.h"

namespace lucie {

inline constexpr std::string_view kContinuation = "continuation";

struct Dialogue {
  std::vector<ChatMessage> messages;  // user, assistant
  std::string kind;  // "purpose", "usage", "description", "topic", "title", kContinuation
  std::string source, licence, language, page;
  std::string document;  // id
};

std::string to_json_line(const Dialogue& dialogue);
Dialogue dialogue_from_json(std::string_view line, const std::string& place);
std::vector<Dialogue> read_dialogues(const fs::path& path);

struct InstructionSettings {
  std::uint64_t seed = 42;
  std::int64_t max_dialogues = 4000;         // of the training side, shared out evenly by language
  std::int64_t max_answer_characters = 500;  // longer answers end after a sentence
  std::set<std::string> closed_sources;      // of whose documents no dialogues are made
};

// The dialogues of one document; none for code and pairs. In languages without phrases, a
// continuation only.
std::vector<Dialogue> dialogues_of(const Document& document, const InstructionSettings& settings);

struct InstructionReport {
  std::map<std::string, std::uint64_t> train, holdout;  // dialogues by language
};

// Writes train.jsonl.zst, holdout.jsonl.zst and stats.json into `out_dir`.
InstructionReport generate_instructions(const fs::path& corpus_dir, const fs::path& out_dir,
                                        const InstructionSettings& settings);

}  // namespace lucie
