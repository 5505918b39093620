#include "trace/token_text.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"

namespace lucie {
namespace {

constexpr int kChunk = 12;  // 4096 tokens: a few documents, for 8 bytes

// The document of each chunk's first token.
std::vector<std::uint64_t> documents_by_chunk(const IndexedDataset& tokens) {
  const auto ends = tokens.document_ends();
  std::vector<std::uint64_t> documents;
  std::uint64_t document = 0;
  for (std::uint64_t token = 0; token < tokens.tokens(); token += std::uint64_t{1} << kChunk) {
    while (ends[document] <= token) ++document;
    documents.push_back(document);
  }
  return documents;
}

}  // namespace

TokenText::TokenText(const std::vector<fs::path>& prefixes) {
  begins_.push_back(0);
  for (const fs::path& prefix : prefixes) {
    const IndexedDataset& shard = shards_.emplace_back(prefix);
    names_.push_back(prefix.filename().string());
    begins_.push_back(begins_.back() + shard.tokens());
    documents_.push_back(documents_by_chunk(shard));
    if (shard.token_bytes() != shards_.front().token_bytes()) {
      fail(ErrorCode::kMismatch,
           "its tokens take " + std::to_string(shard.token_bytes()) + " bytes, those of " +
               names_.front() + " " + std::to_string(shards_.front().token_bytes()),
           prefix.string(), "the shards are not of one tokenizer; tokenize again");
    }
  }
  if (!shards_.empty()) token_bytes_ = shards_.front().token_bytes();
}

TokenText::Place TokenText::place_of(std::uint64_t position) const {
  LUCIE_ASSERT(position < tokens());
  const auto behind = std::upper_bound(begins_.begin(), begins_.end(), position);
  const auto shard = static_cast<std::size_t>(behind - begins_.begin()) - 1;
  return {shard, position - begins_[shard]};
}

const std::byte* TokenText::data(std::uint64_t position) const {
  const Place place = place_of(position);
  return shards_[place.shard].bytes().data() +
         place.token * static_cast<std::uint64_t>(token_bytes_);
}

TokenText::Suffix TokenText::suffix(std::uint64_t position) const {
  const Place place = place_of(position);
  const IndexedDataset& shard = shards_[place.shard];
  const auto ends = shard.document_ends();
  const auto& documents = documents_[place.shard];
  const std::uint64_t chunk = place.token >> kChunk;
  const std::uint64_t last = chunk + 1 < documents.size() ? documents[chunk + 1] : ends.size() - 1;
  // Above a few documents bisection reads less.
  const auto from = ends.begin() + static_cast<std::ptrdiff_t>(documents[chunk]);
  const auto to = ends.begin() + static_cast<std::ptrdiff_t>(last);
  const std::uint64_t end = *std::upper_bound(from, to, place.token);
  return {shard.bytes().data() + place.token * static_cast<std::uint64_t>(token_bytes_),
          end - place.token};
}

std::int32_t TokenText::token_at(const std::byte* data, std::uint64_t i) const {
  if (token_bytes_ == 2) {
    std::uint16_t token;
    std::memcpy(&token, data + 2 * i, sizeof token);
    return token;
  }
  std::int32_t token;
  std::memcpy(&token, data + 4 * i, sizeof token);
  return token;
}

std::uint64_t TokenText::common(const std::byte* a, const std::byte* b, std::uint64_t most) const {
  const auto width = static_cast<std::uint64_t>(token_bytes_);
  const std::uint64_t bytes = most * width;
  std::uint64_t i = 0;
  for (; i + 8 <= bytes; i += 8) {
    std::uint64_t left, right;
    std::memcpy(&left, a + i, 8);
    std::memcpy(&right, b + i, 8);
    if (left != right) {
      return (i + static_cast<std::uint64_t>(std::countr_zero(left ^ right)) / 8) / width;
    }
  }
  while (i < bytes && a[i] == b[i]) ++i;
  return i / width;
}

std::uint64_t TokenText::layout() const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    const auto ends = std::as_bytes(shards_[i].document_ends());
    hash = hash64(names_[i], hash);
    hash = hash64({reinterpret_cast<const char*>(ends.data()), ends.size()}, hash);
  }
  return hash;
}

}  // namespace lucie
