// A document on its way through the build: what became of it, and why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "corpus/document.h"
#include "corpus/holdout.h"

namespace lucie {

// What steps changed, by name ("invalid_bytes"), in the order of their first use.
class Counts {
 public:
  using Entry = std::pair<std::string, std::uint64_t>;
  void add(std::string_view name, std::uint64_t count);  // of nothing leaves no entry
  std::uint64_t of(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

inline constexpr std::uint64_t kNoDocument = ~std::uint64_t{0};

struct Candidate {
  Document document;  // text freed once dropped
  bool held_out = false;
  bool failed = false;                  // could not be read: damaged
  std::string dropped_by;               // name of the step; empty while kept
  std::string reason;                   // "said fr, looks en"
  std::string measured;                 // value and limit of the rule broken: "12 < 50"
  std::uint64_t same_as = kNoDocument;  // dropped for this one: its number among those read
  std::uint64_t bytes_read = 0;
  Counts changes;
  std::uint64_t bytes_held_out = 0;  // of a held-out text before lines known from training went
  KnownLines known_lines;            // those lines

  bool kept() const { return dropped_by.empty(); }
  void drop(std::string step, std::string why);
};

// The line of verdicts.jsonl.zst, with its newline.
std::string verdict_line(const Candidate& candidate);

}  // namespace lucie
