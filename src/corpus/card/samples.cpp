// Beginnings of texts for the card, and the files that the corpus consists of.
#include <map>

#include "base/hash.h"
#include "corpus/card/data_card.h"
#include "corpus/corpus_files.h"

namespace lucie {

namespace {

constexpr std::size_t kDocumentsOfAPart = 2000;  // looked at: a bound for large corpora
constexpr std::size_t kSampleBytes = 700;

// At the end of a line or word near the limit, never inside a character.
std::string beginning_of(const std::string& text) {
  if (text.size() <= kSampleBytes) return text;
  std::size_t end = text.find_last_of(" \n", kSampleBytes);
  if (end == std::string::npos || end < kSampleBytes / 2) {
    end = kSampleBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  }
  return text.substr(0, end) + " ...";
}

Json sample_of(const Document& document) {
  Json sample = Json::object();
  sample["source"] = document.source;
  sample["id"] = document.id;
  sample["language"] = document.language;
  sample["licence"] = document.licence;
  sample["url"] = document.url;
  sample["text"] = beginning_of(document.text);
  return sample;
}

}  // namespace

Json pick_samples(const fs::path& corpus_dir, const SourceRegistry& sources) {
  struct Choice {
    std::uint64_t rank;
    Document document;
  };
  std::map<std::string, Choice> chosen;
  for (const fs::path& part : corpus_parts(corpus_dir, "train")) {
    DocumentReader reader(std::vector<fs::path>{part});
    for (std::size_t i = 0; i < kDocumentsOfAPart; ++i) {
      std::optional<Document> document = reader.next();
      if (!document) break;
      const Source* source = sources.find(document->source);
      if (source == nullptr || !source->allows(Use::kShown)) continue;
      const std::uint64_t rank = hash64(document->id);
      const auto found = chosen.find(source->id);
      if (found != chosen.end() && found->second.rank <= rank) continue;
      chosen.insert_or_assign(source->id, Choice{rank, std::move(*document)});
    }
  }
  Json samples = Json::array();
  for (const Source& source : sources.sources()) {
    const auto found = chosen.find(source.id);
    if (found != chosen.end()) samples.push_back(sample_of(found->second.document));
  }
  return samples;
}

Json list_files(const fs::path& corpus_dir, const SourceRegistry& sources) {
  if (!sources.closed_to(Use::kShown).empty()) return {};
  Json files = Json::array();
  for (const char* side : {"train", "holdout"}) {
    for (const fs::path& part : corpus_parts(corpus_dir, side)) {
      Json file = Json::object();
      file["path"] = fs::relative(part, corpus_dir).generic_string();
      file["side"] = side;
      file["language"] = part.parent_path().filename().string();
      file["bytes"] = static_cast<std::uint64_t>(fs::file_size(part));
      file["sha256"] = sha256_file(part);
      files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace lucie
