#include "quant/type_choice.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::uint64_t kMostUnits = std::uint64_t{1} << 18;

// Options of one tensor that nothing smaller betters, from the smallest on.
struct Ladder {
  std::vector<std::size_t> positions;
  std::vector<std::uint64_t> extra;  // bytes above the first
  std::vector<double> errors;
  std::uint64_t bytes = 0;  // of the first
};

Ladder ladder_of(const std::vector<TypeOption>& options) {
  LUCIE_ASSERT(!options.empty() && options.size() <= 255);
  std::vector<std::size_t> order(options.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(options[a].bytes, options[a].error) <
           std::pair(options[b].bytes, options[b].error);
  });
  Ladder ladder{.positions = {}, .extra = {}, .errors = {}, .bytes = options[order.front()].bytes};
  for (const std::size_t i : order) {
    if (!ladder.errors.empty() && options[i].error >= ladder.errors.back()) continue;
    ladder.positions.push_back(i);
    ladder.extra.push_back(options[i].bytes - ladder.bytes);
    ladder.errors.push_back(options[i].error);
  }
  return ladder;
}

// Bytes that sizes are counted in.
std::uint64_t unit_of(const std::vector<Ladder>& ladders) {
  std::uint64_t unit = 0, range = 0;
  for (const Ladder& ladder : ladders) {
    for (const std::uint64_t extra : ladder.extra) unit = std::gcd(unit, extra);
    range += ladder.extra.back();
  }
  return std::max({unit, (range + kMostUnits - 1) / kMostUnits, std::uint64_t{1}});
}

}  // namespace

std::optional<std::vector<std::size_t>> choose_types(
    std::span<const std::vector<TypeOption>> tensors, std::uint64_t budget) {
  std::vector<Ladder> ladders;
  std::uint64_t smallest = 0;
  for (const std::vector<TypeOption>& options : tensors) {
    ladders.push_back(ladder_of(options));
    smallest += ladders.back().bytes;
  }
  if (smallest > budget) return std::nullopt;
  const std::uint64_t unit = unit_of(ladders);
  const auto units = [&](std::uint64_t bytes) { return (bytes + unit - 1) / unit; };
  std::uint64_t most = 0;
  for (const Ladder& ladder : ladders) most += units(ladder.extra.back());
  const std::uint64_t columns = std::min(most, (budget - smallest) / unit) + 1;

  // least[c]: the smallest sum of the tensors so far in at most c units above the smallest.
  std::vector<double> least(columns, 0.0), before;
  std::vector<std::vector<std::uint8_t>> chosen;
  for (const Ladder& ladder : ladders) {
    before = least;
    std::fill(least.begin(), least.end(), std::numeric_limits<double>::infinity());
    std::vector<std::uint8_t>& rungs = chosen.emplace_back(columns);
    for (std::size_t rung = 0; rung < ladder.extra.size(); ++rung) {
      for (std::uint64_t c = units(ladder.extra[rung]); c < columns; ++c) {
        const double sum = before[c - units(ladder.extra[rung])] + ladder.errors[rung];
        if (sum >= least[c]) continue;
        least[c] = sum;
        rungs[c] = static_cast<std::uint8_t>(rung);
      }
    }
  }
  std::vector<std::size_t> result(tensors.size());
  std::uint64_t at = columns - 1;
  for (std::size_t t = tensors.size(); t-- > 0;) {
    const std::size_t rung = chosen[t][at];
    result[t] = ladders[t].positions[rung];
    at -= units(ladders[t].extra[rung]);
  }
  return result;
}

}  // namespace lucie
