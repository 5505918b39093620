#include "trace/verbatim_spans.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/test_files.h"
#include "trace/index_build.h"
#include "trace/test_tokens.h"

namespace lucie {
namespace {

using testing_trace::Documents;
using testing_trace::Tokens;

class VerbatimSpans : public ::testing::Test {
 protected:
  // The documents in shards of five.
  void index(const Documents& documents) {
    documents_ = documents;
    std::vector<fs::path> prefixes;
    for (std::size_t i = 0; i < documents.size(); i += 5) {
      const auto begin = documents.begin() + static_cast<std::ptrdiff_t>(i);
      const auto count =
          static_cast<std::ptrdiff_t>(std::min<std::size_t>(5, documents.size() - i));
      prefixes.push_back(testing_trace::write_shard(folder_.path(), "s" + std::to_string(i),
                                                    {begin, begin + count}, 100));
    }
    text_ = std::make_unique<TokenText>(prefixes);
    ThreadPool pool(1);
    build_suffix_index(*text_, folder_ / "index", 4000, pool);
    index_ = std::make_unique<SuffixIndex>(folder_ / "index", *text_);
  }
  std::size_t count(const Tokens& text, std::size_t begin, std::size_t end) const {
    const auto first = text.begin();
    return testing_trace::places_of(documents_, Tokens(first + static_cast<std::ptrdiff_t>(begin),
                                                       first + static_cast<std::ptrdiff_t>(end)))
        .size();
  }
  std::vector<VerbatimSpan> spans_of(const Tokens& text, std::uint64_t shortest) const {
    return maximal_spans(*index_, text, matching_lengths(*index_, text), shortest);
  }
  // A text of pieces of documents and of tokens at random.
  Tokens patchwork(Rng& rng, std::uint64_t alphabet) const {
    Tokens text;
    while (text.size() < 40) {
      const Tokens& from = documents_[rng.below(documents_.size())];
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(rng.below(from.size() + 1));
      text.insert(text.end(), begin, from.end());
      text.push_back(static_cast<std::int32_t>(rng.below(alphabet)));
    }
    return text;
  }

  testing_base::Folder folder_;
  Documents documents_;
  std::unique_ptr<TokenText> text_;
  std::unique_ptr<SuffixIndex> index_;
};

TEST_F(VerbatimSpans, are_all_those_that_cannot_be_extended) {
  for (std::uint64_t run = 0; run < 10; ++run) {
    const std::uint64_t alphabet = 2 + run % 4, shortest = 1 + run % 5;
    index(testing_trace::random_documents(run, 10, alphabet));
    Rng rng(run, "text");
    const Tokens text = patchwork(rng, alphabet + 1);
    std::vector<std::array<std::size_t, 3>> expected, found;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
      for (std::size_t end = begin + shortest; end <= text.size(); ++end) {
        const std::size_t stands = count(text, begin, end);
        if (stands == 0 || (begin > 0 && count(text, begin - 1, end) > 0) ||
            (end < text.size() && count(text, begin, end + 1) > 0)) {
          continue;
        }
        expected.push_back({begin, end, stands});
      }
    }
    for (const VerbatimSpan& span : spans_of(text, shortest)) {
      found.push_back({span.begin, span.end, span.ranks.count()});
    }
    ASSERT_EQ(found, expected) << "run " << run;
  }
}

TEST_F(VerbatimSpans, end_where_a_document_does) {
  index({{1, 2, 3}, {4, 5, 6}});
  const std::vector<VerbatimSpan> spans = spans_of({1, 2, 3, 4, 5, 6}, 2);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].end, 3U);
  EXPECT_EQ(spans[1].begin, 3U);
  EXPECT_EQ(index_->position(spans[1].ranks.begin), 3U);
}

// All tokens differ, so that what stands together goes on to the next one that was changed.
TEST_F(VerbatimSpans, of_a_long_copy_are_found_without_a_search_for_each_token) {
  constexpr std::size_t kTokens = 400'000;
  Tokens document(kTokens);
  std::iota(document.begin(), document.end(), 1);
  const fs::path shard = testing_trace::write_shard(folder_.path(), "long", {document}, 1 << 20);
  text_ = std::make_unique<TokenText>(std::vector{shard});
  ThreadPool pool(1);
  build_suffix_index(*text_, folder_ / "index", 64 << 20, pool);
  index_ = std::make_unique<SuffixIndex>(folder_ / "index", *text_);
  Tokens text = document;
  const std::size_t changed[] = {5, 250'001, kTokens - 1};
  for (const std::size_t i : changed) text[i] = 0;
  const std::vector<std::uint64_t> lengths = matching_lengths(*index_, text);
  for (std::size_t i = 0; i < kTokens; ++i) {
    const std::size_t next = *std::lower_bound(std::begin(changed), std::end(changed), i);
    ASSERT_EQ(lengths[i], next - i) << i;
  }
}

TEST_F(VerbatimSpans, infinite_grams_count_the_longest_context_seen) {
  for (std::uint64_t run = 0; run < 8; ++run) {
    const std::uint64_t alphabet = 2 + run % 4;
    index(testing_trace::random_documents(run, 10, alphabet));
    Rng rng(run, "text");
    const Tokens text = patchwork(rng, alphabet + 1);
    const auto grams = infinite_grams(*index_, text, matching_lengths(*index_, text));
    ASSERT_EQ(grams.size(), text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::size_t begin = 0;
      while (begin < i && count(text, begin, i) == 0) ++begin;
      ASSERT_EQ(grams[i].context, i - begin) << "run " << run << ", token " << i;
      ASSERT_EQ(grams[i].followed, count(text, begin, i + 1));
      ASSERT_EQ(grams[i].seen, begin < i ? count(text, begin, i) : text_->tokens());
    }
  }
}

TEST_F(VerbatimSpans, of_nothing_are_none) {
  index({{1, 2, 3}});
  EXPECT_TRUE(spans_of({}, 1).empty());
  EXPECT_TRUE(spans_of({9, 9}, 1).empty());
  const Tokens unseen{9};
  EXPECT_EQ(infinite_grams(*index_, unseen, matching_lengths(*index_, unseen))[0].probability(), 0);
}

}  // namespace
}  // namespace lucie
