#include "release/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "release/figures.h"
#include "release/pages.h"
#include "release/tables.h"
#include "report/markup.h"
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

std::string step_chart(const Json& results, const char* title, const char* key, Scale y_scale) {
  LineChart chart{.title = title, .x_label = "step", .y_label = "", .y_scale = y_scale};
  chart.series.push_back(step_series(results, "", key));
  return render(chart);
}

// The measurement taken as the extension began, and the last one taken in it.
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

// One table a prompt: how its continuation changes from step to step.
void add_diary(const Json& results, HtmlPage* page) {
  struct Prompt {
    std::string language, text;
    Table table;
  };
  std::vector<Prompt> prompts;
  for (const Json& entry : rows_at(results, "train.history.diary")) {
    for (const Json& sample : rows_at(entry, "samples")) {
      const std::string language = sample.get("language", ""), text = sample.get("prompt", "");
      auto found = std::find_if(prompts.begin(), prompts.end(), [&](const Prompt& p) {
        return p.language == language && p.text == text;
      });
      if (found == prompts.end()) {
        prompts.push_back({language, text, {{{"step", true}, {"what it wrote"}}, {}}});
        found = prompts.end() - 1;
      }
      found->table.rows.push_back({shown_count(entry, "step"), sample.get("text", "")});
    }
  }
  if (prompts.empty()) page->paragraph("The diary was " + std::string(kNotMeasured) + ".");
  for (const Prompt& prompt : prompts) {
    page->subheading(language_name(prompt.language) + ": \"" + single_line(prompt.text) + "\"");
    Table ends{prompt.table.columns, {prompt.table.rows.front()}};
    if (prompt.table.rows.size() > 1) ends.rows.push_back(prompt.table.rows.back());
    page->table(ends);
    if (prompt.table.rows.size() < 3) continue;
    page->open_details("All " + std::to_string(prompt.table.rows.size()) + " entries");
    page->table(prompt.table).close_details();
  }
}

void add_training(const Json& results, HtmlPage* page) {
  page->heading("Training");
  page->figure(loss_chart(results), "Mean over the tokens of each step.");
  page->figure(held_out_chart(results),
               "Text that was never trained on, in bits per byte: comparable across tokenizers.");
  page->figure(position_chart(results),
               "Windows of held-out text as long as the extended context.");
  page->open_details("Learning rate and gradient norm");
  page->figure(step_chart(results, "Learning rate", "learning_rate", Scale::kLinear));
  page->figure(step_chart(results, "Gradient norm before clipping", "grad_norm", Scale::kLog));
  page->close_details();
}

void add_results(const Json& results, HtmlPage* page) {
  page->heading("Bits per byte");
  page->list(verdict_on_bits(results));
  page->figure(bits_chart(results));
  page->table(bits_table(results),
              "xz primed with the training text and the token 5-gram: how far memory alone goes.");
  page->heading("Learning diary");
  page->paragraph("The same prompts at steps 0, 1, 2, 4, 8 and so on, sampled with the same seed.");
  add_diary(results, page);
  page->heading("Fine-tuning");
  page->table(finetune_table(results));
  page->heading("Quantization");
  page->table(models_table(results), "All on the same held-out text.");
}

}  // namespace

std::string run_report(const Json& results) {
  HtmlPage page(results.get("name", "run"), fmt::format("{} parameters, {}; trained on {} tokens",
                                                        shown_amount(results, "model.parameters"),
                                                        shown_text(results, "model.architecture"),
                                                        shown_amount(results, "train.tokens")));
  page.tiles({{shown_count(results, "corpus.total.documents"), "documents"},
              {shown_amount(results, "train.tokens"), "tokens seen"},
              {shown_seconds(results, "timing.total_seconds"), "in all"},
              {shown_fixed(model_bits(results, "base", "all"), 3), "bits per byte, held out"}});
  page.note(
      "A model of this size imitates the text it read and knows nothing: read what it writes as a "
      "measure of training, not as an answer.");
  add_training(results, &page);
  add_results(results, &page);
  page.heading("Model");
  page.table(model_table(results));
  page.heading("Data");
  const Json* corpus = results.find("corpus");
  add_card_composition(corpus == nullptr ? Json::object() : *corpus, &page);
  page.heading("Terms");
  add_terms(results, &page);
  page.heading("Time and energy");
  page.table(timing_table(results));
  page.paragraph("Energy: " + shown_energy(results) + ".");
  page.heading("Files");
  page.open_details("Hashes of the release").table(files_table(results)).close_details();
  return page.str();
}

}  // namespace lucie
