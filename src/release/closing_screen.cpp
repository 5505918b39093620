#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "release/figures.h"
#include "release/run_report.h"
#include "release/tables.h"
#include "report/markup.h"

namespace lucie {

namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kSampleColumns = 84;

// Every line fits the screen, whatever a name or a sample holds; controls could move the cursor.
class Screen {
 public:
  void line(std::string_view text = {}) {
    std::string clean;
    for (std::size_t at = 0; at < text.size();) {
      const char32_t c = next_code_point(text, &at);
      const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
      append_utf8(clean, control ? U' ' : c);
    }
    text_ += shorten(clean, kColumns) + "\n";
  }
  // Of words, on as many lines as it needs.
  void paragraph(std::string_view text) {
    std::string row;
    for (const std::string& word : split(text, ' ')) {
      if (!row.empty() && text_length(row) + 1 + text_length(word) > kColumns) {
        line(row);
        row.clear();
      }
      row += (row.empty() ? "  " : " ") + word;
    }
    line(row);
  }
  void field(std::string_view name, std::string_view value) {
    line(fmt::format("  {:<10}{}", name, value));
  }
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t length = text_length(text);
  return text + std::string(length < width ? width - length : 0, ' ');
}

// "en 33 %, fr 32 %": shares of a list of rows, the largest first.
std::string shares(const Json& results, std::string_view path, std::string_view key,
                   std::size_t most) {
  std::vector<std::pair<double, std::string>> rows;
  for (const Json& row : rows_at(results, path)) {
    rows.emplace_back(-figure(row, key).value_or(0), row.get("name", ""));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> words;
  for (std::size_t i = 0; i < rows.size() && i < most; ++i) {
    words.push_back(fmt::format("{} {:.0f} %", rows[i].second, -rows[i].first));
  }
  if (rows.size() > most) words.push_back(fmt::format("{} more", rows.size() - most));
  return words.empty() ? kNotMeasured : join(words, ", ");
}

void add_head(const Json& results, Screen* screen) {
  std::vector<std::string> languages;
  for (const std::string& code : natural_languages(results)) {
    languages.push_back(language_name(code));
  }
  screen->line(fmt::format("{}: {} parameters, {}; {}", results.get("name", "model"),
                           shown_amount(results, "model.parameters"),
                           shown_text(results, "model.architecture"),
                           languages.empty() ? kNotMeasured : join(languages, ", ")));
  screen->line();
  screen->field("time", shown_seconds(results, "timing.total_seconds") + " in all; energy " +
                            shown_energy(results));
  screen->field("read", fmt::format("{} documents ({}), {} tokens; {} tokens seen in training",
                                    shown_count(results, "corpus.total.documents"),
                                    shown_size(results, "corpus.total.bytes"),
                                    shown_amount(results, "corpus.total.tokens"),
                                    shown_amount(results, "train.tokens")));
  screen->field("mixture", shares(results, "corpus.mixture", "percent_after", 8));
  screen->field("licences", shares(results, "corpus.by_licence", "percent_of_bytes", 4));
}

void add_bits(const Json& results, Screen* screen) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> languages = scored_languages(results);
  if (languages.size() > kMost) languages.resize(kMost);
  languages.insert(languages.begin(), "all");
  const auto row = [&](const std::string& name, const auto& value_of) {
    std::string text = "  " + padded(shorten(name, 24), 26);
    for (const std::string& language : languages) text += fmt::format("{:>8}", value_of(language));
    screen->line(text);
  };
  const auto bits = [](std::optional<double> value) { return value ? shown_fixed(value, 3) : "-"; };
  row("bits per byte, held out", [](const std::string& language) { return language; });
  row("this model",
      [&](const std::string& language) { return bits(model_bits(results, "base", language)); });
  row("byte 5-gram", [&](const std::string& language) {
    return bits(baseline_bits(results, "byte_5gram", language));
  });
  row("xz -9e",
      [&](const std::string& language) { return bits(baseline_bits(results, "xz", language)); });
  for (const std::string& sentence : verdict_on_bits(results)) screen->paragraph(sentence);
}

struct Sample {
  std::string step, prompt, text;
};

// The French sample of a diary entry, else its first.
std::optional<Sample> french_sample(const Json& entry) {
  const Json* chosen = nullptr;
  for (const Json& sample : rows_at(entry, "samples")) {
    if (chosen == nullptr ||
        (sample.get("language", "") == "fr" && chosen->get("language", "") != "fr")) {
      chosen = &sample;
    }
  }
  if (chosen == nullptr) return std::nullopt;
  return Sample{shown_count(entry, "step"), chosen->get("prompt", ""), chosen->get("text", "")};
}

void add_diary(const Json& results, Screen* screen) {
  const Json::Array& diary = rows_at(results, "train.history.diary");
  const auto before = diary.empty() ? std::nullopt : french_sample(diary.front());
  const auto after = diary.empty() ? std::nullopt : french_sample(diary.back());
  if (!before || !after) {
    screen->field("diary", kNotMeasured);
    return;
  }
  screen->line("  The same prompt before and after: \"" + single_line(before->prompt) + "\"");
  for (const Sample& sample : {*before, *after}) {
    screen->line(fmt::format("    step {:>7}  {}", sample.step,
                             shorten(single_line(sample.text), kSampleColumns - 4)));
  }
}

void add_terms(const Json& results, Screen* screen) {
  const std::size_t warnings = rows_at(results, "terms.weights.findings").size();
  screen->field("corpus", shown_text(results, "terms.corpus.strictest") +
                              " is its strictest class of licence; each document keeps its own");
  screen->field("weights",
                fmt::format("{} ({}), use: {}; {} {}", shown_text(results, "terms.weights.licence"),
                            shown_text(results, "terms.weights.policy"),
                            shown_text(results, "terms.weights.use"), warnings,
                            warnings == 1 ? "warning" : "warnings"));
  screen->field("outputs", fmt::format("{} licences ask something of who repeats their text",
                                       rows_at(results, "terms.outputs").size()));
}

}  // namespace

std::string closing_screen(const Json& results, const std::string& run_dir,
                           const std::string& recipe) {
  Screen screen;
  add_head(results, &screen);
  screen.line();
  add_bits(results, &screen);
  screen.line();
  add_diary(results, &screen);
  screen.line();
  add_terms(results, &screen);
  screen.line();
  screen.field("report", run_dir + "/report.html");
  screen.line();
  screen.line("  Next:");
  screen.line("    lucie chat " + run_dir);
  screen.line("    lucie generate " + run_dir + ":base -p \"La commande\"");
  screen.line("    lucie run " + recipe + " --data ~/texts --out runs/mine");
  return screen.str();
}

}  // namespace lucie
