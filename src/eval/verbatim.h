// How much of a model's answers is copied: the share of their text that stands word for word in the
// training text.
//
// A character is copied when it lies in a run of at least `shortest_run` characters (50) of the
// answer that stands, as it is, in one training text; an answer is copied when it holds such a run.
// Characters are code points, and a run of white space counts as one space on both sides, so that
// another line break does not hide a copy. Matches are exact, not by hash alone.
//
//   VerbatimCheck check(answers);
//   for (const std::string& text : training) check.read(text);
//   check.share().characters_copied();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"

namespace lucie {

struct VerbatimShare {
  std::int64_t answers = 0, answers_copied = 0;  // with at least one copied run
  std::int64_t characters = 0, characters_copied = 0;
};
Json to_json(const VerbatimShare& share);  // with "answers_share" and "characters_share"

class VerbatimCheck {
 public:
  explicit VerbatimCheck(const std::vector<std::string>& answers, std::size_t shortest_run = 50);
  // Marks what of the answers stands in this training text. Linear in the text.
  void read(std::string_view training_text);
  VerbatimShare share() const;
  bool is_copied(std::size_t answer) const;  // holds such a run

 private:
  struct Place {
    std::size_t answer, begin;
  };
  void mark(std::u32string_view run, std::uint64_t hash);

  std::size_t run_;
  std::vector<std::u32string> answers_;
  std::vector<std::vector<bool>> copied_;                         // by answer and character
  std::unordered_map<std::uint64_t, std::vector<Place>> places_;  // runs not yet found, by hash
};

}  // namespace lucie
