#include "corpus/corpus_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

constexpr std::uint64_t kPartBytes = 256'000'000;

// A language names a folder, so it must not name a way out of it.
void check_folder_name(const std::string& language) {
  const bool plain =
      !language.empty() && std::all_of(language.begin(), language.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (!plain) {
    fail(ErrorCode::kInvalidArgument, "'" + language + "' is not a language", "sources.language",
         "use a code such as fr, code, or en-fr for aligned pairs");
  }
}

}  // namespace

std::vector<fs::path> corpus_parts(const fs::path& corpus_dir, const std::string& side) {
  const fs::path folder = corpus_dir / side / "documents";
  std::vector<fs::path> parts;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file() && entry->path().string().ends_with(".jsonl.zst")) {
      parts.push_back(entry->path());
    }
  }
  if (error) {
    fail(ErrorCode::kNotFound, "cannot read the corpus: " + error.message(), folder.string(),
         "run: lucie corpus build RECIPE");
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::optional<Document> DocumentReader::next() {
  std::string line;
  while (part_ < parts_.size()) {
    if (!lines_) lines_.emplace(parts_[part_]);
    if (lines_->next(line)) return document_from_json(line, lines_->place());
    lines_.reset();
    ++part_;
  }
  return std::nullopt;
}

DocumentWriter::DocumentWriter(const fs::path& corpus_dir, const std::string& side,
                               const std::string& language)
    : folder_(corpus_dir / side / "documents" / language) {
  check_folder_name(language);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder_.string());
}

void DocumentWriter::write(const Document& document) {
  if (part_ && bytes_ >= kPartBytes) commit();
  if (!part_) {
    part_.emplace(folder_ / fmt::format("part-{:05}.jsonl.zst", parts_++));
    bytes_ = 0;
  }
  part_->write(to_json_line(document) + "\n");
  bytes_ += document.text.size();
}

void DocumentWriter::commit() {
  if (part_) part_->commit();
  part_.reset();
}

}  // namespace lucie
