#include "corpus/tokenize.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/cancel.h"
#include "base/discard.h"
#include "base/error.h"
#include "base/external_sort.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "corpus/build/work_folder.h"
#include "corpus/corpus_files.h"
#include "corpus/encoded_shard.h"
#include "corpus/token_shards.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

namespace {

// Parts are encoded in so many shards at most, since all are open while they are copied.
constexpr std::uint64_t kMostShards = 128;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), folder.string());
}

// Runs of parts: a function of the corpus alone.
std::vector<std::vector<fs::path>> cut_into_shards(const std::vector<fs::path>& parts,
                                                   std::uint64_t shard_bytes) {
  std::uint64_t total = 0;
  for (const fs::path& part : parts) total += fs::file_size(part);
  const std::uint64_t enough = std::max(shard_bytes, total / kMostShards + 1);
  std::vector<std::vector<fs::path>> shards;
  std::uint64_t bytes = enough;
  for (const fs::path& part : parts) {
    if (bytes >= enough) {
      shards.emplace_back();
      bytes = 0;
    }
    shards.back().push_back(part);
    bytes += fs::file_size(part);
  }
  return shards;
}

// The documents of one side, encoded, on disk.
struct EncodedSide {
  std::vector<GroupKey> groups;  // sorted
  std::vector<RandomFile> documents;
  ExternalSort<EncodedKey> keys;
};

std::vector<GroupKey> all_groups(const std::vector<Json>& shards) {
  std::set<GroupKey> keys;
  for (const Json& shard : shards) {
    for (const Json& key : shard.items()) keys.insert(GroupKey::from_json(key));
  }
  if (keys.size() > kMaxTokenGroups) {
    fail(ErrorCode::kUnsupported, std::to_string(keys.size()) + " groups of tokens", "mixture",
         "tell apart fewer sources, years or lengths: at most " + std::to_string(kMaxTokenGroups) +
             " groups");
  }
  return {keys.begin(), keys.end()};
}

EncodedSide encode_side(const EncodeJob& job, const std::vector<std::vector<fs::path>>& parts,
                        const std::string& side, const WorkFolder& work) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < parts.size(); ++i) names.push_back(fmt::format("{}-{:03}", side, i));
  const std::vector<Json> shards = work.run(names, nullptr, [&](std::size_t i) {
    return encode_parts(job, parts[i], static_cast<std::uint32_t>(i), work / names[i]);
  });
  EncodedSide encoded{all_groups(shards), {}, {work.path(), job.memory / 4, *job.pool}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::vector<std::uint32_t> group_numbers;
    for (const Json& key : shards[i].items()) {
      const auto& all = encoded.groups;
      const auto found = std::lower_bound(all.begin(), all.end(), GroupKey::from_json(key));
      group_numbers.push_back(static_cast<std::uint32_t>(found - all.begin()));
    }
    encoded.documents.emplace_back(work / (names[i] + ".documents"));
    RecordReader<EncodedKey> keys(work / (names[i] + ".keys"));
    while (const EncodedKey* key = keys.next()) {
      EncodedKey renumbered = *key;
      renumbered.group = group_numbers.at(key->group);
      encoded.keys.add(renumbered);
    }
  }
  return encoded;
}

// Writes the groups one after the other, reading a batch of documents at a time on all threads.
class SideWriter {
 public:
  SideWriter(const EncodeJob& job, EncodedSide encoded, fs::path folder)
      : job_(job), encoded_(std::move(encoded)), folder_(std::move(folder)) {}

  TokenStats run() {
    make_folder(folder_);
    const std::uint64_t enough = batch_bytes(job_.memory);
    std::uint64_t bytes = 0;
    Progress progress("write tokens", encoded_.keys.size(), "doc");
    while (const EncodedKey* key = encoded_.keys.next()) {
      if (!batch_.empty() && (bytes >= enough || batch_.back().group != key->group)) {
        progress.add(batch_.size());
        write_batch();
        bytes = 0;
      }
      batch_.push_back(*key);
      bytes += key->bytes;
    }
    progress.add(batch_.size());
    write_batch();
    if (writer_) writer_->commit();
    return std::move(stats_);
  }

 private:
  void write_batch() {
    if (batch_.empty()) return;
    check_cancelled();
    std::vector<EncodedDocument> documents(batch_.size());
    job_.pool->run(static_cast<std::int64_t>(batch_.size()), [&](std::int64_t i, int) {
      const EncodedKey& key = batch_[static_cast<std::size_t>(i)];
      documents[static_cast<std::size_t>(i)] = read_encoded(encoded_.documents[key.shard], key);
    });
    const GroupKey& group = encoded_.groups[batch_.front().group];
    if (!writer_ || group != group_) {
      if (writer_) writer_->commit();
      writer_.emplace(folder_ / group.name(), job_.tokenizer->vocab_size());
      group_ = group;
    }
    for (const EncodedDocument& one : documents) {
      writer_->add(one.document, one.tokens, one.tally.bytes);
      stats_.add(group, one.document, one.tally);
    }
    batch_.clear();
  }

  const EncodeJob& job_;
  EncodedSide encoded_;
  fs::path folder_;
  std::vector<EncodedKey> batch_;  // of one group
  std::optional<TokenShardWriter> writer_;
  GroupKey group_;  // of the writer
  TokenStats stats_;
};

}  // namespace

TokenizeReport tokenize_corpus(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                               const fs::path& out_dir, const TokenizeSettings& settings,
                               ThreadPool& pool) {
  const std::optional<TokenId> bos = tokenizer.bos(), eos = tokenizer.eos();
  if (!bos || !eos) {
    fail(ErrorCode::kMismatch, "the tokenizer has no tokens that begin and end a document", "",
         "a tokenizer_config.json with bos_token and eos_token belongs beside tokenizer.json");
  }
  EncodeJob job{&tokenizer, *bos, *eos, settings.seed, settings.memory, &pool, settings.grouping};
  make_folder(out_dir / "work");
  TokenizeReport report;
  const auto tokenize_side = [&](const std::string& side) {
    const auto parts = cut_into_shards(corpus_parts(corpus_dir, side), settings.shard_bytes);
    const WorkFolder work(out_dir / "work");
    return SideWriter(job, encode_side(job, parts, side, work), out_dir / side).run();
  };
  report.train = tokenize_side("train");
  job.grouping = Grouping();
  report.holdout = tokenize_side("holdout");
  Json stats = Json::object();
  stats["version"] = 1;
  stats["vocab_size"] = tokenizer.vocab_size();
  stats["train"] = report.train.to_json();
  stats["holdout"] = report.holdout.to_json();
  write_json(out_dir / "stats.json", stats);
  discard_folder(out_dir / "work");
  return report;
}

}  // namespace lucie
