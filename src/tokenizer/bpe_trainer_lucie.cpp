#include "tokenizer/bpe_trainer_lucie.h"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

#include "tokenizer/bpe_trainer_model.h"
#include "tokenizer/normalizer.h"
#include "tokenizer/trainer_design.h"
#include "tokenizer/unicode.h"

namespace lucie::bpe {
namespace {

using training::replace_rule;
using training::sequence;

constexpr const char* kSpaceMark = "\u2581";
constexpr int kFirstReserved = 260, kReserved = 5;
constexpr std::array kSpecialTokens = {training::kBegin, training::kEnd, training::kUnknown,
                                       training::kPadding};
constexpr int kFirstChatToken = kFirstReserved + kReserved;

struct Run {
  const char* character;
  int longest;
};
constexpr std::array<Run, 3> kRuns = {Run{kSpaceMark, 8}, Run{"\t", 4}, Run{"\n", 2}};

struct Opening {
  const char* character;
  const char* regex;  // escaped as Lucie's own file has it
};
constexpr std::array<Opening, 18> kOpenings = {{{"\n", "\\\n"},
                                                {"\t", "\\\t"},
                                                {"(", "\\("},
                                                {"[", "\\["},
                                                {"{", "\\{"},
                                                {"/", "/"},
                                                {"<", "<"},
                                                {"'", "'"},
                                                {"\u2019", "\u2019"},
                                                {"\"", "\""},
                                                {"\u00AB", "\u00AB"},
                                                {"\u201C", "\u201C"},
                                                {"\u2018", "\u2018"},
                                                {"\u201A", "\u201A"},
                                                {"\u2039", "\u2039"},
                                                {"\u2014", "\u2014"},
                                                {"\u2013", "\u2013"},
                                                {"\u2015", "\u2015"}}};

std::string repeated(const char* text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Json decoder() {
  Json::Array steps;
  steps.push_back(Json::Object{{"type", "ByteFallback"}});
  steps.push_back(Json::Object{{"type", "Metaspace"},
                               {"replacement", kSpaceMark},
                               {"prepend_scheme", "always"},
                               {"split", true}});
  steps.push_back(Json::Object{{"type", "Fuse"}});
  for (const char* token : training::chat_tokens()) {
    steps.push_back(replace_rule("String", std::string(token) + ' ', token));
  }
  for (const Opening& opening : kOpenings) {
    steps.push_back(
        replace_rule("String", std::string(opening.character) + ' ', opening.character));
  }
  return sequence("decoders", std::move(steps));
}

enum class Kind : unsigned char {
  kMark,    // U+2581: starts a word, and joins what follows
  kAlone,   // newline, tab, number: a word of its own
  kSymbol,  // neither \w nor \s: runs of these are words
  kOther,   // letters and rare white space
};

Kind kind_of(char32_t c) {
  if (c == U'\u2581') return Kind::kMark;
  if (c == U'\n' || c == U'\t' || unicode::is_numeric(c)) return Kind::kAlone;
  return unicode::is_word(c) || unicode::is_space(c) ? Kind::kOther : Kind::kSymbol;
}

struct AsciiKinds {
  Kind of[128];
  AsciiKinds() {
    for (char32_t c = 0; c < 128; ++c) of[c] = kind_of(c);
  }
};

}  // namespace

void split_words(std::string_view normalized, const std::function<void(std::string_view)>& word) {
  static const AsciiKinds ascii;
  std::size_t begin = 0;
  Kind before = Kind::kAlone;
  for (std::size_t at = 0; at < normalized.size();) {
    const auto lead = static_cast<unsigned char>(normalized[at]);
    const Kind kind =
        lead < 0x80 ? ascii.of[lead] : kind_of(unicode::code_point(normalized.data() + at));
    const bool goes_on = kind == before || before == Kind::kMark;
    const bool starts = kind == Kind::kMark || kind == Kind::kAlone || !goes_on;
    if (starts && at > begin) {
      word(normalized.substr(begin, at - begin));
      begin = at;
    }
    before = kind;
    at += unicode::char_length(lead);
  }
  if (begin < normalized.size()) word(normalized.substr(begin));
}

std::vector<std::string> lucie_initial_tokens() {
  std::vector<std::string> tokens(kSpecialTokens.begin(), kSpecialTokens.end());
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(training::byte_token(byte));
  for (int slot = 0; slot < kReserved; ++slot) tokens.push_back(fmt::format("<unused{}>", slot));
  for (const char* token : training::chat_tokens()) tokens.emplace_back(token);
  for (const Run& run : kRuns) {
    for (int n = 1; n <= run.longest; ++n) tokens.push_back(repeated(run.character, n));
  }
  for (int digit = 0; digit < 10; ++digit) tokens.push_back(std::to_string(digit));
  return tokens;
}

Json lucie_normalizer() {
  Json::Array steps;
  steps.push_back(Json::Object{{"type", "NFC"}});
  steps.push_back(replace_rule("Regex", "[\\r\\x00]", ""));
  for (const Opening& opening : kOpenings) {
    steps.push_back(replace_rule("Regex", std::string(opening.regex) + "(?=[ \\w])",
                                 std::string(opening.character) + ' '));
  }
  steps.push_back(Json::Object{{"type", "Prepend"}, {"prepend", " "}});
  steps.push_back(replace_rule("Regex", "[ \\u00A0]", kSpaceMark));
  return sequence("normalizers", std::move(steps));
}

std::vector<std::pair<Symbol, Symbol>> lucie_space_merges(
    const std::vector<std::string>& vocabulary) {
  std::unordered_map<std::string_view, Symbol> ids;
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    ids.emplace(vocabulary[id], static_cast<Symbol>(id));
  }
  std::vector<std::pair<Symbol, Symbol>> merges;
  for (const Run& run : kRuns) {
    for (int left = run.longest - 1; left > 0; --left) {
      for (int right = run.longest - left; right > 0; --right) {
        merges.emplace_back(ids.at(repeated(run.character, left)),
                            ids.at(repeated(run.character, right)));
      }
    }
  }
  return merges;
}

}  // namespace lucie::bpe

namespace lucie::training {
namespace {

class LucieDesign final : public Design {
 public:
  void split(std::string& text, const std::function<void(std::string_view)>& word) const override {
    normalizer_->apply(text);
    bpe::split_words(text, word);
  }

  std::vector<TrainedTokenizer> learn(WordCounts& words, const LearnOptions& options,
                                      ThreadPool&) const override {
    std::vector<TrainedTokenizer> trained;
    for (const bpe::Learned& learned :
         bpe::learn_merges(words, bpe::lucie_initial_tokens(), {options, false})) {
      bpe::ModelFlags flags{.byte_fallback = true,
                            .extra = bpe::lucie_space_merges(learned.vocabulary)};
      Parts parts{.special = special_tokens(),
                  .normalizer = bpe::lucie_normalizer(),
                  .pre_tokenizer = {},
                  .decoder = bpe::decoder(),
                  .model = bpe::model_json(learned, flags)};
      trained.push_back({tokenizer_json(std::move(parts)), tokenizer_config(true)});
    }
    return trained;
  }

 private:
  static std::vector<SpecialToken> special_tokens() {
    std::vector<SpecialToken> tokens;
    for (const char* token : bpe::kSpecialTokens) {
      tokens.push_back({static_cast<int>(tokens.size()), token});
    }
    int id = bpe::kFirstChatToken;
    for (const char* token : chat_tokens()) tokens.push_back({id++, token});
    return tokens;
  }

  std::unique_ptr<Normalizer> normalizer_ =
      make_normalizer(bpe::lucie_normalizer(), "Lucie's normalizer");
};

}  // namespace

std::unique_ptr<Design> make_lucie_design() {
  return std::make_unique<LucieDesign>();
}

}  // namespace lucie::training
