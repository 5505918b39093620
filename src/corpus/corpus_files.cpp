#include "corpus/corpus_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

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
    if (lines_->next(line)) {
      const std::string place = lines_->place();
      return document_from_json(json_.read(line, place), place);
    }
    lines_.reset();
    ++part_;
  }
  return std::nullopt;
}

void DocumentWriter::write(const Document& document) {
  const std::string& language = document.language;
  auto part = parts_.find(language);
  if (part == parts_.end()) {
    check_folder_name(language);
    const fs::path folder = corpus_dir_ / side_ / "documents" / language;
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder.string());
    const std::string name = fmt::format("part-{:05}.jsonl.zst", number_);
    part = parts_.try_emplace(language, folder / name).first;
  }
  part->second.write(to_json_line(document) + "\n");
}

void DocumentWriter::commit() {
  for (auto& [language, part] : parts_) part.commit();
  parts_.clear();
}

}  // namespace lucie
