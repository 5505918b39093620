#include "corpus/packing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {
namespace {

// Documents of the given lengths; every token is its own number.
IndexedDataset make_shard(const std::vector<std::uint32_t>& lengths) {
  const fs::path prefix = fs::path(testing::TempDir()) / ("packing_" + std::to_string(::getpid()));
  IndexedDatasetWriter writer(prefix, 1 << 30);
  std::int32_t next = 0;
  for (const std::uint32_t length : lengths) {
    std::vector<std::int32_t> tokens(length);
    for (std::int32_t& token : tokens) token = next++;
    writer.add_document(tokens);
  }
  writer.commit();
  return IndexedDataset(prefix);
}

std::vector<std::uint32_t> draw_lengths(std::uint64_t seed, int count, std::uint64_t most) {
  Rng rng(seed, "lengths");
  std::vector<std::uint32_t> lengths;
  for (int i = 0; i < count; ++i) {
    // Mostly short, as documents are, and some of several windows.
    const std::uint64_t bound = 1 + rng.below(rng.below(8) == 0 ? 4 * most : most);
    lengths.push_back(static_cast<std::uint32_t>(rng.below(bound)));
  }
  return lengths;
}

// The rule as it is said, in quadratic time.
std::vector<std::uint32_t> fit_plainly(const std::vector<std::uint32_t>& lengths,
                                       std::uint32_t capacity) {
  std::vector<std::uint32_t> rooms, left(lengths.size());
  std::vector<bool> placed(lengths.size());
  for (std::size_t n = 0; n < lengths.size(); ++n) {
    std::size_t longest = lengths.size();
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (!placed[i] && (longest == lengths.size() || lengths[i] > lengths[longest])) longest = i;
    }
    placed[longest] = true;
    std::uint32_t best = capacity + 1;
    for (const std::uint32_t room : rooms) {
      if (room >= lengths[longest]) best = std::min(best, room);
    }
    left[n] = (best > capacity ? capacity : best) - lengths[longest];
    if (best > capacity) {
      rooms.push_back(left[n]);
    } else {
      *std::find(rooms.begin(), rooms.end(), best) = left[n];
    }
  }
  std::sort(rooms.begin(), rooms.end());
  return rooms;
}

TEST(FitBest, leaves_the_room_that_the_rule_leaves) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const std::uint32_t capacity = 1 + static_cast<std::uint32_t>(seed * 7 % 50);
    std::vector<std::uint32_t> lengths = draw_lengths(seed, static_cast<int>(seed * 3), capacity);
    for (std::uint32_t& length : lengths) length = 1 + length % capacity;
    const std::vector<std::uint32_t> bins = fit_best(lengths, capacity);
    ASSERT_EQ(bins.size(), lengths.size());
    std::map<std::uint32_t, std::uint32_t> filled;
    for (std::size_t i = 0; i < bins.size(); ++i) filled[bins[i]] += lengths[i];
    std::vector<std::uint32_t> rooms;
    for (const auto& [bin, sum] : filled) {
      ASSERT_LE(sum, capacity);
      rooms.push_back(capacity - sum);
    }
    std::sort(rooms.begin(), rooms.end());
    EXPECT_EQ(rooms, fit_plainly(lengths, capacity)) << "seed " << seed;
  }
}

TEST(SequencePlan, every_token_is_in_one_sequence_and_documents_are_cut_only_where_they_must) {
  for (const Packing packing : {Packing::kBestFit, Packing::kOnePerSequence}) {
    for (const std::size_t buffer : {std::size_t{1}, std::size_t{50}, SequencePlan::kBuffer}) {
      const std::uint64_t S = 64;
      const IndexedDataset tokens = make_shard(draw_lengths(buffer, 700, S));
      const SequencePlan plan(tokens, S, packing, buffer);
      std::vector<int> seen(tokens.tokens(), 0);
      std::map<std::int64_t, std::uint64_t> pieces_of;
      std::uint64_t padding = 0;
      for (std::uint64_t i = 0; i < plan.size(); ++i) {
        std::uint64_t filled = 0;
        for (const Piece& piece : plan.at(i)) {
          ASSERT_GT(piece.length, 0u);
          const std::int64_t document = tokens.document_of(piece.begin);
          EXPECT_EQ(tokens.document_of(piece.begin + piece.length - 1), document);
          ++pieces_of[document];
          for (std::uint64_t t = 0; t < piece.length; ++t) ++seen[piece.begin + t];
          filled += piece.length;
        }
        ASSERT_GE(filled, 1u);
        ASSERT_LE(filled, S);
        padding += S - filled;
        EXPECT_TRUE(packing == Packing::kBestFit || plan.at(i).size() == 1);
      }
      EXPECT_EQ(seen, std::vector<int>(tokens.tokens(), 1));
      EXPECT_EQ(plan.padding(), padding);
      std::uint64_t split = 0;
      for (const auto& [document, pieces] : pieces_of) {
        const std::uint64_t length = tokens.begin(document + 1) - tokens.begin(document);
        EXPECT_EQ(pieces, (length + S - 1) / S);
        split += length > S;
      }
      EXPECT_EQ(plan.split_documents(), split);
      EXPECT_GT(split, 5u);
    }
  }
}

TEST(SequencePlan, best_fit_wastes_little_and_one_per_sequence_much) {
  const IndexedDataset tokens = make_shard(draw_lengths(1, 5000, 256));
  const SequencePlan best(tokens, 256, Packing::kBestFit);
  const SequencePlan single(tokens, 256, Packing::kOnePerSequence);
  EXPECT_LT(static_cast<double>(best.padding()), 0.01 * static_cast<double>(tokens.tokens()));
  EXPECT_GT(single.padding(), tokens.tokens());
}

TEST(SequencePlan, a_stream_is_cut_at_every_window_with_one_token_to_predict_beyond) {
  const std::uint64_t S = 16;
  const IndexedDataset tokens = make_shard(draw_lengths(5, 100, 30));
  const SequencePlan plan(tokens, S, Packing::kConcatenate);
  EXPECT_EQ(plan.size(), (tokens.tokens() - 1) / S);
  EXPECT_EQ(plan.padding(), 0u);
  for (std::uint64_t i = 0; i < plan.size(); ++i) {
    std::uint64_t at = i * S;
    for (const Piece& piece : plan.at(i)) {
      EXPECT_EQ(piece.begin, at);
      EXPECT_EQ(tokens.document_of(at), tokens.document_of(at + piece.length - 1));
      at += piece.length;
    }
    EXPECT_EQ(at, (i + 1) * S + 1);
  }
}

TEST(SequencePlan, no_documents_are_no_sequences) {
  const IndexedDataset nothing = make_shard({0, 0, 0});
  for (const Packing packing :
       {Packing::kConcatenate, Packing::kBestFit, Packing::kOnePerSequence}) {
    EXPECT_EQ(SequencePlan(nothing, 8, packing).size(), 0u);
  }
}

TEST(Packing, names_are_read_and_others_refused_with_what_is_known) {
  for (const char* name : {"concatenate", "best-fit", "one-per-sequence"}) {
    EXPECT_STREQ(packing_name(packing_from_json(Json(name))), name);
  }
  try {
    packing_from_json(Json("bestfit"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(error.hint().find("best-fit"), std::string::npos);
  }
}

}  // namespace
}  // namespace lucie
