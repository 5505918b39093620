#include "infer/penalties.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace lucie {
namespace {

std::span<const TokenId> last_of(std::span<const TokenId> history, std::int64_t count) {
  if (count < 0 || static_cast<std::size_t>(count) >= history.size()) return history;
  return history.last(static_cast<std::size_t>(count));
}

// For each k the length of the longest common suffix of the text and of the text without its last
// k tokens, by the Z algorithm on the text read backwards.
std::vector<std::size_t> common_suffixes(std::span<const TokenId> text) {
  const std::size_t n = text.size();
  const auto back = [&](std::size_t i) { return text[n - 1 - i]; };
  std::vector<std::size_t> length(n, 0);
  std::size_t begin = 0, end = 0;  // the furthest match found: [begin, end) equals [0, end - begin)
  for (std::size_t k = 1; k < n; ++k) {
    if (k < end) length[k] = std::min(end - k, length[k - begin]);
    while (k + length[k] < n && back(length[k]) == back(k + length[k])) ++length[k];
    if (k + length[k] > end) {
      begin = k;
      end = k + length[k];
    }
  }
  return length;
}

}  // namespace

void apply_penalties(const SamplingSettings& settings, std::span<const TokenId> history,
                     std::span<float> scores) {
  if (settings.repetition_penalty == 1 && settings.frequency_penalty == 0 &&
      settings.presence_penalty == 0) {
    return;
  }
  std::map<TokenId, std::int64_t> counts;
  for (const TokenId id : last_of(history, settings.repeat_last_n)) ++counts[id];
  const auto penalty = static_cast<float>(settings.repetition_penalty);
  for (const auto& [id, count] : counts) {
    if (id < 0 || static_cast<std::size_t>(id) >= scores.size()) continue;
    float& score = scores[static_cast<std::size_t>(id)];
    score = score > 0 ? score / penalty : score * penalty;
    score -= static_cast<float>(static_cast<double>(count) * settings.frequency_penalty +
                                settings.presence_penalty);
  }
}

void apply_dry(const SamplingSettings& settings, const TokenMask& breakers,
               std::span<const TokenId> history, std::span<float> scores) {
  if (settings.dry_multiplier == 0) return;
  const std::span<const TokenId> text = last_of(history, settings.dry_last_n);
  const auto breaks = [&](TokenId id) {
    return static_cast<std::size_t>(id) < breakers.size() && breakers[static_cast<std::size_t>(id)];
  };
  std::size_t limit = 0;  // no run reaches over the last breaker
  while (limit < text.size() && !breaks(text[text.size() - 1 - limit])) ++limit;
  const auto allowed = static_cast<std::size_t>(settings.dry_allowed_length);
  if (limit < allowed) return;
  const std::vector<std::size_t> runs = common_suffixes(text);
  std::map<TokenId, std::size_t> longest;  // of the runs that each token followed
  for (std::size_t k = 1; k < text.size(); ++k) {
    const std::size_t length = std::min(runs[k], limit);
    if (length < allowed) continue;
    std::size_t& most = longest[text[text.size() - k]];
    most = std::max(most, length);
  }
  constexpr double kMost = 1e30;  // far below the end of f32
  for (const auto& [id, length] : longest) {
    if (id < 0 || static_cast<std::size_t>(id) >= scores.size() || breaks(id)) continue;
    const double penalty = settings.dry_multiplier *
                           std::pow(settings.dry_base, static_cast<double>(length - allowed));
    scores[static_cast<std::size_t>(id)] -= static_cast<float>(std::min(penalty, kMost));
  }
}

}  // namespace lucie
