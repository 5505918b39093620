#include "eval/bits_per_byte.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/log.h"

namespace lucie {
namespace {

// Rows read at once. Windows of like length go together, so that little is padding.
constexpr std::int64_t kRows = 2048;

struct Window {
  std::size_t document;
  std::size_t begin, count;  // ids[begin, begin + count] : count predictions
};

std::vector<Window> cut_windows(const std::vector<HeldOutDocument>& documents, std::size_t window) {
  std::vector<Window> windows;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const std::size_t predictions = documents[d].ids.size() - 1;
    for (std::size_t begin = 0; begin < predictions; begin += window) {
      windows.push_back({d, begin, std::min(window, predictions - begin)});
    }
  }
  std::stable_sort(windows.begin(), windows.end(),
                   [](const Window& a, const Window& b) { return a.count > b.count; });
  return windows;
}

// Calls see(window, losses of its predictions) for every window.
template <typename See>
void for_each_window(Context& ctx, const Decoder& model,
                     const std::vector<HeldOutDocument>& documents,
                     const std::vector<Window>& windows, See see) {
  if (windows.empty()) return;
  const auto longest = static_cast<std::int64_t>(windows.front().count);
  Activations activations(ctx, model.config(), std::max(longest, kRows), DType::kF32,
                          Activations::Keep::kOneLayer);
  for (std::size_t first = 0; first < windows.size();) {
    const std::size_t T = windows[first].count;
    const std::size_t B = std::min(windows.size() - first,
                                   std::max<std::size_t>(1, static_cast<std::size_t>(kRows) / T));
    std::vector<std::int32_t> ids(B * T, 0), targets(B * T, -1);
    for (std::size_t b = 0; b < B; ++b) {
      const Window& w = windows[first + b];
      const std::vector<TokenId>& source = documents[w.document].ids;
      for (std::size_t t = 0; t < w.count; ++t) {
        ids[b * T + t] = source[w.begin + t];
        targets[b * T + t] = source[w.begin + t + 1];
      }
    }
    const Batch batch = make_batch(ctx, ids, targets, static_cast<std::int64_t>(B));
    model.forward(ctx, batch, activations);
    const std::vector<float> losses = ctx.download(model.losses(ctx, batch, activations));
    for (std::size_t b = 0; b < B; ++b) {
      see(windows[first + b], std::span(losses).subspan(b * T, windows[first + b].count));
    }
    first += B;
  }
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
  for_each_window(ctx, model, documents, cut_windows(documents, static_cast<std::size_t>(size)),
                  [&](const Window& w, std::span<const float> losses) {
                    double sum = 0;
                    for (const float loss : losses) sum += static_cast<double>(loss);
                    scores[documents[w.document].language].nats += sum;
                    scores["all"].nats += sum;
                    progress.add(losses.size());
                  });
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
  std::vector<Window> windows = cut_windows(documents, static_cast<std::size_t>(window));
  std::erase_if(windows,
                [&](const Window& w) { return static_cast<std::int64_t>(w.count) < window; });
  if (windows.empty()) return {};
  std::vector<double> sums(static_cast<std::size_t>((window + bucket - 1) / bucket), 0.0);
  for_each_window(ctx, model, documents, windows,
                  [&](const Window&, std::span<const float> losses) {
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
