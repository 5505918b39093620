#include "corpus/load_fixture.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/framed_file.h"
#include "base/log.h"
#include "base/rng.h"
#include "corpus/document.h"

namespace lucie {

namespace {

constexpr std::uint64_t kDocumentsOfFile = 500, kNotices = 50, kRareWords = 60'000;

constexpr const char* kRecipe = R"(name: load
seed: 42
sources:
  - {id: load, reader: jsonl, path: documents, terms: open}
corpus: {holdout: {share: 0.01}}
)";

// Words that tell a detector of languages that this is English.
constexpr const char* kCommon[] = {
    "the",   "of",    "and",  "to",    "in",    "is",   "that",  "it",    "was",    "for",
    "on",    "are",   "with", "as",    "they",  "be",   "at",    "one",   "have",   "this",
    "from",  "or",    "had",  "by",    "word",  "but",  "what",  "some",  "we",     "can",
    "other", "were",  "all",  "there", "when",  "use",  "your",  "how",   "said",   "each",
    "which", "their", "time", "will",  "about", "many", "then",  "would", "write",  "like",
    "these", "long",  "make", "thing", "look",  "more", "could", "come",  "people", "number"};
constexpr const char* kStarts[] = {"con",   "pre",   "re",  "in",  "un",  "dis", "over", "sub",
                                   "inter", "trans", "out", "per", "pro", "com", "en",   "de"};
constexpr const char* kMiddles[] = {"form", "port", "struct", "tract", "ject", "scrib",
                                    "mit",  "vert", "spect",  "duct",  "fer",  "press",
                                    "tain", "vent", "volv",   "cept"};
constexpr const char* kEnds[] = {"ed",   "ing", "er",   "ation", "s",   "able", "or",  "ive",
                                 "ment", "ly",  "ness", "al",    "ful", "less", "ity", "ance"};

std::string rare_word(std::uint64_t number) {
  return std::string(kStarts[number % 16]) + kMiddles[number / 16 % 16] + kEnds[number / 256 % 16] +
         (number < 4096 ? "" : std::to_string(number / 4096));
}

std::string draw_word(Rng& rng) {
  const std::uint64_t draw = rng.below(2 * kRareWords);
  return draw < kRareWords ? kCommon[draw % std::size(kCommon)] : rare_word(draw - kRareWords);
}

std::string paragraph(Rng& rng) {
  std::string text = "The";
  for (std::uint64_t words = 20 + rng.below(100); words > 0; --words) text += " " + draw_word(rng);
  return text + ".";
}

// Of document `number` as it is when it is no copy.
std::string own_text(std::uint64_t seed, std::uint64_t number) {
  Rng rng(seed, "load/document", number);
  std::string text;
  for (std::uint64_t left = 1 + rng.below(9); left > 0; --left) text += paragraph(rng) + "\n\n";
  if (number % 4 == 0) {
    Rng notice(seed, "load/notice", rng.below(kNotices));
    text += paragraph(notice) + "\n\n";
  }
  return text + paragraph(rng);
}

enum class Kind { kOwn, kCopy, kNearCopy };
Kind kind_of(std::uint64_t number) {
  if (number % 10 == 3) return Kind::kCopy;
  return number % 10 == 7 ? Kind::kNearCopy : Kind::kOwn;
}

// An earlier document that is no copy.
std::uint64_t original_of(std::uint64_t seed, std::uint64_t number) {
  std::uint64_t original = Rng(seed, "load/original", number).below(number);
  while (kind_of(original) != Kind::kOwn) --original;
  return original;
}

std::string with_other_words(const std::string& text, std::uint64_t seed, std::uint64_t number) {
  Rng rng(seed, "load/change", number);
  std::string changed;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find(' ', at), text.size());
    changed += rng.below(32) == 0 ? rare_word(rng.below(kRareWords)) : text.substr(at, stop - at);
    if (stop < text.size()) changed += ' ';
    at = stop + 1;
  }
  return changed;
}

Document make_document(std::uint64_t seed, std::uint64_t number) {
  constexpr const char* kLicences[] = {"CC0-1.0", "CC-BY-SA-4.0", "GPL-3.0-or-later"};
  Document document;
  const Kind kind = kind_of(number);
  document.text = own_text(seed, kind == Kind::kOwn ? number : original_of(seed, number));
  if (kind == Kind::kNearCopy) document.text = with_other_words(document.text, seed, number);
  document.id = std::to_string(number);
  document.language = "en";
  document.licence = kLicences[number % 3];
  document.url = "https://example.org/" + document.id;
  document.page = "page/" + document.id;
  document.format = "html";
  return document;
}

struct Planted {
  std::uint64_t bytes = 0, copies = 0, near_copies = 0, notices = 0;
};

Planted write_file(const fs::path& path, std::uint64_t seed, std::uint64_t first) {
  Planted planted;
  FramedWriter writer(path, 1);
  for (std::uint64_t number = first; number < first + kDocumentsOfFile; ++number) {
    const Document document = make_document(seed, number);
    planted.bytes += document.text.size();
    planted.copies += kind_of(number) == Kind::kCopy;
    planted.near_copies += kind_of(number) == Kind::kNearCopy;
    planted.notices += kind_of(number) == Kind::kOwn && number % 4 == 0;
    writer.write(to_json_line(document) + "\n");
  }
  writer.commit();
  return planted;
}

}  // namespace

void write_load_fixture(const fs::path& dir, std::uint64_t bytes, std::uint64_t seed,
                        ThreadPool& pool) {
  fs::create_directories(dir / "documents");
  Planted all;
  std::uint64_t files = 0;
  // As many at a time whatever the threads, so that the last file is the same one.
  constexpr std::uint64_t kRound = 4;
  Progress progress("write documents", bytes, "B");
  while (all.bytes < bytes) {
    std::vector<Planted> round(kRound);
    pool.run(kRound, [&](std::int64_t i, int) {
      const std::uint64_t file = files + static_cast<std::uint64_t>(i);
      const std::string name = fmt::format("part-{:05}.jsonl.zst", file);
      round[static_cast<std::size_t>(i)] =
          write_file(dir / "documents" / name, seed, file * kDocumentsOfFile);
    });
    files += kRound;
    for (const Planted& planted : round) {
      progress.add(planted.bytes);
      all.bytes += planted.bytes;
      all.copies += planted.copies;
      all.near_copies += planted.near_copies;
      all.notices += planted.notices;
    }
  }
  Json json = Json::object();
  json["documents"] = files * kDocumentsOfFile;
  json["text_bytes"] = all.bytes;
  json["copies"] = all.copies;
  json["near_copies"] = all.near_copies;
  json["notices"] = all.notices;
  write_json(dir / "planted.json", json);
  write_file_atomic(dir / "recipe.yaml", kRecipe);
}

}  // namespace lucie
