#include "tokenizer/byte_words.h"

#include <gtest/gtest.h>

#include <string>

#include "base/rng.h"
#include "tokenizer/bpe.h"
#include "tokenizer/byte_level.h"
#include "tokenizer/word_merge.h"

namespace lucie {
namespace {

// All bytes, and merges of tokens that were made before.
struct ByteModel {
  explicit ByteModel(std::uint64_t seed) {
    for (unsigned b = 0; b < 256; ++b) {
      vocabulary.add(std::string(byte_level::character(static_cast<unsigned char>(b))),
                     static_cast<TokenId>(b), "test");
    }
    Rng rng(seed, "merges");
    while (merges.size() < 400) {
      const auto any = [&] {  // a letter of the texts, or what was merged of them
        const std::uint64_t i = rng.below(26 + merges.size());
        return i < 26 ? static_cast<TokenId>('a' + i) : merges[i - 26].result;
      };
      const TokenId left = any(), right = any();
      const std::string token =
          std::string(vocabulary.token(left)) + std::string(vocabulary.token(right));
      if (token.size() > 12 || vocabulary.find(token)) continue;
      const TokenId result = static_cast<TokenId>(vocabulary.size());
      vocabulary.add(token, result, "test");
      merges.push_back({left, right, result, static_cast<std::uint32_t>(merges.size())});
    }
  }
  std::vector<TokenId> ids_of(std::string_view word, const MergeTable& table) const {
    std::vector<TokenId> ids;
    for (const char c : word) ids.push_back(static_cast<unsigned char>(c));
    ids.resize(table.merge(ids));
    return ids;
  }
  Vocabulary vocabulary;
  std::vector<Merge> merges;
};

struct Words {
  void add(std::string_view word) {
    spans.push_back({text.size(), text.size() + word.size()});
    text += word;
  }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(text).substr(spans[i].begin, spans[i].end - spans[i].begin);
  }
  std::string text;
  std::vector<Span> spans;
};

// Short and long ones, new ones and such that were there long ago or just before.
Words random_words(std::uint64_t seed, std::size_t count) {
  Rng rng(seed, "words");
  Words words;
  while (words.spans.size() < count) {
    if (const std::size_t n = words.spans.size(); n > 0 && rng.below(3) == 0) {
      const std::uint64_t back = rng.below(2) == 0 ? std::min<std::uint64_t>(n, 20) : n;
      words.add(std::string(words[n - 1 - rng.below(back)]));
      continue;
    }
    std::string word;
    const std::uint64_t longest = rng.below(20) == 0 ? 100 : 18;
    for (std::uint64_t i = rng.below(longest + 1); i > 0; --i) {
      word += rng.below(30) == 0 ? static_cast<char>(rng.below(256))
                                 : static_cast<char>('a' + rng.below(26));
    }
    words.add(word);
  }
  return words;
}

TEST(Bpe, words_of_bytes_have_the_ids_that_each_has_alone) {
  const ByteModel model(1);
  const MergeTable table(model.merges);
  BpeOptions options;
  options.bytes = true;
  const Bpe bpe(model.vocabulary, model.merges, options);
  // So many new words that the memory of words grows to its full size, and in places loses some.
  Words words = random_words(2, 400'000);
  const std::size_t size = words.text.size();
  words.text.append(PieceCache::kPadding, '\0');
  std::vector<TokenId> expected;
  for (std::size_t i = 0; i < words.spans.size(); ++i) {
    const std::vector<TokenId> ids = model.ids_of(words[i], table);
    expected.insert(expected.end(), ids.begin(), ids.end());
  }
  const std::string_view text(words.text.data(), size);
  for (int round = 0; round < 2; ++round) {
    std::vector<TokenId> ids;
    bpe.encode(text, words.spans, ids);
    EXPECT_TRUE(ids == expected) << "all at once, round " << round;
  }
  Rng rng(3, "parts");
  std::vector<TokenId> ids;
  for (std::span<const Span> rest = words.spans; !rest.empty();) {
    const std::size_t part = std::min<std::size_t>(rest.size(), 1 + rng.below(3000));
    bpe.encode(text, rest.first(part), ids);
    rest = rest.subspan(part);
  }
  EXPECT_TRUE(ids == expected) << "in parts";
}

TEST(ByteWords, are_merged_by_the_definition_and_finished_ones_left_alone) {
  const ByteModel model(4);
  const MergeTable table(model.merges);
  std::array<TokenId, 256> symbols;
  for (std::size_t b = 0; b < 256; ++b) symbols[b] = static_cast<TokenId>(b);
  symbols[0] = -1;
  const ByteSymbols bytes(table, symbols);
  EXPECT_TRUE(bytes.has_all("ab"));
  EXPECT_FALSE(bytes.has_all(std::string_view("a\0b", 3)));
  const Words texts = random_words(5, 300);
  std::vector<ByteWord> words;
  std::size_t room = 0;
  for (std::size_t i = 0; i < texts.spans.size(); ++i) {
    const std::string_view text = texts[i].substr(0, WordMerge::kMostSymbols);
    words.push_back({text, room, 0, i % 7 == 3 || !bytes.has_all(text)});
    room += text.size();
  }
  std::vector<TokenId> ids(room, -5);
  const std::vector<ByteWord> before = words;
  merge_byte_words(table, bytes, words, ids);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::span<const TokenId> found = std::span(ids).subspan(words[i].begin, words[i].count);
    if (before[i].merged) {
      EXPECT_EQ(words[i].count, 0u);
      EXPECT_TRUE(words[i].text.empty() || ids[words[i].begin] == -5);
    } else {
      EXPECT_EQ(std::vector(found.begin(), found.end()), model.ids_of(words[i].text, table)) << i;
    }
    EXPECT_TRUE(words[i].merged);
  }
}

}  // namespace
}  // namespace lucie
