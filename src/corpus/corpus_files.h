// A corpus on disk, in Dolma's layout (docs/formats/documents.md):
//
//   CORPUS/train/documents/LANGUAGE/part-00000.jsonl.zst    and holdout/ likewise
//   CORPUS/verdicts.jsonl.zst                               one line per document read
//   CORPUS/stats.json
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/stream.h"
#include "corpus/document.h"

namespace lucie {

// The files of one side ("train" or "holdout"), sorted by language and part.
std::vector<fs::path> corpus_parts(const fs::path& corpus_dir, const std::string& side);

// Documents of several files, one after the other, in bounded memory.
class DocumentReader {
 public:
  explicit DocumentReader(std::vector<fs::path> parts) : parts_(std::move(parts)) {}
  std::optional<Document> next();

 private:
  std::vector<fs::path> parts_;
  std::size_t part_ = 0;
  std::optional<LineReader> lines_;
};

// Writes documents of one language and side, starting a new part every 256 MB of text.
class DocumentWriter {
 public:
  DocumentWriter(const fs::path& corpus_dir, const std::string& side, const std::string& language);
  void write(const Document& document);
  void commit();

 private:
  fs::path folder_;
  int parts_ = 0;
  std::uint64_t bytes_ = 0;  // of the current part
  std::optional<TextWriter> part_;
};

}  // namespace lucie
