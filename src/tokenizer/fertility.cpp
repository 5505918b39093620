#include "tokenizer/fertility.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

std::int64_t count_words(std::string_view text) {
  std::int64_t words = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const bool space = unicode::is_space(next_code_point(text, &at));
    if (!space && !in_word) ++words;
    in_word = !space;
  }
  return words;
}

std::int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

void add(Fertility& sum, const Fertility& part) {
  sum.texts += part.texts;
  sum.words += part.words;
  sum.characters += part.characters;
  sum.bytes += part.bytes;
  for (std::size_t t = 0; t < part.tokens.size(); ++t) {
    sum.tokens[t] += part.tokens[t];
    sum.lossy[t] += part.lossy[t];
  }
}

double ratio(std::int64_t a, std::int64_t b) {
  return b == 0 ? 0 : static_cast<double>(a) / static_cast<double>(b);
}

}  // namespace

double Fertility::tokens_per_word(std::size_t tokenizer) const {
  return ratio(tokens[tokenizer], words);
}
double Fertility::bytes_per_token(std::size_t tokenizer) const {
  return ratio(bytes, tokens[tokenizer]);
}

std::vector<Fertility> measure_fertility(std::span<const Tokenizer* const> tokenizers,
                                         std::span<const LanguageText> texts, ThreadPool& pool) {
  Fertility none;
  none.tokens.resize(tokenizers.size());
  none.lossy.resize(tokenizers.size());
  std::vector<Fertility> parts(texts.size(), none);
  pool.run(static_cast<std::int64_t>(texts.size()), [&](std::int64_t index, int) {
    const auto i = static_cast<std::size_t>(index);
    const std::string& text = texts[i].text;
    Fertility& part = parts[i];
    part.texts = 1;
    part.words = count_words(text);
    part.characters = count_characters(text);
    part.bytes = static_cast<std::int64_t>(text.size());
    for (std::size_t t = 0; t < tokenizers.size(); ++t) {
      const std::vector<TokenId> ids = tokenizers[t]->encode(text, {.add_special = false});
      part.tokens[t] = static_cast<std::int64_t>(ids.size());
      part.lossy[t] = tokenizers[t]->decode(ids, false) == text ? 0 : 1;
    }
  });
  std::map<std::string, Fertility> sums;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    add(sums.try_emplace(texts[i].language, none).first->second, parts[i]);
  }
  std::vector<Fertility> result;
  Fertility all = none;
  for (auto& [language, sum] : sums) {
    sum.language = language;
    add(all, sum);
    result.push_back(sum);
  }
  all.language = "all";
  if (result.size() > 1) result.push_back(all);
  return result;
}

}  // namespace lucie
