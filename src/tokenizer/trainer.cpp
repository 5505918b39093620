#include "tokenizer/trainer.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "tokenizer/trainer_design.h"

namespace lucie {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::array kDesigns = {"lucie", "byte-level", "unigram"};  // as TokenizerDesign

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

// Sums do not depend on who counted what.
training::WordCounts count_words(const TextSource& texts, const training::Design& design,
                                 const TrainerOptions& options, ThreadPool& pool) {
  training::WordCounts counts(
      pool.size(), options.memory,
      options.scratch.empty() ? fs::temp_directory_path() : options.scratch);
  Progress progress("tokenizer words", 0, "B");
  Batch batch;
  while (read_batch(texts, &batch, &progress)) {
    check_cancelled();
    pool.run(static_cast<std::int64_t>(batch.texts.size()), [&](std::int64_t index, int worker) {
      std::string& text = batch.texts[static_cast<std::size_t>(index)];
      if (!is_valid_utf8(text)) {
        fail(ErrorCode::kInvalidArgument, "the text is not valid UTF-8",
             "text " + std::to_string(batch.first + static_cast<std::uint64_t>(index)));
      }
      design.split(text, [&](std::string_view word) { counts.add(worker, word); });
    });
    counts.settle();
  }
  counts.finish();
  return counts;
}

training::LearnOptions checked(const TrainerOptions& options) {
  training::LearnOptions checked;
  for (const std::int64_t size : options.vocab_sizes) {
    if (size < 1 || size > INT32_MAX) {
      fail(ErrorCode::kInvalidArgument,
           "a vocabulary size of " + std::to_string(size) + " is out of range", "vocab_size");
    }
    checked.vocab_sizes.push_back(static_cast<std::size_t>(size));
  }
  if (checked.vocab_sizes.empty()) {
    fail(ErrorCode::kInvalidArgument, "no vocabulary size is given", "vocab_size");
  }
  if (options.min_frequency < 0 || options.limit_alphabet < 1) {
    fail(ErrorCode::kInvalidArgument, "min_frequency and limit_alphabet must be positive",
         "tokenizer");
  }
  checked.min_frequency = static_cast<std::uint64_t>(options.min_frequency);
  checked.limit_alphabet = static_cast<std::size_t>(options.limit_alphabet);
  return checked;
}

std::unique_ptr<training::Design> make_design(const TrainerOptions& options) {
  switch (options.design) {
    case TokenizerDesign::kLucie:
      return training::make_lucie_design();
    case TokenizerDesign::kByteLevel:
      return training::make_byte_level_design(options.split);
    case TokenizerDesign::kUnigram:
      return training::make_unigram_design();
  }
  LUCIE_ASSERT(false);
}

}  // namespace

TokenizerDesign tokenizer_design(const std::string& name, const std::string& place) {
  const auto found = std::find(kDesigns.begin(), kDesigns.end(), name);
  if (found == kDesigns.end()) {
    fail(ErrorCode::kInvalidArgument, "unknown tokenizer design '" + name + "'", place,
         "known: lucie, byte-level, unigram");
  }
  return static_cast<TokenizerDesign>(found - kDesigns.begin());
}

std::vector<TrainedTokenizer> train_tokenizers(const TextSource& texts,
                                               const TrainerOptions& options, ThreadPool& pool) {
  const training::LearnOptions learn_options = checked(options);
  const std::unique_ptr<training::Design> design = make_design(options);
  training::WordCounts words = count_words(texts, *design, options, pool);
  if (words.empty()) {
    fail(ErrorCode::kInvalidArgument, "there is no text to train a tokenizer on", "corpus",
         "check the sources and filters");
  }
  return design->learn(words, learn_options, pool);
}

}  // namespace lucie
