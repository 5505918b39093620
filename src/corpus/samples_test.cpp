#include "corpus/samples.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

// Token values count up through each shard, so a window's place can be read off its first token.
std::vector<TokenGroup> make_groups(const std::string& name) {
  const fs::path dir = fs::path(testing::TempDir()) / name;
  fs::remove_all(dir);
  fs::create_directories(dir / "train");
  const std::map<std::string, int> documents{{"en", 40}, {"fr", 25}, {"it", 3}};
  for (const auto& [group, count] : documents) {
    TokenShardWriter writer(dir / "train" / group, 70000);
    std::int32_t next = 0;
    Rng rng(7, group);
    for (int i = 0; i < count; ++i) {
      std::vector<std::int32_t> tokens(1 + rng.below(60));
      for (std::int32_t& token : tokens) token = next++;
      Document document;
      document.id = group + std::to_string(i);
      writer.add(document, tokens, 0);
    }
    writer.commit();
  }
  return open_token_groups(dir, "train");
}

const Mixture kMixture =
    Mixture::from_json(parse_yaml("{language: {en: 50, fr: 40, it: 10}}", "recipe"));

TEST(SampleIndex, every_window_of_an_epoch_is_seen_once) {
  const std::vector<TokenGroup> groups = make_groups("samples_once");
  const SampleIndex index(groups, kMixture, {"main", 16, 42, 600});
  std::map<std::pair<int, std::uint64_t>, std::set<std::uint64_t>> seen;
  for (std::uint64_t i = 0; i < index.samples(); ++i) {
    const SampleRef ref = index.sample(i);
    EXPECT_TRUE(seen[std::make_pair(ref.group, ref.epoch)].insert(ref.window).second) << i;
  }
  const std::vector<GroupUse> use = index.use();
  for (const auto& [key, windows] : seen) {
    const GroupUse& group = use[static_cast<std::size_t>(key.first)];
    const bool finished = (key.second + 1) * group.windows <= group.samples;
    if (finished) {
      EXPECT_EQ(windows.size(), group.windows);
    }
    EXPECT_LT(*windows.rbegin(), group.windows);
  }
  EXPECT_GT(use[2].epochs, 3.0);
}

// The tokens of [begin, end) of a group that sample i holds.
std::uint64_t held(const SampleIndex& index, std::uint64_t i, std::uint64_t begin,
                   std::uint64_t end) {
  std::uint64_t tokens = 0;
  for (const SampleDocument& part : index.documents_of(i)) {
    const std::uint64_t first = index.document(part).begin + part.first;
    const std::uint64_t from = std::max(begin, first);
    const std::uint64_t to = std::min(end, first + part.end - part.begin);
    if (from < to) tokens += to - from;
  }
  return tokens;
}

TEST(SampleIndex, leads_from_tokens_back_to_all_samples_that_hold_them) {
  const std::vector<TokenGroup> groups = make_groups("samples_back");
  for (const Packing packing : {Packing::kConcatenate, Packing::kBestFit}) {
    const SampleIndex index(groups, kMixture, {"main", 16, 42, 2000, packing});
    Rng rng(3, "ranges");
    for (std::size_t group = 0; group < groups.size(); ++group) {
      const std::uint64_t tokens = groups[group].shard.tokens().tokens();
      for (int run = 0; run < 20; ++run) {
        const std::uint64_t begin = rng.below(tokens), end = begin + rng.below(tokens - begin + 1);
        std::vector<std::pair<std::uint64_t, std::uint64_t>> expected, found;
        for (std::uint64_t i = 0; i < index.samples(); ++i) {
          if (static_cast<std::size_t>(index.sample(i).group) != group) continue;
          const std::uint64_t count = held(index, i, begin, end);
          if (count > 0) expected.emplace_back(i, count);
        }
        for (const SampleReading& reading : index.readings_of(group, begin, end)) {
          found.emplace_back(reading.sample, reading.tokens);
        }
        ASSERT_EQ(found, expected) << begin << " to " << end;
      }
    }
  }
}

TEST(SampleIndex, read_gives_a_window_and_the_tokens_after_each_of_its) {
  const std::vector<TokenGroup> groups = make_groups("samples_read");
  const SampleIndex index(groups, kMixture, {"main", 16, 42, 100});
  for (std::uint64_t i = 0; i < 100; ++i) {
    std::vector<std::int32_t> ids(16), targets(16);
    index.read(i, ids, targets);
    for (std::size_t k = 0; k < ids.size(); ++k) {
      EXPECT_EQ(static_cast<std::uint64_t>(ids[k]), index.sample(i).window * 16 + k);
      EXPECT_EQ(targets[k], ids[k] + 1);
    }
  }
}

TEST(SampleIndex, order_is_a_function_of_seed_phase_and_index) {
  const std::vector<TokenGroup> groups = make_groups("samples_pure");
  const SampleIndex index(groups, kMixture, {"main", 16, 42, 100});
  const SampleIndex same(groups, kMixture, {"main", 16, 42, 700});
  const SampleIndex other_seed(groups, kMixture, {"main", 16, 43, 100});
  const SampleIndex other_phase(groups, kMixture, {"annealing", 16, 42, 100});
  int seed_differs = 0, phase_differs = 0;
  for (std::uint64_t i = 100; i-- > 0;) {
    EXPECT_EQ(index.sample(i).window, same.sample(i).window);
    EXPECT_EQ(index.sample(i).group, same.sample(i).group);
    seed_differs += index.sample(i).window != other_seed.sample(i).window;
    phase_differs += index.sample(i).window != other_phase.sample(i).window;
  }
  EXPECT_GT(seed_differs, 50);
  EXPECT_GT(phase_differs, 50);
}

TEST(SampleIndex, documents_cover_the_sample_without_gaps) {
  const std::vector<TokenGroup> groups = make_groups("samples_documents");
  const SampleIndex index(groups, kMixture, {"main", 64, 42, 50});
  for (std::uint64_t i = 0; i < index.samples(); ++i) {
    const SampleRef ref = index.sample(i);
    std::uint64_t at = 0;
    for (const SampleDocument& part : index.documents_of(i)) {
      EXPECT_EQ(part.begin, at);
      EXPECT_LT(part.begin, part.end);
      EXPECT_EQ(part.group, static_cast<std::size_t>(ref.group));
      const TokenSpan document = index.document(part);
      EXPECT_EQ(document.begin + part.first, ref.window * 64 + part.begin);
      EXPECT_GE(document.end, ref.window * 64 + part.end);
      at = part.end;
    }
    EXPECT_EQ(at, 65u);
  }
}

TEST(SampleIndex, packed_documents_are_read_once_an_epoch_and_predict_only_themselves) {
  const std::vector<TokenGroup> groups = make_groups("samples_packed");
  for (const Packing packing : {Packing::kBestFit, Packing::kOnePerSequence}) {
    const SampleIndex index(groups, Mixture::from_json(Json()), {"main", 32, 42, 400, packing});
    std::vector<std::map<std::int32_t, int>> read(groups.size());  // token -> times, first epoch
    std::vector<std::uint64_t> taken(groups.size(), 0);
    for (std::uint64_t i = 0; i < index.samples(); ++i) {
      const SampleRef ref = index.sample(i);
      const auto group = static_cast<std::size_t>(ref.group);
      std::vector<std::int32_t> ids(32), targets(32);
      index.read(i, ids, targets);
      std::size_t at = 0;
      for (const SampleDocument& part : index.documents_of(i)) {
        EXPECT_EQ(part.begin, at);
        const TokenSpan document = index.document(part);
        for (; at < part.end; ++at) {
          const std::uint64_t token = document.begin + part.first + at - part.begin;
          EXPECT_EQ(static_cast<std::uint64_t>(ids[at]), token);
          EXPECT_EQ(targets[at], token + 1 < document.end ? ids[at] + 1 : -1);
          if (ref.epoch == 0) ++read[group][ids[at]];
        }
      }
      for (; at < 32; ++at) {
        EXPECT_EQ(ids[at], 0);
        EXPECT_EQ(targets[at], -1);
      }
      if (ref.epoch == 0) ++taken[group];
    }
    const std::vector<GroupUse> use = index.use();
    for (std::size_t k = 0; k < groups.size(); ++k) {
      ASSERT_EQ(taken[k], use[k].windows) << "the phase holds an epoch";
      EXPECT_EQ(read[k].size(), use[k].tokens);
      for (const auto& [token, times] : read[k]) EXPECT_EQ(times, 1) << token;
      EXPECT_NEAR(use[k].padding,
                  1 - static_cast<double>(use[k].tokens) / static_cast<double>(32 * use[k].windows),
                  1e-12);
      EXPECT_GT(use[k].split, 0u);
    }
  }
}

TEST(SampleIndex, groups_shorter_than_a_window_are_left_out) {
  const std::vector<TokenGroup> groups = make_groups("samples_short");
  const SampleIndex index(groups, kMixture, {"extension", 256, 42, 50});
  const std::vector<GroupUse> use = index.use();
  EXPECT_EQ(use[2].group, "it");
  EXPECT_EQ(use[2].samples, 0u);
  EXPECT_GT(use[0].samples, 0u);
  EXPECT_THROW(SampleIndex(groups, kMixture, {"main", 1 << 20, 42, 50}), Error);
  EXPECT_THROW(SampleIndex(groups, kMixture, {"main", 0, 42, 50}), Error);
}

TEST(OpenTokenGroups, missing_folder_is_an_error_that_says_what_to_run) {
  try {
    open_token_groups(fs::path(testing::TempDir()) / "no_such_tokens", "train");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_FALSE(error.hint().empty());
  }
}

}  // namespace
}  // namespace lucie
