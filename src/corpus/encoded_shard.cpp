#include "corpus/encoded_shard.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>

#include "base/cancel.h"
#include "base/error.h"
#include "base/framed_file.h"
#include "base/hash.h"
#include "base/json_reader.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "corpus/text_repair.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

namespace {

// What TokenShardWriter and the counts need of a document.
constexpr std::string Document::*kKept[] = {&Document::id,      &Document::source,
                                            &Document::licence, &Document::language,
                                            &Document::url,     &Document::page};
constexpr std::size_t kStrings = std::size(kKept);

struct RecordHeader {
  std::uint64_t text_bytes, words, tokens;
  std::uint32_t lengths[kStrings];
};

void append_bytes(std::string* out, const void* bytes, std::size_t count) {
  out->append(static_cast<const char*>(bytes), count);
}

std::string_view without_trailing_space(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n\f\v");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// The records of one frame of a part.
struct EncodedFrame {
  std::string records;
  std::vector<GroupKey> groups;  // of each
  std::vector<EncodedKey> keys;  // offsets within `records`, no group yet
};

void encode_document(const EncodeJob& job, const Document& document, EncodedFrame* frame) {
  const std::string_view text = without_trailing_space(document.text);
  EncodeOptions options;
  options.add_special = false;
  const std::vector<TokenId> ids = job.tokenizer->encode(text, options);
  RecordHeader header{text.size(), count_words(text), ids.size() + 2, {}};
  for (std::size_t i = 0; i < kStrings; ++i) {
    header.lengths[i] = static_cast<std::uint32_t>((document.*kKept[i]).size());
  }
  EncodedKey key;
  key.hash = hash64(document.id, job.seed);
  key.offset = frame->records.size();
  append_bytes(&frame->records, &header, sizeof header);
  for (const auto member : kKept) frame->records += document.*member;
  append_bytes(&frame->records, &job.bos, sizeof job.bos);
  append_bytes(&frame->records, ids.data(), ids.size() * sizeof(TokenId));
  append_bytes(&frame->records, &job.eos, sizeof job.eos);
  key.bytes = frame->records.size() - key.offset;
  frame->keys.push_back(key);
  frame->groups.push_back(job.grouping.key_of(document, header.tokens));
}

// `first_line`: number of the frame's first line in the file, for errors.
EncodedFrame encode_frame(const EncodeJob& job, const FramedReader& part, std::size_t frame,
                          std::uint64_t first_line) {
  EncodedFrame encoded;
  JsonReader json;
  const std::string text = part.text(frame);
  for (std::string_view rest = text; !rest.empty(); ++first_line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string place = part.path().string() + ":" + std::to_string(first_line);
    const Document document = document_from_json(json.read(rest.substr(0, end), place), place);
    if (document.language.empty()) {
      fail(ErrorCode::kCorrupt, "document " + document.id + " has no language", place,
           "its metadata says it: {\"language\": \"fr\"}");
    }
    encode_document(job, document, &encoded);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return encoded;
}

class EncodedWriter {
 public:
  EncodedWriter(const fs::path& prefix, std::uint32_t shard)
      : documents_(prefix.string() + ".documents"),
        keys_(prefix.string() + ".keys"),
        shard_(shard) {}

  void add(const EncodedFrame& frame) {
    for (std::size_t i = 0; i < frame.keys.size(); ++i) {
      EncodedKey key = frame.keys[i];
      key.group = groups_.try_emplace(frame.groups[i], groups_.size()).first->second;
      key.shard = shard_;
      key.offset += documents_.offset();
      keys_.write(key);
    }
    documents_.write(frame.records);
  }

  Json commit() {
    documents_.commit();
    keys_.commit();
    std::vector<Json> keys(groups_.size());
    for (const auto& [key, number] : groups_) keys[number] = key.to_json();
    return Json(std::move(keys));
  }

 private:
  AtomicFile documents_;
  RecordWriter<EncodedKey> keys_;
  std::uint32_t shard_;
  std::map<GroupKey, std::uint32_t> groups_;  // numbered as they come
};

void encode_part(const EncodeJob& job, const FramedReader& part, EncodedWriter* writer,
                 Progress* progress) {
  const std::vector<Frame>& frames = part.frames();
  std::uint64_t line = 1;
  for (std::size_t begin = 0; begin < frames.size();) {
    check_cancelled();
    std::vector<std::uint64_t> first_line;
    std::uint64_t bytes = 0;
    std::size_t end = begin;
    for (; end < frames.size() && (end == begin || bytes < batch_bytes(job.memory)); ++end) {
      first_line.push_back(line);
      line += frames[end].records;
      bytes += frames[end].text;
    }
    std::vector<EncodedFrame> encoded(end - begin);
    job.pool->run(static_cast<std::int64_t>(encoded.size()), [&](std::int64_t i, int) {
      const auto index = static_cast<std::size_t>(i);
      encoded[index] = encode_frame(job, part, begin + index, first_line[index]);
    });
    for (const EncodedFrame& frame : encoded) writer->add(frame);
    progress->add(bytes);
    begin = end;
  }
}

}  // namespace

// Records take about as much as their text; lines being parsed take it three times more, but only
// on each thread's frame of a megabyte. Beyond 64 MB a longer batch saves nothing.
std::uint64_t batch_bytes(std::uint64_t memory) {
  return std::min<std::uint64_t>(memory / 8, 64 << 20);
}

Json encode_parts(const EncodeJob& job, std::span<const fs::path> parts, std::uint32_t shard,
                  const fs::path& prefix) {
  EncodedWriter writer(prefix, shard);
  std::uint64_t total = 0;
  for (const fs::path& path : parts) {
    const FramedReader part(path);
    for (const Frame& frame : part.frames()) total += frame.text;
  }
  Progress progress("tokenize", total, "B");
  for (const fs::path& path : parts) encode_part(job, FramedReader(path), &writer, &progress);
  return writer.commit();
}

EncodedDocument read_encoded(const RandomFile& documents, const EncodedKey& key) {
  std::string record(key.bytes, '\0');
  documents.read(key.offset, std::as_writable_bytes(std::span(record)));
  RecordHeader header;
  LUCIE_ASSERT(record.size() >= sizeof header);
  std::memcpy(&header, record.data(), sizeof header);
  EncodedDocument encoded;
  std::size_t at = sizeof header;
  for (std::size_t i = 0; i < kStrings; ++i) {
    encoded.document.*kKept[i] = record.substr(at, header.lengths[i]);
    at += header.lengths[i];
  }
  LUCIE_ASSERT(record.size() - at == header.tokens * sizeof(TokenId));
  encoded.tokens.resize(header.tokens);
  std::memcpy(encoded.tokens.data(), record.data() + at, record.size() - at);
  encoded.tally = {1, header.tokens, header.text_bytes, header.words};
  return encoded;
}

}  // namespace lucie
