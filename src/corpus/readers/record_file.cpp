#include "corpus/readers/record_file.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/stream.h"
#include "base/text.h"
#include "formats/parquet.h"

namespace lucie {
namespace {

// Delivers the records of one file and reports those that are damaged. What `sink` and `skipped`
// throw is not about the file, so both are called outside of the guarded parts.
class RecordTaker {
 public:
  RecordTaker(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
              const SkipSink& skipped)
      : spec_(spec), file_(file), sink_(sink), skipped_(skipped) {}

  // `number`: of the line or row; `parse` gives the record.
  template <typename Parse>
  void take(std::uint64_t number, const Parse& parse) {
    Document document;
    const std::string reason = damage_of([&] { document = make(number, parse()); });
    if (!reason.empty()) return damaged("#" + std::to_string(number), reason);
    if (document.text.empty()) return skipped_({spec_.id, document.url, "no text"});
    sink_(std::move(document));
  }

  void damaged(const std::string& place, const std::string& reason) {
    skipped_({spec_.id, "file:" + file_.relative + place, reason, true});
  }

  // A field that no record of a file has is a mistake in the recipe, not damage.
  void finish() const {
    if (has_text_ || without_text_ == 0) return;
    fail(ErrorCode::kInvalidArgument,
         "no document of this file has a '" + spec_.fields.text_name() + "'", file_.path.string(),
         "name the field of the text in the source '" + spec_.id + "': fields: {text: NAME}");
  }

 private:
  Document make(std::uint64_t number, Json record);

  const SourceSpec& spec_;
  const SourceFile& file_;
  const DocumentSink& sink_;
  const SkipSink& skipped_;
  bool has_text_ = false;
  std::uint64_t without_text_ = 0;
};

void check_document(const Document& document, std::uint64_t limit) {
  if (document.text.size() > limit) {
    fail(ErrorCode::kUnsupported, "document of more than " + std::to_string(limit) + " bytes");
  }
  if (!is_valid_utf8(document.text)) fail(ErrorCode::kCorrupt, "text is not UTF-8");
  if (!document.hash.empty() && document.hash != text_hash(document.text)) {
    fail(ErrorCode::kMismatch, "text does not fit the document's hash");
  }
}

Document RecordTaker::make(std::uint64_t number, Json record) {
  if (record.is_object() && !spec_.fields.has_text(record)) ++without_text_;
  Document document = spec_.fields.document(std::move(record), file_.path.string());
  has_text_ = true;
  const std::string id = document.id.empty() ? std::to_string(number) : document.id;
  const std::string own = file_.relative + "#" + id;
  document.source = spec_.id;
  if (document.url.empty()) document.url = "file:" + own;
  check_document(document, spec_.max_document);
  if (document.page.empty()) document.page = spec_.id + "/" + own;
  if (!spec_.language.empty()) document.language = spec_.language;
  if (document.format.empty()) document.format = document.language == "code" ? "code" : "text";
  set_declared_licence(spec_, &document);
  finish_document(&document);
  return document;
}

// `first`: the number of the group's first row in the file.
void read_row_group(const ParquetFile& parquet, std::size_t group,
                    const std::vector<std::string>& columns, std::uint64_t first,
                    RecordTaker* taker) {
  std::uint64_t number = first;
  std::optional<ParquetRows> rows;
  std::string reason = damage_of([&] { rows.emplace(parquet, group, columns); });
  for (bool more = reason.empty(); more;) {
    Json row;
    reason = damage_of([&] { more = rows->next(&row); });
    if (!reason.empty() || !more) break;
    taker->take(number++, [&] { return std::move(row); });
  }
  if (reason.empty()) return;
  const std::uint64_t last = first + static_cast<std::uint64_t>(parquet.rows(group)) - 1;
  taker->damaged("#row group " + std::to_string(group) + ": rows " + std::to_string(number) +
                     " to " + std::to_string(last),
                 reason);
}

}  // namespace

void read_json_lines(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                     const SkipSink& skipped) {
  RecordTaker taker(spec, file, sink, skipped);
  LineReader lines(file.path, spec.max_document);
  JsonReader json;
  std::string line;
  for (bool more = true;;) {
    const std::string reason = damage_of([&] { more = lines.next(line); });
    if (!reason.empty()) {
      taker.damaged("#" + std::to_string(lines.line_number()), reason);
      continue;
    }
    if (!more) break;
    if (trim(line).empty()) continue;
    taker.take(lines.line_number(),
               [&] { return json.read(line, lines.place(), spec.fields.members()); });
  }
  taker.finish();
}

void read_parquet(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                  const SkipSink& skipped) {
  RecordTaker taker(spec, file, sink, skipped);
  std::optional<ParquetFile> parquet;
  const std::string reason = damage_of([&] { parquet.emplace(file.path); });
  if (!reason.empty()) return taker.damaged("", reason);
  const std::vector<std::string> columns =
      spec.fields.columns(parquet->names(), file.path.string());
  std::uint64_t first = 1;
  for (std::size_t group = 0; group < parquet->row_groups(); ++group) {
    read_row_group(*parquet, group, columns, first, &taker);
    first += static_cast<std::uint64_t>(parquet->rows(group));
  }
}

}  // namespace lucie
