// Lucie-7B's published mixtures, from its published counts: what the run's own table of weights
// says must come out, within 0.05 points.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "corpus/mixture_table.h"

namespace lucie {
namespace {

constexpr double kTokensSeen = 3121.744e9;  // of the main phase, from the same table
constexpr double kPoints = 0.05;

fs::path published(const std::string& name) {
  const fs::path shared =
      *LUCIE_SHARED_DIR ? fs::path(LUCIE_SHARED_DIR) : fs::path(LUCIE_SOURCE_DIR) / ".." / "shared";
  return shared / "data" / "lucie" / name;
}

bool files_are_here() {
  return fs::exists(published("dataset_composition.csv"));
}

// dataset_composition.csv: name, language, category, millions of documents, 10^9 words, tokens ...
std::vector<MixtureRow> composition() {
  std::vector<MixtureRow> rows;
  for (const std::string& line : split(read_file(published("dataset_composition.csv")), '\n')) {
    const std::vector<std::string> fields = split(std::string(trim(line)), ',');
    if (fields.size() < 6 || fields[0] == "name" || fields[0] == "TOTAL") continue;
    MixtureRow row;
    row.key.source = fields[0];
    row.key.language = fields[2] == "Programming" ? "code" : fields[1];
    if (fields[2] == "Programming") row.key.source += " " + to_lower_ascii(fields[1]);
    row.key.category = fields[2];
    row.documents = static_cast<std::uint64_t>(*parse_double(fields[3]) * 1e6);
    row.tokens = static_cast<std::uint64_t>(*parse_double(fields[5]) * 1e9);
    rows.push_back(row);
  }
  return rows;
}

const std::map<std::string, std::string> kCategories{{"web", "Web"},
                                                     {"newspaper", "Newspaper"},
                                                     {"technical", "Technical"},
                                                     {"book", "Book"},
                                                     {"legi_written", "Legislative Texts"},
                                                     {"legi_dialogue", "Legislative Transcripts"},
                                                     {"legi_spoken", "Legislative Transcripts"},
                                                     {"wiki", "Wiki"},
                                                     {"math", "Math"},
                                                     {"forum", "Forum"},
                                                     {"dialogue", "Dialogue"},
                                                     {"aligned", "Multilingual Parallel"},
                                                     {"programming", "Programming"}};

// dataset_weights.yaml: 'LANGUAGE--CATEGORY': epochs
Mixture weights_by_language_and_category() {
  Mixture mixture;
  const Json epochs =
      parse_yaml(read_file(published("dataset_weights.yaml")), "dataset_weights.yaml");
  for (const auto& [key, times] : epochs.members()) {
    const std::size_t at = key.find("--");
    EpochRule rule;
    rule.languages = {mixture_group(key.substr(0, at))};
    rule.categories = {kCategories.at(key.substr(at + 2))};
    rule.times = times.as_double();
    mixture.epochs.push_back(rule);
  }
  return mixture;
}

struct PublishedRow {
  double percent = 0, epochs = 0;
};

// training_weights.md: NAME : before= P% after= P% reweighted_count= N B tokens -> num_epochs=E,
// then the same by language without epochs.
struct PublishedTable {
  std::map<std::string, PublishedRow> sources, languages;
};

PublishedTable training_weights() {
  const std::regex line(
      R"((\S+) *: before= *\S+% after= *(\S+)%.*B tokens(?: -> num_epochs=(\S+))?)");
  PublishedTable table;
  for (const std::string& text : split(read_file(published("training_weights.md")), '\n')) {
    std::smatch match;
    if (!std::regex_search(text, match, line)) continue;
    auto& rows = match[3].matched ? table.sources : table.languages;
    rows[match[1]] = {*parse_double(match[2].str()),
                      match[3].matched ? *parse_double(match[3].str()) : 0};
  }
  return table;
}

// The composition's name of a row of the table of weights, which is cut by year and part and named
// after files: "RedPajama--fr--2019", "Gutenberg--en.70", "Pile--FreeLaw".
std::string name_in_composition(const std::string& file) {
  static const std::map<std::string, std::string> kOthers{
      {"Wikiother--fr--wikisource", "wikisource"},
      {"Wikiother--fr--wiktionary", "wiktionary"},
      {"ValidatedYouTube--fr", "YouTube"},
      {"OtherFr--LEGI", "LEGI"},
      {"OtherFr--amendements_parlement", "AmendementsParlement"},
      {"OtherFr--interventions_parlement", "InterventionsParlement"},
      {"OtherFr--questions_ecrites_parlement", "QuestionsEcritesParlement"}};
  if (const auto other = kOthers.find(file); other != kOthers.end()) return other->second;
  const std::string head = file.substr(0, file.find("--"));
  const std::string rest = file == head ? "" : file.substr(head.size() + 2);
  if (head == "Pile") return "Pile (" + rest + ")";
  if (head == "TheStack") return head + " " + rest;
  return head;
}

// Whether a row of the composition is what the file holds, by name and by the file's language.
bool holds(const std::string& file, const GroupKey& key) {
  if (name_in_composition(file) != key.source) return false;
  static const std::set<std::string> kWithLanguage{
      "RedPajama", "Gutenberg", "Eurovoc", "Europarl", "Wikipedia", "Claire", "EuroparlAligned"};
  if (!kWithLanguage.contains(key.source)) return true;
  const std::string language = file.substr(key.source.size() + 2);
  return language.starts_with(key.language) &&
         (language.size() == key.language.size() || language[key.language.size()] == '.' ||
          language[key.language.size()] == '-');
}

std::map<std::string, double> percent_by_language(const MixtureTable& table) {
  std::map<std::string, double> percent;
  for (const MixtureTableRow& row : table.rows) {
    percent[mixture_group(row.row.key.language)] += 100 * row.share;
  }
  return percent;
}

TEST(LucieMixture, shares_of_every_sub_corpus_are_those_that_were_published) {
  if (!files_are_here()) GTEST_SKIP() << "no published files";
  const MixtureTable table =
      resolve_mixture(composition(), weights_by_language_and_category(), kTokensSeen);
  const PublishedTable theirs = training_weights();
  std::size_t matched = 0;
  for (const MixtureTableRow& row : table.rows) {
    double percent = 0, epochs = 0;
    for (const auto& [file, published_row] : theirs.sources) {
      if (!holds(file, row.row.key)) continue;
      percent += published_row.percent;
      epochs = published_row.epochs;
      ++matched;
    }
    EXPECT_NEAR(100 * row.share, percent, kPoints)
        << row.row.key.source << " " << row.row.key.language;
    EXPECT_NEAR(row.epochs, epochs, 0.01) << row.row.key.source;
  }
  EXPECT_EQ(matched, theirs.sources.size()) << "each row of theirs is one of ours";
  EXPECT_EQ(table.rows.size(), 86U);
}

TEST(LucieMixture, shares_of_every_language_are_those_that_were_published) {
  if (!files_are_here()) GTEST_SKIP() << "no published files";
  const std::map<std::string, double> ours = percent_by_language(
      resolve_mixture(composition(), weights_by_language_and_category(), kTokensSeen));
  const PublishedTable theirs = training_weights();
  ASSERT_EQ(theirs.languages.size(), 7U);
  ASSERT_EQ(ours.size(), 7U);
  for (const auto& [language, row] : theirs.languages) {
    EXPECT_NEAR(ours.at(language), row.percent, kPoints) << language;
  }
}

// recipes/lucie-7b.yaml or the other size, which states the same.
struct StatedRecipe {
  Json root;
  SourceRegistry registry;

  explicit StatedRecipe(const std::string& name)
      : root(read_yaml(fs::path(LUCIE_SOURCE_DIR) / "recipes" / name)),
        registry(SourceRegistry::from_json(root.at("sources"))) {}

  Mixture mixture(const char* phase_name) const {
    for (const Json& phase : root.at("train").at("phases").items()) {
      const Json* own = phase.find("mixture");
      if (phase.at("name").as_string() != phase_name) continue;
      return Mixture::from_json(
          mixture_of_phase(root.at("mixture"), own == nullptr ? Json() : *own));
    }
    return {};
  }

  // The source that a published name stands for: "OpenWebMath" or "Wikipedia" with "fr".
  const Source* find(const std::string& name, const std::string& language) const {
    static const std::map<std::string, std::string> kOthers{
        {"Pile (USPTO_Backgrounds)", "pile-uspto"},
        {"Pile (NIH_ExPorter)", "pile-nih"},
        {"QuestionsEcritesParlement", "questions-ecrites"},
        {"AmendementsParlement", "amendements"},
        {"InterventionsParlement", "interventions"}};
    if (const auto other = kOthers.find(name); other != kOthers.end()) {
      return registry.find(other->second);
    }
    const auto letters = [](const std::string& text) {
      std::string kept;
      for (const char c : to_lower_ascii(text)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) kept += c;
      }
      return kept;
    };
    const std::string plain = letters(name.substr(0, name.find("TheStack ") == 0 ? 8 : name.npos));
    for (const Source& source : registry.sources()) {
      const std::string id = letters(source.id);
      if (id == plain || id == plain + letters(language)) return &source;
    }
    return nullptr;
  }
};

TEST(LucieMixture, recipes_name_only_what_their_sources_give) {
  for (const char* name : {"lucie-7b.yaml", "lucie-1.5b.yaml"}) {
    const StatedRecipe recipe(name);
    for (const char* phase : {"main", "extension", "annealing"}) {
      recipe.mixture(phase).check_names(recipe.registry);
    }
    EXPECT_EQ(recipe.mixture("extension").long_over, 4096U);
    EXPECT_EQ(recipe.mixture("extension").long_weight, 10);
  }
}

TEST(LucieMixture, the_recipe_states_the_main_phase) {
  if (!files_are_here()) GTEST_SKIP() << "no published files";
  const StatedRecipe recipe("lucie-7b.yaml");
  std::vector<MixtureRow> rows = composition();
  for (MixtureRow& row : rows) {
    const Source* source = recipe.find(row.key.source, row.key.language);
    ASSERT_NE(source, nullptr) << row.key.source;
    EXPECT_EQ(mixture_group(source->language), mixture_group(row.key.language)) << source->id;
    row.key.source = source->id;
    row.key.category = source->category;
  }
  const MixtureTable ours = resolve_mixture(rows, recipe.mixture("main"), kTokensSeen);
  const MixtureTable theirs =
      resolve_mixture(composition(), weights_by_language_and_category(), kTokensSeen);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(100 * ours.rows[i].share, 100 * theirs.rows[i].share, kPoints)
        << rows[i].key.source;
    EXPECT_NEAR(ours.rows[i].epochs, theirs.rows[i].epochs, 0.01) << rows[i].key.source;
  }
}

// annealing_mix.txt: WEIGHT FOLDER/NAME_text_document WEIGHT ...
TEST(LucieMixture, the_recipe_states_the_annealing_phase) {
  if (!files_are_here()) GTEST_SKIP() << "no published files";
  const StatedRecipe recipe("lucie-7b.yaml");
  std::vector<MixtureRow> rows;
  for (const Source& source : recipe.registry.sources()) {
    rows.emplace_back();
    rows.back().key = {mixture_group(source.language), source.id, source.category, "undated", 0};
    rows.back().tokens = 1000 + rows.size();  // of no matter where shares are given
  }
  const MixtureTable table = resolve_mixture(rows, recipe.mixture("annealing"), 5e9);
  const std::vector<std::string> words =
      split(std::string(trim(read_file(published("annealing_mix.txt")))), ' ');
  ASSERT_EQ(words.size(), 28U);
  double sum = 0;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    std::string name = fs::path(words[i + 1]).filename().string();
    name = name.substr(0, name.find("_text_document"));
    const std::size_t at = name.find("--");
    const Source* source =
        recipe.find(name.substr(0, at), at == name.npos ? "" : name.substr(at + 2));
    ASSERT_NE(source, nullptr) << name;
    for (const MixtureTableRow& row : table.rows) {
      if (row.row.key.source != source->id) continue;
      EXPECT_NEAR(100 * row.share, 100 * *parse_double(words[i]), kPoints) << name;
      sum += row.share;
    }
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

}  // namespace
}  // namespace lucie
