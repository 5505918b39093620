#include "tokenizer/unigram_trainer.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "tokenizer/alphabet.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/trainer_design.h"

namespace lucie::training {
namespace {

constexpr std::size_t kSeeds = 1'000'000;
constexpr int kRounds = 2;  // of EM between two prunings

// EM goes on until there are a tenth more pieces than wanted, shrinking by a quarter at a time.
std::size_t enough(std::size_t wanted) {
  return wanted * 11 / 10;
}
std::size_t next_size(const UnigramEm& em) {
  return em.pieces().size() * 3 / 4;
}
void shrink(UnigramEm& em, std::size_t size) {
  em.prune(size);
  for (int round = 0; round < kRounds; ++round) em.iterate();
}

// The `wanted` pieces to keep, the unknown one not among them, by falling score: every character of
// the alphabet, whatever EM thinks of it, and the first others.
std::vector<Piece> final_pieces(const std::vector<Piece>& trained,
                                const std::vector<char32_t>& alphabet, std::size_t wanted) {
  constexpr double kStep = 0.0001;  // characters that EM dropped should not tie
  std::unordered_map<std::string_view, double> scores;
  double worst = 0;
  for (std::size_t i = 1; i < trained.size(); ++i) {
    scores.emplace(trained[i].text, trained[i].score);
    worst = std::min(worst, trained[i].score);
  }
  std::map<std::string, double> chosen;
  double dropped = worst;
  for (const char32_t c : alphabet) {
    std::string text;
    append_utf8(text, c);
    const auto found = scores.find(text);
    chosen.emplace(std::move(text), found == scores.end() ? dropped : found->second);
    if (found == scores.end()) dropped += kStep;
  }
  for (std::size_t i = 1; i < trained.size() && chosen.size() < wanted; ++i) {
    chosen.emplace(trained[i].text, trained[i].score);
  }
  std::vector<Piece> pieces;
  for (const auto& [text, score] : chosen) pieces.push_back({text, score});
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.score > b.score; });
  return pieces;
}

// <s>, </s>, <unk>, <pad>, the 256 bytes, the three tokens of the chat template.
std::vector<std::string> initial_tokens() {
  std::vector<std::string> tokens = {kBegin, kEnd, kUnknown, kPadding};
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(byte_token(byte));
  for (const char* token : chat_tokens()) tokens.emplace_back(token);
  return tokens;
}

std::vector<SpecialToken> special_tokens() {
  std::vector<SpecialToken> tokens = {{0, kBegin}, {1, kEnd}, {2, kUnknown}, {3, kPadding}};
  int id = 4 + 256;
  for (const char* token : chat_tokens()) tokens.push_back({id++, token});
  return tokens;
}

Json metaspace(const char* scheme) {
  return Json::Object{{"type", "Metaspace"},
                      {"replacement", "\u2581"},
                      {"prepend_scheme", scheme},
                      {"split", true}};
}

Json pre_tokenizer_json() {
  Json lines = Json::Object{{"type", "Split"},
                            {"pattern", Json::Object{{"Regex", "[\\n\\t]"}}},
                            {"behavior", "Isolated"},
                            {"invert", false}};
  Json digits = Json::Object{{"type", "Digits"}, {"individual_digits", true}};
  return sequence("pretokenizers", {metaspace("first"), std::move(lines), std::move(digits)});
}

Json decoder_json() {
  return sequence("decoders", {Json(Json::Object{{"type", "ByteFallback"}}), metaspace("first"),
                               Json(Json::Object{{"type", "Fuse"}})});
}

// Initial tokens cost more than any way to spell their text: only byte fallback and the template
// give them.
Json model_json(const std::vector<Piece>& pieces) {
  constexpr double kOutOfReach = 1000;
  double worst = 0;
  for (const Piece& piece : pieces) worst = std::min(worst, piece.score);
  Json::Array rows;
  for (std::string& token : initial_tokens()) {
    rows.push_back(Json::Array{Json(std::move(token)), Json(worst - kOutOfReach)});
  }
  for (const Piece& piece : pieces) {
    rows.push_back(Json::Array{Json(piece.text), Json(piece.score)});
  }
  return Json::Object{
      {"type", "Unigram"}, {"unk_id", 2}, {"vocab", std::move(rows)}, {"byte_fallback", true}};
}

class UnigramDesign final : public Design {
 public:
  void split(std::string& text, const std::function<void(std::string_view)>& word) const override {
    normalizer_->apply(text);
    split_words(pre_tokenizer_, text, word);
  }

  std::vector<TrainedTokenizer> learn(WordCounts& words, const LearnOptions& options,
                                      ThreadPool& pool) const override {
    const WordList list(words, choose_alphabet(words, options.limit_alphabet));
    words.clear();
    const std::size_t initial = initial_tokens().size();
    const std::size_t least = initial + list.alphabet().size();
    std::vector<std::size_t> order(options.vocab_sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return options.vocab_sizes[a] > options.vocab_sizes[b];
    });
    if (const std::size_t smallest = options.vocab_sizes[order.back()]; smallest < least) {
      fail(ErrorCode::kInvalidArgument,
           "a vocabulary of " + std::to_string(smallest) +
               " cannot hold the initial tokens and the alphabet",
           "vocab_size", "use at least " + std::to_string(least));
    }
    // Larger vocabularies first: their way is that of the smaller ones, until they stop.
    UnigramEm common(list, seed_pieces(list, kSeeds), pool);
    for (int round = 0; round < kRounds; ++round) common.iterate();
    std::vector<TrainedTokenizer> trained(order.size());
    for (const std::size_t index : order) {
      const std::size_t wanted = options.vocab_sizes[index] - initial;
      const std::size_t stop = enough(wanted + 1);  // the unknown piece counts there
      while (common.pieces().size() > stop && next_size(common) >= stop) {
        shrink(common, next_size(common));
        log_debug("unigram: " + std::to_string(common.pieces().size()) + " pieces");
      }
      UnigramEm own = common;
      while (own.pieces().size() > stop) shrink(own, std::max(stop, next_size(own)));
      trained[index] = tokenizer(final_pieces(own.pieces(), list.alphabet(), wanted));
    }
    return trained;
  }

 private:
  static TrainedTokenizer tokenizer(const std::vector<Piece>& pieces) {
    Parts parts{.special = special_tokens(),
                .normalizer = Json::Object{{"type", "NFC"}},
                .pre_tokenizer = pre_tokenizer_json(),
                .decoder = decoder_json(),
                .model = model_json(pieces)};
    return {tokenizer_json(std::move(parts)), tokenizer_config(true)};
  }

  std::unique_ptr<Normalizer> normalizer_ =
      make_normalizer(Json::Object{{"type", "NFC"}}, "normalizer");
  PreTokenizer pre_tokenizer_{pre_tokenizer_json(), "pre_tokenizer", false};
};

}  // namespace

std::unique_ptr<Design> make_unigram_design() {
  return std::make_unique<UnigramDesign>();
}

}  // namespace lucie::training
