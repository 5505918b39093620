#include "corpus/tokenize.h"

#include <algorithm>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "corpus/corpus_files.h"
#include "corpus/mixture.h"
#include "corpus/text_repair.h"
#include "corpus/token_shards.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

namespace {

struct Job {
  const Tokenizer* tokenizer;
  ThreadPool* pool;
  std::uint64_t seed;
  TokenId bos, eos;
};

std::string_view without_trailing_space(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n\f\v");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::vector<TokenId> encode_document(const Job& job, std::string_view text) {
  EncodeOptions options;
  options.add_special = false;
  const std::vector<TokenId> ids = job.tokenizer->encode(text, options);
  std::vector<TokenId> tokens;
  tokens.reserve(ids.size() + 2);
  tokens.push_back(job.bos);
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  tokens.push_back(job.eos);
  return tokens;
}

using Groups = std::map<std::string, std::vector<Document>>;

// The documents of one side by group, each group in its shuffled order.
Groups read_groups(const fs::path& corpus_dir, const std::string& side, std::uint64_t seed) {
  Groups groups;
  DocumentReader reader(corpus_parts(corpus_dir, side));
  while (std::optional<Document> document = reader.next()) {
    std::vector<Document>& group = groups[mixture_group(document->language)];
    group.push_back(std::move(*document));
  }
  for (auto& [name, documents] : groups) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keys;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      keys.emplace_back(hash64(documents[i].id, seed), i);
    }
    std::sort(keys.begin(), keys.end());  // equal hashes: in the order of the corpus
    std::vector<Document> shuffled;
    shuffled.reserve(documents.size());
    for (const auto& [hash, i] : keys) shuffled.push_back(std::move(documents[i]));
    documents = std::move(shuffled);
  }
  return groups;
}

void count(TokenStats* stats, const std::string& group, const Document& document,
           const TokenTally& one) {
  for (TokenTally* tally :
       {&stats->total, &stats->by_group[group], &stats->by_language[document.language],
        &stats->by_source[document.source], &stats->by_licence[document.licence],
        &stats->by_source_language[document.source][document.language]}) {
    tally->documents += one.documents;
    tally->tokens += one.tokens;
    tally->bytes += one.bytes;
    tally->words += one.words;
  }
}

// Encodes a batch at a time on all threads and writes it in order.
void write_group(const Job& job, const std::string& group, const std::vector<Document>& documents,
                 const fs::path& prefix, TokenStats* stats) {
  constexpr std::size_t kBatch = 512;
  TokenShardWriter writer(prefix, job.tokenizer->vocab_size());
  std::uint64_t total_bytes = 0;
  for (const Document& document : documents) total_bytes += document.text.size();
  Progress progress("tokenize " + group, total_bytes, "B");
  std::vector<std::vector<TokenId>> encoded(kBatch);
  for (std::size_t begin = 0; begin < documents.size(); begin += kBatch) {
    check_cancelled();
    const std::size_t end = std::min(begin + kBatch, documents.size());
    job.pool->run(static_cast<std::int64_t>(end - begin), [&](std::int64_t i, int) {
      const auto index = static_cast<std::size_t>(i);
      encoded[index] = encode_document(job, without_trailing_space(documents[begin + index].text));
    });
    for (std::size_t i = begin; i < end; ++i) {
      const std::string_view text = without_trailing_space(documents[i].text);
      const std::vector<TokenId>& tokens = encoded[i - begin];
      writer.add(documents[i], tokens, text.size());
      count(stats, group, documents[i], {1, tokens.size(), text.size(), count_words(text)});
      progress.add(documents[i].text.size());
    }
  }
  writer.commit();
}

TokenStats tokenize_side(const Job& job, const fs::path& corpus_dir, const std::string& side,
                         const fs::path& out_dir) {
  TokenStats stats;
  std::error_code error;
  fs::create_directories(out_dir / side, error);
  if (error) {
    fail(ErrorCode::kIo, "cannot make the folder: " + error.message(), (out_dir / side).string());
  }
  for (const auto& [group, documents] : read_groups(corpus_dir, side, job.seed)) {
    write_group(job, group, documents, out_dir / side / group, &stats);
  }
  return stats;
}

Json tallies_to_json(const std::map<std::string, TokenTally>& tallies) {
  Json json = Json::object();
  for (const auto& [name, tally] : tallies) json[name] = tally.to_json();
  return json;
}

double ratio(std::uint64_t a, std::uint64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

double TokenTally::tokens_per_word() const {
  return ratio(tokens - 2 * documents, words);
}
double TokenTally::bytes_per_token() const {
  return ratio(bytes, tokens - 2 * documents);
}

Json TokenTally::to_json() const {
  Json json = Json::object();
  json["documents"] = documents;
  json["tokens"] = tokens;
  json["bytes"] = bytes;
  json["words"] = words;
  json["tokens_per_word"] = tokens_per_word();
  json["bytes_per_token"] = bytes_per_token();
  return json;
}

Json TokenStats::to_json() const {
  Json json = Json::object();
  json["total"] = total.to_json();
  json["by_group"] = tallies_to_json(by_group);
  json["by_language"] = tallies_to_json(by_language);
  json["by_source"] = tallies_to_json(by_source);
  json["by_licence"] = tallies_to_json(by_licence);
  json["by_source_language"] = Json::object();
  for (const auto& [source, languages] : by_source_language) {
    json["by_source_language"][source] = tallies_to_json(languages);
  }
  return json;
}

TokenizeReport tokenize_corpus(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                               const fs::path& out_dir, std::uint64_t seed, ThreadPool& pool) {
  const std::optional<TokenId> bos = tokenizer.bos(), eos = tokenizer.eos();
  if (!bos || !eos) {
    fail(ErrorCode::kMismatch, "the tokenizer has no tokens that begin and end a document", "",
         "a tokenizer_config.json with bos_token and eos_token belongs beside tokenizer.json");
  }
  const Job job{&tokenizer, &pool, seed, *bos, *eos};
  TokenizeReport report;
  report.train = tokenize_side(job, corpus_dir, "train", out_dir);
  report.holdout = tokenize_side(job, corpus_dir, "holdout", out_dir);
  Json stats = Json::object();
  stats["version"] = 1;
  stats["vocab_size"] = tokenizer.vocab_size();
  stats["train"] = report.train.to_json();
  stats["holdout"] = report.holdout.to_json();
  write_json(out_dir / "stats.json", stats);
  return report;
}

}  // namespace lucie
