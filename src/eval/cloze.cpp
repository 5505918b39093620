#include "eval/cloze.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "eval/windows.h"

namespace lucie {
namespace {

struct Tally {
  std::int64_t items = 0, correct = 0;
};

Json to_json(const Tally& tally) {
  const Interval interval = wilson_interval(tally.correct, tally.items);
  Json json = Json::object();
  json["accuracy"] = tally.items == 0
                         ? 0.0
                         : static_cast<double>(tally.correct) / static_cast<double>(tally.items);
  json["low"] = interval.low;
  json["high"] = interval.high;
  json["correct"] = tally.correct;
  json["items"] = tally.items;
  json["chance"] = 0.25;
  return json;
}

// `<s> context word mark`, without the beginning that does not fit the model's window.
std::vector<TokenId> choice_ids(const Tokenizer& tokenizer, const ClozeItem& item,
                                const std::string& choice) {
  EncodeOptions options;
  options.add_special = false;
  std::vector<TokenId> ids = tokenizer.encode(item.context + choice + item.mark, options);
  if (const auto bos = tokenizer.bos()) ids.insert(ids.begin(), *bos);
  return ids;
}

// Ids that all four have in front: at least one, which is never predicted, and not all of any.
std::size_t common_ids(const std::array<std::vector<TokenId>, 4>& choices) {
  std::size_t common = choices[0].size();
  for (const std::vector<TokenId>& ids : choices) {
    const auto differs =
        std::mismatch(ids.begin(), ids.end(), choices[0].begin(), choices[0].end()).first;
    common = std::min({common, static_cast<std::size_t>(differs - ids.begin()), ids.size() - 1});
  }
  return std::max<std::size_t>(common, 1);
}

}  // namespace

Interval wilson_interval(std::int64_t successes, std::int64_t trials) {
  if (trials == 0) return {};
  constexpr double z = 1.959963984540054;  // of a normal distribution, 97.5%
  const double n = static_cast<double>(trials), p = static_cast<double>(successes) / n;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

Json cloze(Context& ctx, const Decoder& model, const Tokenizer& tokenizer,
           const std::vector<ClozeItem>& items) {
  const auto longest = static_cast<std::size_t>(model.config().max_position_embeddings) + 1;
  std::vector<std::array<std::vector<TokenId>, 4>> ids(items.size());
  std::vector<TokenWindow> windows;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::size_t most = 0;
    for (std::size_t c = 0; c < 4; ++c) {
      ids[i][c] = choice_ids(tokenizer, items[i], items[i].choices[c]);
      most = std::max(most, ids[i][c].size());
    }
    const std::size_t common = common_ids(ids[i]);
    // All four lose the same ids, so that what is compared follows the same context.
    const std::size_t cut = most > longest ? std::min(most - longest, common - 1) : 0;
    for (const std::vector<TokenId>& choice : ids[i]) {
      const std::size_t size = std::min(choice.size() - cut, longest);
      windows.push_back({std::span(choice).subspan(cut, size), common - 1 - cut});
    }
  }
  std::vector<double> nats(windows.size(), 0.0);
  for_each_window(ctx, model, windows, [&](std::size_t w, std::span<const float> losses) {
    for (const float loss : losses) nats[w] += static_cast<double>(loss);
  });
  std::map<std::string, Tally> tallies;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto begin = nats.begin() + static_cast<std::ptrdiff_t>(4 * i);
    const bool correct = std::min_element(begin, begin + 4) - begin == items[i].answer;
    for (const std::string& name : {items[i].language, std::string("all")}) {
      tallies[name].items += 1;
      tallies[name].correct += correct;
    }
  }
  Json json = Json::object();
  for (const auto& [language, tally] : tallies) json[language] = to_json(tally);
  return json;
}

}  // namespace lucie
