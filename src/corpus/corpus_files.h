// A corpus on disk, in Dolma's layout (docs/formats/documents.md):
//
//   CORPUS/train/documents/LANGUAGE/part-00000.jsonl.zst    and holdout/ likewise
//   CORPUS/verdicts.jsonl.zst                               one line per document read
//   CORPUS/clusters.jsonl.zst                               which document stands for which
//   CORPUS/stats.json                                       written last
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/framed_file.h"
#include "base/json_reader.h"
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
  JsonReader json_;
};

// Writes the parts of one number, a file for each language that occurs, in zstd frames
// (base/framed_file.h). They are there after commit().
class DocumentWriter {
 public:
  DocumentWriter(fs::path corpus_dir, std::string side, std::size_t number)
      : corpus_dir_(std::move(corpus_dir)), side_(std::move(side)), number_(number) {}
  void write(const Document& document);
  void commit();

 private:
  fs::path corpus_dir_;
  std::string side_;
  std::size_t number_;
  std::map<std::string, FramedWriter> parts_;  // by language
};

}  // namespace lucie
