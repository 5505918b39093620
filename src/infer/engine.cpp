#include "infer/engine.h"

#include <algorithm>

#include "base/error.h"
#include "base/machine_memory.h"
#include "base/text.h"
#include "infer/engine_entry.h"
#include "infer/token_bytes.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

std::int64_t sequences_of(const EngineSettings& settings) {
  constexpr std::int64_t kMost = 256;
  if (settings.sequences >= 1 && settings.sequences <= kMost) return settings.sequences;
  fail(ErrorCode::kInvalidArgument, "must be between 1 and " + std::to_string(kMost), "--parallel");
}

std::int64_t window_of(const ModelConfig& config, const EngineSettings& settings) {
  const std::int64_t own = config.max_position_embeddings, wanted = settings.window;
  if (wanted < 0) fail(ErrorCode::kInvalidArgument, "negative window", "--ctx-size");
  if (wanted > own && config.rope.type != RopeType::kDynamic) {
    fail(ErrorCode::kInvalidArgument,
         "the model's window has " + std::to_string(own) + " positions, not " +
             std::to_string(wanted),
         "--ctx-size");
  }
  if (wanted > 0) return wanted;
  // Half of what is free leaves room for the weights, which lie in the mapped file.
  const DType type = cache_type(settings.cache_type, config, "--cache-type");
  const std::size_t page = KvCache::bytes(config, kCachePage, type);
  const std::size_t free = available_memory() / 2;
  const auto fitting = static_cast<std::int64_t>(free / std::max<std::size_t>(1, page) /
                                                 static_cast<std::size_t>(sequences_of(settings)));
  return free == 0 ? own : std::clamp<std::int64_t>(fitting * kCachePage, 1, own);
}

std::int64_t positions_of(const ModelConfig& config, const EngineSettings& settings,
                          std::int64_t window) {
  const std::int64_t positions = settings.positions > 0
                                     ? settings.positions
                                     : sequences_of(settings) * (window + kCachePage - 1);
  const DType type = cache_type(settings.cache_type, config, "--cache-type");
  const std::size_t bytes = KvCache::bytes(config, positions, type), free = available_memory();
  if (free == 0 || bytes <= free) return positions;
  fail(ErrorCode::kOutOfMemory,
       "keys and values of " + std::to_string(positions) + " positions take " +
           human_bytes(static_cast<double>(bytes)) + ", and " +
           human_bytes(static_cast<double>(free)) + " are free",
       "--ctx-size", "give a smaller --ctx-size, fewer sequences or --cache-type q8_0");
}

std::size_t common_begin(std::span<const TokenId> a, std::span<const TokenId> b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

}  // namespace

std::int64_t rows_at_once(const ModelConfig& config, const EngineSettings& settings,
                          std::int64_t window) {
  constexpr std::size_t kBytes = std::size_t{96} << 20;
  constexpr std::int64_t kFewest = 64, kMost = 512;
  const std::size_t row = Activations::bytes(config, 1, DType::kF32, Activations::Keep::kOneLayer);
  const auto fitting = static_cast<std::int64_t>(kBytes / std::max<std::size_t>(1, row));
  return std::max(settings.sequences, std::min(window, std::clamp(fitting, kFewest, kMost)));
}

BatchEngine::BatchEngine(Context& ctx, const Decoder& decoder, const Tokenizer& tokenizer,
                         std::vector<TokenId> stop_ids, const EngineSettings& settings)
    : ctx_(ctx),
      decoder_(decoder),
      tokenizer_(tokenizer),
      stop_ids_(std::move(stop_ids)),
      settings_(settings),
      window_(window_of(decoder.config(), settings)),
      cache_(ctx, decoder.config(), positions_of(decoder.config(), settings, window_),
             lucie::cache_type(settings.cache_type, decoder.config(), "--cache-type")),
      activations_(ctx, decoder.config(), rows_at_once(decoder.config(), settings, window_),
                   DType::kF32, Activations::Keep::kOneLayer),
      prefixes_(static_cast<std::size_t>(sequences_of(settings))) {}

BatchEngine::~BatchEngine() = default;

// Positions that a request may come to need.
std::int64_t BatchEngine::last_position(const Request& request) const {
  const auto prompt = static_cast<std::int64_t>(request.prompt.size());
  const std::int64_t room = std::max<std::int64_t>(0, window_ - prompt);
  const std::int64_t most = request.options.max_tokens;
  return prompt + (most < 0 ? room : std::min(most, room));
}

// Made for the first request that needs it: a vocabulary is slow to decode.
const std::shared_ptr<const VocabularyTrie>& BatchEngine::trie() {
  if (!trie_) trie_ = std::make_shared<const VocabularyTrie>(token_bytes(tokenizer_));
  return trie_;
}

std::uint64_t BatchEngine::submit(Request request) {
  check_options(request.options);
  if (request.prompt.empty()) {
    fail(ErrorCode::kInvalidArgument, "the prompt is empty", "--prompt");
  }
  const auto length = static_cast<std::int64_t>(request.prompt.size());
  if (length > window_ ||
      CachedSequence(cache_).pages_to_append(last_position(request)) * kCachePage >
          cache_.positions()) {
    fail(ErrorCode::kInvalidArgument,
         "the text needs " + std::to_string(last_position(request)) +
             " positions, the window has " + std::to_string(std::min(window_, cache_.positions())),
         "--ctx-size",
         window_ < decoder_.config().max_position_embeddings
             ? "shorten the text or give a larger --ctx-size"
             : "shorten the text: the model has no larger window");
  }
  for (const TokenId id : request.prompt) {
    if (id < 0 || id >= decoder_.config().vocab_size) {
      fail(ErrorCode::kMismatch, "token " + std::to_string(id) + " is outside the vocabulary");
    }
  }
  const GenerateOptions& options = request.options;
  TokenMask breakers;
  if (options.sampling.dry_multiplier > 0) {
    breakers = tokens_that_hold(*trie(), options.sampling.dry_breakers);
  }
  auto entry = std::make_unique<Entry>(next_id_, std::move(request), tokenizer_, cache_);
  entry->sampler.emplace(entry->request.options.sampling, std::move(breakers));
  if (entry->request.options.grammar) {
    entry->constraint.emplace(
        entry->request.options.grammar, trie(),
        entry->request.options.ignore_eos ? std::vector<TokenId>() : stop_ids_);
  }
  entry->ids.assign(entry->prompt().begin(), entry->prompt().end());
  queue_.push_back(std::move(entry));
  return next_id_++;
}

bool BatchEngine::step() {
  admit_waiting();
  read_prompts();
  write_answers();
  retire();
  return !running_.empty() || !queue_.empty();
}

std::optional<Generated> BatchEngine::take(std::uint64_t id) {
  const auto found = ended_.find(id);
  if (found == ended_.end()) return std::nullopt;
  const std::unique_ptr<Entry> entry = std::move(found->second);
  ended_.erase(found);
  if (entry->error) std::rethrow_exception(entry->error);
  return std::move(entry->answer.result);
}

void BatchEngine::cancel(std::uint64_t id) {
  for (auto* entries : {&queue_, &running_}) {
    for (const std::unique_ptr<Entry>& entry : *entries) {
      if (entry->id == id) entry->answer.finish(FinishReason::kCancelled);
    }
  }
}

void BatchEngine::cancel_all() {
  for (auto* entries : {&queue_, &running_}) {
    for (const std::unique_ptr<Entry>& entry : *entries) {
      entry->answer.finish(FinishReason::kCancelled);
    }
  }
}

// In the order of asking: one that has no room keeps those behind it waiting.
void BatchEngine::admit_waiting() {
  while (!queue_.empty() && std::ssize(running_) < settings_.sequences) {
    if (!queue_.front()->answer.finished() && !admit(*queue_.front())) return;
    running_.push_back(std::move(queue_.front()));
    queue_.erase(queue_.begin());
  }
}

bool BatchEngine::admit(Entry& entry) {
  std::int64_t promised = 0;  // pages that those who run will need
  std::size_t shared = 0;
  const Entry* other = nullptr;
  for (const std::unique_ptr<Entry>& one : running_) {
    promised += one->sequence.pages_to_append(last_position(one->request) - one->sequence.length());
    const std::size_t common = common_begin(one->prompt(), entry.prompt());
    if (common > shared) {
      shared = common;
      other = one.get();
    }
  }
  shared = std::min(shared, entry.prompt().size() - 1);
  const std::int64_t whole = static_cast<std::int64_t>(shared) / kCachePage * kCachePage;
  if (!entry.request.options.prompt_logprobs) {
    if (whole > 0 && other->sequence.length() < whole) return false;  // it will have read it soon
    entry.sequence = prefixes_.begin_of(entry.prompt(), cache_);
    if (whole > entry.sequence.length()) entry.sequence = other->sequence.fork(whole);
  }
  const std::int64_t wanted = last_position(entry.request) - entry.sequence.length();
  while (entry.sequence.pages_to_append(wanted) > cache_.free_pages() - promised) {
    if (prefixes_.drop_oldest()) continue;
    const auto held = entry.prompt().first(static_cast<std::size_t>(entry.sequence.length()));
    prefixes_.keep({held.begin(), held.end()}, std::move(entry.sequence));
    entry.sequence = CachedSequence(cache_);
    return false;
  }
  entry.began = Clock::now();
  return true;
}

void BatchEngine::retire() {
  for (std::unique_ptr<Entry>& entry : running_) {
    if (!entry->answer.finished()) continue;
    if (entry->answering != Clock::time_point()) {
      entry->answer.result.answer_seconds = seconds_between(entry->answering, Clock::now());
    }
    if (drafter_) drafter_->forget(entry->id);
    const std::int64_t keep = settings_.reread_answers ? std::min(entry->sequence.length(),
                                                                  std::ssize(entry->request.prompt))
                                                       : entry->sequence.length();
    entry->sequence.truncate(keep);
    prefixes_.keep({entry->ids.begin(), entry->ids.begin() + keep}, std::move(entry->sequence));
    const std::uint64_t id = entry->id;
    ended_[id] = std::move(entry);
  }
  std::erase(running_, nullptr);
}

}  // namespace lucie
