#include "corpus/group_streams.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"

namespace lucie {

namespace {

// The groups of each stream, by year; streams in the order of their first groups.
std::vector<std::vector<std::size_t>> streams_of(std::span<const GroupKey> keys,
                                                 bool oldest_first) {
  std::vector<std::vector<std::size_t>> streams;
  std::map<GroupKey, std::size_t> known;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    GroupKey common = keys[i];
    if (oldest_first && common.year != kUndated) common.year.clear();
    const auto [found, is_new] = known.emplace(common, streams.size());
    if (is_new || !oldest_first) {
      streams.push_back({i});
    } else {
      streams[found->second].push_back(i);
    }
  }
  for (std::vector<std::size_t>& stream : streams) {
    std::stable_sort(stream.begin(), stream.end(),
                     [&](std::size_t a, std::size_t b) { return keys[a].year < keys[b].year; });
  }
  return streams;
}

std::vector<double> sums_of(const std::vector<std::vector<std::size_t>>& streams,
                            const std::vector<double>& shares) {
  std::vector<double> sums;
  for (const std::vector<std::size_t>& stream : streams) {
    double sum = 0;
    for (const std::size_t group : stream) sum += shares[group];
    sums.push_back(sum);
  }
  return sums;
}

}  // namespace

GroupStreams::GroupStreams(std::span<const GroupKey> keys, const std::vector<double>& shares,
                           bool oldest_first, std::uint64_t samples)
    : groups_(keys.size()),
      samples_(samples),
      blend_(sums_of(streams_of(keys, oldest_first), shares), samples) {
  const std::vector<std::uint64_t> counts = blend_.counts(samples);
  const std::vector<std::vector<std::size_t>> streams = streams_of(keys, oldest_first);
  const std::vector<double> sums = sums_of(streams, shares);
  for (std::size_t k = 0; k < streams.size(); ++k) {
    std::vector<Part> parts;
    double before = 0;
    for (const std::size_t group : streams[k]) {
      const double begin = sums[k] > 0 ? before / sums[k] * static_cast<double>(counts[k]) : 0;
      if (shares[group] > 0)
        parts.push_back({group, static_cast<std::uint64_t>(std::llround(begin))});
      before += shares[group];
    }
    if (parts.empty()) parts.push_back({streams[k].front(), 0});  // of a stream that has no share
    streams_.push_back(std::move(parts));
  }
}

BlendOrder::Pick GroupStreams::at(std::uint64_t t) const {
  const BlendOrder::Pick pick = blend_.at(t);
  const std::vector<Part>& parts = streams_[static_cast<std::size_t>(pick.group)];
  const auto after =
      std::upper_bound(parts.begin(), parts.end(), pick.index,
                       [](std::uint64_t index, const Part& part) { return index < part.begin; });
  const Part& part = *std::prev(after);
  return {static_cast<int>(part.group), pick.index - part.begin};
}

std::uint64_t GroupStreams::when(const BlendOrder::Pick& pick) const {
  for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
    for (const Part& part : streams_[stream]) {
      if (part.group != static_cast<std::size_t>(pick.group)) continue;
      return blend_.when({static_cast<int>(stream), part.begin + pick.index});
    }
  }
  fail(ErrorCode::kInternal, "a group without a stream");
}

std::vector<std::uint64_t> GroupStreams::counts() const {
  const std::vector<std::uint64_t> streams = blend_.counts(samples_);
  std::vector<std::uint64_t> counts(groups_, 0);
  for (std::size_t k = 0; k < streams_.size(); ++k) {
    std::uint64_t end = streams[k];
    for (auto part = streams_[k].rbegin(); part != streams_[k].rend(); ++part) {
      counts[part->group] = end - part->begin;
      end = part->begin;
    }
  }
  return counts;
}

}  // namespace lucie
