#include "corpus/token_shards.h"

#include <algorithm>

#include "base/error.h"

namespace lucie {

namespace {

struct Field {
  const char* key;
  std::string TokenSpan::* member;
};
constexpr Field kFields[] = {
    {"id", &TokenSpan::id},           {"source", &TokenSpan::source},
    {"licence", &TokenSpan::licence}, {"language", &TokenSpan::language},
    {"url", &TokenSpan::url},         {"page", &TokenSpan::page},
};

fs::path with_suffix(const fs::path& prefix, const char* suffix) {
  return fs::path(prefix.string() + suffix);
}

std::uint64_t count_at(const Json& line, std::string_view key, const std::string& place) {
  const Json& value = line.at(key);
  if (!value.is_int() || value.as_int() < 0) {
    fail(ErrorCode::kCorrupt, "'" + std::string(key) + "' is not a count", place);
  }
  return static_cast<std::uint64_t>(value.as_int());
}

TokenSpan span_from_json(std::string_view text, const std::string& place) {
  const Json line = parse_json(text, place);
  if (!line.is_object()) fail(ErrorCode::kCorrupt, "a line is not a JSON object", place);
  TokenSpan span;
  try {
    for (const Field& field : kFields) span.*field.member = line.at(field.key).as_string();
    span.begin = count_at(line, "begin", place);
    span.end = count_at(line, "end", place);
    span.bytes = count_at(line, "bytes", place);
  } catch (const Error& error) {
    fail(ErrorCode::kCorrupt, error.message(), place);
  }
  return span;
}

}  // namespace

// TextWriter compresses by the name, so the file is called .docs.zst until it is complete.
TokenShardWriter::TokenShardWriter(const fs::path& prefix, std::int64_t vocab_size)
    : prefix_(prefix), tokens_(prefix, vocab_size), documents_(with_suffix(prefix, ".docs.zst")) {}

void TokenShardWriter::add(const Document& document, std::span<const std::int32_t> tokens,
                           std::uint64_t text_bytes) {
  Json line = Json::object();
  line["id"] = document.id;
  line["source"] = document.source;
  line["licence"] = document.licence;
  line["language"] = document.language;
  line["url"] = document.url;
  line["page"] = document.page;
  line["begin"] = tokens_.tokens();
  tokens_.add_document(tokens);
  line["end"] = tokens_.tokens();
  line["bytes"] = text_bytes;
  documents_.write(line.dump() + "\n");
}

void TokenShardWriter::commit() {
  tokens_.commit();
  documents_.commit();
  std::error_code error;
  fs::rename(with_suffix(prefix_, ".docs.zst"), with_suffix(prefix_, ".docs"), error);
  if (error) fail(ErrorCode::kIo, "cannot rename: " + error.message(), prefix_.string() + ".docs");
}

TokenShard::TokenShard(const fs::path& prefix) : tokens_(prefix) {
  LineReader lines(with_suffix(prefix, ".docs"));
  std::string line;
  while (lines.next(line)) {
    const auto index = static_cast<std::int64_t>(documents_.size());
    TokenSpan span = span_from_json(line, lines.place());
    if (index >= tokens_.documents() || span.begin != tokens_.begin(index) ||
        span.end != tokens_.begin(index + 1)) {
      fail(ErrorCode::kMismatch, "token range does not fit the .idx file", lines.place(),
           "the three files of a shard belong together; write the shard again");
    }
    documents_.push_back(std::move(span));
  }
  if (static_cast<std::int64_t>(documents_.size()) != tokens_.documents()) {
    fail(ErrorCode::kMismatch,
         "names " + std::to_string(documents_.size()) + " documents, the .idx has " +
             std::to_string(tokens_.documents()),
         with_suffix(prefix, ".docs").string(),
         "the three files of a shard belong together; write the shard again");
  }
}

const TokenSpan& TokenShard::document_of(std::uint64_t token) const {
  LUCIE_ASSERT(token < tokens_.tokens());
  return documents_[static_cast<std::size_t>(tokens_.document_of(token))];
}

}  // namespace lucie
