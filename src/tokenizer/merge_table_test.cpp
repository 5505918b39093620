#include "tokenizer/merge_table.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "tokenizer/bpe.h"

namespace lucie {
namespace {

// A vocabulary over a few characters with random merges, which need not come in the order in which
// training makes them; with every second seed two of them share a rank.
struct RandomModel {
  Vocabulary vocabulary;
  std::vector<Merge> merges;

  explicit RandomModel(std::uint64_t seed) {
    Rng rng(seed, "model");
    const std::string characters[] = {"a", "b", "c", "\xC3\xA9", "\xE2\x96\x81", "1"};
    for (const std::string& c : characters) vocabulary.add(c, vocabulary.size(), "test");
    for (int i = 0; i < 40; ++i) {
      const auto pick = [&] {
        return static_cast<TokenId>(rng.below(static_cast<std::uint64_t>(vocabulary.size())));
      };
      const TokenId left = pick(), right = pick();
      const std::string joined =
          std::string(vocabulary.token(left)) + std::string(vocabulary.token(right));
      if (joined.size() > 20) continue;
      if (!vocabulary.find(joined)) vocabulary.add(joined, vocabulary.size(), "test");
      merges.push_back({left, right, vocabulary.find(joined).value(),
                        static_cast<std::uint32_t>(merges.size() / (1 + seed % 2))});
    }
  }
};

// The definition: the lowest rank, of these the leftmost, until nothing merges.
std::vector<TokenId> merge_by_definition(const MergeTable& table, std::vector<TokenId> symbols) {
  while (true) {
    std::size_t best = symbols.size();
    std::uint32_t rank = MergeTable::kNone;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const std::uint32_t here = table.find(symbols[i], symbols[i + 1]).rank;
      if (here < rank) {
        rank = here;
        best = i;
      }
    }
    if (rank == MergeTable::kNone) return symbols;
    symbols[best] = table.find(symbols[best], symbols[best + 1]).result;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(MergeTable, short_and_long_words_merge_by_the_definition) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const RandomModel model(seed);
    const MergeTable table(model.merges);
    Rng rng(seed, "word");
    std::vector<TokenId> symbols(1 + rng.below(seed % 2 == 0 ? 40 : 400));
    for (TokenId& id : symbols) id = static_cast<TokenId>(rng.below(seed % 3 == 0 ? 2 : 6));
    const std::vector<TokenId> expected = merge_by_definition(table, symbols);
    symbols.resize(table.merge(symbols));
    EXPECT_EQ(symbols, expected) << seed;
  }
}

TEST(Bpe, a_word_as_long_as_a_document_is_merged_from_the_left) {
  Vocabulary vocabulary;
  for (const char* token : {"a", "b", "ab", "aba", "abaab"}) {
    vocabulary.add(token, vocabulary.size(), "test");
  }
  // Each aba makes an abaab possible, which goes before the aba that follows.
  const Bpe bpe(vocabulary, std::vector<Merge>{{0, 1, 2, 0}, {2, 0, 3, 2}, {3, 2, 4, 1}}, {});
  const std::size_t rounds = 30000;
  std::string text;
  std::vector<TokenId> expected, ids;
  for (std::size_t i = 0; i < rounds; ++i) {
    text += "abaab";
    expected.push_back(4);
  }
  text += "aba";
  expected.push_back(3);
  const Span all{0, text.size()};
  text.append(PieceCache::kPadding, '\0');
  bpe.encode(text, {&all, 1}, ids);
  EXPECT_EQ(ids, expected);
}

TEST(MergeTable, of_two_merges_of_a_pair_the_later_holds) {
  const MergeTable table(std::vector<Merge>{{1, 2, 3, 0}, {1, 2, 4, 1}});
  EXPECT_EQ(table.find(1, 2).result, 4);
  EXPECT_EQ(table.find(2, 1).rank, MergeTable::kNone);
}

TEST(SeamTable, cutting_at_seams_never_changes_the_ids) {
  int cut = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomModel model(seed);
    const Bpe bpe(model.vocabulary, model.merges, {});
    const MergeTable table(model.merges);
    const std::vector<TokenId> first{0, 1, 2, 3, 4, 5};
    const SeamTable seams(model.vocabulary, model.merges, first);
    Rng rng(seed, "text");
    std::string text;
    std::vector<TokenId> symbols;
    for (std::uint64_t i = 1 + rng.below(100); i > 0; --i) {
      symbols.push_back(static_cast<TokenId>(rng.below(6)));
      text += model.vocabulary.token(symbols.back());
      const std::size_t n = symbols.size();
      cut += n > 1 && !seams.joins(seams.class_of(symbols[n - 2]), seams.class_of(symbols[n - 1]));
    }
    const std::size_t size = text.size();
    text.append(PieceCache::kPadding, '\0');
    std::vector<TokenId> ids;
    const Span all{0, size};
    bpe.encode(text, {&all, 1}, ids);
    EXPECT_EQ(ids, merge_by_definition(table, symbols)) << seed;
  }
  EXPECT_GT(cut, 1000);
}

}  // namespace
}  // namespace lucie
