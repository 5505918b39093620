#include "eval/bits_per_byte.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/log.h"
#include "eval/windows.h"

namespace lucie {
namespace {

// Which document each window is of.
struct Cut {
  std::vector<TokenWindow> windows;
  std::vector<std::size_t> documents;
};

// Windows of `size` predictions; neighbours share one token.
Cut cut_windows(const std::vector<HeldOutDocument>& documents, std::size_t size) {
  Cut cut;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::span<const TokenId> ids = documents[d].ids;
    for (std::size_t begin = 0; begin + 1 < ids.size(); begin += size) {
      cut.windows.push_back({ids.subspan(begin, std::min(size + 1, ids.size() - begin))});
      cut.documents.push_back(d);
    }
  }
  return cut;
}

}  // namespace

double LanguageScore::bits_per_byte() const {
  return bytes == 0 ? 0 : nats / std::numbers::ln2 / static_cast<double>(bytes);
}

double LanguageScore::perplexity() const {
  return tokens == 0 ? 0 : std::exp(nats / static_cast<double>(tokens));
}

LanguageScores score(Context& ctx, const Decoder& model,
                     const std::vector<HeldOutDocument>& documents, std::int64_t window,
                     bool show_progress) {
  const std::int64_t own = model.config().max_position_embeddings;
  const std::int64_t size = window > 0 ? std::min(window, own) : own;
  LanguageScores scores;
  std::uint64_t total = 0;
  for (const HeldOutDocument& document : documents) {
    for (const std::string& name : {document.language, std::string("all")}) {
      LanguageScore& s = scores[name];
      s.documents += 1;
      s.bytes += static_cast<std::int64_t>(document.text.size());
      s.tokens += static_cast<std::int64_t>(document.ids.size()) - 1;
    }
    total += document.ids.size() - 1;
  }
  Progress progress("evaluate", show_progress ? total : 0, "tok");
  // Added up in the documents' order, whatever order the windows were read in.
  const Cut cut = cut_windows(documents, static_cast<std::size_t>(size));
  std::vector<double> nats(cut.windows.size(), 0.0);
  for_each_window(ctx, model, cut.windows, [&](std::size_t w, std::span<const float> losses) {
    for (const float loss : losses) nats[w] += static_cast<double>(loss);
    progress.add(losses.size());
  });
  for (std::size_t w = 0; w < nats.size(); ++w) {
    scores[documents[cut.documents[w]].language].nats += nats[w];
    scores["all"].nats += nats[w];
  }
  return scores;
}

Json to_json(const LanguageScores& scores) {
  Json json = Json::object();
  for (const auto& [language, s] : scores) {
    Json entry = Json::object();
    entry["bits_per_byte"] = s.bits_per_byte();
    entry["perplexity"] = s.perplexity();
    entry["documents"] = s.documents;
    entry["tokens"] = s.tokens;
    entry["bytes"] = s.bytes;
    json[language] = entry;
  }
  return json;
}

std::vector<double> loss_by_position(Context& ctx, const Decoder& model,
                                     const std::vector<HeldOutDocument>& documents,
                                     std::int64_t window, std::int64_t bucket) {
  const auto size = static_cast<std::size_t>(window);
  std::vector<TokenWindow> windows = cut_windows(documents, size).windows;
  std::erase_if(windows, [&](const TokenWindow& w) { return w.ids.size() <= size; });
  if (windows.empty()) return {};
  std::vector<double> sums(static_cast<std::size_t>((window + bucket - 1) / bucket), 0.0);
  for_each_window(ctx, model, windows, [&](std::size_t, std::span<const float> losses) {
    for (std::size_t t = 0; t < losses.size(); ++t) {
      sums[t / static_cast<std::size_t>(bucket)] += static_cast<double>(losses[t]);
    }
  });
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::int64_t begin = static_cast<std::int64_t>(i) * bucket;
    const std::int64_t width = std::min(bucket, window - begin);
    sums[i] /= static_cast<double>(width) * static_cast<double>(windows.size());
  }
  return sums;
}

}  // namespace lucie
