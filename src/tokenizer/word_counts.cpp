#include "tokenizer/word_counts.h"

#include <algorithm>
#include <queue>

#include "base/error.h"
#include "base/hash.h"
#include "tokenizer/word_run.h"

namespace lucie::training {

WordTable::WordTable() : slots_(1 << 12) {}

void WordTable::add(std::string_view word) {
  const std::uint64_t hash = hash64(word);
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash & mask;
  while (slots_[slot] != 0) {
    Entry& entry = entries_[slots_[slot] - 1];
    if (entry.hash == hash && text(entry) == word) {
      ++entry.count;
      return;
    }
    slot = (slot + 1) & mask;
  }
  if (entries_.size() >= UINT32_MAX - 1 || word.size() > UINT32_MAX) {
    fail(ErrorCode::kUnsupported, "more than 4 billion distinct words, or a word of 4 GB",
         "tokenizer training", "train on a sample of the corpus");
  }
  entries_.push_back({hash, arena_.size(), 1, static_cast<std::uint32_t>(word.size())});
  arena_ += word;
  slots_[slot] = static_cast<std::uint32_t>(entries_.size());
  if (entries_.size() * 3 > slots_.size() * 2) grow();
}

void WordTable::grow() {
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

std::uint64_t WordTable::memory() const {
  return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(std::uint32_t) +
         arena_.capacity();
}

std::vector<std::uint32_t> WordTable::sorted() const {
  // The first eight bytes decide most comparisons without a look at the arena.
  struct Key {
    std::uint64_t head;
    std::uint32_t index;
  };
  std::vector<Key> keys;
  keys.reserve(entries_.size());
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    std::uint64_t head = 0;
    const std::string_view word = text(entries_[i]);
    for (std::size_t b = 0; b < 8; ++b) {
      head = head << 8 | (b < word.size() ? static_cast<unsigned char>(word[b]) : 0);
    }
    keys.push_back({head, i});
  }
  std::sort(keys.begin(), keys.end(), [this](const Key& a, const Key& b) {
    return a.head != b.head ? a.head < b.head : text(entries_[a.index]) < text(entries_[b.index]);
  });
  std::vector<std::uint32_t> order;
  order.reserve(keys.size());
  for (const Key& key : keys) order.push_back(key.index);
  return order;
}

// One sorted sequence of words: of a table or of a file.
class WordCounts::Run {
 public:
  Run(const WordTable& table, const std::vector<std::uint32_t>& order)
      : table_(&table), order_(&order) {}
  explicit Run(const fs::path& path) : file_(std::make_unique<WordRunReader>(path)) {}

  bool next() {
    if (file_) {
      if (!file_->next()) return false;
      word_ = file_->word();
      count_ = file_->count();
      return true;
    }
    if (at_ == order_->size()) return false;
    const WordTable::Entry& entry = table_->entry((*order_)[at_++]);
    word_ = table_->text(entry);
    count_ = entry.count;
    return true;
  }
  std::string_view word() const { return word_; }
  std::uint64_t count() const { return count_; }

 private:
  const WordTable* table_ = nullptr;
  const std::vector<std::uint32_t>* order_ = nullptr;
  std::size_t at_ = 0;
  std::unique_ptr<WordRunReader> file_;
  std::string_view word_;
  std::uint64_t count_ = 0;
};

WordCounts::WordCounts(int workers, std::uint64_t memory, fs::path scratch)
    : tables_(static_cast<std::size_t>(workers)), memory_(memory), scratch_(std::move(scratch)) {}

void WordCounts::settle() {
  std::uint64_t used = 0;
  for (const WordTable& table : tables_) used += table.memory();
  if (used > memory_) spill();
}

// The tables are merged on the way out, so that a file has each word once.
void WordCounts::spill() {
  for (const WordTable& table : tables_) orders_.push_back(table.sorted());
  if (!folder_) folder_ = std::make_unique<AtomicDirectory>(scratch_ / "words");
  const fs::path path = folder_->path() / std::to_string(files_.size());
  std::vector<fs::path> older;
  older.swap(files_);
  WordRunWriter writer(path);
  for_each([&](std::string_view word, std::uint64_t count) { writer.add(word, count); });
  writer.commit();
  files_ = std::move(older);
  files_.push_back(path);
  orders_.clear();
  for (WordTable& table : tables_) table = WordTable();
}

void WordCounts::finish() {
  if (!files_.empty()) spill();  // the learner needs the memory now
  for (const WordTable& table : tables_) orders_.push_back(table.sorted());
}

bool WordCounts::empty() const {
  return files_.empty() && std::all_of(tables_.begin(), tables_.end(),
                                       [](const WordTable& table) { return table.size() == 0; });
}

void WordCounts::clear() {
  tables_.clear();
  orders_.clear();
  files_.clear();
  folder_.reset();
}

void WordCounts::for_each(const Visit& visit) const {
  std::vector<Run> runs;
  for (std::size_t t = 0; t < orders_.size(); ++t) runs.emplace_back(tables_[t], orders_[t]);
  for (const fs::path& file : files_) runs.emplace_back(file);
  const auto comes_later = [&runs](std::size_t a, std::size_t b) {
    return runs[a].word() > runs[b].word();
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(comes_later)> heads(
      comes_later);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r].next()) heads.push(r);
  }
  std::string word;
  while (!heads.empty()) {
    word.assign(runs[heads.top()].word());
    std::uint64_t count = 0;
    while (!heads.empty() && runs[heads.top()].word() == word) {
      const std::size_t run = heads.top();
      heads.pop();
      count += runs[run].count();
      if (runs[run].next()) heads.push(run);
    }
    visit(word, count);
  }
}

}  // namespace lucie::training
