// What the corpus stage does to documents once they are read: each step changes, keeps or drops,
// and says why. Steps that look at one document run in parallel; those that compare documents go
// through them in order, so the outcome does not depend on threads.
//
//   unicode -> language -> length -> form -> document -> paragraph -> holdout
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "corpus/dedup.h"
#include "corpus/document.h"
#include "corpus/holdout.h"

namespace lucie {

class ThreadPool;

struct Candidate {
  Document document;  // text freed once dropped
  bool held_out = false;
  bool failed = false;     // could not be read: damaged
  std::string dropped_by;  // name of the step; empty while kept
  std::string reason;      // "said fr, looks en"
  std::uint64_t bytes_read = 0;
  std::uint64_t invalid_bytes = 0;   // now U+FFFD
  std::uint64_t controls = 0;        // control characters taken out
  Removal paragraphs;                // duplicates taken out
  std::uint64_t bytes_held_out = 0;  // of a held-out text before lines known from training went
  KnownLines known_lines;            // those lines

  bool kept() const { return dropped_by.empty(); }
  void drop(const char* step, std::string why);
};

struct FilterSettings {
  std::uint64_t seed = 42;
  double holdout_share = 0.01;
  std::int64_t min_characters = 200;  // of a document; a tenth of it for aligned pairs
  std::int64_t min_paragraph = 60;    // shorter paragraphs may repeat
  bool check_language = true;
  bool dedup_documents = true;
  bool dedup_paragraphs = true;
};

// All steps, in order. Kept documents have text and hash as they are to be written.
void filter_documents(std::vector<Candidate>& candidates, const FilterSettings& settings,
                      ThreadPool& pool);

bool is_code(const Document& document);
bool is_aligned(const Document& document);

}  // namespace lucie
