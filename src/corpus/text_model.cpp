#include "corpus/text_model.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "corpus/text_model_layout.h"
#include "corpus/text_repair.h"

namespace lucie {

using namespace text_model;

namespace {

// Tables with empty slots need some dozens at most; a file that has none must not hold us up.
constexpr std::size_t kMaxLooks = 4096;

Header read_header(std::span<const std::uint64_t> whole, const std::string& place) {
  Header header;
  if (whole.size_bytes() < sizeof header) fail(ErrorCode::kCorrupt, "no text model", place);
  std::memcpy(&header, whole.data(), sizeof header);
  if (std::string_view(header.magic, sizeof header.magic) != kMagic) {
    fail(ErrorCode::kCorrupt, "no text model", place, "`lucie corpus text-model` makes one");
  }
  if (header.version != kVersion) {
    fail(ErrorCode::kUnsupported, "text model of version " + std::to_string(header.version), place);
  }
  if (header.order < 1 || header.order > TextModel::kMaxOrder) {
    fail(ErrorCode::kCorrupt, "text model of order " + std::to_string(header.order), place);
  }
  for (const double number : {header.head, header.middle, header.unseen_bits}) {
    if (!(number >= 0 && number <= std::numeric_limits<double>::max())) {
      fail(ErrorCode::kCorrupt, "figures of the text model are out of range", place);
    }
  }
  return header;
}

}  // namespace

TextModel::TextModel(const fs::path& path) : file_(path) {
  const std::span<const std::byte> bytes = file_->bytes();
  if (bytes.size() % sizeof(std::uint64_t) != 0) {
    fail(ErrorCode::kCorrupt, "text model is cut short", path.string());
  }
  open({reinterpret_cast<const std::uint64_t*>(bytes.data()), bytes.size() / sizeof(std::uint64_t)},
       path.string());
}

TextModel::TextModel(std::vector<std::uint64_t> image) : image_(std::move(image)) {
  open(image_, "text model in memory");
}

void TextModel::open(std::span<const std::uint64_t> whole, const std::string& place) {
  const Header header = read_header(whole, place);
  order_ = header.order;
  head_ = header.head;
  middle_ = header.middle;
  unseen_bits_ = header.unseen_bits;
  language_ = std::string(header.language, strnlen(header.language, sizeof header.language));
  std::size_t at = sizeof header / sizeof(std::uint64_t);
  const auto take = [&](std::uint64_t slots) {
    if (!std::has_single_bit(slots) || slots > whole.size() - at) {
      fail(ErrorCode::kCorrupt, "text model is cut short", place);
    }
    const std::span<const std::uint64_t> table = whole.subspan(at, slots);
    at += slots;
    return table;
  };
  for (std::size_t i = 0; i < order_; ++i) tables_[i] = take(header.slots[i]);
  words_ = take(header.word_slots);
  if (at != whole.size()) fail(ErrorCode::kCorrupt, "bytes behind the text model", place);
}

double TextModel::Reading::perplexity() const {
  return words == 0 ? 1 : std::exp2(bits / static_cast<double>(words));
}

double TextModel::Reading::known_share() const {
  return lettered == 0 ? 1 : static_cast<double>(known) / static_cast<double>(lettered);
}

TextModel::Weights TextModel::find(std::size_t length, std::uint64_t key) const {
  const std::span<const std::uint64_t> table = tables_[length - 1];
  std::size_t at = slot_of(key, table.size());
  for (std::size_t looks = 0; looks < kMaxLooks; ++looks) {
    const std::uint64_t slot = table[at];
    if (slot == kEmpty) return {};
    if (slot >> 24 == key) {
      return {true, static_cast<double>(slot >> 12 & 0xFFF) / kSteps,
              static_cast<double>(slot & 0xFFF) / kSteps};
    }
    at = (at + 1) & (table.size() - 1);
  }
  return {};
}

bool TextModel::knows(std::uint64_t word) const {
  std::size_t at = slot_of(word, words_.size());
  for (std::size_t looks = 0; looks < kMaxLooks && words_[at] != 0; ++looks) {
    if (words_[at] == word) return true;
    at = (at + 1) & (words_.size() - 1);
  }
  return false;
}

// The n-grams that end at a byte are the contexts of the next one, so each is looked up once.
double TextModel::bits_of(std::string_view text) const {
  std::array<double, kMaxOrder> backoffs{};  // of the last m bytes, m up to `contexts`
  std::size_t contexts = 0;
  std::uint64_t history = 0;
  double sum = 0;
  for_each_symbol(text, [&](unsigned char symbol) {
    history = history << 8 | symbol;
    std::array<double, kMaxOrder> next{};
    std::size_t found = 0;
    double bits = unseen_bits_;
    for (std::size_t length = 1; length <= std::min(contexts + 1, order_); ++length) {
      const std::uint64_t mask = (std::uint64_t{1} << (8 * length)) - 1;
      const Weights weights = find(length, history & mask);
      if (!weights.found) break;
      found = length;
      bits = weights.bits;
      if (length < order_) next[length] = weights.backoff;
    }
    for (std::size_t m = std::max<std::size_t>(found, 1); m <= contexts; ++m) bits += backoffs[m];
    sum += bits;
    backoffs = next;
    contexts = std::min(found, order_ - 1);
  });
  return sum;
}

TextModel::Reading TextModel::read(std::string_view text) const {
  Reading reading;
  reading.words = count_words(text);
  reading.bits = bits_of(text);
  for_each_word(text, [&](std::uint64_t word) {
    ++reading.lettered;
    reading.known += knows(word);
  });
  return reading;
}

}  // namespace lucie
