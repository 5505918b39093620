#include <algorithm>
#include <string>

#include "base/error.h"
#include "infer/drafter.h"
#include "model/product_scope.h"

namespace lucie {
namespace {

constexpr std::int64_t kChunk = 256;  // rows of a text read at once

void check_vocabulary(const Tokenizer& draft, const Tokenizer& main) {
  const std::string hint = "speculation needs a draft model of the same vocabulary";
  if (draft.vocab_size() != main.vocab_size()) {
    fail(ErrorCode::kMismatch,
         "the draft model has " + std::to_string(draft.vocab_size()) + " tokens, the model " +
             std::to_string(main.vocab_size()),
         "--draft", hint);
  }
  for (TokenId id = 0; id < main.vocab_size(); ++id) {
    if (draft.token(id) == main.token(id)) continue;
    fail(ErrorCode::kMismatch, "token " + std::to_string(id) + " is another in the draft model",
         "--draft", hint);
  }
}

class ModelDrafter final : public Drafter {
 public:
  ModelDrafter(Context& ctx, const DraftModel& model, std::int64_t window, std::int64_t sequences)
      : ctx_(ctx),
        decoder_(model.decoder),
        vocabulary_(model.tokenizer.vocab_size()),
        window_(std::min(window, decoder_.config().max_position_embeddings)),
        cache_(ctx, decoder_.config(), sequences * (window_ + kCachePage), DType::kF16),
        activations_(ctx, decoder_.config(), std::max(kChunk, sequences), DType::kF32,
                     Activations::Keep::kOneLayer) {}

  void guess(std::span<Draft> drafts) override {
    const ProductScope form(ctx_, ProductForm::kByCount);
    std::vector<Draft*> open;
    for (Draft& draft : drafts) {
      const auto room = window_ - static_cast<std::int64_t>(draft.text.size());
      draft.most = std::min(draft.most, room);
      if (draft.most > 0) open.push_back(&draft);
    }
    for (Draft* draft : open) read_up_to_last(*draft);
    while (!open.empty()) {
      add_one_each(open);
      std::erase_if(open, [](const Draft* draft) {
        return static_cast<std::int64_t>(draft->tokens.size()) >= draft->most;
      });
    }
  }
  void forget(std::uint64_t request) override { texts_.erase(request); }

 private:
  struct Text {
    explicit Text(KvCache& cache) : sequence(cache) {}
    std::vector<TokenId> ids;  // what the sequence holds
    CachedSequence sequence;
  };

  Text& text_of(std::uint64_t request) { return texts_.try_emplace(request, cache_).first->second; }

  // All but the last token, of which the first guess is made.
  void read_up_to_last(const Draft& draft) {
    Text& text = text_of(draft.request);
    const auto wanted = draft.text.first(draft.text.size() - 1);
    const auto [held, given] =
        std::mismatch(text.ids.begin(), text.ids.end(), wanted.begin(), wanted.end());
    text.ids.erase(held, text.ids.end());
    text.sequence.truncate(std::ssize(text.ids));
    while (text.ids.size() < wanted.size()) {
      const auto left = wanted.subspan(text.ids.size());
      const auto chunk = left.first(std::min(left.size(), static_cast<std::size_t>(kChunk)));
      const CachePiece piece{&text.sequence, chunk};
      decoder_.forward(ctx_, make_cached_batch(ctx_, {&piece, 1}), activations_);
      text.ids.insert(text.ids.end(), chunk.begin(), chunk.end());
    }
  }

  void add_one_each(std::span<Draft* const> drafts) {
    std::vector<TokenId> last;
    for (const Draft* draft : drafts) {
      last.push_back(draft->tokens.empty() ? draft->text.back() : draft->tokens.back());
    }
    std::vector<CachePiece> pieces;
    std::vector<std::int32_t> rows;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      Text& text = text_of(drafts[i]->request);
      text.ids.push_back(last[i]);
      pieces.push_back({&text.sequence, {&last[i], 1}});
      rows.push_back(static_cast<std::int32_t>(i));
    }
    const auto count = static_cast<std::int64_t>(rows.size());
    decoder_.forward(ctx_, make_cached_batch(ctx_, pieces), activations_);
    const std::vector<float> logits =
        ctx_.download(decoder_.logits(ctx_, activations_, count, ctx_.upload({count}, rows)));
    const std::int64_t width = decoder_.config().vocab_size;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto row = logits.begin() + i * width;
      const auto best = std::max_element(row, row + vocabulary_) - row;
      drafts[static_cast<std::size_t>(i)]->tokens.push_back(static_cast<TokenId>(best));
    }
  }

  Context& ctx_;
  const Decoder& decoder_;
  std::int64_t vocabulary_, window_;
  KvCache cache_;
  Activations activations_;
  std::map<std::uint64_t, Text> texts_;
};

}  // namespace

std::unique_ptr<Drafter> make_model_drafter(Context& ctx, const DraftModel& model,
                                            const Tokenizer& tokenizer, std::int64_t window,
                                            std::int64_t sequences) {
  check_vocabulary(model.tokenizer, tokenizer);
  return std::make_unique<ModelDrafter>(ctx, model, window, sequences);
}

}  // namespace lucie
