#include "infer/generator.h"

#include <algorithm>
#include <chrono>

#include "base/cancel.h"
#include "base/error.h"

namespace lucie {
namespace {

// Rows of a prompt read at once: wide enough for the matrix products, narrow enough that a prompt
// can be interrupted and that the activations stay small.
constexpr std::int64_t kChunk = 256;

std::int64_t window_of(const ModelConfig& config, std::int64_t wanted) {
  if (wanted < 0) fail(ErrorCode::kInvalidArgument, "negative window", "--ctx-size");
  if (wanted == 0) return config.max_position_embeddings;
  return std::min(wanted, config.max_position_embeddings);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Generator::Generator(Context& ctx, const Decoder& decoder, const Tokenizer& tokenizer,
                     std::vector<TokenId> stop_ids, std::int64_t window, DType cache)
    : ctx_(ctx),
      decoder_(decoder),
      tokenizer_(tokenizer),
      stop_ids_(std::move(stop_ids)),
      window_(window_of(decoder.config(), window)),
      cache_(ctx, decoder.config(), window_, cache),
      activations_(ctx, decoder.config(), std::min(kChunk, window_), DType::kF32,
                   Activations::Keep::kOneLayer) {}

void Generator::read(std::span<const TokenId> ids) {
  if (ids.empty()) fail(ErrorCode::kInvalidArgument, "the prompt is empty", "--prompt");
  const std::int64_t vocabulary = decoder_.config().vocab_size;
  for (const TokenId id : ids) {
    if (id < 0 || id >= vocabulary) {
      fail(ErrorCode::kMismatch, "token " + std::to_string(id) + " is outside the vocabulary");
    }
  }
  if (static_cast<std::int64_t>(ids.size()) > window_) {
    fail(ErrorCode::kInvalidArgument,
         "the text needs " + std::to_string(ids.size()) + " positions, the window has " +
             std::to_string(window_),
         "--ctx-size", "shorten the text or give a larger --ctx-size");
  }
  const auto differs = std::mismatch(held_.begin(), held_.end(), ids.begin(), ids.end()).first;
  auto common = static_cast<std::size_t>(differs - held_.begin());
  if (common == ids.size() && common == held_.size()) return;
  common = std::min(common, ids.size() - 1);  // the last one is read again for its logits
  sequence_.truncate(static_cast<std::int64_t>(common));
  held_.resize(common);
  while (held_.size() < ids.size()) {
    const auto left = static_cast<std::int64_t>(ids.size() - held_.size());
    const auto count = std::min(left, activations_.capacity_rows());
    const auto chunk = ids.subspan(held_.size(), static_cast<std::size_t>(count));
    const CachePiece next{&sequence_, chunk};
    decoder_.forward(ctx_, make_cached_batch(ctx_, {&next, 1}), activations_);
    held_.insert(held_.end(), chunk.begin(), chunk.end());
    if (held_.size() == ids.size()) {
      const std::vector<std::int32_t> last{static_cast<std::int32_t>(count - 1)};
      logits_ = ctx_.download(decoder_.logits(ctx_, activations_, count, ctx_.upload({1}, last)));
    }
  }
}

std::vector<float> Generator::next_logits(std::span<const TokenId> ids) {
  read(ids);
  return logits_;
}

Generated Generator::run(std::span<const TokenId> prompt, const GenerateOptions& options,
                         const std::function<void(std::string_view)>& on_text) {
  Generated result;
  result.prompt_tokens = static_cast<std::int64_t>(prompt.size());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<TokenId> ids(prompt.begin(), prompt.end());
  read(ids);
  result.prompt_seconds = seconds_since(begin);

  Sampler sampler(options.sampling);
  StreamDecoder decoder(tokenizer_);
  const std::int64_t limit = tokenizer_.vocab_size();
  std::size_t longest_stop = 0, shown = 0;
  for (const std::string& stop : options.stops) longest_stop = std::max(longest_stop, stop.size());
  // Text that might yet become part of a stop string is held back.
  const auto emit = [&](bool final) {
    const std::size_t held = final ? 0 : (longest_stop > 0 ? longest_stop - 1 : 0);
    if (result.text.size() < shown + held) return;
    const std::size_t until = result.text.size() - held;
    if (on_text && until > shown) {
      on_text(std::string_view(result.text).substr(shown, until - shown));
    }
    shown = std::max(shown, until);
  };
  const auto cut_at_stop = [&] {
    std::size_t first = std::string::npos;
    for (const std::string& stop : options.stops) {
      if (!stop.empty()) first = std::min(first, result.text.find(stop));
    }
    if (first == std::string::npos) return false;
    result.text.resize(first);
    return true;
  };

  const auto answer_begin = std::chrono::steady_clock::now();
  while (static_cast<std::int64_t>(result.ids.size()) < options.max_tokens &&
         static_cast<std::int64_t>(ids.size()) < window_) {
    if (cancel_requested()) {
      result.reason = FinishReason::kCancelled;
      break;
    }
    const TokenId id = sampler.pick(logits_, ids, limit);
    if (!options.ignore_eos &&
        std::find(stop_ids_.begin(), stop_ids_.end(), id) != stop_ids_.end()) {
      result.reason = FinishReason::kEndOfText;
      break;
    }
    ids.push_back(id);
    result.ids.push_back(id);
    result.text += decoder.push(id);
    if (cut_at_stop()) {
      result.reason = FinishReason::kStopString;
      break;
    }
    emit(false);
    read(ids);
  }
  if (result.reason != FinishReason::kStopString) {
    result.text += decoder.finish();
    if (cut_at_stop()) result.reason = FinishReason::kStopString;
  }
  emit(true);
  result.answer_seconds = seconds_since(answer_begin);
  return result;
}

}  // namespace lucie
