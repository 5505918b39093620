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

std::vector<GroupKey> keys_of(const std::vector<TokenGroup>& groups) {
  std::vector<GroupKey> keys;
  for (const TokenGroup& group : groups) keys.push_back(group.key);
  return keys;
}

MixtureTable resolve(const std::vector<TokenGroup>& groups, const Mixture& mixture,
                     std::span<const std::uint64_t> windows, std::uint64_t samples) {
  std::vector<MixtureRow> rows;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    rows.push_back({groups[k].key, groups[k].shard.documents().size(), windows[k]});
  }
  return resolve_mixture(rows, mixture, static_cast<double>(samples));
}

std::vector<double> shares_of(const MixtureTable& table) {
  std::vector<double> shares;
  for (const MixtureTableRow& row : table.rows) shares.push_back(row.share);
  return shares;
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
  // Groups finer than a language are described there.
  const fs::path stats = tokens_dir / "stats.json";
  const Json counted = fs::exists(stats) ? read_json(stats).at(side) : Json();
  const Json* finer = counted.find("groups");
  std::vector<TokenGroup> groups;
  for (const std::string& name : names) {
    GroupKey key;
    key.language = name;
    if (finer != nullptr) key = GroupKey::from_json(finer->at(name));
    groups.push_back({name, std::move(key), TokenShard(folder / name)});
  }
  return groups;
}

SampleIndex::SampleIndex(const std::vector<TokenGroup>& groups, const Mixture& mixture,
                         PhaseOrder order)
    : groups_(&groups),
      order_(std::move(order)),
      windows_(count_windows(groups, order_.sequence_length)),
      table_(resolve(groups, mixture, windows_, order_.samples)),
      streams_(keys_of(groups), shares_of(table_), mixture.oldest_first, order_.samples) {}

SampleRef SampleIndex::sample(std::uint64_t i) const {
  const BlendOrder::Pick pick = streams_.at(i);
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
  const std::vector<std::uint64_t> counts = streams_.counts();
  std::vector<GroupUse> result;
  for (std::size_t k = 0; k < groups_->size(); ++k) {
    GroupUse use;
    use.group = (*groups_)[k].name;
    use.weight = table_.rows[k].share;
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
