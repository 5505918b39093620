// card.json -> the data card as a page of its own, with charts.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "corpus/card/tables.h"
#include "report/markup.h"
#include "report/shown.h"
#include "report/svg.h"

namespace lucie {

namespace {

constexpr std::size_t kColours = 8;
constexpr std::size_t kMostBars = 14;

// Names of the rows, largest first; those for which there is no colour become "others".
struct Names {
  std::vector<std::string> shown;  // as they stand in the figures
  std::size_t others = 0;

  Names(const Json& figures, const char* key, std::size_t most = kColours) {
    const Json::Array& rows = rows_at(figures, key);
    for (const Json& row : rows) shown.push_back(row.get("name", ""));
    if (shown.size() <= most) return;
    others = shown.size() - (most - 1);
    shown.resize(most - 1);
  }
  // "others" has the index after the last name.
  std::size_t index_of(const std::string& name) const {
    return static_cast<std::size_t>(std::find(shown.begin(), shown.end(), name) - shown.begin());
  }
  std::vector<std::string> words(bool languages) const {
    std::vector<std::string> list;
    for (const std::string& name : shown) list.push_back(languages ? language_name(name) : name);
    if (others > 0) list.push_back(fmt::format("{} others", others));
    return list;
  }
};

std::vector<double> shares(const Json& figures, const char* rows, const char* key,
                           const Names& names) {
  std::vector<double> values(names.shown.size() + (names.others > 0 ? 1 : 0), 0.0);
  for (const Json& row : rows_at(figures, rows)) {
    const std::size_t at = names.index_of(row.get("name", ""));
    if (at < values.size()) values[at] += std::max(0.0, figure(row, key).value_or(0));
  }
  return values;
}

// A ring of what there is, and where it is known one of what was read.
std::string donut(const Json& figures, const char* rows, const char* title) {
  const bool tokens = figure(figures, "total.tokens").has_value();
  const bool seen = tokens && figure(figures, "total.tokens_seen").has_value() &&
                    std::string(rows) != "by_licence";
  const Names names(figures, rows);
  DonutChart chart{.title = title, .parts = names.words(std::string(rows) == "by_group")};
  chart.donuts.push_back(
      {seen     ? "as it is"
       : tokens ? "tokens"
                : "of text",
       tokens ? shown_amount(figures, "total.tokens") : shown_size(figures, "total.bytes"),
       shares(figures, rows, tokens ? "tokens" : "bytes", names)});
  if (seen) {
    chart.donuts.push_back({"as read", shown_amount(figures, "total.tokens_seen"),
                            shares(figures, rows, "tokens_seen", names)});
  }
  return render(chart);
}

// A bar a language, cut by category.
std::string language_bars(const Json& figures) {
  const bool tokens = figure(figures, "total.tokens").has_value();
  const Names languages(figures, "by_group", kMostBars), categories(figures, "by_category");
  BarChart chart{.title = tokens ? "Tokens of each language, by category"
                                 : "Text of each language, by category",
                 .unit = tokens ? "" : "B",
                 .bars = languages.words(true)};
  for (const std::string& name : categories.words(false)) {
    chart.segments.push_back({name, std::vector<double>(chart.bars.size(), 0.0)});
  }
  for (const Json& row : rows_at(figures, "by_group_category")) {
    const std::size_t bar = languages.index_of(row.get("group", ""));
    const std::size_t segment = categories.index_of(row.get("category", ""));
    if (bar >= chart.bars.size() || segment >= chart.segments.size()) continue;
    chart.segments[segment].values[bar] += std::max(0.0, figure(row, "size").value_or(0));
  }
  return render(chart);
}

// Shares of the rows as they are and as read, side by side.
std::string share_bars(const Json& figures, const char* rows, const char* title) {
  const bool tokens = figure(figures, "total.tokens").has_value();
  const bool seen = tokens && figure(figures, "total.tokens_seen").has_value();
  const Names names(figures, rows, kMostBars);
  BarChart chart{.title = title, .unit = " %", .bars = names.words(false), .stacked = !seen};
  chart.segments.push_back(
      {seen ? "as it is" : "",
       shares(figures, rows, tokens ? "percent_of_tokens" : "percent_of_bytes", names)});
  if (seen) chart.segments.push_back({"as read", shares(figures, rows, "percent_seen", names)});
  return render(chart);
}

std::string drop_bars(const Json& figures) {
  std::vector<std::pair<double, std::string>> steps;
  const Json* dropped = look(figures, "dropped");
  if (dropped != nullptr && dropped->is_object()) {
    for (const auto& [step, reasons] : dropped->members()) {
      if (!reasons.is_object()) continue;
      double documents = 0;
      for (const auto& [reason, tally] : reasons.members()) {
        documents += figure(tally, "documents").value_or(0);
      }
      steps.emplace_back(documents, card::words_of_key(step));
    }
  }
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  BarChart chart{.title = "Documents left out, by step"};
  BarSegments counts;
  for (const auto& [documents, step] : steps) {
    chart.bars.push_back(step);
    counts.values.push_back(documents);
  }
  chart.segments.push_back(std::move(counts));
  return render(chart);
}

// A long table is folded away.
void add_table(const Table& table, const std::string& caption, HtmlPage* page) {
  constexpr std::size_t kLong = 12;
  if (table.rows.size() <= kLong) {
    page->table(table, caption);
    return;
  }
  page->paragraph(caption);
  page->open_details(fmt::format("All {}", table.rows.size())).table(table).close_details();
}

void add_left_out(const Json& figures, HtmlPage* page) {
  page->heading("What was left out");
  page->paragraph(
      "Nothing goes silently: every document that was read is kept, held out, dropped with a "
      "reason, or damaged and counted.");
  page->table(card::account_table(figures));
  const Table drops = card::drops_table(figures);
  if (!drops.rows.empty()) {
    page->figure(drop_bars(figures));
    page->open_details("Every step and reason").table(drops).close_details();
  }
  const Table damage = card::damage_table(figures);
  if (!damage.rows.empty()) page->subheading("Damage").table(damage);
  page->subheading("Changed in what was kept").table(card::changes_table(figures));
}

void add_descriptions(const Json& figures, HtmlPage* page) {
  const auto descriptions = card::description_tables(figures);
  if (descriptions.empty()) return;
  page->heading("Described instead of shown");
  page->paragraph(
      "What the Open Source AI Definition asks to be told of data, unshareable data included.");
  for (const auto& [id, table] : descriptions) page->subheading(id).table(table);
  const Table memorized = card::memorization_table(figures);
  if (memorized.rows.empty()) return;
  page->subheading("What the model has by heart of it");
  page->table(memorized, fmt::format("Spans of which the base model, given {} tokens, goes on word "
                                     "for word for {} more.",
                                     shown_count(figures, "memorization.prefix_tokens"),
                                     shown_count(figures, "memorization.continued_tokens")));
}

void add_sources(const Json& figures, HtmlPage* page) {
  page->heading("Sources");
  add_table(card::sources_table(figures), "Where the text came from, and how to get it.", page);
  page->heading("Rights");
  page->figure(donut(figures, "by_licence", "Licences of the documents"));
  page->open_details("Figures")
      .table(card::counts_table(figures, "by_licence", "licence"))
      .table(card::counts_table(figures, "by_terms", "terms"))
      .close_details();
  add_table(card::rights_table(figures),
            "Of a jurisdiction: public domain, licensed, taken under the exception for text and "
            "data mining (tdm), or unknown where nobody stated it.",
            page);
  add_descriptions(figures, page);
}

void add_samples(const Json& figures, HtmlPage* page) {
  const Json::Array& samples = rows_at(figures, "samples");
  if (samples.empty()) return;
  page->heading("Samples");
  page->paragraph("How a text of each source begins, chosen by hash.");
  for (const Json& sample : samples) {
    page->open_details(shown_text(sample, "source") + " (" + shown_text(sample, "language") + ", " +
                       shown_text(sample, "licence") + ")");
    page->code(shown_text(sample, "text")).paragraph(shown_text(sample, "url")).close_details();
  }
}

// Code is no language, and pairs are of languages that stand there already.
std::size_t natural_languages_of(const Json& figures) {
  const Json::Array& rows = rows_at(figures, "by_language");
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [](const Json& row) { return row.get("name", "").size() <= 3; }));
}

std::vector<Tile> tiles(const Json& figures) {
  std::vector<Tile> list{{shown_count(figures, "total.documents"), "documents"},
                         {shown_amount(figures, "total.words"), "words"},
                         {shown_amount(figures, "total.tokens"), "tokens"},
                         {shown_size(figures, "total.bytes"), "of text"},
                         {std::to_string(natural_languages_of(figures)), "languages"},
                         {std::to_string(rows_at(figures, "sources").size()), "sources"}};
  if (!figure(figures, "total.tokens")) list.erase(list.begin() + 2);
  return list;
}

}  // namespace

std::string language_ring(const Json& figures) {
  return donut(figures, "by_group", "Languages");
}

void add_card_composition(const Json& figures, HtmlPage* page) {
  page->figure(language_ring(figures));
  page->figure(donut(figures, "by_category", "Categories"));
  page->figure(language_bars(figures));
  if (rows_at(figures, "by_source").size() > 1) {
    page->open_details("Source by source")
        .figure(share_bars(figures, "by_source", "Share of each source"))
        .close_details();
  }
  page->open_details("Every figure").table(card::composition_table(figures)).close_details();
  const Table mixture = card::mixture_table(figures);
  if (mixture.rows.empty()) return;
  page->table(mixture,
              "Shares of the tokens as they are, as declared, and as read in the main phase; more "
              "than one epoch means that a text is read again.");
  for (const Json& phase : rows_at(figures, "mixture_by_phase")) {
    page->open_details("What the phase " + shown_text(phase, "phase") + " reads")
        .table(card::phase_table(phase))
        .close_details();
  }
}

HtmlPage card_page(const Json& figures) {
  HtmlPage page("Data card: " + shown_text(figures, "name"), "The text that a model is trained on");
  page.tiles(tiles(figures));
  page.heading("What the text is");
  if (look(figures, "description") != nullptr) page.paragraph(shown_text(figures, "description"));
  page.note(
      "A model trained on this text imitates it. What the sources do not speak of, it has "
      "never read.");
  page.heading("Composition");
  add_card_composition(figures, &page);
  add_left_out(figures, &page);
  page.heading("Held-out text");
  page.paragraph(fmt::format(
      "Pages are held out whole, with their translations and copies: {} documents, {}. Of lines "
      "that also stood in the training text {} were taken out of them.",
      shown_count(figures, "holdout.documents"), shown_size(figures, "holdout.bytes"),
      shown_size(figures, "holdout_lines_also_in_training.bytes_removed")));
  add_sources(figures, &page);
  add_samples(figures, &page);
  return page;
}

}  // namespace lucie
