#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <cstring>

#include "tokenizer/unicode.h"

namespace lucie {
namespace {

bool word_before(std::string_view text, std::size_t at) {
  return at > 0 &&
         unicode::is_rust_word(unicode::code_point(text.data() + unicode::previous_char(text, at)));
}

bool word_after(std::string_view text, std::size_t at) {
  return at < text.size() && unicode::is_rust_word(unicode::code_point(text.data() + at));
}

std::size_t spaces_before(std::string_view text, std::size_t at, std::size_t floor) {
  while (at > floor) {
    const std::size_t last = unicode::previous_char(text, at);
    if (!unicode::is_space(unicode::code_point(text.data() + last))) break;
    at = last;
  }
  return at;
}

std::size_t spaces_after(std::string_view text, std::size_t at) {
  while (at < text.size() && unicode::is_space(unicode::code_point(text.data() + at))) {
    at += unicode::char_length(static_cast<unsigned char>(text[at]));
  }
  return at;
}

}  // namespace

void AddedTokenMatcher::add(const AddedToken& token, const std::string& content) {
  if (content.empty()) return;
  std::int32_t node = 0;
  for (const char c : content) {
    const auto byte = static_cast<unsigned char>(c);
    std::int32_t next = child(node, byte);
    if (next < 0) {
      next = static_cast<std::int32_t>(nodes_.size());
      nodes_[static_cast<std::size_t>(node)].children.emplace_back(byte, next);
      nodes_.emplace_back();
    }
    node = next;
  }
  if (nodes_[static_cast<std::size_t>(node)].token >= 0) return;  // two alike: the first holds
  nodes_[static_cast<std::size_t>(node)].token = static_cast<std::int32_t>(tokens_.size());
  tokens_.push_back(token);
  tokens_.back().content = content;
  note_start(content);
  only_special_ = only_special_ && token.special;
}

void AddedTokenMatcher::note_start(const std::string& content) {
  const auto first = static_cast<unsigned char>(content[0]);
  starts_[first] = true;
  for (unsigned second = 0; second < 256; ++second) {
    if (content.size() == 1 || static_cast<unsigned char>(content[1]) == second) {
      second_[second][first / 64] |= std::uint64_t{1} << (first % 64);
    }
  }
  few_pairs_ = few_pairs_ && content.size() > 1;
  if (!few_pairs_) return;
  const auto second = static_cast<unsigned char>(content[1]);
  for (const Pair& pair : pairs_) {
    if (pair.first[0] == first && pair.second[0] == second) return;
  }
  few_pairs_ = pairs_.size() < kFewPairs;
  pairs_.emplace_back().first.fill(first);
  pairs_.back().second.fill(second);
}

std::int32_t AddedTokenMatcher::child(std::int32_t node, unsigned char byte) const {
  for (const auto& [key, next] : nodes_[static_cast<std::size_t>(node)].children) {
    if (key == byte) return next;
  }
  return -1;
}

std::int32_t AddedTokenMatcher::longest_at(std::string_view text) const {
  std::int32_t node = 0, best = -1;
  for (const char c : text) {
    node = child(node, static_cast<unsigned char>(c));
    if (node < 0) break;
    const std::int32_t token = nodes_[static_cast<std::size_t>(node)].token;
    if (token >= 0) best = token;
  }
  return best;
}

// Passes over bytes of which none starts a pair; not to the end of the text.
std::size_t AddedTokenMatcher::skip_pairless(std::string_view text, std::size_t at) const {
  using Vector = std::uint8_t __attribute__((vector_size(kWidth)));
  const auto load = [](const void* bytes) {
    Vector vector;
    std::memcpy(&vector, bytes, kWidth);
    return vector;
  };
  for (; text.size() - at > kWidth; at += kWidth) {
    const Vector here = load(&text[at]), behind = load(&text[at + 1]);
    Vector found{};
    for (const Pair& pair : pairs_) {
      found |= reinterpret_cast<Vector>((here == load(pair.first.data())) &
                                        (behind == load(pair.second.data())));
    }
    std::array<std::uint64_t, kWidth / 8> any;
    std::memcpy(&any, &found, kWidth);
    if ((any[0] | any[1]) != 0) break;
  }
  return at;
}

// The first byte from `at` on where a token may start, by its first two bytes; the end of the text
// without one. A branch for many bytes, since a space, with which tokens may start, is not
// foreseen.
std::size_t AddedTokenMatcher::next_start(std::string_view text, std::size_t at) const {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto starts = [&](std::size_t i) {
    return (second_[byte(i + 1)][byte(i) / 64] >> (byte(i) % 64) & 1) != 0;
  };
  constexpr std::size_t kStep = 16;
  if (few_pairs_) at = skip_pairless(text, at);
  for (; text.size() - at > kStep; at += kStep) {
    bool any = false;
    for (std::size_t i = 0; i < kStep; ++i) any |= starts_[byte(at + i)];
    if (!any) continue;
    for (std::size_t i = 0; i < kStep; ++i) {
      if (starts(at + i)) return at + i;
    }
  }
  while (at + 1 < text.size() && !starts(at)) ++at;
  return at < text.size() && !starts_[byte(at)] ? at + 1 : at;
}

void AddedTokenMatcher::split(std::string_view text, bool take_special,
                              const std::function<void(std::string_view)>& on_text,
                              const std::function<void(TokenId)>& on_token) const {
  std::size_t done = 0;
  const bool any = !tokens_.empty() && (take_special || !only_special_);
  for (std::size_t at = 0; any && (at = next_start(text, at)) < text.size();) {
    const std::int32_t found = longest_at(text.substr(at));
    if (found < 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(found)];
    std::size_t begin = at, end = at + token.content.size();
    at = end;  // the search goes on behind the token also where it is not taken
    if (token.special && !take_special) continue;
    if (token.single_word && (word_before(text, begin) || word_after(text, end))) continue;
    // As the reference: a token within the spaces that the last one took counts nevertheless, and
    // what is behind it is text again.
    if (token.lstrip) begin = std::max(done, spaces_before(text, begin, std::min(begin, done)));
    if (token.rstrip) end = spaces_after(text, end);
    if (begin > done) on_text(text.substr(done, begin - done));
    if (begin < end) on_token(token.id);
    done = end;
  }
  if (done < text.size()) on_text(text.substr(done));
}

}  // namespace lucie
