#include "model/verify.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <future>

#include "base/error.h"
#include "base/log.h"

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

// Weights are compared in blocks of rows that stay in the cache between being fetched and being
// looked at, by all threads in pieces of a block.
constexpr std::int64_t kBlockElements = 1 << 20, kPieceElements = 1 << 16;

struct Found {
  bool different = false, nan = false;
};

// Rows first to first + count of two blocks, both of `width` elements a row.
Found compare_rows(const HostTensor& a, const HostTensor& b, std::int64_t width, std::int64_t first,
                   std::int64_t count) {
  const auto part = [&](const HostTensor& block) {
    const std::size_t stride = row_bytes(block.dtype, width);
    return std::span(block.bytes)
        .subspan(static_cast<std::size_t>(first) * stride,
                 static_cast<std::size_t>(count) * stride);
  };
  Found found{.nan = holds_nan(a.dtype, part(a))};
  if (a.dtype == b.dtype) {
    found.different = std::memcmp(part(a).data(), part(b).data(), part(a).size()) != 0;
    return found;
  }
  // Of other types, what they decode to is compared, bit by bit all the same.
  std::vector<float> row_a(static_cast<std::size_t>(width)), row_b(row_a.size());
  for (std::int64_t r = 0; r < count && !found.different; ++r) {
    const auto row = static_cast<std::size_t>(r);
    decode_row(a.dtype, part(a).data() + row * row_bytes(a.dtype, width), row_a.data(), width);
    decode_row(b.dtype, part(b).data() + row * row_bytes(b.dtype, width), row_b.data(), width);
    found.different = std::memcmp(row_a.data(), row_b.data(), row_a.size() * sizeof(float)) != 0;
  }
  return found;
}

class WeightComparison {
 public:
  WeightComparison(Context& ctx, const Decoder& source, const Decoder& written)
      : ctx_(ctx), source_(source), written_(written) {}

  Found tensor(std::size_t i) {
    const TensorSpec& spec = source_.weights().specs()[i];
    const std::int64_t rows = spec.shape[0], heads = spec.gguf.paired_heads;
    const std::int64_t width = spec.is_matrix() ? spec.shape[1] : 1;
    // Rows change places within their head only.
    const std::int64_t unit = heads > 0 ? rows / heads : 1;
    const std::int64_t step = std::max(kBlockElements / (unit * width), std::int64_t{1}) * unit;
    Found found;
    for (std::int64_t first = 0; first < rows; first += step) {
      TensorSpec block = spec;
      block.shape = spec.is_matrix() ? Shape{std::min(step, rows - first), width}
                                     : Shape{std::min(step, rows - first)};
      for (Placement TensorSpec::*format : {&TensorSpec::hf, &TensorSpec::gguf}) {
        if ((block.*format).paired_heads > 0) (block.*format).paired_heads = block.shape[0] / unit;
      }
      fetch(source_, i, first, block, a_);
      fetch(written_, i, first, block, b_);
      add(width, block.shape[0], found);
    }
    return found;
  }

 private:
  // In the order of rows that Hugging Face's files have.
  void fetch(const Decoder& from, std::size_t i, std::int64_t first, const TensorSpec& block,
             HostTensor& values) {
    const Tensor rows = from.weights()[i].rows(first, block.shape[0]);
    values.dtype = rows.dtype();
    values.bytes.resize(rows.bytes());
    ctx_.op().copy_to_host(ctx_, values.bytes.data(), rows);
    values = in_row_order(std::move(values), block, &TensorSpec::hf, from.config().rope.style);
  }

  void add(std::int64_t width, std::int64_t rows, Found& found) {
    const std::int64_t step = std::max(kPieceElements / width, std::int64_t{1});
    std::atomic<bool> different = false, nan = false;
    ctx_.pool().run((rows + step - 1) / step, [&](std::int64_t piece, int) {
      const std::int64_t first = piece * step;
      const Found here = compare_rows(a_, b_, width, first, std::min(step, rows - first));
      if (here.different) different = true;
      if (here.nan) nan = true;
    });
    found.different |= different;
    found.nan |= nan;
  }

  Context& ctx_;
  const Decoder& source_;
  const Decoder& written_;
  HostTensor a_, b_;
};

void compare_weights(Context& ctx, const Decoder& source, const Decoder& written,
                     Verification& result) {
  const Parameters& weights = source.weights();
  LUCIE_ASSERT(written.weights().size() == weights.size());
  WeightComparison compare(ctx, source, written);
  Progress progress("verify", static_cast<std::uint64_t>(weights.size()), "tensors");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Found found = compare.tensor(i);
    result.with_nan += found.nan;
    if (found.different && result.different++ == 0) {
      result.first_different = weights.specs()[i].name;
    }
    progress.add(1);
  }
  result.tensors = static_cast<std::int64_t>(weights.size());
}

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
  compare_weights(ctx, source.decoder, *written.decoder, result);
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
