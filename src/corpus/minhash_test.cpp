#include "corpus/minhash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/rng.h"

namespace lucie {
namespace {

std::uint64_t value_of(const std::string& hex, std::size_t index) {
  return std::stoull(hex.substr(index * 16, 16), nullptr, 16);
}

TEST(MinHasher, signs_as_datatrove_does) {
  const Json golden = read_json(fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / "minhash.json");
  for (const Json& known : golden.at("cases").items()) {
    MinHashSettings settings;
    settings.bands = static_cast<int>(known.at("bands").as_int());
    settings.rows = static_cast<int>(known.at("rows").as_int());
    settings.ngram = static_cast<int>(known.at("ngram").as_int());
    settings.seed = static_cast<std::uint32_t>(known.at("seed").as_int());
    settings.hash = known.at("hash") == Json("sha1") ? GramHash::kSha1 : GramHash::kXxh64;
    const std::vector<std::uint64_t> signature =
        MinHasher(settings).signature(known.at("text").as_string());
    const std::string& expected = known.at("signature").as_string();
    ASSERT_EQ(signature.size() * 16, expected.size());
    for (std::size_t i = 0; i < signature.size(); ++i) {
      EXPECT_EQ(signature[i], value_of(expected, i)) << "function " << i;
    }
  }
}

// A text of `words` numbered words in which the last `changed` are others for each `version`.
std::string text_of(int words, int changed, int version) {
  std::string text;
  for (int i = 0; i < words; ++i) {
    text += std::string(1, static_cast<char>('a' + i % 26)) +
            std::string(1, static_cast<char>('a' + i / 26 % 26)) +
            std::string(1, static_cast<char>('a' + i / 676)) +
            (i >= words - changed ? std::string(static_cast<std::size_t>(version), 'x') : "") + " ";
  }
  return text;
}

TEST(MinHasher, agrees_in_as_many_functions_as_the_sets_overlap) {
  MinHashSettings settings;
  settings.bands = 512;
  const MinHasher hasher(settings);
  const auto one = hasher.signature(text_of(1000, 200, 1)),
             two = hasher.signature(text_of(1000, 200, 2));
  std::size_t equal = 0;
  for (std::size_t i = 0; i < one.size(); ++i) equal += one[i] == two[i];
  // 796 common 5-grams of 1196; four standard deviations of 4096 draws.
  EXPECT_NEAR(static_cast<double>(equal) / 4096, 796.0 / 1196, 0.03);
}

TEST(MinHasher, band_keys_tell_rows_and_bands_apart) {
  const MinHasher hasher({});
  std::vector<std::uint64_t> signature(14 * 8, 1);
  const auto keys = hasher.band_keys(signature);
  EXPECT_EQ(std::set<std::uint64_t>(keys.begin(), keys.end()).size(), 14U);
  signature[13] = 2;
  const auto others = hasher.band_keys(signature);
  for (std::size_t band = 0; band < 14; ++band) EXPECT_EQ(keys[band] == others[band], band != 1);
  EXPECT_TRUE(hasher.band_keys({}).empty());
}

TEST(MinHasher, does_not_notice_where_long_texts_are_cut) {
  const std::string text = text_of(17'000, 0, 0);  // several blocks
  std::vector<std::uint64_t> grams, all;
  for (GramReader reader(text, 5, GramHash::kXxh64); reader.read(&grams);) {
    all.insert(all.end(), grams.begin(), grams.end());
  }
  EXPECT_EQ(all.size(), 17'000U - 4);
  EXPECT_EQ(std::set<std::uint64_t>(all.begin(), all.end()).size(), all.size());
}

}  // namespace
}  // namespace lucie
