// The words of a text as near-duplicate search and decontamination compare them: without case,
// accents and punctuation, every number as "0".
//
// That is the text simplification of datatrove 0.10 with its defaults (lower case, numbers,
// punctuation, white space, NFD without nonspacing marks, in this order), then words: runs between
// spaces. In scripts that are written without spaces (Han, kana, Bopomofo, Thai, Lao, Khmer,
// Burmese, Tibetan) every character is a word, so that a 5-gram is five characters there. By
// regular expression, on the simplified text: [SCRIPTS]|[^\s SCRIPTS]+ with is_word_alone() as
// SCRIPTS. The same rule for every language: a text needs no label to be compared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

struct PlainWords {
  std::string text;                  // words with one space between them
  std::vector<std::size_t> starts;   // of each word in `text`
  std::vector<std::size_t> read_at;  // where each begins in the text that was read

  std::size_t size() const { return starts.size(); }
  // Words [first, first + count) with the spaces between them; count > 0.
  std::string_view range(std::size_t first, std::size_t count) const;
  void keep_last(std::size_t count);  // all, when there are not as many
};

// Reads a text block by block, so that a text of any length takes little memory.
class PlainWordReader {
 public:
  // `text`: UTF-8; what is not is read as U+FFFD. It must outlive the reader.
  explicit PlainWordReader(std::string_view text) : text_(text) {}
  // Appends whole words to `words` until about 64 KB were read; false when none were left.
  bool read(PlainWords* words);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// A character of a script without spaces between words.
bool is_word_alone(char32_t c);

}  // namespace lucie
