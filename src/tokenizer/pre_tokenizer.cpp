#include "tokenizer/pre_tokenizer.h"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/pattern.h"
#include "tokenizer/split.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

constexpr int kDeepest = 16;

// Every character of a class is a match of its own.
MatchFinder each_character(bool (*belongs)(char32_t)) {
  return [belongs](std::string_view text, const std::function<void(Span)>& found) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = unicode::char_length(static_cast<unsigned char>(text[at]));
      if (belongs(unicode::code_point(text.data() + at))) found({at, at + length});
      at += length;
    }
  };
}

MatchFinder each_word(const WordScanner* scanner) {
  return [scanner](std::string_view text, const std::function<void(Span)>& found) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = at + scanner->length(text.substr(at));
      found({at, end});
      at = end;
    }
  };
}

// What a Split by a scanner that keeps all words does, without a call for each.
class Words final : public PreTokenizerStep {
 public:
  explicit Words(const WordScanner* scanner) : scanner_(scanner) {}
  const WordScanner* scanner() const override { return scanner_; }
  void apply(Pieces& pieces) const override {
    std::vector<Span> out;
    out.reserve(pieces.spans.size() + pieces.text.size() / 4);
    std::array<Span, 512> words;
    for (const Span& span : pieces.spans) {
      const std::string_view text = std::string_view(pieces.text).substr(0, span.end);
      for (std::size_t at = span.begin; at < span.end; at = out.back().end) {
        const std::size_t count = scanner_->cut(text, at, pieces.text.size() - span.end, words);
        out.insert(out.end(), words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count));
      }
    }
    pieces.spans = std::move(out);
  }

 private:
  const WordScanner* scanner_;
};

// \w+|[^\w\s]+
void words_and_symbols(std::string_view text, const std::function<void(Span)>& found) {
  enum class Kind { kSpace, kWord, kSymbol };
  const auto kind = [&](std::size_t at) {
    const char32_t c = unicode::code_point(text.data() + at);
    if (unicode::is_rust_word(c)) return Kind::kWord;
    return unicode::is_space(c) ? Kind::kSpace : Kind::kSymbol;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const Kind first = kind(begin);
    while (at < text.size() && kind(at) == first) {
      at += unicode::char_length(static_cast<unsigned char>(text[at]));
    }
    if (first != Kind::kSpace) found({begin, at});
  }
}

MatchFinder each_match(Pattern pattern) {
  const WordScanner* scanner = pattern.is_regex() ? find_word_scanner(pattern.source()) : nullptr;
  if (scanner != nullptr) return each_word(scanner);
  auto shared = std::make_shared<const Pattern>(std::move(pattern));
  return [shared](std::string_view text, const std::function<void(Span)>& found) {
    shared->for_each_match(text, found);
  };
}

class Split final : public PreTokenizerStep {
 public:
  Split(MatchFinder finder, SplitBehavior behavior, bool invert)
      : finder_(std::move(finder)), behavior_(behavior), invert_(invert) {}
  void apply(Pieces& pieces) const override {
    std::vector<Span> out;
    out.reserve(pieces.spans.size() + pieces.text.size() / 5);
    for (const Span& span : pieces.spans) {
      split_piece(pieces.text, span, finder_, behavior_, invert_, out);
    }
    pieces.spans = std::move(out);
  }

 private:
  MatchFinder finder_;
  SplitBehavior behavior_;
  bool invert_;
};

// Rewrites each piece by itself.
template <typename Rewrite>
void rewrite_pieces(Pieces& pieces, const Rewrite& rewrite) {
  std::string text;
  text.reserve(pieces.text.size() + pieces.text.size() / 4);
  for (std::size_t i = 0; i < pieces.spans.size(); ++i) {
    Span& span = pieces.spans[i];
    const std::size_t begin = text.size();
    rewrite(i, std::string_view(pieces.text).substr(span.begin, span.end - span.begin), text);
    span = {begin, text.size()};
  }
  pieces.text = std::move(text);
}

class ByteLevel final : public PreTokenizerStep {
 public:
  ByteLevel(bool prefix_space, bool use_regex, bool map) : prefix_space_(prefix_space), map_(map) {
    if (use_regex) split_.emplace(find_word_scanner(kGpt2Regex));
  }
  const WordScanner* scanner() const override {
    return split_ && !prefix_space_ && !map_ ? split_->scanner() : nullptr;
  }
  bool changes_nothing() const override { return !split_ && !prefix_space_ && !map_; }
  void apply(Pieces& pieces) const override {
    if (prefix_space_) {
      rewrite_pieces(pieces, [](std::size_t, std::string_view piece, std::string& out) {
        if (!piece.starts_with(' ')) out += ' ';
        out += piece;
      });
    }
    if (split_) split_->apply(pieces);
    if (!map_) return;
    rewrite_pieces(pieces, [](std::size_t, std::string_view piece, std::string& out) {
      out += byte_level::from_bytes(piece);
    });
  }

 private:
  std::optional<Words> split_;
  bool prefix_space_, map_;
};

class Metaspace final : public PreTokenizerStep {
 public:
  Metaspace(const Json& json, const std::string& place)
      : replacement_(json.get("replacement", "\xE2\x96\x81")), split_(json.get("split", true)) {
    const bool legacy = json.get("add_prefix_space", true);
    const std::string scheme = json.get("prepend_scheme", legacy ? "always" : "never");
    if (scheme != "always" && scheme != "never" && scheme != "first") {
      fail(ErrorCode::kUnsupported, fmt::format("Metaspace prepend_scheme {}", scheme), place);
    }
    if (replacement_.empty()) fail(ErrorCode::kCorrupt, "Metaspace without replacement", place);
    always_ = scheme == "always";
    first_ = scheme == "first";
  }
  void apply(Pieces& pieces) const override {
    rewrite_pieces(pieces, [&](std::size_t i, std::string_view piece, std::string& out) {
      const bool present = piece.starts_with(' ') || piece.starts_with(replacement_);
      if (!present && (always_ || (first_ && i == 0 && pieces.at_start))) out += replacement_;
      for (const char c : piece) {
        if (c == ' ') {
          out += replacement_;
        } else {
          out += c;
        }
      }
    });
    if (!split_) return;
    std::vector<Span> out;
    const std::string_view text = pieces.text;
    for (const Span& span : pieces.spans) {  // a piece starts at each replacement
      std::size_t begin = span.begin;
      while (begin < span.end) {
        std::size_t next = text.substr(0, span.end).find(replacement_, begin + 1);
        if (next == std::string_view::npos) next = span.end;
        out.push_back({begin, next});
        begin = next;
      }
    }
    pieces.spans = std::move(out);
  }

 private:
  std::string replacement_;
  bool split_, always_ = false, first_ = false;
};

// A piece ends where another script begins; what stands in front of the first character that has a
// script is lost, as in Hugging Face's.
class UnicodeScripts final : public PreTokenizerStep {
 public:
  void apply(Pieces& pieces) const override {
    std::vector<Span> out;
    for (const Span& span : pieces.spans) {
      std::optional<int> last;
      for (std::size_t at = span.begin; at < span.end;) {
        const auto script = unicode::script(unicode::code_point(pieces.text.data() + at));
        if (script && script != last) {
          if (last) out.back().end = at;
          out.push_back({at, span.end});
          last = script;
        }
        at += unicode::char_length(static_cast<unsigned char>(pieces.text[at]));
      }
    }
    pieces.spans = std::move(out);
  }
};

class FixedLength final : public PreTokenizerStep {
 public:
  explicit FixedLength(std::size_t characters) : characters_(characters) {}
  void apply(Pieces& pieces) const override {
    std::vector<Span> out;
    for (const Span& span : pieces.spans) {
      std::size_t begin = span.begin, count = 0;
      for (std::size_t at = span.begin; at < span.end;) {
        at += unicode::char_length(static_cast<unsigned char>(pieces.text[at]));
        if (++count % characters_ != 0 && at < span.end) continue;
        out.push_back({begin, at});
        begin = at;
      }
    }
    pieces.spans = std::move(out);
  }

 private:
  std::size_t characters_;
};

MatchFinder each_delimiter(const Json& json, const std::string& place) {
  const std::string& text = json.at("delimiter").as_string();
  if (text.empty() || unicode::char_length(static_cast<unsigned char>(text[0])) != text.size()) {
    fail(ErrorCode::kCorrupt, "CharDelimiterSplit: the delimiter is not one character", place);
  }
  return each_match(Pattern(Json(text), place));
}

std::unique_ptr<PreTokenizerStep> make_split(MatchFinder finder, SplitBehavior behavior,
                                             bool invert = false) {
  return std::make_unique<Split>(std::move(finder), behavior, invert);
}

}  // namespace

PreTokenizer::PreTokenizer(const Json& json, const std::string& place, bool raw_bytes) {
  if (!json.is_null()) add(json, place, 0, raw_bytes);
}

// `last`: whether bytes need not be mapped, since no step comes behind.
void PreTokenizer::add(const Json& json, const std::string& place, int depth, bool last) {
  if (depth > kDeepest) fail(ErrorCode::kCorrupt, "pre-tokenizers are nested too deeply", place);
  const std::string& type = json.at("type").as_string();
  if (type == "Sequence") {
    const Json::Array& steps = json.at("pretokenizers").items();
    for (std::size_t i = 0; i < steps.size(); ++i) {
      add(steps[i], fmt::format("{}.pretokenizers[{}]", place, i), depth + 1,
          last && i + 1 == steps.size());
    }
  } else if (type == "ByteLevel") {
    gives_bytes_ = last;
    steps_.push_back(std::make_unique<ByteLevel>(json.get("add_prefix_space", true),
                                                 json.get("use_regex", true), !last));
  } else if (type == "Split") {
    const SplitBehavior behavior = parse_split_behavior(json.at("behavior").as_string(), place);
    Pattern pattern(json.at("pattern"), place);
    const WordScanner* scanner = pattern.is_regex() ? find_word_scanner(pattern.source()) : nullptr;
    const bool invert = json.get("invert", false);
    const bool keeps_all =
        behavior == SplitBehavior::kIsolated ||
        (behavior == SplitBehavior::kRemoved && invert);  // scanners skip nothing
    if (scanner != nullptr && keeps_all) {
      steps_.push_back(std::make_unique<Words>(scanner));
    } else {
      steps_.push_back(make_split(each_match(std::move(pattern)), behavior, invert));
    }
  } else if (type == "Digits") {
    steps_.push_back(make_split(each_character(unicode::is_numeric),
                                json.get("individual_digits", false) ? SplitBehavior::kIsolated
                                                                     : SplitBehavior::kContiguous));
  } else if (type == "Metaspace") {
    steps_.push_back(std::make_unique<Metaspace>(json, place));
  } else if (type == "UnicodeScripts") {
    steps_.push_back(std::make_unique<UnicodeScripts>());
  } else if (type == "FixedLength") {
    const std::int64_t length = json.get("length", 5);
    if (length <= 0) fail(ErrorCode::kCorrupt, fmt::format("FixedLength of {}", length), place);
    steps_.push_back(std::make_unique<FixedLength>(static_cast<std::size_t>(length)));
  } else {
    add_word_split(json, place);
  }
}

// The kinds that cut at punctuation, white space and the like.
void PreTokenizer::add_word_split(const Json& json, const std::string& place) {
  const std::string& type = json.at("type").as_string();
  if (type == "Punctuation") {
    steps_.push_back(make_split(each_character(unicode::is_punctuation),
                                parse_split_behavior(json.get("behavior", "Isolated"), place)));
  } else if (type == "Whitespace") {
    steps_.push_back(make_split(words_and_symbols, SplitBehavior::kRemoved, true));
  } else if (type == "WhitespaceSplit") {
    steps_.push_back(make_split(each_character(unicode::is_space), SplitBehavior::kRemoved));
  } else if (type == "BertPreTokenizer") {
    steps_.push_back(make_split(each_character(unicode::is_space), SplitBehavior::kRemoved));
    steps_.push_back(make_split(each_character(unicode::is_punctuation), SplitBehavior::kIsolated));
  } else if (type == "CharDelimiterSplit") {
    steps_.push_back(make_split(each_delimiter(json, place), SplitBehavior::kRemoved));
  } else {
    fail(ErrorCode::kUnsupported, fmt::format("pre-tokenizer {}", type), place);
  }
}

const WordScanner* PreTokenizer::scanner() const {
  const WordScanner* only = nullptr;
  for (const auto& step : steps_) {
    if (step->changes_nothing()) continue;
    if (only != nullptr || step->scanner() == nullptr) return nullptr;
    only = step->scanner();
  }
  return only;
}

void PreTokenizer::apply(Pieces& pieces) const {
  for (const auto& step : steps_) {
    step->apply(pieces);
    if (pieces.spans.empty() || pieces.spans.front().begin != 0) pieces.at_start = false;
  }
}

}  // namespace lucie
