#include "corpus/quality/repetition.h"

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "corpus/quality/seen_set.h"

namespace lucie::quality {

namespace {

constexpr std::size_t kMaxWords = std::size_t{1} << 20;
constexpr std::size_t kShortestTop = 2, kLongestTop = 4, kShortestDuplicate = 5, kLongest = 10;

// Polynomial over the bytes modulo the Mersenne prime 2^61 - 1: the hash of words run together
// follows from the hashes of the words.
struct RunningHash {
  static constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
  static constexpr std::uint64_t kBase = 0x0C8A3F1D5B79E247;
  std::uint64_t value = 0, power = 1;  // power: kBase ^ bytes

  static std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    const std::uint64_t sum =
        (static_cast<std::uint64_t>(product) & kPrime) + static_cast<std::uint64_t>(product >> 61);
    return sum >= kPrime ? sum - kPrime : sum;
  }
  static std::uint64_t add(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t sum = a + b;
    return sum >= kPrime ? sum - kPrime : sum;
  }
  static std::uint64_t power_of(std::size_t bytes) {
    static const std::array<std::uint64_t, 32> usual = [] {
      std::array<std::uint64_t, 32> made{1};
      for (std::size_t i = 1; i < made.size(); ++i) made[i] = multiply(made[i - 1], kBase);
      return made;
    }();
    std::uint64_t power = usual[bytes % usual.size()];
    for (; bytes >= usual.size(); bytes -= usual.size()) {
      power = multiply(power, multiply(usual.back(), kBase));
    }
    return power;
  }
  static RunningHash of(std::string_view bytes) {
    RunningHash hash{0, power_of(bytes.size())};
    for (const char c : bytes) {
      hash.value = add(multiply(hash.value, kBase), static_cast<unsigned char>(c) + 1U);
    }
    return hash;
  }
};

std::string_view text_of(const Word& word, std::string_view text) {
  return text.substr(word.begin, word.bytes);
}

// The n-grams of a text for one n after another. grams()[i] is the hash of the n words from i on.
class Ngrams {
 public:
  Ngrams(std::string_view text, std::span<const Word> words) : grams_(words.size()) {
    hashes_.reserve(words.size());
    for (const Word& word : words) hashes_.push_back(hash64(text_of(word, text)));
    grams_ = hashes_;
  }
  std::span<const std::uint64_t> grams() const { return grams_; }
  // From n to n + 1.
  void lengthen() {
    ++n_;
    if (grams_.empty()) return;
    grams_.pop_back();
    for (std::size_t i = 0; i < grams_.size(); ++i) {
      grams_[i] = grams_[i] * 0x9FB21C651E98DF25 + hashes_[i + n_ - 1];
    }
  }

 private:
  std::vector<std::uint64_t> hashes_, grams_;
  std::size_t n_ = 1;
};

struct TopNgram {
  std::uint32_t count = 0, first = 0;
};

// The most frequent n-gram; of several the one that stands first.
TopNgram find_top(std::span<const std::uint64_t> grams, SeenSet* seen) {
  seen->start_round();
  TopNgram top;
  for (std::size_t i = 0; i < grams.size(); ++i) {
    const SeenSet::Entry& entry = seen->meet(grams[i], static_cast<std::uint32_t>(i));
    if (entry.count > top.count || (entry.count == top.count && entry.first < top.first)) {
      top = {entry.count, entry.first};
    }
  }
  return top;
}

std::uint64_t characters_of(std::span<const Word> words) {
  std::uint64_t sum = 0;
  for (const Word& word : words) sum += word.characters;
  return sum;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::array<double, 3> top_shares(std::string_view text, std::span<const Word> words,
                                 std::uint64_t base, bool running, SeenSet* seen) {
  std::array<double, 3> shares{};
  Ngrams ngrams(text, words);
  for (std::size_t n = kShortestTop; n <= kLongestTop && n <= words.size(); ++n) {
    ngrams.lengthen();
    const TopNgram top = find_top(ngrams.grams(), seen);
    if (!running && top.count < 2) continue;
    const std::uint64_t spaces = running ? n - 1 : 0;
    const std::uint64_t length = characters_of(words.subspan(top.first, n)) + spaces;
    shares[n - kShortestTop] = share(length * top.count, base);
  }
  return shares;
}

}  // namespace

Repetition running_repetition(std::string_view text, std::span<const Word> words,
                              std::uint64_t characters) {
  words = words.first(std::min(words.size(), kMaxWords));
  SeenSet seen(words.size());
  Repetition result;
  result.top = top_shares(text, words, characters, true, &seen);
  std::vector<RunningHash> hashes;
  std::vector<std::uint64_t> grams;  // of n words run together
  for (const Word& word : words) {
    hashes.push_back(RunningHash::of(text_of(word, text)));
    grams.push_back(hashes.back().value);
  }
  for (std::size_t n = 2; n <= kLongest && n <= words.size(); ++n) {
    for (std::size_t i = 0; i + n <= words.size(); ++i) {
      const RunningHash& last = hashes[i + n - 1];
      grams[i] = RunningHash::add(RunningHash::multiply(grams[i], last.power), last.value);
    }
    if (n < kShortestDuplicate) continue;
    seen.start_round();
    std::uint64_t repeated = 0;
    for (std::size_t i = 0; i + n <= words.size();) {
      const bool is_new = seen.meet(grams[i], static_cast<std::uint32_t>(i)).count == 1;
      if (!is_new) repeated += characters_of(words.subspan(i, n));
      i += is_new ? 1 : n;
    }
    if (repeated == 0) break;  // then no longer n-gram repeats
    result.duplicate[n - kShortestDuplicate] = share(repeated, characters);
  }
  return result;
}

Repetition covered_repetition(std::string_view text, std::span<const Word> words) {
  words = words.first(std::min(words.size(), kMaxWords));
  SeenSet seen(words.size());
  const std::uint64_t characters = characters_of(words);
  Repetition result;
  result.top = top_shares(text, words, characters, false, &seen);
  Ngrams ngrams(text, words);
  for (std::size_t n = 2; n <= kLongest && n <= words.size(); ++n) {
    ngrams.lengthen();
    if (n < kShortestDuplicate) continue;
    seen.start_round();
    std::vector<bool> repeats(ngrams.grams().size());
    for (std::size_t i = 0; i < repeats.size(); ++i) {
      const SeenSet::Entry& entry = seen.meet(ngrams.grams()[i], static_cast<std::uint32_t>(i));
      if (entry.count > 1) repeats[i] = repeats[entry.first] = true;
    }
    std::uint64_t covered = 0;
    std::size_t covered_to = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (i < repeats.size() && repeats[i]) covered_to = i + n;
      if (i < covered_to) covered += words[i].characters;
    }
    if (covered == 0) break;
    result.duplicate[n - kShortestDuplicate] = share(covered, characters);
  }
  return result;
}

}  // namespace lucie::quality
