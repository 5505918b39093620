// What the passes of a build tell each other about documents: fixed records, sorted by ordinal
// (plan.h), in files of base/record_stream.h.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "base/external_sort.h"
#include "base/hash.h"
#include "base/record_stream.h"

namespace lucie {

struct DocumentKeys {
  std::uint64_t ordinal = 0;
  Hash128 text, url;       // normalized (dedup.h)
  std::uint64_t rank = 0;  // of equal texts the one of the lowest rank stays, 0 ... 255
};

struct ParagraphKey {
  Hash128 text;
  std::uint64_t ordinal = 0;
  std::uint64_t number = 0;  // of the paragraph in its document
};

struct BandKey {  // of MinHash; a document has one for each band
  std::uint64_t key = 0, ordinal = 0;
};

// Which comparison dropped a document: an index of kComparisons.
struct Drop {
  std::uint64_t ordinal = 0;
  std::uint64_t survivor = 0;  // its ordinal, or kNoDocument
  std::uint64_t comparison = 0;
  std::uint64_t sort_key() const { return ordinal; }
  auto operator<=>(const Drop&) const = default;
};

struct Cut {  // of a paragraph that stands elsewhere
  std::uint64_t ordinal = 0, number = 0;
  std::uint64_t sort_key() const { return ordinal; }
  auto operator<=>(const Cut&) const = default;
};

struct ComparisonNames {
  const char* step;
  const char* reason;
};
enum Comparison : std::uint64_t { kForm, kUrl, kText, kNear };
inline constexpr ComparisonNames kComparisons[] = {
    {"form", "plain text of pages kept as HTML"},
    {"url", "same URL as another document"},
    {"document", "same text as another document"},
    {"near", "nearly the same text as another document"},
};

// Decisions of one or several files, asked for rising ordinals.
class DropReader {
 public:
  explicit DropReader(const std::vector<fs::path>& files, std::uint64_t first_ordinal = 0) {
    for (const fs::path& file : files) {
      readers_.emplace_back(file);
      readers_.back().seek([&](const Drop& drop) { return drop.ordinal < first_ordinal; });
    }
  }
  // nullptr when it stays.
  const Drop* find(std::uint64_t ordinal) {
    const Drop* found = nullptr;
    for (RecordReader<Drop>& reader : readers_) {
      const Drop* drop = reader.peek();
      while (drop != nullptr && drop->ordinal < ordinal) {
        reader.next();
        drop = reader.peek();
      }
      if (drop != nullptr && drop->ordinal == ordinal) found = drop;
    }
    return found;
  }

 private:
  std::vector<RecordReader<Drop>> readers_;
};

// The numbers of paragraphs to cut, asked for rising ordinals.
class CutReader {
 public:
  CutReader(const fs::path& file, std::uint64_t first_ordinal) : reader_(file) {
    reader_.seek([&](const Cut& cut) { return cut.ordinal < first_ordinal; });
  }
  const std::vector<std::uint32_t>& of(std::uint64_t ordinal) {
    numbers_.clear();
    for (const Cut* cut = reader_.peek(); cut != nullptr && cut->ordinal <= ordinal;
         cut = reader_.peek()) {
      if (cut->ordinal == ordinal) numbers_.push_back(static_cast<std::uint32_t>(cut->number));
      reader_.next();
    }
    return numbers_;
  }

 private:
  RecordReader<Cut> reader_;
  std::vector<std::uint32_t> numbers_;
};

}  // namespace lucie
