#include "infer/token_bytes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace lucie {
namespace {

// "<0xE2>" of tokenizers that fall back to bytes.
std::optional<char> byte_of(std::string_view token) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return std::nullopt;
  const int high = digit(token[3]), low = digit(token[4]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

}  // namespace

std::vector<std::string> token_bytes(const Tokenizer& tokenizer) {
  std::vector<std::string> result(static_cast<std::size_t>(tokenizer.vocab_size()));
  // Some decoders drop a space at the begin of a text: each token follows another one.
  TokenId before = 0;
  while (before < tokenizer.vocab_size() &&
         (tokenizer.is_special(before) || !is_valid_utf8(tokenizer.decode(std::array{before})) ||
          tokenizer.decode(std::array{before}).empty())) {
    ++before;
  }
  if (before == tokenizer.vocab_size()) return result;
  const std::size_t prefix = tokenizer.decode(std::array{before}).size();
  const auto fallback = tokenizer.id("<0x41>");
  const bool falls_back =
      fallback && tokenizer.decode(std::array{before, *fallback}).size() == prefix + 1;
  for (TokenId id = 0; id < tokenizer.vocab_size(); ++id) {
    if (tokenizer.is_special(id)) continue;
    std::string& bytes = result[static_cast<std::size_t>(id)];
    const std::optional<char> byte = falls_back ? byte_of(tokenizer.token(id)) : std::nullopt;
    if (byte) {
      bytes = *byte;
    } else {
      bytes = tokenizer.decode(std::array{before, id}).substr(prefix);
    }
  }
  return result;
}

TokenMask tokens_that_hold(const VocabularyTrie& tokens, const std::vector<std::string>& pieces) {
  TokenMask mask(tokens.vocabulary(), false);
  for (std::size_t id = 0; id < mask.size(); ++id) {
    const std::string& bytes = tokens.bytes(static_cast<TokenId>(id));
    mask[id] = std::any_of(pieces.begin(), pieces.end(), [&](const std::string& piece) {
      return !piece.empty() && bytes.find(piece) != std::string::npos;
    });
  }
  return mask;
}

}  // namespace lucie
