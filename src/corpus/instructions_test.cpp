#include "corpus/instructions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "corpus/corpus_files.h"
#include "corpus/text_repair.h"

namespace lucie {
namespace {

Document man_page(const std::string& name, const std::string& language = "en") {
  Document document;
  document.id = "man:" + name + language;
  document.text = "NAME\n\n" + name + " - list what is there\n\nSYNOPSIS\n\n" + name +
                  " [-a] FILE\n\nDESCRIPTION\n\nLists what is there in the folder named on the "
                  "command line.\n\nOPTIONS\n\n-a Shows all.";
  document.source = "s";
  document.licence = "GPL-3.0-or-later";
  document.language = language;
  document.page = "man/" + name;
  document.format = "man";
  document.title = name + "(1)";
  document.hash = text_hash(document.text);
  return document;
}

TEST(Dialogues, man_page_gives_purpose_usage_and_description) {
  const std::vector<Dialogue> dialogues = dialogues_of(man_page("ls"), {});
  ASSERT_EQ(dialogues.size(), 3u);
  EXPECT_EQ(dialogues[0].kind, "purpose");
  EXPECT_EQ(dialogues[0].messages[1].content, "ls: list what is there");
  EXPECT_EQ(dialogues[1].messages[1].content, "ls [-a] FILE");
  EXPECT_EQ(dialogues[2].messages[1].content,
            "Lists what is there in the folder named on the command line.");
  for (const Dialogue& dialogue : dialogues) {
    ASSERT_EQ(dialogue.messages.size(), 2u);
    EXPECT_EQ(dialogue.messages[0].role, "user");
    EXPECT_EQ(dialogue.messages[1].role, "assistant");
    EXPECT_NE(dialogue.messages[0].content.find("ls"), std::string::npos);
    EXPECT_EQ(dialogue.messages[0].content.find("{}"), std::string::npos);
    EXPECT_EQ(dialogue.licence, "GPL-3.0-or-later");
    EXPECT_EQ(dialogue.document, "man:lsen");
  }
}

TEST(Dialogues, headings_and_title_of_a_guide_ask_for_their_paragraphs) {
  Document document = man_page("x");
  document.format = "html";
  document.title = "Printing a document";
  document.text =
      "Printing a document\n\nThe print dialogue opens when you choose Print in the File menu.\n\n"
      "Choosing a printer\n\nThe list shows all printers that the system knows at this moment.\n\n"
      "- an item of a list\n\nShort\n\nNo full sentence follows";
  const std::vector<Dialogue> dialogues = dialogues_of(document, {});
  ASSERT_EQ(dialogues.size(), 2u);
  EXPECT_EQ(dialogues[0].kind, "title");
  EXPECT_EQ(dialogues[1].kind, "topic");
  EXPECT_NE(dialogues[1].messages[0].content.find("Choosing a printer"), std::string::npos);
}

Document plain_text(const std::string& text, const std::string& language = "en") {
  Document document = man_page("x", language);
  document.format = "text";
  document.title = "x.txt";
  document.text = text;
  document.hash = text_hash(text);
  return document;
}

TEST(Dialogues, headings_of_markdown_need_no_empty_line) {
  const std::vector<Dialogue> dialogues = dialogues_of(
      plain_text("# Notes\n\nshort\n\n## Baking bread ##\nFlour, water, salt and a night of "
                 "patience are all that it takes.\n\nMore follows here.\n#no heading"),
      {});
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(dialogues[0].kind, "topic");
  EXPECT_NE(dialogues[0].messages[0].content.find("Baking bread"), std::string::npos);
  EXPECT_EQ(dialogues[0].messages[0].content.find('#'), std::string::npos);
  EXPECT_EQ(dialogues[0].messages[1].content,
            "Flour, water, salt and a night of patience are all that it takes.");
}

TEST(Dialogues, prose_without_headings_is_continued_from_its_opening) {
  const std::string prose =
      "It rained. The river rose all night,\nand in the morning the bridge was gone.\n\nNobody "
      "had heard it fall. The baker was the first to see it, and he told the others.";
  const std::vector<Dialogue> dialogues = dialogues_of(plain_text(prose, "fr"), {});
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(dialogues[0].kind, kContinuation);
  const std::string& question = dialogues[0].messages[0].content;
  EXPECT_TRUE(question.ends_with("It rained. The river rose all night, and in the")) << question;
  EXPECT_EQ(dialogues[0].messages[1].content, prose.substr(prose.find("morning")));
  InstructionSettings settings;
  settings.max_answer_characters = 80;
  EXPECT_EQ(dialogues_of(plain_text(prose), settings).at(0).messages[1].content,
            "morning the bridge was gone.\n\nNobody had heard it fall.");
}

TEST(Dialogues, writing_without_spaces_or_sentences_is_continued_too) {
  std::string text;
  for (int i = 0; i < 700; ++i) text += "\xE6\xB0\xB4";
  const std::vector<Dialogue> dialogues = dialogues_of(plain_text(text, "zh"), {});
  ASSERT_EQ(dialogues.size(), 1u);
  EXPECT_EQ(count_characters(dialogues[0].messages[1].content), 500u);
  EXPECT_TRUE(is_valid_utf8(dialogues[0].messages[0].content));
  for (const char* tiny : {"", "a", "ab c", "\xE6\xB0\xB4"}) {
    EXPECT_LE(dialogues_of(plain_text(tiny), {}).size(), 1u) << "and nothing breaks";
  }
}

TEST(Dialogues, every_language_has_several_phrases_of_each_kind) {
  for (const char* language : {"en", "fr", "de", "es", "it"}) {
    std::set<std::string> patterns;
    for (int i = 0; i < 60; ++i) {
      const std::string name = "cmd" + std::to_string(i);
      std::string question = dialogues_of(man_page(name, language), {}).at(0).messages[0].content;
      question.erase(question.find(name), name.size());
      EXPECT_TRUE(count_characters(question) > 5);
      patterns.insert(question);
    }
    EXPECT_EQ(patterns.size(), 4u) << language;
  }
}

TEST(Dialogues, long_answers_end_after_a_sentence) {
  Document document = man_page("ls");
  std::string prose;
  for (int i = 0; i < 30; ++i) prose += "This is sentence number " + std::to_string(i) + ". ";
  prose.pop_back();
  document.text = "ls - list\n\nDESCRIPTION\n\n" + prose;
  InstructionSettings settings;
  settings.max_answer_characters = 200;
  const std::string answer = dialogues_of(document, settings).at(1).messages[1].content;
  EXPECT_LE(answer.size(), 200u);
  EXPECT_GT(answer.size(), 150u);
  EXPECT_TRUE(answer.ends_with('.'));
}

TEST(Dialogues, code_and_pairs_give_none_and_other_languages_a_continuation) {
  EXPECT_TRUE(dialogues_of(man_page("ls", "code"), {}).empty());
  EXPECT_TRUE(dialogues_of(man_page("ls", "en-fr"), {}).empty());
  for (const char* language : {"pl", "und", ""}) {
    const std::vector<Dialogue> dialogues = dialogues_of(man_page("ls", language), {});
    ASSERT_EQ(dialogues.size(), 1u) << language;
    EXPECT_EQ(dialogues[0].kind, kContinuation);
  }
}

TEST(Dialogues, line_round_trips_and_bad_lines_are_errors) {
  const Dialogue dialogue = dialogues_of(man_page("ls"), {}).at(0);
  const std::string line = to_json_line(dialogue);
  EXPECT_EQ(to_json_line(dialogue_from_json(line, "x:1")), line);
  for (const char* bad : {"{}", "[]", R"({"messages":[{"role":"user"}]})", "{"}) {
    EXPECT_THROW(dialogue_from_json(bad, "x:1"), Error) << bad;
  }
}

TEST(GenerateInstructions, continuations_only_fill_up) {
  const fs::path dir = fs::path(testing::TempDir()) / "continuations";
  fs::remove_all(dir);
  DocumentWriter writer(dir / "corpus", "train", 0);
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    writer.write(man_page("c" + number));
    Document text = plain_text("Tale " + number + std::string(200, 'x') + " and so it went on.");
    text.id = "text:" + number;
    writer.write(text);
  }
  writer.commit();
  DocumentWriter holdout(dir / "corpus", "holdout", 0);
  holdout.write(plain_text("Tale " + std::string(200, 'y') + " and so it went on."));
  holdout.commit();
  InstructionSettings settings;
  const auto continuations = [&](std::int64_t limit) {
    settings.max_dialogues = limit;
    generate_instructions(dir / "corpus", dir / "out", settings);
    const std::vector<Dialogue> all = read_dialogues(dir / "out/train.jsonl.zst");
    return std::count_if(all.begin(), all.end(),
                         [](const Dialogue& each) { return each.kind == kContinuation; });
  };
  EXPECT_EQ(continuations(60), 0);
  EXPECT_TRUE(read_dialogues(dir / "out/holdout.jsonl.zst").empty()) << "as it trains on none";
  EXPECT_EQ(continuations(70), 10);
  EXPECT_EQ(read_dialogues(dir / "out/holdout.jsonl.zst").size(), 1u);
}

TEST(GenerateInstructions, languages_take_turns_and_sides_stay_apart) {
  const fs::path dir = fs::path(testing::TempDir()) / "instructions";
  fs::remove_all(dir);
  const auto write = [&](const char* side, const char* language, int from, int to) {
    DocumentWriter writer(dir / "corpus", side, 0);
    for (int i = from; i < to; ++i) writer.write(man_page("c" + std::to_string(i), language));
    writer.commit();
  };
  write("train", "en", 0, 100);
  write("train", "fr", 0, 10);
  write("holdout", "en", 100, 105);
  InstructionSettings settings;
  settings.max_dialogues = 50;
  const InstructionReport report = generate_instructions(dir / "corpus", dir / "out", settings);
  EXPECT_EQ(report.train.at("en"), 25u);
  EXPECT_EQ(report.train.at("fr"), 25u);
  EXPECT_EQ(report.holdout.at("en"), 15u);
  std::set<std::string> pages;
  for (const Dialogue& each : read_dialogues(dir / "out/train.jsonl.zst")) pages.insert(each.page);
  for (const Dialogue& each : read_dialogues(dir / "out/holdout.jsonl.zst")) {
    EXPECT_FALSE(pages.contains(each.page));
  }
}

}  // namespace
}  // namespace lucie
