// Megatron's indexed dataset: PREFIX.bin (token ids back to back, u16 or i32) and PREFIX.idx
// (docs/formats/tokens.md). Byte-equal to what Megatron-LM writes, so that Megatron reads it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/file.h"

namespace lucie {

// One sequence per document.
class IndexedDatasetWriter {
 public:
  // u16 when vocab_size < 65500, else i32 (Megatron's rule).
  IndexedDatasetWriter(const fs::path& prefix, std::int64_t vocab_size);
  // An id outside the vocabulary is Error{kMismatch}: it would come back as another one.
  void add_document(std::span<const std::int32_t> tokens);
  std::uint64_t tokens() const { return tokens_; }
  void commit();  // .bin first, then .idx

 private:
  fs::path prefix_;
  std::int64_t vocab_size_;
  bool wide_;
  AtomicFile bin_;
  std::vector<std::int32_t> sizes_;
  std::uint64_t tokens_ = 0;
};

class IndexedDataset {
 public:
  // Both files are checked, and against each other. A document of Megatron's may be several
  // sequences, which is what its training order is made of.
  explicit IndexedDataset(const fs::path& prefix);
  std::int64_t documents() const { return static_cast<std::int64_t>(ends_.size()); }
  std::uint64_t tokens() const { return ends_.empty() ? 0 : ends_.back(); }
  // Token index of the first token of document i; begin(documents()) is tokens().
  std::uint64_t begin(std::int64_t i) const;
  std::int64_t document_of(std::uint64_t token) const;  // binary search
  std::int64_t sequences() const { return static_cast<std::int64_t>(sequence_ends().size()); }
  std::uint64_t sequence_begin(std::int64_t i) const;  // as begin() of documents
  // Token index one past each document.
  std::span<const std::uint64_t> document_ends() const { return ends_; }
  // The tokens as they are stored: u16 or i32.
  int token_bytes() const { return wide_ ? 4 : 2; }
  std::span<const std::byte> bytes() const { return bin_->bytes(); }
  // Copies `out.size()` tokens from token index `at` of the whole stream. The ids are as stored:
  // whether they fit a vocabulary is for the caller to check.
  void read(std::uint64_t at, std::span<std::int32_t> out) const;

 private:
  std::unique_ptr<const MappedFile> bin_;
  bool wide_ = false;
  const std::vector<std::uint64_t>& sequence_ends() const {
    return sequence_ends_.empty() ? ends_ : sequence_ends_;
  }

  std::vector<std::uint64_t> ends_;           // token index one past each document
  std::vector<std::uint64_t> sequence_ends_;  // of each sequence; empty when they are documents
};

}  // namespace lucie
