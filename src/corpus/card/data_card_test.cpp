#include "corpus/card/data_card.h"

#include <gtest/gtest.h>

#include "base/test_files.h"
#include "corpus/corpus_files.h"
#include "corpus/stats.h"
#include "report/markup_check.h"
#include "report/shown.h"

namespace lucie {
namespace {

Candidate kept(const char* source, const char* language, std::size_t letters) {
  Candidate candidate;
  candidate.document.source = source;
  candidate.document.language = language;
  candidate.document.licence = "MIT";
  candidate.document.text = std::string(letters, 'x');
  return candidate;
}

constexpr const char* kSources =
    "- {id: help, package: office-help, category: office help, terms: copyleft}\n"
    "- {id: man, package: manpages, category: manuals, terms: open,\n"
    "   jurisdictions: {us: licensed}, rights_holder: Somebody}\n"
    "- {id: clinic, category: medical, terms: unshareable, licence: X, obtained: by agreement,\n"
    "   how_to_get: {where: ask us, fee: true}, description: {provenance: letters, scope: 2019,\n"
    "   characteristics: short, selection: all, labelling: none, processing: names removed}}\n";

DataCardInput sample() {
  CorpusStats stats;
  stats.add(kept("help", "en", 300));
  stats.add(kept("help", "fr", 300));
  stats.add(kept("man", "fr", 400));
  Candidate dropped = kept("man", "fr", 0);
  dropped.bytes_read = 77;
  dropped.drop("language", "said fr, looks en");
  stats.add(dropped);
  DataCardInput input;
  input.name = "sample";
  input.description = "Made for a test.";
  input.corpus_stats = stats.to_json();
  input.sources = SourceRegistry::from_json(parse_yaml(kSources, "recipe"));
  return input;
}

Json token_stats() {
  const auto tally = [](int tokens) {
    return R"({"documents": 1, "tokens": )" + std::to_string(tokens) +
           R"(, "bytes": 300, "words": 50})";
  };
  return parse_json(R"({"train": {"by_source_language": {"help": {"en": )" + tally(102) +
                        R"(, "fr": )" + tally(102) + R"(}, "man": {"fr": )" + tally(202) +
                        R"(}}, "by_licence": {"MIT": )" + tally(406) + "}}}",
                    "stats");
}

TEST(DataCard, figures_are_those_of_the_stages) {
  const Json figures = card_figures(sample());
  EXPECT_EQ(figures.at("total").at("bytes").as_int(), 1000);
  const Json& fr = figures.at("by_language").at(0);
  EXPECT_EQ(fr.at("name").as_string(), "fr");
  EXPECT_EQ(fr.at("documents").as_int(), 2);
  EXPECT_DOUBLE_EQ(fr.at("percent_of_bytes").as_double(), 70.0);
  EXPECT_EQ(figures.at("by_category").at(0).at("name").as_string(), "office help");
  EXPECT_DOUBLE_EQ(figures.at("by_category").at(0).at("percent_of_bytes").as_double(), 60.0);
  EXPECT_EQ(figures.at("composition").size(), 3U);
  EXPECT_EQ(figures.at("account").at("read").as_int(), 4);
  EXPECT_EQ(figures.at("account").at("dropped").as_int(), 1);
  EXPECT_EQ(figures.find("mixture")->size(), 0U);
  const std::string text = card_markdown(figures);
  EXPECT_NE(text.find("said fr, looks en | 1 | 77"), std::string::npos) << text;
  EXPECT_NE(text.find("apt-get download office-help"), std::string::npos);
  EXPECT_NE(text.find("Made for a test."), std::string::npos);
}

TEST(DataCard, what_was_read_is_the_tokens_times_the_epochs_of_their_group) {
  DataCardInput input = sample();
  input.token_stats = token_stats();
  GroupUse en{.group = "en", .weight = 0.5, .tokens = 102, .windows = 1, .samples = 2, .epochs = 2};
  GroupUse fr{
      .group = "fr", .weight = 0.5, .tokens = 304, .windows = 1, .samples = 2, .epochs = 0.5};
  input.use = {en, fr};
  const Json figures = card_figures(input);
  EXPECT_EQ(figures.at("total").at("tokens").as_int(), 406);
  EXPECT_EQ(figures.at("total").at("tokens_seen").as_int(), 204 + 152);
  const Json& manuals = figures.at("by_category").at(1);
  EXPECT_EQ(manuals.at("name").as_string(), "manuals");
  EXPECT_EQ(manuals.at("tokens_seen").as_int(), 101);
  EXPECT_DOUBLE_EQ(manuals.at("epochs").as_double(), 0.5);
  EXPECT_DOUBLE_EQ(manuals.at("tokens_per_word").as_double(), 4.0);  // without begin and end
  EXPECT_NE(card_markdown(figures).find("| fr | 304 | 74.9 | 50.0 | 50.0 | 0.50 |"),
            std::string::npos);
}

TEST(DataCard, groups_finer_than_a_language_are_read_each_by_its_own_epochs) {
  DataCardInput input = sample();
  input.token_stats = token_stats();
  input.token_stats["train"]["groups"] = parse_json(
      R"({"fr--help": {"language": "fr", "source": "help",
            "by_source_language": {"help": {"fr": {"documents": 1, "tokens": 102}}}},
          "fr--man": {"language": "fr", "source": "man",
            "by_source_language": {"man": {"fr": {"documents": 1, "tokens": 60}}}},
          "fr--man--over-50": {"language": "fr", "source": "man", "longer_than": 50,
            "by_source_language": {"man": {"fr": {"documents": 1, "tokens": 142}}}}})",
      "stats");
  GroupUse help, man, long_ones;
  help.group = "fr--help";
  help.epochs = 2;
  man.group = "fr--man";
  man.epochs = 1;
  long_ones.group = "fr--man--over-50";
  long_ones.epochs = 10;
  input.use = {help, man, long_ones};
  input.mixture_tables = parse_json(
      R"([{"phase": "main", "tokens": 9, "rows": [{"language": "fr", "source": "man",
          "category": "manuals", "longer_than": 50, "documents": 1, "tokens": 142,
          "percent_asked": 60, "percent_seen": 59.5, "tokens_seen": 1420, "epochs": 10}]}])",
      "tables");
  const Json figures = card_figures(input);
  EXPECT_EQ(figures.at("total").at("tokens_seen").as_int(), 204 + 60 + 1420);
  EXPECT_EQ(figures.at("mixture_by_phase").at(0).at("phase").as_string(), "main");
  const std::string page = card_page(figures).str();
  EXPECT_NE(page.find("What the phase main reads"), std::string::npos);
  EXPECT_NE(page.find("longer than"), std::string::npos);
}

TEST(DataCard, front_matter_is_what_hugging_face_reads) {
  DataCardInput input = sample();
  input.files = parse_json(
      R"([{"path": "train/documents/fr/part-00000.jsonl.zst", "side": "train", "language": "fr",
           "bytes": 10, "sha256": "00"},
          {"path": "holdout/documents/fr/part-00000.jsonl.zst", "side": "holdout",
           "language": "fr", "bytes": 10, "sha256": "00"}])",
      "files");
  const std::string card = card_markdown(card_figures(input));
  ASSERT_TRUE(card.starts_with("---\n"));
  const Json front = parse_yaml(card.substr(4, card.find("\n---\n") - 4), "card");
  EXPECT_EQ(front.at("license").at(0).as_string(), "mit");
  EXPECT_EQ(front.at("language").at(1).as_string(), "fr");
  EXPECT_EQ(front.at("size_categories").at(0).as_string(), "n<1K");
  EXPECT_EQ(front.at("task_categories").at(0).as_string(), "text-generation");
  ASSERT_EQ(front.at("configs").size(), 2U) << "all, and French: of English no file is there";
  const Json& french = front.at("configs").at(1);
  EXPECT_EQ(french.at("config_name").as_string(), "fr");
  EXPECT_EQ(french.at("data_files").at(1).at("split").as_string(), "test");
  EXPECT_EQ(french.at("data_files").at(1).at("path").as_string(),
            "holdout/documents/fr/*.jsonl.zst");
}

TEST(DataCard, rights_are_told_for_each_jurisdiction_and_unknown_where_nobody_stated_them) {
  const std::string card = card_markdown(card_figures(sample()));
  EXPECT_NE(card.find("| man | open | MIT | Somebody | unknown | licensed |"), std::string::npos)
      << card;
  EXPECT_NE(card.find("| provenance | letters |"), std::string::npos);
  EXPECT_NE(card.find("| how to get it | ask us (for a fee) |"), std::string::npos);
}

TEST(DataCard, page_is_well_formed_with_and_without_tokens) {
  DataCardInput input = sample();
  for (const bool tokens : {false, true}) {
    if (tokens) input.token_stats = token_stats();
    const std::string page = card_page(card_figures(input)).str();
    EXPECT_EQ(markup_problem(page), "");
    EXPECT_EQ(page.find(kNotMeasured), std::string::npos);
    EXPECT_EQ(page.find("No values were recorded"), std::string::npos);
    EXPECT_NE(page.find("names removed"), std::string::npos);
  }
}

TEST(DataCard, samples_and_files_leave_out_what_may_not_be_shown) {
  const testing_base::Folder folder;
  for (const char* source : {"help", "man", "clinic"}) {
    DocumentWriter writer(folder.path(), "train", source == std::string("man") ? 1 : 0);
    Document document;
    document.id = std::string(source) + ":1";
    document.source = source;
    document.language = "en";
    document.licence = "MIT";
    document.text = std::string("text of ") + source + " " + std::string(900, 'x');
    if (source == std::string("clinic")) continue;
    writer.write(document);
    writer.commit();
  }
  fs::create_directories(folder.path() / "holdout/documents");
  const SourceRegistry all = SourceRegistry::from_json(parse_yaml(kSources, "recipe"));
  EXPECT_TRUE(list_files(folder.path(), all).is_null());
  const Json samples = pick_samples(folder.path(), all);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples.at(0).at("source").as_string(), "help");
  EXPECT_LT(samples.at(0).at("text").as_string().size(), 720U);
  SourceRegistry closed = SourceRegistry::from_json(
      parse_yaml("- {id: help, terms: under-negotiation}\n- {id: man, terms: open}\n", "recipe"));
  EXPECT_EQ(pick_samples(folder.path(), closed).size(), 1U);
  const SourceRegistry open = SourceRegistry::from_json(
      parse_yaml("- {id: help, terms: open}\n- {id: man, terms: open}\n", "recipe"));
  const Json files = list_files(folder.path(), open);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at(0).at("path").as_string(), "train/documents/en/part-00000.jsonl.zst");
  EXPECT_EQ(files.at(0).at("sha256").as_string().size(), 64U);
}

TEST(DataCard, croissant_names_files_and_fields_or_none_when_they_are_not_passed_on) {
  DataCardInput input = sample();
  EXPECT_EQ(card_croissant(card_figures(input)).find("distribution"), nullptr);
  input.files = parse_json(
      R"([{"path": "train/documents/fr/part-00000.jsonl.zst", "side": "train", "language": "fr",
           "bytes": 1234, "sha256": "00"}])",
      "files");
  const Json card = card_croissant(card_figures(input));
  EXPECT_EQ(card.at("conformsTo").as_string(), "http://mlcommons.org/croissant/1.0");
  EXPECT_EQ(card.at("distribution").at(0).at("contentSize").as_string(), "1234 B");
  EXPECT_EQ(card.at("license").at(0).as_string(), "https://spdx.org/licenses/MIT.html");
  EXPECT_EQ(card.at("recordSet").size(), 1U);
}

}  // namespace
}  // namespace lucie
