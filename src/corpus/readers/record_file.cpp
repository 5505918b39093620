#include "corpus/readers/record_file.h"

#include <utility>

#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "formats/parquet.h"

namespace lucie {
namespace {

struct RecordPlace {
  const SourceFile& file;
  std::uint64_t number;  // of the line or row
  std::string text;      // for errors
};

void check_document(const Document& document, const std::string& place) {
  if (document.text.size() > kMaxFileBytes) {
    fail(ErrorCode::kUnsupported, "document of more than 16 MB", place);
  }
  if (!is_valid_utf8(document.text)) fail(ErrorCode::kCorrupt, "text is not UTF-8", place);
  if (!document.hash.empty() && document.hash != text_hash(document.text)) {
    fail(ErrorCode::kMismatch, "text of document " + document.id + " does not fit its hash", place,
         "the file was changed after it was written");
  }
}

void take_record(const SourceSpec& spec, const RecordPlace& place, Json record,
                 const DocumentSink& sink, const SkipSink& skipped) {
  Document document = spec.fields.document(std::move(record), place.text);
  const std::string id = document.id.empty() ? std::to_string(place.number) : document.id;
  const std::string own = place.file.relative + "#" + id;
  document.source = spec.id;
  if (document.url.empty()) document.url = "file:" + own;
  if (document.text.empty()) return skipped({spec.id, document.url, "no text"});
  check_document(document, place.text);
  if (document.page.empty()) document.page = spec.id + "/" + own;
  if (!spec.language.empty()) document.language = spec.language;
  if (document.format.empty()) document.format = document.language == "code" ? "code" : "text";
  set_declared_licence(spec, &document);
  finish_document(&document);
  sink(std::move(document));
}

}  // namespace

void read_json_lines(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                     const SkipSink& skipped) {
  LineReader lines(file.path);
  std::string line;
  while (lines.next(line)) {
    if (trim(line).empty()) continue;
    if (line.size() > kMaxFileBytes) {
      fail(ErrorCode::kUnsupported, "document of more than 16 MB", lines.place());
    }
    const RecordPlace place{file, lines.line_number(), lines.place()};
    take_record(spec, place, parse_json(line, place.text), sink, skipped);
  }
}

void read_parquet(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                  const SkipSink& skipped) {
  const ParquetFile parquet(file.path);
  const std::string path = file.path.string();
  const std::vector<std::string> columns = spec.fields.columns(parquet.names(), path);
  std::uint64_t number = 0;
  for (std::size_t group = 0; group < parquet.row_groups(); ++group) {
    ParquetRows rows(parquet, group, columns);
    for (Json row; rows.next(&row);) {
      ++number;
      const RecordPlace place{file, number, path + ": row " + std::to_string(number)};
      take_record(spec, place, std::move(row), sink, skipped);
    }
  }
}

}  // namespace lucie
