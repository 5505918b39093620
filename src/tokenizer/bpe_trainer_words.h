// Counting words for BPE training: the pre-tokenization Lucie's tokenizer was trained with, and a
// table of counts. Internal to the trainer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lucie::bpe {

// Calls `word` for each training word of a normalized, well-formed text. One pass gives what
// Hugging Face's pre-tokenizers give in sequence: Metaspace (the normalizer has put U+2581 in
// front), Split("\u2581?[^\w\s\u2581]+", isolated), Split("[\n\t]", isolated), Digits(individual).
void split_words(std::string_view normalized, const std::function<void(std::string_view)>& word);

// How often each word was seen. Open addressing over one arena of bytes: about 30 bytes a word
// besides its text.
class WordCounts {
 public:
  struct Entry {
    std::uint64_t hash = 0;
    std::size_t offset = 0, length = 0;  // in the arena
    std::uint64_t count = 0;
  };

  WordCounts();
  void add(std::string_view word, std::uint64_t count = 1);
  void add_all(const WordCounts& other);

  const std::vector<Entry>& entries() const { return entries_; }  // in the order of first sight
  std::string_view text(const Entry& entry) const { return {&arena_[entry.offset], entry.length}; }

 private:
  void add(std::string_view word, std::uint64_t hash, std::uint64_t count);
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // index of the entry + 1; 0: free
  std::string arena_;
};

}  // namespace lucie::bpe
