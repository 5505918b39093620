// The order of training: which sequence of tokens the i-th sample of a phase is, as a pure function
// of (tokens, mixture, packing, seed, phase, i). Nothing is drawn or remembered, so any step can be
// sought.
//
//   group  = BlendOrder(mixture)(i), which also tells that it is the c-th sample of that group
//            (of the years of a group, when they follow each other: GroupStreams);
//   epoch  = c / windows, window = Permutation(seed, phase, group, epoch)(c % windows);
//   tokens = of a stream [window * S, window * S + S], S + 1 of them: the targets are shifted by
//            one, and neighbouring windows share one token. What is left at a shard's end is
//            dropped. Of packed documents (packing.h) the pieces of that sequence: each token of an
//            epoch is read once, and predicts the next one of its document.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "corpus/group_streams.h"
#include "corpus/mixture_table.h"
#include "corpus/packing.h"
#include "corpus/token_shards.h"

namespace lucie {

struct TokenGroup {
  std::string name;  // of its key: "fr", "code", "aligned"
  GroupKey key;
  TokenShard shard;
};

// All shards of one side ("train" or "holdout") of a tokens directory, by name.
std::vector<TokenGroup> open_token_groups(const fs::path& tokens_dir, const std::string& side);

struct PhaseOrder {
  std::string phase;  // "main"; another phase reads in another order
  std::int64_t sequence_length = 0;
  std::uint64_t seed = 0;
  std::uint64_t samples = 0;  // how many the phase takes
  Packing packing = Packing::kConcatenate;
};

struct SampleRef {
  int group = 0;
  std::uint64_t epoch = 0;
  std::uint64_t window = 0;  // or packed sequence
};

struct SampleDocument {
  std::size_t group = 0;
  std::int64_t document = 0;         // of the group's shard, which knows its name
  std::uint64_t begin = 0, end = 0;  // tokens of the sample, of [0, S + 1), or packed of [0, S)
  std::uint64_t first = 0;           // token of the document at `begin`
};

struct SampleReading {
  std::uint64_t sample = 0;
  std::uint64_t tokens = 0;  // how many of those asked for
};

struct GroupUse {  // of one group over the whole phase
  std::string group;
  double weight = 0;          // share of the tokens seen that the mixture asks for
  std::uint64_t tokens = 0;   // that there are
  std::uint64_t windows = 0;  // of S tokens
  std::uint64_t samples = 0;  // taken
  double epochs = 0;          // samples / windows
  double padding = 0;         // share of the windows' tokens that are none
  std::uint64_t split = 0;    // packed documents that are longer than a window
};

class SampleIndex {
 public:
  // `groups` must outlive the index. Groups too short for one window are left out; none at all is
  // kInvalidArgument, as is a mixture that cannot be had (mixture_table.h).
  SampleIndex(const std::vector<TokenGroup>& groups, const Mixture& mixture, PhaseOrder order);

  std::uint64_t samples() const { return order_.samples; }
  SampleRef sample(std::uint64_t i) const;
  // S of each. Targets are negative where there is none: at padding, whose id is 0, and at the end
  // of a packed document.
  void read(std::uint64_t i, std::span<std::int32_t> ids, std::span<std::int32_t> targets) const;
  // In order, without gaps: S + 1 tokens of a stream; of packed documents padding may follow.
  std::vector<SampleDocument> documents_of(std::uint64_t i) const;
  TokenSpan document(const SampleDocument& part) const {
    return (*groups_)[part.group].shard.document(part.document);
  }
  // The way back: all samples, in order, that hold some of tokens [begin, end) of a group's shard.
  std::vector<SampleReading> readings_of(std::size_t group, std::uint64_t begin,
                                         std::uint64_t end) const;
  std::vector<GroupUse> use() const;  // one entry per group, unused ones included
  const std::vector<std::string>& notes() const { return table_.notes; }  // on the mixture

 private:
  Permutation shuffle(std::size_t group, std::uint64_t epoch) const;

  const std::vector<TokenGroup>* groups_;
  PhaseOrder order_;
  std::vector<SequencePlan> plans_;
  std::vector<std::uint64_t> windows_;
  MixtureTable table_;
  GroupStreams streams_;
};

}  // namespace lucie
