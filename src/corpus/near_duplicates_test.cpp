#include "corpus/near_duplicates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/rng.h"
#include "base/test_files.h"
#include "corpus/gram_sets.h"

namespace lucie {
namespace {

using testing_base::Folder;

std::string word_of(Rng& rng) {
  std::string word = "w";
  for (std::uint64_t n = rng.below(5000); n > 0; n /= 20) {
    word += static_cast<char>('a' + n % 20);
  }
  return word;
}

// `families` texts of 100 to 400 words in `versions` each: words of the later ones are replaced,
// so many that the versions of a family share from two thirds of their 5-grams to all.
std::vector<std::string> made_texts(int families, int versions) {
  std::vector<std::string> texts;
  for (int family = 0; family < families; ++family) {
    Rng rng(11, "near", static_cast<std::uint64_t>(family));
    std::vector<std::string> words(100 + rng.below(300));
    for (std::string& word : words) word = word_of(rng);
    for (int version = 0; version < versions; ++version) {
      std::vector<std::string> changed = words;
      const std::uint64_t edits = version == 0 ? 0 : rng.below(words.size() / 24);
      for (std::uint64_t i = 0; i < edits; ++i) changed[rng.below(changed.size())] = word_of(rng);
      std::string text;
      for (const std::string& word : changed) text += word + " ";
      texts.push_back(text);
    }
  }
  return texts;
}

struct Found {
  std::map<std::uint64_t, std::uint64_t> survivor_of;  // of those that go
  std::vector<std::vector<std::uint64_t>> clusters;
  bool operator==(const Found&) const = default;
  std::uint64_t survivor(std::uint64_t ordinal) const {
    const auto at = survivor_of.find(ordinal);
    return at == survivor_of.end() ? ordinal : at->second;
  }
};

struct Machine {
  std::uint64_t memory = 64 << 20;
  int threads = 2;
  bool backwards = false;  // order of adding
};

Found find(const std::vector<std::string>& texts, const NearSettings& settings,
           const Machine& machine = {}, const std::vector<std::uint32_t>& ranks = {}) {
  const Folder folder;
  ThreadPool pool(machine.threads);
  const MinHasher hasher(settings.minhash);
  NearDuplicates near(settings, folder.path(), machine.memory, pool);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::size_t at = machine.backwards ? texts.size() - 1 - i : i;
    near.add(at << 32, at < ranks.size() ? ranks[at] : 0,
             hasher.band_keys(hasher.signature(texts[at])));
  }
  near.find([&](std::span<const std::uint64_t> ordinals, const NearDuplicates::TakeText& take) {
    pool.run(static_cast<std::int64_t>(ordinals.size()), [&](std::int64_t i, int) {
      take(static_cast<std::size_t>(i), texts[ordinals[static_cast<std::size_t>(i)] >> 32]);
    });
  });
  Found found;
  near.for_each_duplicate([&](std::uint64_t ordinal, std::uint64_t survivor) {
    found.survivor_of[ordinal >> 32] = survivor >> 32;
  });
  near.for_each_cluster([&](const NearCluster& cluster) {
    found.clusters.emplace_back();
    for (const std::uint64_t member : cluster.members) {
      found.clusters.back().push_back(member >> 32);
    }
    EXPECT_TRUE(std::count(cluster.members.begin(), cluster.members.end(), cluster.survivor) == 1);
  });
  return found;
}

std::vector<std::uint64_t> gram_set(const std::string& text, const NearSettings& settings) {
  const Folder folder;
  GramSets sets(folder.path(), settings.minhash, 1);
  sets.put(0, text);
  return sets.get(0);
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// All pairs whose Jaccard index is `limit` or more, by comparing everything with everything.
Pairs similar_pairs(const std::vector<std::string>& texts, double limit,
                    const NearSettings& settings = {}) {
  std::vector<std::vector<std::uint64_t>> sets;
  for (const std::string& text : texts) sets.push_back(gram_set(text, settings));
  Pairs pairs;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (jaccard(sets[i], sets[j]) >= limit) pairs.emplace_back(j, i);
    }
  }
  return pairs;
}

double share_found(const Pairs& pairs, const Found& found) {
  std::size_t together = 0;
  for (const auto& [a, b] : pairs) together += found.survivor(a) == found.survivor(b);
  return static_cast<double>(together) / static_cast<double>(pairs.size());
}

NearSettings with_bands(int bands, int rows, double verify = 0) {
  NearSettings settings;
  settings.minhash.bands = bands;
  settings.minhash.rows = rows;
  settings.verify = verify;
  return settings;
}

TEST(NearDuplicates, finds_the_pairs_that_brute_force_finds) {
  const std::vector<std::string> texts = made_texts(400, 2);
  const Pairs similar = similar_pairs(texts, 0.8);
  ASSERT_GT(similar.size(), 200U);
  // 14 bands of 8 rows miss 8 % of the pairs at 0.8 exactly and, spread evenly up to 1, 1.5 %.
  EXPECT_GE(share_found(similar, find(texts, {})), 0.97);
  const Found found = find(texts, with_bands(20, 6, 0.8));
  EXPECT_GE(share_found(similar, found), 0.99);
  EXPECT_EQ(found.clusters.size(), similar.size()) << "verified twins have that index";
}

TEST(NearDuplicates, are_the_same_for_any_memory_threads_and_order) {
  const std::vector<std::string> texts = made_texts(200, 4);
  for (const double verify : {0.0, 0.7}) {
    const NearSettings settings = with_bands(14, 8, verify);
    const Found found = find(texts, settings);
    EXPECT_GT(found.clusters.size(), 60U);
    // 11,200 band entries of 24 bytes go through 64 kB.
    EXPECT_EQ(find(texts, settings, {.memory = 128 << 10, .threads = 1}), found);
    EXPECT_EQ(find(texts, settings, {.memory = 128 << 10, .threads = 3, .backwards = true}), found);
  }
}

TEST(NearDuplicates, keeps_the_one_of_the_lowest_rank_then_the_first) {
  const std::string text = made_texts(1, 1).front();
  const std::vector<std::string> texts = {text, "short", text, text, "short", made_texts(2, 1)[1]};
  const Found first = find(texts, {});
  EXPECT_EQ(first.survivor_of, (std::map<std::uint64_t, std::uint64_t>{{2, 0}, {3, 0}}))
      << "texts without a 5-gram stay";
  const Found ranked = find(texts, {}, {}, {2, 0, 1, 1});
  EXPECT_EQ(ranked.survivor_of, (std::map<std::uint64_t, std::uint64_t>{{0, 2}, {3, 2}}));
  EXPECT_EQ(ranked.clusters, (std::vector<std::vector<std::uint64_t>>{{0, 2, 3}}));
}

TEST(NearDuplicates, connects_only_what_the_check_confirms) {
  // One row a band of single words: almost everything is a candidate.
  NearSettings settings = with_bands(40, 1);
  settings.minhash.ngram = 1;
  const std::vector<std::string> texts = made_texts(60, 3);
  EXPECT_GT(find(texts, settings).clusters.front().size(), 100U);
  settings.verify = 0.9;
  const Found found = find(texts, settings);
  const Pairs similar = similar_pairs(texts, 0.9, settings);
  EXPECT_EQ(share_found(similar, found), 1);
  for (const auto& cluster : found.clusters) {
    for (const std::uint64_t member : cluster) {
      EXPECT_TRUE(std::any_of(similar.begin(), similar.end(), [member](const auto& pair) {
        return pair.first == member || pair.second == member;
      }));
    }
  }
}

TEST(NearDuplicates, say_when_memory_is_too_small_for_those_found) {
  const std::vector<std::string> texts(200, made_texts(1, 1).front());
  for (const double verify : {0.0, 0.8}) {
    const NearSettings settings = with_bands(14, 8, verify);
    const std::uint64_t needed = 2 * texts.size() * (verify > 0 ? 72 : 40);
    const Error error =
        testing_base::error_of([&] { find(texts, settings, {.memory = needed - 1}); });
    EXPECT_EQ(error.code(), ErrorCode::kOutOfMemory);
    EXPECT_EQ(find(texts, settings, {.memory = needed}).clusters.size(), 1U);
  }
}

TEST(NearSettings, are_read_and_checked) {
  const auto read = [](std::string_view text) {
    return NearSettings::from_json(parse_json(text, "recipe"));
  };
  EXPECT_EQ(read("true").minhash.bands, 14);
  const NearSettings settings =
      read(R"({"bands": 20, "rows": 6, "ngram": 13, "seed": 7, "hash": "sha1", "verify": 0.8})");
  EXPECT_EQ(settings.minhash.bands, 20);
  EXPECT_EQ(settings.minhash.rows, 6);
  EXPECT_EQ(settings.minhash.ngram, 13);
  EXPECT_EQ(settings.minhash.seed, 7U);
  EXPECT_EQ(settings.minhash.hash, GramHash::kSha1);
  EXPECT_EQ(settings.verify, 0.8);
  for (const char* wrong :
       {R"({"bands": 0})", R"({"rows": 101})", R"({"ngram": -1})", R"({"seed": -1})",
        R"({"hash": "md5"})", R"({"verify": 1.5})", R"({"band": 14})"}) {
    EXPECT_EQ(testing_base::error_of([&] { read(wrong); }).code(), ErrorCode::kInvalidArgument)
        << wrong;
  }
}

TEST(Jaccard, is_the_share_of_what_two_sets_have_in_common) {
  const std::vector<std::uint64_t> a = {1, 2, 3, 5}, b = {2, 3, 4, 5, 6}, none;
  EXPECT_DOUBLE_EQ(jaccard(a, b), 0.5);
  EXPECT_DOUBLE_EQ(jaccard(a, a), 1);
  EXPECT_DOUBLE_EQ(jaccard(a, none), 0);
  EXPECT_DOUBLE_EQ(jaccard(none, none), 0);
}

}  // namespace
}  // namespace lucie
