#include "corpus/samples.h"

#include <algorithm>

#include "base/error.h"
#include "base/rng.h"

namespace lucie {

namespace {

std::vector<SequencePlan> plan_sequences(const std::vector<TokenGroup>& groups,
                                         const PhaseOrder& order) {
  if (order.sequence_length < 1) {
    fail(ErrorCode::kInvalidArgument, "sequence_length must be at least 1",
         "train.phases.sequence_length");
  }
  std::vector<SequencePlan> plans;
  for (const TokenGroup& group : groups) {
    plans.emplace_back(group.shard.tokens(), order.sequence_length, order.packing);
  }
  return plans;
}

std::vector<std::uint64_t> count_windows(const std::vector<SequencePlan>& plans) {
  std::vector<std::uint64_t> windows;
  for (const SequencePlan& plan : plans) windows.push_back(plan.size());
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
    const auto documents = static_cast<std::uint64_t>(groups[k].shard.tokens().documents());
    rows.push_back({groups[k].key, documents, windows[k]});
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
      plans_(plan_sequences(groups, order_)),
      windows_(count_windows(plans_)),
      table_(resolve(groups, mixture, windows_, order_.samples)),
      streams_(keys_of(groups), shares_of(table_), mixture.oldest_first, order_.samples) {}

SampleRef SampleIndex::sample(std::uint64_t i) const {
  const BlendOrder::Pick pick = streams_.at(i);
  const auto group = static_cast<std::size_t>(pick.group);
  SampleRef ref;
  ref.group = pick.group;
  ref.epoch = pick.index / windows_[group];
  ref.window = shuffle(group, ref.epoch)(pick.index % windows_[group]);
  return ref;
}

Permutation SampleIndex::shuffle(std::size_t group, std::uint64_t epoch) const {
  return Permutation(
      windows_[group], order_.seed,
      "order/" + order_.phase + "/" + (*groups_)[group].name + "/" + std::to_string(epoch));
}

std::vector<SampleReading> SampleIndex::readings_of(std::size_t group, std::uint64_t begin,
                                                    std::uint64_t end) const {
  const std::uint64_t samples = streams_.counts()[group];
  const std::vector<SequencePart> parts = plans_[group].holding(begin, end);
  std::vector<SampleReading> readings;
  if (parts.empty()) return readings;
  for (std::uint64_t epoch = 0; epoch * windows_[group] < samples; ++epoch) {
    const Permutation order = shuffle(group, epoch);
    for (const SequencePart& part : parts) {
      const std::uint64_t index = epoch * windows_[group] + order.inverse(part.sequence);
      if (index >= samples) continue;
      readings.push_back({streams_.when({static_cast<int>(group), index}), part.tokens});
    }
  }
  std::sort(readings.begin(), readings.end(),
            [](const SampleReading& a, const SampleReading& b) { return a.sample < b.sample; });
  return readings;
}

void SampleIndex::read(std::uint64_t i, std::span<std::int32_t> ids,
                       std::span<std::int32_t> targets) const {
  const auto length = static_cast<std::size_t>(order_.sequence_length);
  LUCIE_ASSERT(ids.size() == length && targets.size() == length);
  const SampleRef ref = sample(i);
  const IndexedDataset& tokens = (*groups_)[static_cast<std::size_t>(ref.group)].shard.tokens();
  if (order_.packing == Packing::kConcatenate) {
    tokens.read(ref.window * length, ids);
    tokens.read(ref.window * length + 1, targets);
    return;
  }
  std::fill(ids.begin(), ids.end(), 0);
  std::fill(targets.begin(), targets.end(), -1);
  std::size_t at = 0;
  for (const Piece& piece : plans_[static_cast<std::size_t>(ref.group)].at(ref.window)) {
    tokens.read(piece.begin, ids.subspan(at, piece.length));
    // A piece that its document goes on behind predicts what comes there.
    const std::uint64_t end = tokens.begin(tokens.document_of(piece.begin) + 1);
    const std::uint64_t next = std::min<std::uint64_t>(piece.length, end - piece.begin - 1);
    tokens.read(piece.begin + 1, targets.subspan(at, next));
    at += piece.length;
  }
}

std::vector<SampleDocument> SampleIndex::documents_of(std::uint64_t i) const {
  const SampleRef ref = sample(i);
  const auto group = static_cast<std::size_t>(ref.group);
  std::vector<SampleDocument> result;
  std::uint64_t at = 0;
  for (const Piece& piece : plans_[group].at(ref.window)) {
    const IndexedDataset& tokens = (*groups_)[group].shard.tokens();
    const std::int64_t document = tokens.document_of(piece.begin);
    result.push_back(
        {group, document, at, at + piece.length, piece.begin - tokens.begin(document)});
    at += piece.length;
  }
  return result;
}

std::vector<GroupUse> SampleIndex::use() const {
  const std::vector<std::uint64_t> counts = streams_.counts();
  std::vector<GroupUse> result;
  for (std::size_t k = 0; k < groups_->size(); ++k) {
    GroupUse use;
    use.group = (*groups_)[k].name;
    use.weight = table_.rows[k].weight;
    use.tokens = (*groups_)[k].shard.tokens().tokens();
    use.windows = windows_[k];
    use.samples = counts[k];
    use.epochs =
        windows_[k] == 0 ? 0 : static_cast<double>(counts[k]) / static_cast<double>(windows_[k]);
    const std::uint64_t positions =
        windows_[k] * static_cast<std::uint64_t>(order_.sequence_length);
    use.padding = positions == 0
                      ? 0
                      : static_cast<double>(plans_[k].padding()) / static_cast<double>(positions);
    use.split = plans_[k].split_documents();
    result.push_back(std::move(use));
  }
  return result;
}

}  // namespace lucie
