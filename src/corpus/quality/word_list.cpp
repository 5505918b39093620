#include "corpus/quality/word_list.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "tokenizer/unicode.h"

namespace lucie::quality {

WordList WordList::load(const fs::path& path) {
  WordList list;
  for (const std::string& line : split(unicode::repaired(read_file(path)), '\n')) list.add(line);
  if (list.hashes_.empty()) {
    fail(ErrorCode::kCorrupt, "a list of words without words", path.string(),
         "one word or phrase a line");
  }
  return list;
}

void WordList::add(std::string_view entry) {
  const NormalizedText normalized = normalize_for_comparison(entry);
  if (normalized.words.empty()) return;
  hashes_.insert(hash64(normalized.text));
  const std::size_t length = normalized.words.size();
  const auto at = std::lower_bound(lengths_.begin(), lengths_.end(), length);
  if (at == lengths_.end() || *at != length) lengths_.insert(at, length);
}

std::uint64_t WordList::count_in(const NormalizedText& text) const {
  std::uint64_t count = 0;
  for (const std::size_t length : lengths_) {
    for (std::size_t i = 0; i + length <= text.words.size(); ++i) {
      const Word& last = text.words[i + length - 1];
      const std::size_t begin = text.words[i].begin;
      const std::string_view phrase(text.text.data() + begin, last.begin + last.bytes - begin);
      count += hashes_.count(hash64(phrase));
    }
  }
  return count;
}

}  // namespace lucie::quality
