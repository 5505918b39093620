#include "corpus/token_shards.h"

#include <mutex>

#include "base/error.h"

namespace lucie {

namespace {

constexpr int kCompression = 6;
constexpr std::size_t kDocsFrame = std::size_t{1}
                                   << 16;  // a trace asks for a document here and there
constexpr const char* kTogether =
    "the three files of a shard belong together; write the shard again";

struct Field {
  const char* key;
  std::string TokenSpan::*member;
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

TokenShardWriter::TokenShardWriter(const fs::path& prefix, std::int64_t vocab_size)
    : tokens_(prefix, vocab_size),
      documents_(with_suffix(prefix, ".docs"), kCompression, kDocsFrame) {}

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
}

struct TokenShard::Lines {
  explicit Lines(const fs::path& path) : reader(path) {}
  std::mutex mutex;  // the reader keeps the frame that it read last
  FramedReader reader;
};

TokenShard::TokenShard(const fs::path& prefix)
    : tokens_(prefix), lines_(std::make_unique<Lines>(with_suffix(prefix, ".docs"))) {
  const std::uint64_t named = lines_->reader.records();
  if (named != static_cast<std::uint64_t>(tokens_.documents())) {
    fail(ErrorCode::kMismatch,
         "names " + std::to_string(named) + " documents, the .idx has " +
             std::to_string(tokens_.documents()),
         lines_->reader.path().string(), kTogether);
  }
}

TokenShard::~TokenShard() = default;
TokenShard::TokenShard(TokenShard&&) noexcept = default;

TokenSpan TokenShard::document(std::int64_t i) const {
  LUCIE_ASSERT(i >= 0 && i < tokens_.documents());
  std::string line;
  {
    const std::lock_guard lock(lines_->mutex);
    line = lines_->reader.line(static_cast<std::uint64_t>(i));
  }
  const std::string place = lines_->reader.path().string() + ":" + std::to_string(i + 1);
  TokenSpan span = span_from_json(line, place);
  if (span.begin != tokens_.begin(i) || span.end != tokens_.begin(i + 1)) {
    fail(ErrorCode::kMismatch, "token range does not fit the .idx file", place, kTogether);
  }
  return span;
}

TokenSpan TokenShard::document_of(std::uint64_t token) const {
  LUCIE_ASSERT(token < tokens_.tokens());
  return document(tokens_.document_of(token));
}

}  // namespace lucie
