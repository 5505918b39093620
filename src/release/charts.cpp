#include "release/charts.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "release/figures.h"
#include "report/svg.h"

namespace lucie {

namespace {

constexpr const char* kSteps = "train.history.steps";
constexpr const char* kEvaluations = "train.history.evaluations";

double value_or_nan(const Json& row, std::string_view key) {
  return figure(row, key).value_or(std::nan(""));
}

Series step_series(const Json& results, const char* name, const char* key) {
  Series series{name, {}, {}};
  for (const Json& row : rows_at(results, kSteps)) {
    series.x.push_back(value_or_nan(row, "step"));
    series.y.push_back(value_or_nan(row, key));
  }
  return series;
}

// Mean over a window that grows with the run, so that a long curve is as readable as a short one.
Series smoothed(const Series& series, const char* name) {
  const std::size_t half = std::max<std::size_t>(1, series.y.size() / 100);
  Series smooth{name, series.x, {}};
  for (std::size_t i = 0; i < series.y.size(); ++i) {
    const std::size_t begin = i >= half ? i - half : 0;
    const std::size_t end = std::min(series.y.size(), i + half + 1);
    double sum = 0;
    int count = 0;
    for (std::size_t k = begin; k < end; ++k) {
      if (!std::isfinite(series.y[k])) continue;
      sum += series.y[k];
      ++count;
    }
    smooth.y.push_back(count == 0 ? std::nan("") : sum / count);
  }
  return smooth;
}

std::string step_chart(const Json& results, const char* title, const char* key, Scale y_scale) {
  LineChart chart{.title = title, .x_label = "step", .y_label = "", .y_scale = y_scale};
  chart.series.push_back(step_series(results, "", key));
  return render(chart);
}

}  // namespace

std::string loss_chart(const Json& results) {
  LineChart chart{.title = "Training loss", .x_label = "step", .y_label = "nats per token"};
  Series every = step_series(results, "each step", "loss");
  every.style = LineStyle::kFaint;
  every.color = 0;
  Series smooth = smoothed(every, "smoothed");
  smooth.color = 0;
  chart.series = {std::move(every), std::move(smooth)};
  return render(chart);
}

std::string held_out_chart(const Json& results) {
  LineChart chart{.title = "Held-out text while training",
                  .x_label = "step",
                  .y_label = "bits per byte",
                  .markers = true};
  std::vector<std::string> languages = scored_languages(results);
  languages.emplace_back("all");
  for (const std::string& language : languages) {
    Series series{language_name(language), {}, {}};
    for (const Json& row : rows_at(results, kEvaluations)) {
      const Json* scores = row.find("scores");
      const Json* score = scores == nullptr ? nullptr : scores->find(language);
      if (score == nullptr) continue;
      series.x.push_back(value_or_nan(row, "step"));
      series.y.push_back(value_or_nan(*score, "bits_per_byte"));
    }
    if (language == "all") series.style = LineStyle::kDashed;
    if (!series.x.empty()) chart.series.push_back(std::move(series));
  }
  return render(chart);
}

std::string position_chart(const Json& results) {
  LineChart chart{.title = "Loss by position, before and after context extension",
                  .x_label = "position in the window",
                  .y_label = "nats per token",
                  .markers = true};
  const Json *before = nullptr, *after = nullptr;
  for (const Json& row : rows_at(results, kEvaluations)) {
    const Json* losses = row.find("loss_by_position");
    if (losses == nullptr) continue;
    if (row.get("before_extension", false)) {
      if (before == nullptr) before = losses;
    } else {
      after = losses;
    }
  }
  const auto add = [&](const char* name, const Json* losses) {
    if (losses == nullptr) return;
    Series series{name, {}, {}};
    const double bucket = figure(*losses, "bucket").value_or(1);
    for (const Json& value : rows_at(*losses, "losses")) {
      series.x.push_back((static_cast<double>(series.x.size()) + 0.5) * bucket);
      series.y.push_back(value.is_number() ? value.as_double() : std::nan(""));
    }
    chart.series.push_back(std::move(series));
  };
  add("before", before);
  add("after", after);
  return render(chart);
}

std::string bits_chart(const Json& results) {
  BarChart chart{.title = "Bits per byte on held-out text: less is better", .stacked = false};
  std::vector<std::string> languages = scored_languages(results);
  languages.emplace_back("all");
  BarSegments model{"this model", {}}, ngram{"byte 5-gram", {}}, xz{"xz -9e", {}};
  for (const std::string& language : languages) {
    chart.bars.push_back(language_name(language));
    model.values.push_back(model_bits(results, "base", language).value_or(0));
    ngram.values.push_back(baseline_bits(results, "byte_5gram", language).value_or(0));
    xz.values.push_back(baseline_bits(results, "xz", language).value_or(0));
  }
  chart.segments = {std::move(model), std::move(ngram), std::move(xz)};
  return render(chart);
}

std::string learning_rate_chart(const Json& results) {
  return step_chart(results, "Learning rate", "learning_rate", Scale::kLinear);
}

std::string gradient_chart(const Json& results) {
  return step_chart(results, "Gradient norm before clipping", "grad_norm", Scale::kLog);
}

}  // namespace lucie
