#include "corpus/readers/web_archive.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "corpus/readers/charset.h"
#include "corpus/readers/http_response.h"
#include "corpus/readers/web_page.h"
#include "formats/warc.h"

namespace lucie {

namespace {

// A page's markup may be larger than its text, but not without end.
constexpr std::uint64_t kMaxPageBytes = 16 << 20;

// Why a rule leaves the record out; empty when its text was taken.
using Reason = std::string;

bool robots_say(const std::string& list, const std::string& word) {
  const std::vector<std::string> words = split(list, ',');
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& entry) { return trim(entry) == word; });
}

Reason refused_by_robots(const SourceSpec& spec, const WebPage& page, const std::string& header) {
  for (const std::string& word : spec.robots) {
    const bool meta = word == "noai" ? page.no_ai : page.no_index;
    if (meta || robots_say(header, word)) return "robots: " + word;
  }
  return {};
}

Reason take_page(const SourceSpec& spec, const HttpResponse& response, Document* document) {
  const bool html =
      response.media_type == "text/html" || response.media_type == "application/xhtml+xml";
  if (!html && response.media_type != "text/plain") return "neither HTML nor plain text";
  if (response.body.size() > kMaxPageBytes) return "page of more than 16 MB";
  const std::string text = html_to_utf8(response.body, response.charset);
  WebPage page;
  if (html && !trim(text).empty()) page = read_web_page(text, document->url);
  if (!html) page.page = read_plain_page(text, "");
  if (Reason reason = refused_by_robots(spec, page, response.robots); !reason.empty()) {
    return reason;
  }
  document->title = page.page.title;
  document->text = page_text(page.page.blocks);
  document->format = html ? "html" : "text";
  return document->text.empty() ? "no main text" : "";
}

Reason take_record(const SourceSpec& spec, const WarcRecord& record, std::string content,
                   Document* document) {
  if (record.type == "conversion") {
    if (!is_valid_utf8(content)) fail(ErrorCode::kCorrupt, "text is not UTF-8");
    document->text = trim(content);
    document->format = "text";
    return document->text.empty() ? "no text" : "";
  }
  HttpResponse response;
  if (record.type == "resource") {
    parse_media_type(record.content_type, &response.media_type, &response.charset);
    response.status = 200;
    response.body = std::move(content);
  } else {
    response = parse_http_response(content, spec.max_document);
  }
  if (response.status != 200) return "HTTP status " + std::to_string(response.status);
  return take_page(spec, response, document);
}

bool is_wanted(const SourceSpec& spec, const WarcRecord& record) {
  if (spec.reader == "wet") return record.type == "conversion";
  if (record.type == "resource") return !record.uri.empty();
  // DNS answers are responses too.
  return record.type == "response" && record.uri.starts_with("http");
}

Document make_document(const SourceSpec& spec, const SourceFile& file, const WarcRecord& record) {
  Document document;
  document.source = spec.id;
  document.url = record.uri;
  document.page = record.uri;
  document.provenance = file.relative + "@" + std::to_string(record.offset) + " " + record.id;
  if (!record.ip.empty()) document.provenance += " " + record.ip;
  document.added = record.date.substr(0, 10);
  document.language = spec.language;
  set_declared_licence(spec, &document);
  return document;
}

}  // namespace

void read_web_archive(const SourceSpec& spec, const SourceFile& file, const DocumentSink& sink,
                      const SkipSink& skipped) {
  WarcReader reader(file.path);
  for (bool more = true; more;) {
    WarcRecord record;
    Document document;
    Reason left_out;
    bool wanted = false;
    const Reason damage = damage_of([&] {
      more = reader.next(&record);
      wanted = more && is_wanted(spec, record);
      if (!wanted) return;
      document = make_document(spec, file, record);
      left_out = take_record(spec, record, reader.content(spec.max_document), &document);
    });
    if (!damage.empty()) {
      skipped(
          {spec.id, "file:" + file.relative + "#" + std::to_string(reader.number()), damage, true});
    } else if (!left_out.empty()) {
      skipped({spec.id, document.url, left_out});
    } else if (wanted) {
      finish_document(&document);
      sink(std::move(document));
    }
  }
}

}  // namespace lucie
