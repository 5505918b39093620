#include "tokenizer/sentencepiece_charsmap.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tokenizer/unicode.h"

namespace lucie {
namespace {

// A unit of the double array: bits 0-7 label, 8 whether a key ends at the node, 9-30 offset to the
// children (bit 9: in units of 256); of a value unit bits 0-30 are the value and bit 31 is set.
bool has_value(std::uint32_t unit) {
  return (unit >> 8 & 1) != 0;
}
std::uint32_t label(std::uint32_t unit) {
  return unit & (std::uint32_t{1} << 31 | 0xFF);
}
std::size_t offset(std::uint32_t unit) {
  return std::size_t{unit >> 10} << ((unit & (1U << 9)) >> 6);
}
std::size_t value(std::uint32_t unit) {
  return unit & ~(std::uint32_t{1} << 31);
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    result |= std::uint32_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return result;
}

}  // namespace

Charsmap::Charsmap(std::string_view blob, const std::string& place) : place_(place) {
  const auto corrupt = [&](const char* what) { fail(ErrorCode::kCorrupt, what, place_); };
  if (blob.size() < 4) corrupt("the table of character replacements is cut off");
  const std::size_t size = little_endian(blob);
  blob.remove_prefix(4);
  if (size % 4 != 0 || size == 0 || size > blob.size()) {
    corrupt("the trie of the character replacements does not fit its table");
  }
  for (std::size_t at = 0; at < size; at += 4) units_.push_back(little_endian(blob.substr(at)));
  replacements_ = blob.substr(size);
  if (replacements_.empty() || replacements_.back() != '\0') {
    corrupt("the replacement texts do not end");
  }
}

std::uint32_t Charsmap::unit(std::size_t index) const {
  if (index >= units_.size()) {
    fail(ErrorCode::kCorrupt, "the trie of the character replacements leads outside", place_);
  }
  return units_[index];
}

std::size_t Charsmap::find(std::string_view text, bool longest,
                           std::string_view* replacement) const {
  std::size_t length = 0, found = 0;
  std::size_t node = offset(unit(0));
  for (std::size_t i = 0; i < text.size() && (longest || length == 0); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (byte == 0 || node >= units_.size() || label(units_[node]) != byte) break;
    const std::uint32_t here = units_[node];
    node ^= offset(here);
    if (!has_value(here)) continue;
    length = i + 1;
    found = value(unit(node));
  }
  if (length == 0) return 0;
  if (found >= replacements_.size()) {
    fail(ErrorCode::kCorrupt, "a character replacement lies outside of its table", place_);
  }
  *replacement = replacements_.c_str() + found;
  return length;
}

PieceCharsmap::PieceCharsmap(Charsmap map, std::vector<std::string> kept)
    : map_(std::move(map)), kept_(std::move(kept)) {
  std::erase(kept_, "");
  std::stable_sort(kept_.begin(), kept_.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::size_t PieceCharsmap::longest_kept(std::string_view text) const {
  for (const std::string& kept : kept_) {
    if (text.starts_with(kept)) return kept.size();
  }
  return 0;
}

void PieceCharsmap::apply(std::string& text) const {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view replacement;
    std::size_t length = longest_kept(rest);
    if (length > 0) {
      replacement = rest.substr(0, length);
    } else {
      length = map_.find(rest, true, &replacement);
    }
    if (length == 0) {
      length = unicode::char_length(static_cast<unsigned char>(rest[0]));
      replacement = rest.substr(0, length);
    }
    out += replacement;
    rest.remove_prefix(length);
  }
  text = std::move(out);
}

void GraphemeCharsmap::apply(std::string& text) const {
  constexpr std::size_t kLongestReplaced = 5;
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::string_view rest = text, replacement;
  while (!rest.empty()) {
    std::string_view cluster = rest.substr(0, unicode::grapheme_length(rest));
    rest.remove_prefix(cluster.size());
    if (cluster.size() <= kLongestReplaced && map_.find(cluster, false, &replacement) > 0) {
      out += replacement;
      continue;
    }
    while (!cluster.empty()) {
      const std::size_t length = unicode::char_length(static_cast<unsigned char>(cluster[0]));
      const std::string_view character = cluster.substr(0, length);
      out += map_.find(character, false, &replacement) > 0 ? replacement : character;
      cluster.remove_prefix(length);
    }
  }
  text = std::move(out);
}

}  // namespace lucie
