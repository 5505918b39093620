#include "tokenizer/bpe_trainer.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "tokenizer/bpe_trainer_lucie.h"
#include "tokenizer/bpe_trainer_merges.h"
#include "tokenizer/bpe_trainer_words.h"
#include "tokenizer/normalizer.h"

namespace lucie {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{16} << 20;

struct Batch {
  std::vector<std::string> texts;
  std::uint64_t first = 0;  // number of the first text, for errors
};

bool read_batch(const TextSource& texts, Batch* batch, Progress* progress) {
  batch->first += batch->texts.size();
  batch->texts.clear();
  std::size_t bytes = 0;
  while (bytes < kBatchBytes) {
    std::optional<std::string> text = texts();
    if (!text) break;
    bytes += text->size();
    batch->texts.push_back(std::move(*text));
  }
  progress->add(bytes);
  return !batch->texts.empty();
}

// Each worker counts into a table of its own; sums do not depend on who counted what.
bpe::WordCounts count_words(const TextSource& texts, const Normalizer& normalizer,
                            ThreadPool& pool) {
  std::vector<bpe::WordCounts> counts(static_cast<std::size_t>(pool.size()));
  Progress progress("tokenizer words", 0, "B");
  Batch batch;
  while (read_batch(texts, &batch, &progress)) {
    check_cancelled();
    const auto count_text = [&](std::int64_t index, int worker) {
      std::string& text = batch.texts[static_cast<std::size_t>(index)];
      if (!is_valid_utf8(text)) {
        fail(ErrorCode::kInvalidArgument, "the text is not valid UTF-8",
             "text " + std::to_string(batch.first + static_cast<std::uint64_t>(index)));
      }
      normalizer.apply(text);
      bpe::WordCounts& mine = counts[static_cast<std::size_t>(worker)];
      bpe::split_words(text, [&mine](std::string_view word) { mine.add(word); });
    };
    pool.run(static_cast<std::int64_t>(batch.texts.size()), count_text);
  }
  for (std::size_t w = 1; w < counts.size(); ++w) {
    counts[0].add_all(counts[w]);
    counts[w] = bpe::WordCounts();
  }
  return std::move(counts[0]);
}

bpe::LearnOptions checked(const BpeTrainerOptions& options) {
  if (options.vocab_size < 1 || options.vocab_size > INT32_MAX) {
    fail(ErrorCode::kInvalidArgument,
         "a vocabulary size of " + std::to_string(options.vocab_size) + " is out of range",
         "vocab_size");
  }
  if (options.min_frequency < 0 || options.limit_alphabet < 1) {
    fail(ErrorCode::kInvalidArgument, "min_frequency and limit_alphabet must be positive",
         "tokenizer");
  }
  return {static_cast<std::size_t>(options.vocab_size),
          static_cast<std::uint64_t>(options.min_frequency),
          static_cast<std::size_t>(options.limit_alphabet)};
}

}  // namespace

TrainedTokenizer train_lucie_tokenizer(const TextSource& texts, const BpeTrainerOptions& options,
                                       ThreadPool& pool) {
  const bpe::LearnOptions learn_options = checked(options);
  const auto normalizer = make_normalizer(bpe::lucie_normalizer(), "Lucie's normalizer");
  const bpe::WordCounts words = count_words(texts, *normalizer, pool);
  if (words.entries().empty()) {
    fail(ErrorCode::kInvalidArgument, "there is no text to train a tokenizer on", "corpus",
         "check the sources and filters");
  }
  const bpe::Learned learned = bpe::learn_merges(words, bpe::lucie_initial_tokens(), learn_options);
  return {bpe::lucie_tokenizer_json(learned), bpe::lucie_tokenizer_config()};
}

}  // namespace lucie
