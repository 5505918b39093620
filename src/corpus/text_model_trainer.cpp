// Training and writing of text models (text_model.h).
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "corpus/text_model.h"
#include "corpus/text_model_layout.h"

namespace lucie {

using namespace text_model;

namespace {

constexpr std::uint64_t kApart = 20;     // every so many documents one is kept apart
constexpr std::uint32_t kKnownFrom = 2;  // a word met once may be a slip
constexpr std::int64_t kBytes = 256;
// N-grams of four and five bytes that stand once are half of all, and hardly help.
constexpr std::uint32_t kMinCounts[TextModel::kMaxOrder] = {0, 1, 1, 2, 2};

// Open addressing with what comes first nearest to its place: the same bytes for the same entries
// in the same order.
class SlotTable {
 public:
  SlotTable(std::size_t entries, std::uint64_t empty)
      : slots_(slots_for(entries), empty), empty_(empty) {}
  void put(std::uint64_t key, std::uint64_t slot) {
    std::size_t at = slot_of(key, slots_.size());
    while (slots_[at] != empty_) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
  std::uint64_t append_to(std::vector<std::uint64_t>* image) const {
    image->insert(image->end(), slots_.begin(), slots_.end());
    return slots_.size();
  }

 private:
  std::vector<std::uint64_t> slots_;
  std::uint64_t empty_;
};

using Slots = std::vector<std::uint64_t>;

std::vector<Slots> ngram_slots(const SymbolText& text, int order, double* unseen_bits) {
  std::vector<Slots> slots(static_cast<std::size_t>(order));  // by length - 1
  const NgramModel model = NgramModel::train(text, order, kBytes);
  model.visit(kMinCounts, [&](const NgramModel::Weighted& ngram) {
    if (ngram.symbols.empty()) {
      *unseen_bits = -std::log2(std::max(1e-9, ngram.probability * ngram.backoff));
      return;
    }
    std::uint64_t key = 0;
    for (const std::uint32_t symbol : ngram.symbols) key = key << 8 | symbol;
    slots[ngram.symbols.size() - 1].push_back(key << 24 | quantized(ngram.probability) << 12 |
                                              quantized(ngram.backoff));
  });
  return slots;
}

// Sorted, since hash maps are in no order.
Slots known_words(const std::unordered_map<std::uint64_t, std::uint32_t>& counts) {
  Slots known;
  for (const auto& [word, count] : counts) {
    if (count >= kKnownFrom) known.push_back(word);
  }
  std::sort(known.begin(), known.end());
  return known;
}

}  // namespace

TextModelTrainer::TextModelTrainer(std::string language, int order)
    : language_(std::move(language)), order_(order) {
  if (order_ < 1 || order_ > static_cast<int>(TextModel::kMaxOrder)) {
    fail(ErrorCode::kInvalidArgument, "a text model of order " + std::to_string(order_), {},
         "from 1 to " + std::to_string(TextModel::kMaxOrder));
  }
  if (language_.size() > sizeof Header::language) {
    fail(ErrorCode::kInvalidArgument, "language '" + language_ + "' is too long", {},
         "a code such as fr");
  }
}

bool TextModelTrainer::add(std::string_view document) {
  if (bytes_ + document.size() > kMaxBytes) return false;
  if (++documents_ % kApart == 0) {
    apart_.emplace_back(document);
    return true;
  }
  bytes_ += document.size();
  std::vector<std::int32_t> symbols;
  for_each_symbol(document, [&](unsigned char symbol) { symbols.push_back(symbol); });
  text_.add(symbols);
  for_each_word(document, [&](std::uint64_t word) { ++word_counts_[word]; });
  return true;
}

std::vector<std::uint64_t> TextModelTrainer::make_image() const {
  Header header{};
  std::memcpy(header.magic, kMagic.data(), sizeof header.magic);
  header.version = kVersion;
  header.order = static_cast<std::uint32_t>(order_);
  std::copy(language_.begin(), language_.end(), header.language);
  header.documents = documents_ - apart_.size();
  header.bytes = bytes_;
  std::vector<std::uint64_t> image(sizeof header / sizeof(std::uint64_t));
  const std::vector<Slots> ngrams = ngram_slots(text_, order_, &header.unseen_bits);
  for (std::size_t i = 0; i < ngrams.size(); ++i) {
    SlotTable table(ngrams[i].size(), kEmpty);
    for (const std::uint64_t slot : ngrams[i]) table.put(slot >> 24, slot);
    header.slots[i] = table.append_to(&image);
  }
  const Slots words = known_words(word_counts_);
  SlotTable table(words.size(), 0);
  for (const std::uint64_t word : words) table.put(word, word);
  header.word_slots = table.append_to(&image);
  std::memcpy(image.data(), &header, sizeof header);
  return image;
}

void TextModelTrainer::write(const fs::path& path) {
  if (text_.size() == 0) {
    fail(ErrorCode::kInvalidArgument, "no text to train a text model on", path.string());
  }
  std::vector<std::uint64_t> image = make_image();
  const TextModel model(image);
  std::vector<double> perplexities;
  for (const std::string& text : apart_) perplexities.push_back(model.read(text).perplexity());
  std::sort(perplexities.begin(), perplexities.end());
  if (!perplexities.empty()) {
    Header header;
    std::memcpy(&header, image.data(), sizeof header);
    header.head = perplexities[perplexities.size() / 3];
    header.middle = perplexities[perplexities.size() * 2 / 3];
    std::memcpy(image.data(), &header, sizeof header);
  }
  write_file_atomic(
      path, {reinterpret_cast<const char*>(image.data()), image.size() * sizeof(std::uint64_t)});
}

}  // namespace lucie
