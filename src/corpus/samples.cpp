#include "corpus/samples.h"

#include <algorithm>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {

namespace {

std::vector<std::uint64_t> count_windows(const std::vector<TokenGroup>& groups,
                                         std::int64_t sequence_length) {
  if (sequence_length < 1) {
    fail(ErrorCode::kInvalidArgument, "sequence_length must be at least 1",
         "train.phases.sequence_length");
  }
  std::vector<std::uint64_t> windows;
  for (const TokenGroup& group : groups) {
    const std::uint64_t tokens = group.shard.tokens().tokens();
    windows.push_back(tokens == 0 ? 0 : (tokens - 1) / static_cast<std::uint64_t>(sequence_length));
  }
  return windows;
}

std::vector<double> group_weights(const std::vector<TokenGroup>& groups, const Mixture& mixture,
                                  std::span<const std::uint64_t> windows) {
  std::vector<std::string> names;
  for (const TokenGroup& group : groups) names.push_back(group.name);
  return mixture.weights_for(names, windows);
}

}  // namespace

std::vector<TokenGroup> open_token_groups(const fs::path& tokens_dir, const std::string& side) {
  const fs::path folder = tokens_dir / side;
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".idx") names.push_back(entry->path().stem().string());
  }
  if (error) {
    fail(ErrorCode::kNotFound, "cannot read tokens: " + error.message(), folder.string(),
         "run: lucie run RECIPE --until tokens");
  }
  std::sort(names.begin(), names.end());
  std::vector<TokenGroup> groups;
  for (const std::string& name : names) groups.push_back({name, TokenShard(folder / name)});
  return groups;
}

SampleIndex::SampleIndex(const std::vector<TokenGroup>& groups, const Mixture& mixture,
                         PhaseOrder order)
    : groups_(&groups),
      order_(std::move(order)),
      windows_(count_windows(groups, order_.sequence_length)),
      weights_(group_weights(groups, mixture, windows_)),
      blend_(weights_, order_.samples) {}

SampleRef SampleIndex::sample(std::uint64_t i) const {
  const BlendOrder::Pick pick = blend_.at(i);
  const auto group = static_cast<std::size_t>(pick.group);
  SampleRef ref;
  ref.group = pick.group;
  ref.epoch = pick.index / windows_[group];
  const Permutation shuffle(
      windows_[group], order_.seed,
      "order/" + order_.phase + "/" + (*groups_)[group].name + "/" + std::to_string(ref.epoch));
  ref.window = shuffle(pick.index % windows_[group]);
  ref.begin = ref.window * static_cast<std::uint64_t>(order_.sequence_length);
  return ref;
}

void SampleIndex::read(std::uint64_t i, std::span<std::int32_t> tokens) const {
  LUCIE_ASSERT(tokens.size() == static_cast<std::size_t>(order_.sequence_length) + 1);
  const SampleRef ref = sample(i);
  (*groups_)[static_cast<std::size_t>(ref.group)].shard.tokens().read(ref.begin, tokens);
}

std::vector<SampleDocument> SampleIndex::documents_of(std::uint64_t i) const {
  const SampleRef ref = sample(i);
  const TokenShard& shard = (*groups_)[static_cast<std::size_t>(ref.group)].shard;
  const std::uint64_t end = ref.begin + static_cast<std::uint64_t>(order_.sequence_length) + 1;
  std::vector<SampleDocument> result;
  for (std::uint64_t at = ref.begin; at < end;) {
    const TokenSpan& document = shard.document_of(at);
    const std::uint64_t stop = std::min(document.end, end);
    result.push_back({&document, at - ref.begin, stop - ref.begin});
    at = stop;
  }
  return result;
}

std::vector<GroupUse> SampleIndex::use() const {
  const std::vector<std::uint64_t> counts = blend_.counts(order_.samples);
  std::vector<GroupUse> result;
  for (std::size_t k = 0; k < groups_->size(); ++k) {
    GroupUse use;
    use.group = (*groups_)[k].name;
    use.weight = weights_[k];
    use.tokens = (*groups_)[k].shard.tokens().tokens();
    use.windows = windows_[k];
    use.samples = counts[k];
    use.epochs =
        windows_[k] == 0 ? 0 : static_cast<double>(counts[k]) / static_cast<double>(windows_[k]);
    result.push_back(std::move(use));
  }
  return result;
}

}  // namespace lucie
