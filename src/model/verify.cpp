#include "model/verify.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <future>

#include "base/error.h"
#include "model/host_bytes.h"
#include "model/placement.h"
#include "tensor/ops.h"

namespace lucie {
namespace {

constexpr char kPrompt[] =
    "The capital of France is Paris. La capitale de l'Italie est Rome ; « Où est-elle ? » "
    "Die Hauptstadt heißt Berlin, ¿y la de España? Perché no.\n\n"
    "def area(r):\n    return 3.14159 * r ** 2  # 1234567890\n";
// Where the weights have the same bits, a few positions show that they are used alike: no more rows
// than one reading of the weights serves.
constexpr std::size_t kMostIds = 64, kMostIdsOfSame = 4;
constexpr double kMostDivergence = 1e-3;

// The prompt, with the special tokens that the tokenizer has.
std::string prompt_for(const Tokenizer& tokenizer) {
  std::string text = verification_prompt();
  for (const auto& special : {tokenizer.bos(), tokenizer.eos()}) {
    if (special) text += std::string(tokenizer.token(*special)) + " x";
  }
  return text;
}

std::vector<TokenId> ids_for(const WrittenFrom& source, bool same_weights) {
  const ModelConfig& c = source.decoder.config();
  std::vector<TokenId> ids;
  if (source.tokenizer) {
    ids = source.tokenizer->encode(prompt_for(*source.tokenizer), {.parse_special = true});
  }
  // Without a tokenizer, ids spread over the vocabulary.
  for (std::int64_t i = 0; ids.size() < 16; ++i) {
    ids.push_back(static_cast<TokenId>((i * 7919 + 1) % c.vocab_size));
  }
  const auto window = static_cast<std::size_t>(c.max_position_embeddings);
  ids.resize(std::min({ids.size(), same_weights ? kMostIdsOfSame : kMostIds, window}));
  return ids;
}

std::vector<float> all_logits(Context& ctx, const Decoder& decoder,
                              const std::vector<TokenId>& ids) {
  const auto rows = static_cast<std::int64_t>(ids.size());
  Activations activations(ctx, decoder.config(), rows, DType::kF32, Activations::Keep::kOneLayer);
  std::vector<std::int32_t> all(ids.size());
  for (std::size_t n = 0; n < all.size(); ++n) all[n] = static_cast<std::int32_t>(n);
  decoder.forward(ctx, make_batch(ctx, ids, {}, 1), activations);
  return ctx.download(decoder.logits(ctx, activations, rows, ctx.upload({rows}, all)));
}

// Log of the softmax in place.
void log_softmax(std::span<float> logits) {
  const float top = *std::max_element(logits.begin(), logits.end());
  double total = 0;
  for (const float x : logits) total += std::exp(static_cast<double>(x - top));
  const float log_sum = top + static_cast<float>(std::log(total));
  for (float& x : logits) x -= log_sum;
}

void compare_logits(std::vector<float> a, std::vector<float> b, std::size_t positions,
                    Verification& result) {
  const std::size_t vocab = a.size() / positions;
  std::size_t agreed = 0;
  double divergence = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    result.largest_logit_difference =
        std::max(result.largest_logit_difference, static_cast<double>(std::abs(a[i] - b[i])));
  }
  for (std::size_t n = 0; n < positions; ++n) {
    const std::span<float> p = std::span(a).subspan(n * vocab, vocab);
    const std::span<float> q = std::span(b).subspan(n * vocab, vocab);
    agreed += std::max_element(p.begin(), p.end()) - p.begin() ==
              std::max_element(q.begin(), q.end()) - q.begin();
    log_softmax(p);
    log_softmax(q);
    for (std::size_t i = 0; i < vocab; ++i) {
      divergence += std::exp(static_cast<double>(p[i])) * static_cast<double>(p[i] - q[i]);
    }
  }
  result.divergence = divergence / static_cast<double>(positions);
  result.agreement = static_cast<double>(agreed) / static_cast<double>(positions);
}

// Weights are compared in pieces that stay in the cache between being fetched and looked at.
constexpr std::int64_t kPieceElements = 1 << 16;

class WeightComparison {
 public:
  WeightComparison(Context& ctx, const Decoder& source, const Decoder& written)
      : ctx_(ctx), source_(source), written_(written), specs_(source.weights().specs()) {}

  void run(Verification& result) {
    const std::size_t tensors = specs_.size();
    std::vector<std::atomic<bool>> different(tensors), nan(tensors);
    const std::vector<Piece> pieces = this->pieces();
    std::vector<Scratch> scratch(static_cast<std::size_t>(ctx_.pool().size()));
    ctx_.pool().run(static_cast<std::int64_t>(pieces.size()), [&](std::int64_t task, int worker) {
      const Piece& piece = pieces[static_cast<std::size_t>(task)];
      Scratch& s = scratch[static_cast<std::size_t>(worker)];
      fetch(source_, piece, s.source);
      if (holds_nan(type_in(source_, piece), s.source)) nan[piece.tensor] = true;
      if (different[piece.tensor]) return;  // one place is enough
      fetch(written_, piece, s.written);
      if (!same(piece, s)) different[piece.tensor] = true;
    });
    result.tensors = static_cast<std::int64_t>(tensors);
    for (std::size_t i = tensors; i-- > 0;) {
      result.with_nan += nan[i];
      result.different += different[i];
      if (different[i]) result.first_different = specs_[i].name;
    }
  }

 private:
  struct Piece {
    std::size_t tensor;
    std::int64_t first, count;  // rows
  };
  struct Scratch {
    HostBytes source, written;
    std::vector<float> source_row, written_row;
  };
  static std::int64_t width_of(const TensorSpec& spec) {
    return spec.is_matrix() ? spec.shape[1] : 1;
  }

  std::vector<Piece> pieces() const {
    std::vector<Piece> result;
    for (std::size_t i = 0; i < specs_.size(); ++i) {
      const std::int64_t rows = specs_[i].shape[0];
      const std::int64_t step = std::max(kPieceElements / width_of(specs_[i]), std::int64_t{1});
      for (std::int64_t first = 0; first < rows; first += step) {
        result.push_back({i, first, std::min(step, rows - first)});
      }
    }
    return result;
  }

  static DType type_in(const Decoder& model, const Piece& piece) {
    return model.weights()[piece.tensor].dtype();
  }

  // Rows in the order that Hugging Face's files have.
  void fetch(const Decoder& from, const Piece& piece, HostBytes& values) {
    const Tensor& tensor = from.weights()[piece.tensor];
    const TensorSpec& spec = specs_[piece.tensor];
    const RopeStyle held = from.config().rope.style;
    const std::size_t stride = row_bytes(tensor.dtype(), width_of(spec));
    const bool reordered = is_reordered(spec, &TensorSpec::hf, held);
    values.resize(stride * static_cast<std::size_t>(piece.count));
    const std::int64_t step = reordered ? 1 : piece.count;
    for (std::int64_t row = 0; row < piece.count; row += step) {
      const std::int64_t at = held_row(spec, &TensorSpec::hf, held, piece.first + row);
      ctx_.op().copy_to_host(ctx_, values.data() + static_cast<std::size_t>(row) * stride,
                             tensor.rows(at, step));
    }
  }

  // Of other types, what they decode to is compared, bit by bit all the same.
  bool same(const Piece& piece, Scratch& s) const {
    const DType a = type_in(source_, piece), b = type_in(written_, piece);
    if (a == b) return std::memcmp(s.source.data(), s.written.data(), s.source.size()) == 0;
    const std::int64_t width = width_of(specs_[piece.tensor]);
    const auto floats = static_cast<std::size_t>(width);
    s.source_row.resize(floats);
    s.written_row.resize(floats);
    for (std::size_t row = 0; row < static_cast<std::size_t>(piece.count); ++row) {
      decode_row(a, s.source.data() + row * row_bytes(a, width), s.source_row.data(), width);
      decode_row(b, s.written.data() + row * row_bytes(b, width), s.written_row.data(), width);
      if (std::memcmp(s.source_row.data(), s.written_row.data(), floats * sizeof(float)) != 0) {
        return false;
      }
    }
    return true;
  }

  Context& ctx_;
  const Decoder& source_;
  const Decoder& written_;
  const std::vector<TensorSpec>& specs_;
};

// Whether the tokenizer that was written gives the prompt the same ids.
bool gives_same_ids(const Tokenizer& source, const fs::path& path) {
  const std::unique_ptr<Tokenizer> written = find_tokenizer(path);
  if (!written) return true;
  const std::string text = prompt_for(source);
  const EncodeOptions special{.parse_special = true};
  return source.encode(text, special) == written->encode(text, special);
}

}  // namespace

std::string verification_prompt() {
  return kPrompt;
}

bool Verification::passed(DType written) const {
  if (!same_tokens) return false;
  if (lossless) return different == 0;
  return dtype_info(written).quantized || divergence < kMostDivergence;
}

Verification verify_written(Context& ctx, const WrittenFrom& source, const fs::path& path,
                            bool lossless) {
  // Beside the weights: a vocabulary takes a thread a while, and no other can help.
  std::future<bool> tokens = std::async(std::launch::async, [&] {
    return !source.tokenizer || gives_same_ids(*source.tokenizer, path);
  });
  const LoadedModel written = load_model(ctx, path, TokenizerNeed::kNone, ValueCheck::kNone);
  Verification result;
  result.lossless = lossless;
  LUCIE_ASSERT(written.decoder->weights().size() == source.decoder.weights().size());
  WeightComparison(ctx, source.decoder, *written.decoder).run(result);
  const std::vector<TokenId> ids = ids_for(source, result.different == 0);
  compare_logits(all_logits(ctx, source.decoder, ids), all_logits(ctx, *written.decoder, ids),
                 ids.size(), result);
  result.same_tokens = tokens.get();
  return result;
}

Json to_json(const Verification& v) {
  Json json = Json::object();
  json["lossless"] = v.lossless;
  json["tensors"] = v.tensors;
  json["different_tensors"] = v.different;
  if (v.different > 0) json["first_different"] = v.first_different;
  json["tensors_with_nan"] = v.with_nan;
  json["largest_logit_difference"] = v.largest_logit_difference;
  json["kl_divergence"] = v.divergence;
  json["top_1_agreement"] = v.agreement;
  json["same_tokens"] = v.same_tokens;
  return json;
}

std::string describe(const Verification& v) {
  char text[160];
  const std::string count = std::to_string(v.tensors) + " tensors";
  if (v.different == 0 && v.largest_logit_difference == 0) {
    std::snprintf(text, sizeof text, "identical: %s, logits and tokens", count.c_str());
  } else if (v.different == 0) {
    std::snprintf(text, sizeof text,
                  "identical: %s and tokens; logits within %.1e (another order "
                  "of sums)",
                  count.c_str(), v.largest_logit_difference);
  } else {
    std::snprintf(text, sizeof text, "%lld of %s rounded; KL %.2e, same likeliest token at %.1f %%",
                  static_cast<long long>(v.different), count.c_str(), v.divergence,
                  100 * v.agreement);
  }
  return v.same_tokens ? text : std::string(text) + "; TOKENS DIFFER";
}

}  // namespace lucie
