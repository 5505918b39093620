#include "corpus/group_streams.h"

#include <gtest/gtest.h>

namespace lucie {
namespace {

std::vector<GroupKey> keys(const std::vector<std::pair<std::string, std::string>>& names) {
  std::vector<GroupKey> list;
  for (const auto& [language, year] : names) {
    list.emplace_back();
    list.back().language = language;
    list.back().year = year;
  }
  return list;
}

const std::vector<GroupKey> kKeys =
    keys({{"en", "2019"}, {"en", "2021"}, {"en", "undated"}, {"fr", "2018"}, {"fr", "2022"}});
const std::vector<double> kShares{0.1, 0.3, 0.2, 0.25, 0.15};

TEST(GroupStreams, shuffled_order_is_that_of_the_blend) {
  const GroupStreams streams(kKeys, kShares, false, 1000);
  const BlendOrder blend(kShares, 1000);
  for (std::uint64_t t = 0; t < 1000; ++t) {
    EXPECT_EQ(streams.at(t).group, blend.at(t).group);
    EXPECT_EQ(streams.at(t).index, blend.at(t).index);
  }
  EXPECT_EQ(streams.counts(), blend.counts(1000));
}

TEST(GroupStreams, years_follow_each_other_and_keep_their_shares) {
  const GroupStreams streams(kKeys, kShares, true, 1000);
  std::vector<std::uint64_t> seen(kKeys.size(), 0);
  std::vector<std::string> last(2);
  for (std::uint64_t t = 0; t < 1000; ++t) {
    const BlendOrder::Pick pick = streams.at(t);
    const auto group = static_cast<std::size_t>(pick.group);
    EXPECT_EQ(pick.index, seen[group]++) << "each group's samples in turn, none left out";
    if (kKeys[group].year == "undated") continue;
    std::string& year = last[kKeys[group].language == "fr" ? 1 : 0];
    EXPECT_LE(year, kKeys[group].year) << t;
    year = kKeys[group].year;
  }
  EXPECT_EQ(streams.counts(), seen);
  for (std::size_t k = 0; k < seen.size(); ++k) {
    EXPECT_NEAR(static_cast<double>(seen[k]), 1000 * kShares[k], 2) << k;
  }
}

TEST(GroupStreams, when_is_the_way_back_of_at) {
  for (const bool oldest_first : {false, true}) {
    const GroupStreams streams(kKeys, kShares, oldest_first, 2000);
    for (std::uint64_t t = 0; t < 2000; ++t) ASSERT_EQ(streams.when(streams.at(t)), t);
  }
}

TEST(GroupStreams, undated_text_is_spread_over_the_phase) {
  const GroupStreams streams(kKeys, kShares, true, 1000);
  int first_half = 0;
  for (std::uint64_t t = 0; t < 500; ++t) first_half += streams.at(t).group == 2;
  EXPECT_NEAR(first_half, 100, 2);
}

TEST(GroupStreams, a_year_without_share_is_never_taken) {
  const GroupStreams streams(kKeys, {0, 0.5, 0, 0, 0.5}, true, 100);
  EXPECT_EQ(streams.counts(), (std::vector<std::uint64_t>{0, 50, 0, 0, 50}));
  for (std::uint64_t t = 0; t < 100; ++t) {
    EXPECT_TRUE(streams.at(t).group == 1 || streams.at(t).group == 4);
  }
}

}  // namespace
}  // namespace lucie
