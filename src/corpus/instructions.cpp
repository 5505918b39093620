#include "corpus/instructions.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/stream.h"
#include "corpus/corpus_files.h"
#include "corpus/dedup.h"

namespace lucie {

namespace {

struct Field {
  const char* key;
  std::string Dialogue::* member;
};
constexpr Field kFields[] = {
    {"kind", &Dialogue::kind},       {"source", &Dialogue::source},
    {"licence", &Dialogue::licence}, {"language", &Dialogue::language},
    {"page", &Dialogue::page},       {"document", &Dialogue::document},
};

using ByLanguage = std::map<std::string, std::vector<Dialogue>>;

// In an order shuffled by (seed, question, document), without the same question and answer twice;
// continuations, which say nothing about their subject, fill up what the others leave.
ByLanguage collect(const fs::path& corpus_dir, const std::string& side,
                   const InstructionSettings& settings) {
  std::map<std::string, std::map<std::pair<bool, std::uint64_t>, Dialogue>> ordered;
  HashSet seen;
  DocumentReader reader(corpus_parts(corpus_dir, side));
  while (const std::optional<Document> document = reader.next()) {
    if (settings.closed_sources.contains(document->source)) continue;
    for (Dialogue& dialogue : dialogues_of(*document, settings)) {
      const std::string exchange =
          dialogue.messages[0].content + "\n" + dialogue.messages[1].content;
      if (!seen.insert(hash128(exchange)).second) continue;
      const std::uint64_t key = hash64(dialogue.document + "\n" + exchange, settings.seed);
      const bool last = dialogue.kind == kContinuation;
      ordered[dialogue.language].emplace(std::pair(last, key), std::move(dialogue));
    }
  }
  ByLanguage result;
  for (auto& [language, dialogues] : ordered) {
    for (auto& [key, dialogue] : dialogues) result[language].push_back(std::move(dialogue));
  }
  return result;
}

// Languages take turns until `limit` dialogues are chosen or none are left.
std::vector<const Dialogue*> take_turns(const ByLanguage& dialogues, std::size_t limit) {
  std::vector<const Dialogue*> chosen;
  for (std::size_t turn = 0;; ++turn) {
    const std::size_t before = chosen.size();
    for (const auto& [language, list] : dialogues) {
      if (turn < list.size() && chosen.size() < limit) chosen.push_back(&list[turn]);
    }
    if (chosen.size() == before) return chosen;
  }
}

struct Written {
  std::map<std::string, std::uint64_t> counts;  // by language
  bool continuations = false;
};

Written write_side(const fs::path& corpus_dir, const fs::path& out_dir, const std::string& side,
                   bool continuations, const InstructionSettings& settings) {
  const ByLanguage dialogues = collect(corpus_dir, side, settings);
  Written written;
  TextWriter writer(out_dir / (side + ".jsonl.zst"));
  for (const Dialogue* dialogue :
       take_turns(dialogues, static_cast<std::size_t>(settings.max_dialogues))) {
    const bool continuation = dialogue->kind == kContinuation;
    if (continuation && !continuations) continue;
    writer.write(to_json_line(*dialogue) + "\n");
    ++written.counts[dialogue->language];
    written.continuations = written.continuations || continuation;
  }
  writer.commit();
  return written;
}

Json counts_to_json(const std::map<std::string, std::uint64_t>& counts) {
  Json json = Json::object();
  for (const auto& [language, count] : counts) json[language] = count;
  return json;
}

}  // namespace

std::string to_json_line(const Dialogue& dialogue) {
  Json line = Json::object();
  line["messages"] = Json::array();
  for (const ChatMessage& message : dialogue.messages) {
    Json entry = Json::object();
    entry["role"] = message.role;
    entry["content"] = message.content;
    line["messages"].push_back(std::move(entry));
  }
  for (const Field& field : kFields) line[field.key] = dialogue.*field.member;
  return line.dump();
}

Dialogue dialogue_from_json(std::string_view text, const std::string& place) {
  const Json line = parse_json(text, place);
  const Json* messages = line.find("messages");
  if (messages == nullptr || !messages->is_array()) {
    fail(ErrorCode::kCorrupt, "a dialogue without a list of messages", place,
         "each line is {\"messages\": [{\"role\": ..., \"content\": ...}, ...]}");
  }
  Dialogue dialogue;
  for (const Json& message : messages->items()) {
    const Json *role = message.find("role"), *content = message.find("content");
    if (role == nullptr || content == nullptr || !role->is_string() || !content->is_string()) {
      fail(ErrorCode::kCorrupt, "a message without role or content", place);
    }
    dialogue.messages.push_back({role->as_string(), content->as_string()});
  }
  for (const Field& field : kFields) {
    const Json* value = line.find(field.key);
    if (value != nullptr && value->is_string()) dialogue.*field.member = value->as_string();
  }
  return dialogue;
}

std::vector<Dialogue> read_dialogues(const fs::path& path) {
  std::vector<Dialogue> dialogues;
  LineReader lines(path);
  std::string line;
  while (lines.next(line)) dialogues.push_back(dialogue_from_json(line, lines.place()));
  return dialogues;
}

InstructionReport generate_instructions(const fs::path& corpus_dir, const fs::path& out_dir,
                                        const InstructionSettings& settings) {
  std::error_code error;
  fs::create_directories(out_dir, error);
  if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), out_dir.string());
  InstructionReport report;
  const Written train = write_side(corpus_dir, out_dir, "train", true, settings);
  // What was not trained is not measured.
  const Written holdout = write_side(corpus_dir, out_dir, "holdout", train.continuations, settings);
  report.train = train.counts;
  report.holdout = holdout.counts;
  Json stats = Json::object();
  stats["version"] = 1;
  stats["train"] = counts_to_json(report.train);
  stats["holdout"] = counts_to_json(report.holdout);
  write_json(out_dir / "stats.json", stats);
  return report;
}

}  // namespace lucie
