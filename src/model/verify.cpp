#include "model/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/log.h"

namespace lucie {
namespace {

constexpr char kPrompt[] =
    "The capital of France is Paris. La capitale de l'Italie est Rome ; « Où est-elle ? » "
    "Die Hauptstadt heißt Berlin, ¿y la de España? Perché no.\n\n"
    "def area(r):\n    return 3.14159 * r ** 2  # 1234567890\n";
// Where the weights have the same bits, a few positions show that they are used alike.
constexpr std::size_t kMostIds = 64, kMostIdsOfSame = 12;
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

bool same_bytes(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

void compare_weights(Context& ctx, const WrittenFrom& source, const Decoder& written,
                     Verification& result) {
  const Parameters& weights = written.weights();
  const WeightValues values = values_of(ctx, weights);
  HostTensor a, b;
  Progress progress("verify", static_cast<std::uint64_t>(weights.size()), "tensors");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const TensorSpec& spec = weights.specs()[i];
    source.values(i, a);
    values(i, b);
    a = in_row_order(std::move(a), spec, &TensorSpec::hf, source.decoder.config().rope.style);
    b = in_row_order(std::move(b), spec, &TensorSpec::hf, written.config().rope.style);
    result.with_nan += holds_nan(a.dtype, a.bytes);
    // Of other types, what they decode to is compared, bit by bit all the same.
    const bool same = a.dtype == b.dtype ? same_bytes(a.bytes, b.bytes)
                                         : same_bytes(to_type(a, DType::kF32, spec.shape).bytes,
                                                      to_type(b, DType::kF32, spec.shape).bytes);
    if (!same && result.different++ == 0) result.first_different = spec.name;
    progress.add(1);
  }
  result.tensors = static_cast<std::int64_t>(weights.size());
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
  const LoadedModel written = load_model(ctx, path, TokenizerNeed::kOptional);
  Verification result;
  result.lossless = lossless;
  compare_weights(ctx, source, *written.decoder, result);
  const std::vector<TokenId> ids = ids_for(source, result.different == 0);
  compare_logits(all_logits(ctx, source.decoder, ids), all_logits(ctx, *written.decoder, ids),
                 ids.size(), result);
  if (source.tokenizer && written.tokenizer) {
    const std::string text = prompt_for(*source.tokenizer);
    const EncodeOptions special{.parse_special = true};
    result.same_tokens =
        source.tokenizer->encode(text, special) == written.tokenizer->encode(text, special);
  }
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
