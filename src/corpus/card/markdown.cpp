// card.json -> data_card.md, with the front matter that Hugging Face reads of a data set's README.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "corpus/card/data_card.h"
#include "corpus/card/tables.h"
#include "report/markdown.h"
#include "report/shown.h"

namespace lucie {

namespace {

// The Hub's classes of size.
std::string size_category(double documents) {
  constexpr const char* kEdges[] = {"1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B"};
  double edge = 1000;
  if (documents < edge) return "n<1K";
  for (std::size_t i = 0; i + 1 < std::size(kEdges); ++i) {
    if (documents < 10 * edge) return fmt::format("{}<n<{}", kEdges[i], kEdges[i + 1]);
    edge *= 10;
  }
  return "n>100B";
}

// The Hub knows licences by their SPDX names in lower case, without "-only" and "-or-later", and
// expressions not at all.
std::string hub_licence(const std::string& spdx) {
  std::string name = to_lower_ascii(spdx);
  for (const std::string_view tail : {"-only", "-or-later"}) {
    if (name.ends_with(tail)) name.resize(name.size() - tail.size());
  }
  static const std::set<std::string> known{
      "apache-2.0",     "mit",          "bsd-2-clause", "bsd-3-clause", "cc0-1.0",
      "cc-by-2.0",      "cc-by-2.5",    "cc-by-3.0",    "cc-by-4.0",    "cc-by-sa-3.0",
      "cc-by-sa-4.0",   "cc-by-nc-4.0", "gfdl",         "gpl-2.0",      "gpl-3.0",
      "lgpl-2.1",       "lgpl-3.0",     "agpl-3.0",     "mpl-2.0",      "odc-by",
      "odbl",           "pddl",         "isc",          "zlib",         "artistic-2.0",
      "postgresql",     "etalab-2.0",   "unlicense",    "eupl-1.1",     "bsl-1.0",
      "cc-by-nc-sa-4.0"};
  if (name.starts_with("gfdl-")) name = "gfdl";
  if (name.starts_with("gpl-2.0")) name = "gpl-2.0";
  return known.contains(name) ? name : "other";
}

Json data_files(const Json& figures, const std::string& language) {
  std::set<std::string> sides;
  for (const Json& file : rows_at(figures, "files")) {
    if (language == "*" || shown_text(file, "language") == language) {
      sides.insert(shown_text(file, "side"));
    }
  }
  Json list = Json::array();
  for (const auto& [side, split] : {std::pair("train", "train"), std::pair("holdout", "test")}) {
    if (!sides.contains(side)) continue;
    Json entry = Json::object();
    entry["split"] = split;
    entry["path"] = std::string(side) + "/documents/" + language + "/*.jsonl.zst";
    list.push_back(std::move(entry));
  }
  return list;
}

// One configuration for all, one for each language. None where the files are not passed on.
Json configs(const Json& figures) {
  Json list = Json::array();
  if (rows_at(figures, "files").empty()) return list;
  std::vector<std::string> names{"*"};
  for (const Json& row : rows_at(figures, "by_language")) names.push_back(row.get("name", ""));
  for (const std::string& name : names) {
    Json config = Json::object();
    config["config_name"] = name == "*" ? "default" : name;
    if (name == "*") config["default"] = true;
    config["data_files"] = data_files(figures, name);
    if (config.at("data_files").size() > 0) list.push_back(std::move(config));
  }
  return list;
}

Json front_matter(const Json& figures) {
  Json values = Json::object();
  std::set<std::string> licences, languages;
  for (const Json& row : rows_at(figures, "by_licence")) {
    licences.insert(hub_licence(row.get("name", "")));
  }
  values["pretty_name"] = shown_text(figures, "name");
  values["license"] = Json::array();
  for (const std::string& licence : licences) values["license"].push_back(licence);
  values["language"] = Json::array();
  for (const Json& row : rows_at(figures, "by_language")) {
    const std::string name = row.get("name", "");
    if (name.size() == 2 || name.size() == 3) languages.insert(name);
    if (name == "code") values["tags"].push_back("code");
  }
  for (const std::string& language : languages) values["language"].push_back(language);
  values["multilinguality"].push_back(languages.size() > 1 ? "multilingual" : "monolingual");
  values["size_categories"].push_back(
      size_category(figure(figures, "total.documents").value_or(0)));
  values["task_categories"].push_back("text-generation");
  values["task_ids"].push_back("language-modeling");
  for (const char* tag : {"lucie", "provenance", "licence-per-document"}) {
    values["tags"].push_back(tag);
  }
  Json list = configs(figures);
  if (list.size() > 0) values["configs"] = std::move(list);
  return values;
}

void add_composition(const Json& figures, Markdown* page) {
  struct Part {
    const char *key, *heading, *column;
  };
  page->heading(2, "Composition");
  for (const Part& part :
       {Part{"by_language", "By language", "language"},
        Part{"by_category", "By category", "category"}, Part{"by_licence", "By licence", "licence"},
        Part{"by_terms", "By terms", "terms"}}) {
    page->heading(3, part.heading).table(card::counts_table(figures, part.key, part.column));
  }
  page->heading(3, "Everything").table(card::composition_table(figures));
  const Table mixture = card::mixture_table(figures);
  if (mixture.rows.empty()) return;
  page->heading(2, "Mixture");
  page->paragraph(
      "Shares of the tokens as they are, as the recipe declares them, and as they were read in "
      "the main phase; more than one epoch means that a text is read again.");
  page->table(mixture);
}

void add_left_out(const Json& figures, Markdown* page) {
  page->heading(2, "What was left out").table(card::account_table(figures));
  page->table(card::drops_table(figures));
  const Table damage = card::damage_table(figures);
  if (!damage.rows.empty()) page->heading(3, "Damage").table(damage);
  page->heading(3, "Changed in what was kept").table(card::changes_table(figures));
}

void add_sources(const Json& figures, Markdown* page) {
  page->heading(2, "Sources").table(card::sources_table(figures));
  page->heading(2, "Rights").table(card::rights_table(figures));
  page->paragraph(
      "Of a jurisdiction it is said whether the text is in the public domain there, licensed, or "
      "taken under the exception for text and data mining; unknown where nobody stated it.");
  const auto descriptions = card::description_tables(figures);
  if (descriptions.empty()) return;
  page->heading(2, "Described instead of shown");
  page->paragraph(
      "What the Open Source AI Definition asks to be told of data, unshareable data included.");
  for (const auto& [id, table] : descriptions) page->heading(3, id).table(table);
  const Table memorized = card::memorization_table(figures);
  if (memorized.rows.empty()) return;
  page->heading(3, "What the model has by heart of it");
  page->paragraph(fmt::format(
      "Spans of which the base model, given {} tokens, goes on word for word for {} more.",
      shown_count(figures, "memorization.prefix_tokens"),
      shown_count(figures, "memorization.continued_tokens")));
  page->table(memorized);
}

void add_samples(const Json& figures, Markdown* page) {
  const Json::Array& samples = rows_at(figures, "samples");
  if (samples.empty()) return;
  page->heading(2, "Samples");
  for (const Json& sample : samples) {
    page->heading(3, shown_text(sample, "source"));
    page->paragraph(fmt::format("{}, {}, {}", shown_text(sample, "language"),
                                shown_text(sample, "licence"), shown_text(sample, "url")));
    page->code(shown_text(sample, "text"));
  }
}

}  // namespace

std::string card_markdown(const Json& figures) {
  Markdown page;
  page.front_matter(front_matter(figures));
  page.heading(1, "Data card: " + shown_text(figures, "name"));
  const bool tokens = figure(figures, "total.tokens").has_value();
  page.paragraph(
      fmt::format("Training text: {} documents, {} words, {} characters, {}{}.",
                  shown_count(figures, "total.documents"), shown_count(figures, "total.words"),
                  shown_count(figures, "total.characters"), shown_size(figures, "total.bytes"),
                  tokens ? ", " + shown_count(figures, "total.tokens") + " tokens" : ""));
  page.heading(2, "What the text is");
  if (look(figures, "description") != nullptr) page.paragraph(shown_text(figures, "description"));
  page.paragraph(
      "A language model trained on this text imitates it: what the sources do not speak of, it has "
      "never read.");
  add_composition(figures, &page);
  add_left_out(figures, &page);
  page.heading(2, "Held-out text");
  page.paragraph(fmt::format(
      "Pages are held out whole, with their translations, formats and copies: {} documents, {}. "
      "Lines that also stood in the training text were taken out of them: {}.",
      shown_count(figures, "holdout.documents"), shown_size(figures, "holdout.bytes"),
      shown_size(figures, "holdout_lines_also_in_training.bytes_removed")));
  add_sources(figures, &page);
  add_samples(figures, &page);
  return page.str();
}

void write_data_card(const fs::path& dir, const Json& figures) {
  std::error_code error;
  fs::create_directories(dir, error);
  write_file_atomic(dir / "data_card.md", card_markdown(figures));
  write_file_atomic(dir / "data_card.html", card_page(figures).str());
  write_json(dir / "croissant.json", card_croissant(figures));
  write_json(dir / "card.json", figures);
}

}  // namespace lucie
