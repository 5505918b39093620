#include "trace/suffix_index.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "formats/byte_cursor.h"
#include "trace/suffix_layout.h"

namespace lucie {
namespace {

using suffix_index::Header;

// A sequence beside a suffix: of how many tokens they are equal, and which is less. The suffix is
// not less than a sequence that it begins with.
struct Comparison {
  std::uint64_t common = 0;
  bool suffix_is_less = false;
};

Comparison compare(const TokenText& text, TokenText::Suffix suffix, const std::byte* sequence,
                   std::uint64_t length) {
  const std::uint64_t most = std::min(length, suffix.tokens);
  const std::uint64_t common = text.common(suffix.data, sequence, most);
  if (common == length) return {common, false};
  if (common == suffix.tokens) return {common, true};
  return {common, text.token_at(suffix.data, common) < text.token_at(sequence, common)};
}

// The least rank of [begin, end) of which `is_behind` holds, as it does of all above; else `end`.
template <typename Is>
std::uint64_t bisect(std::uint64_t begin, std::uint64_t end, Is is_behind) {
  while (begin < end) {
    const std::uint64_t middle = begin + (end - begin) / 2;
    if (is_behind(middle)) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  return begin;
}

constexpr const char* kMakeAgain = "delete it and make it again: lucie trace RUN --index";

}  // namespace

SuffixIndex::SuffixIndex(const fs::path& file, const TokenText& text) : file_(file), text_(&text) {
  ByteCursor cursor(file_.bytes(), file.string());
  Header header;
  std::memcpy(&header, cursor.take(sizeof header, "the header").data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != suffix_index::kMagic) {
    fail(ErrorCode::kCorrupt, "not a suffix index", file.string(), kMakeAgain);
  }
  if (header.version != suffix_index::kVersion) {
    fail(ErrorCode::kUnsupported, "version " + std::to_string(header.version) + " of the index",
         file.string(), kMakeAgain);
  }
  if (header.tokens != text.tokens() || header.layout != text.layout()) {
    fail(ErrorCode::kMismatch, "the index is of other tokens", file.string(), kMakeAgain);
  }
  if (header.tokens == 0 ||
      header.pointer_bytes != suffix_index::pointer_bytes_for(header.tokens) ||
      header.vocabulary == 0 || header.vocabulary > suffix_index::kMostVocabulary ||
      (text.token_bytes() == 2 && header.vocabulary > 65536)) {
    cursor.corrupt("the header contradicts itself");
  }
  tokens_ = header.tokens;
  vocabulary_ = header.vocabulary;
  pointer_bytes_ = header.pointer_bytes;
  const auto table = cursor.take((vocabulary_ + 1) * 8, "the table of first tokens");
  if (cursor.remaining() < suffix_index::kPadding ||
      cursor.remaining() - suffix_index::kPadding != tokens_ * pointer_bytes_) {
    cursor.corrupt("the file has not the bytes of its pointers");
  }
  pointers_ = table.data() + table.size();
  std::uint64_t before = 0;
  for (std::uint64_t token = 0; token <= vocabulary_; ++token) {
    if (first(token) < before) cursor.corrupt("the table of first tokens falls");
    before = first(token);
  }
  if (first(0) != 0 || before != tokens_) cursor.corrupt("the table has not all tokens");
}

std::uint64_t SuffixIndex::first(std::uint64_t token) const {
  std::uint64_t rank;
  std::memcpy(&rank, file_.bytes().data() + sizeof(Header) + token * 8, sizeof rank);
  return rank;
}

std::uint64_t SuffixIndex::position(std::uint64_t rank) const {
  LUCIE_ASSERT(rank < tokens_);
  const std::uint64_t position = suffix_index::pointer_at(pointers_, rank, pointer_bytes_);
  if (position >= tokens_) {
    fail(ErrorCode::kCorrupt, "pointer " + std::to_string(rank) + " leads behind the tokens",
         file_.path().string(), kMakeAgain);
  }
  return position;
}

SuffixIndex::Ranks SuffixIndex::beginning_with(std::int32_t token) const {
  const auto id = static_cast<std::uint64_t>(token);  // below 0: beyond every vocabulary
  if (id >= vocabulary_) return {};
  return {first(id), first(id + 1)};
}

// Up to the first id that the tokens cannot hold.
std::vector<std::byte> SuffixIndex::as_stored(std::span<const std::int32_t> sequence) const {
  const auto width = static_cast<std::size_t>(text_->token_bytes());
  std::vector<std::byte> bytes(sequence.size() * width);
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    if (static_cast<std::uint64_t>(sequence[i]) >= vocabulary_) {
      bytes.resize(i * width);
      break;
    }
    std::memcpy(bytes.data() + i * width, &sequence[i], width);  // little-endian: the low bytes
  }
  return bytes;
}

SuffixIndex::Ranks SuffixIndex::find(std::span<const std::int32_t> sequence) const {
  if (sequence.empty()) return {0, tokens_};
  const std::vector<std::byte> bytes = as_stored(sequence);
  if (bytes.size() < sequence.size() * static_cast<std::size_t>(text_->token_bytes())) return {};
  const auto comparison = [&](std::uint64_t rank) {
    return compare(*text_, text_->suffix(position(rank)), bytes.data(), sequence.size());
  };
  const Ranks all = beginning_with(sequence.front());
  const std::uint64_t begin = bisect(
      all.begin, all.end, [&](std::uint64_t rank) { return !comparison(rank).suffix_is_less; });
  const std::uint64_t end = bisect(begin, all.end, [&](std::uint64_t rank) {
    return comparison(rank).common < sequence.size();
  });
  return {begin, end};
}

std::uint64_t SuffixIndex::longest_prefix(std::span<const std::int32_t> sequence) const {
  const std::vector<std::byte> bytes = as_stored(sequence);
  if (bytes.empty()) return 0;
  const std::uint64_t length = bytes.size() / static_cast<std::size_t>(text_->token_bytes());
  const Ranks all = beginning_with(sequence.front());
  // The sequence would stand between two suffixes, and one of them has most in common with it; both
  // are compared on the way there.
  std::uint64_t longest = 0;
  bisect(all.begin, all.end, [&](std::uint64_t rank) {
    const Comparison found = compare(*text_, text_->suffix(position(rank)), bytes.data(), length);
    longest = std::max(longest, found.common);
    return !found.suffix_is_less;
  });
  return longest;
}

}  // namespace lucie
