#include "trace/suffix_index.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "base/test_files.h"
#include "trace/index_blocks.h"
#include "trace/index_build.h"
#include "trace/suffix_layout.h"
#include "trace/test_tokens.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_trace::Documents;
using testing_trace::Tokens;

constexpr std::uint64_t kApart = 9000;  // so that a word holds few tokens when blocks are merged
// Memory for a few documents of the tests on each thread, so that there are several blocks.
constexpr std::uint64_t little(std::uint64_t alphabet, std::uint64_t threads) {
  return threads * (70 * kIndexBytesPerToken + (kApart * (alphabet - 1) + 1) * kIndexBytesPerId);
}
constexpr std::uint64_t kMuch = 16 << 20;

class SuffixIndexTest : public ::testing::Test {
 protected:
  TokenText write_shards(std::uint64_t seed, std::uint64_t alphabet, std::int64_t vocabulary) {
    documents_.clear();
    std::vector<fs::path> prefixes;
    for (const char* name : {"a", "b", "c"}) {
      const Documents shard =
          testing_trace::random_documents(seed + prefixes.size(), 12, alphabet, kApart);
      prefixes.push_back(testing_trace::write_shard(folder_.path(), name, shard, vocabulary));
      documents_.insert(documents_.end(), shard.begin(), shard.end());
    }
    return TokenText(prefixes);
  }
  std::string bytes_of_index(const TokenText& text, std::uint64_t memory, int threads) {
    ThreadPool pool(threads);
    build_suffix_index(text, file(), memory, pool);
    return read_file(file());
  }
  fs::path file() const { return folder_ / "tokens.index"; }

  testing_base::Folder folder_;
  Documents documents_;
};

// Every suffix once, in order, none beyond its document.
TEST_F(SuffixIndexTest, holds_all_suffixes_in_order) {
  for (const std::int64_t vocabulary : {60000, 70000}) {  // u16 and i32
    for (std::uint64_t alphabet = 1; alphabet < 6; alphabet += 2) {
      const TokenText text = write_shards(alphabet, alphabet, vocabulary);
      bytes_of_index(text, little(alphabet, 2), 2);
      const SuffixIndex index(file(), text);
      std::vector<std::pair<Tokens, std::uint64_t>> expected;
      std::uint64_t position = 0;
      for (const Tokens& document : documents_) {
        for (auto from = document.begin(); from != document.end(); ++from) {
          expected.emplace_back(Tokens(from, document.end()), position++);
        }
      }
      std::sort(expected.begin(), expected.end());
      for (std::size_t rank = 0; rank < expected.size(); ++rank) {
        ASSERT_EQ(index.position(rank), expected[rank].second) << "rank " << rank;
      }
    }
  }
}

TEST_F(SuffixIndexTest, finds_what_looking_finds) {
  Rng rng(5, "sequences");
  for (std::uint64_t run = 0; run < 8; ++run) {
    const std::uint64_t alphabet = 1 + run % 4;
    const TokenText text = write_shards(10 * run, alphabet, run % 2 == 0 ? 60000 : 70000);
    bytes_of_index(text, run % 3 == 0 ? kMuch : little(alphabet, 1), 1);
    const SuffixIndex index(file(), text);
    for (int i = 0; i < 200; ++i) {
      Tokens sequence(1 + rng.below(8));
      for (std::int32_t& token : sequence)
        token = static_cast<std::int32_t>(kApart * rng.below(alphabet));
      const auto places = testing_trace::places_of(documents_, sequence);
      const SuffixIndex::Ranks ranks = index.find(sequence);
      std::vector<std::uint64_t> found;
      for (std::uint64_t rank = ranks.begin; rank < ranks.end; ++rank) {
        found.push_back(index.position(rank));
      }
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, places);
      Tokens prefix = sequence;
      while (testing_trace::places_of(documents_, prefix).empty()) prefix.pop_back();
      ASSERT_EQ(index.longest_prefix(sequence), prefix.size());
    }
  }
}

TEST_F(SuffixIndexTest, ids_beyond_the_tokens_stand_nowhere) {
  const TokenText text = write_shards(1, 3, 60000);
  bytes_of_index(text, kMuch, 1);
  const SuffixIndex index(file(), text);
  // 65536 is 0 in two bytes.
  for (const std::int32_t id : {18001, 65535, 65536, -1, 1 << 30}) {
    EXPECT_EQ(index.find(Tokens{id}).count(), 0U) << id;
    EXPECT_EQ(index.find(Tokens{0, id}).count(), 0U) << id;
    EXPECT_EQ(index.longest_prefix(Tokens{0, id}), 1U) << id;
  }
  EXPECT_EQ(index.find({}).count(), text.tokens());
}

TEST_F(SuffixIndexTest, memory_threads_and_kills_leave_no_trace) {
  const TokenText text = write_shards(7, 2, 60000);
  const std::string expected = bytes_of_index(text, kMuch, 1);
  EXPECT_EQ(bytes_of_index(text, little(2, 1), 1), expected);
  EXPECT_EQ(bytes_of_index(text, little(2, 2), 2), expected);
  fs::remove(file());
  for (std::uint64_t bytes = 0; !fs::exists(file()); bytes = 2 * bytes + 99) {
    const ScopedWriteFault full_disk(bytes);
    try {
      bytes_of_index(text, little(2, 2), 2);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      EXPECT_FALSE(fs::exists(file()));
    }
  }
  EXPECT_EQ(read_file(file()), expected);
  EXPECT_FALSE(fs::exists(file().string() + ".work"));
}

TEST_F(SuffixIndexTest, sorted_blocks_are_taken_up_and_checked) {
  const TokenText text = write_shards(7, 2, 60000);
  const std::string expected = bytes_of_index(text, little(2, 1), 1);
  // Killed in the merge: the blocks are there.
  const std::uint64_t blocks = text.tokens() * 4;
  EXPECT_EQ(error_of([&] {
              const ScopedWriteFault full_disk(blocks + 10);
              bytes_of_index(text, little(2, 1), 1);
            }).code(),
            ErrorCode::kIo);
  std::vector<fs::path> sorted;
  for (const auto& entry : fs::recursive_directory_iterator(file().string() + ".work")) {
    if (entry.is_regular_file() && entry.file_size() > 0) sorted.push_back(entry.path());
  }
  ASSERT_GT(sorted.size(), 2U);
  const std::string block = read_file(sorted.front());
  for (const std::string& damage : {std::string(block.size(), '\xff'), block.substr(4)}) {
    write_file_atomic(sorted.front(), damage);
    EXPECT_EQ(error_of([&] { bytes_of_index(text, little(2, 1), 1); }).code(), ErrorCode::kCorrupt);
  }
  write_file_atomic(sorted.front(), block);
  EXPECT_EQ(bytes_of_index(text, little(2, 1), 1), expected);
}

TEST_F(SuffixIndexTest, says_what_memory_a_document_needs) {
  const TokenText text = write_shards(1, 3, 60000);
  const Error error = error_of([&] { bytes_of_index(text, 100, 1); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(error.message().find("tokens takes"), std::string::npos) << error.message();
  EXPECT_FALSE(fs::exists(file()));
  // What it says is enough, and less is not: with 30 tokens at most and ids to 18,000.
  std::size_t longest = 0;
  for (const Tokens& document : documents_) longest = std::max(longest, document.size());
  const std::uint64_t enough = (longest + 2) * kIndexBytesPerToken + 18001 * kIndexBytesPerId;
  EXPECT_EQ(error_of([&] { bytes_of_index(text, enough - 1, 2); }).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_FALSE(bytes_of_index(text, enough, 2).empty());
}

TEST_F(SuffixIndexTest, blocks_hold_the_text_and_fit_into_the_memory_of_their_threads) {
  constexpr std::uint64_t kIds = 18001;
  const TokenText text = write_shards(1, 3, 60000);
  for (std::uint64_t memory = little(3, 1); memory < little(3, 4); memory += 10'000) {
    for (int threads = 1; threads < 4; ++threads) {
      int together = threads;
      const auto blocks = plan_blocks(text, folder_.path(), {memory, kIds}, &together);
      ASSERT_TRUE(together >= 1 && together <= threads);
      std::uint64_t end = 0;
      for (const IndexBlock& block : blocks) {
        EXPECT_EQ(block.begin, std::exchange(end, block.end));
        const std::uint64_t bytes = block.symbols() * kIndexBytesPerToken + kIds * kIndexBytesPerId;
        EXPECT_LE(bytes * static_cast<std::uint64_t>(together), memory) << threads;
      }
      EXPECT_EQ(end, text.tokens());
    }
  }
}

TEST_F(SuffixIndexTest, an_index_of_other_tokens_is_refused) {
  bytes_of_index(write_shards(1, 3, 60000), kMuch, 1);
  const TokenText other = write_shards(2, 3, 60000);
  EXPECT_EQ(error_of([&] { SuffixIndex(file(), other); }).code(), ErrorCode::kMismatch);
}

TEST_F(SuffixIndexTest, a_damaged_index_is_refused_or_stays_within_the_tokens) {
  const TokenText text = write_shards(3, 3, 60000);
  const std::string good = bytes_of_index(text, kMuch, 1);
  for (std::size_t size = 0; size < good.size(); size += good.size() / 9) {
    write_file_atomic(file(), good.substr(0, size));
    EXPECT_EQ(error_of([&] { SuffixIndex(file(), text); }).code(), ErrorCode::kCorrupt) << size;
  }
  int opened = 0;
  for (std::size_t step = 0; step < 160; step += 3) {  // header and first entries; last pointers
    const std::size_t i = step < 60 ? step : good.size() - 160 + step;
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (i % 2 == 0 ? 0x40 : 0x01));
    write_file_atomic(file(), bad);
    try {
      const SuffixIndex index(file(), text);
      ++opened;
      index.longest_prefix(Tokens{0, 9000, 18000, 0, 9000});
      const SuffixIndex::Ranks ranks = index.find(Tokens{9000, 9000});
      for (std::uint64_t rank = ranks.begin; rank < ranks.end; ++rank) index.position(rank);
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << i;
    }
  }
  EXPECT_GT(opened, 0);
}

TEST_F(SuffixIndexTest, a_table_that_lies_is_refused) {
  const TokenText text = write_shards(3, 3, 60000);
  const std::string good = bytes_of_index(text, kMuch, 1);
  for (const std::uint64_t lie : {text.tokens() + 1, ~std::uint64_t{0}}) {
    for (std::size_t entry = 0; entry < 4; ++entry) {
      std::string bad = good;
      std::memcpy(bad.data() + sizeof(suffix_index::Header) + 8 * entry, &lie, 8);
      write_file_atomic(file(), bad);
      EXPECT_EQ(error_of([&] { SuffixIndex(file(), text); }).code(), ErrorCode::kCorrupt);
    }
  }
}

TEST_F(SuffixIndexTest, tokens_that_are_none_are_refused) {
  const fs::path prefix =
      testing_trace::write_shard(folder_.path(), "wide", {{1, 2, 3}}, std::int64_t{1} << 31);
  for (const std::int32_t id : {-1, suffix_index::kMostVocabulary}) {
    const std::int32_t tokens[] = {1, id, 3};
    write_file_atomic(prefix.string() + ".bin",
                      {reinterpret_cast<const char*>(tokens), sizeof tokens});
    const TokenText text({prefix});
    EXPECT_EQ(error_of([&] { bytes_of_index(text, kMuch, 1); }).code(), ErrorCode::kCorrupt) << id;
  }
}

}  // namespace
}  // namespace lucie
