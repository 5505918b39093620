// Words are traced to the training documents that hold them: by the command, and in a chat.
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "base/stream.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

struct Passage {
  std::string id, text;
};

// From the middle of a training document.
Passage passage() {
  for (const auto& entry :
       fs::recursive_directory_iterator(undisturbed() / "corpus/train/documents/en")) {
    if (!entry.path().string().ends_with(".jsonl.zst")) continue;
    LineReader lines(entry.path());
    for (std::string line; lines.next(line);) {
      const Json document = parse_json(line, "document");
      const std::string& text = document.at("text").as_string();
      if (text.size() < 600) continue;
      const std::size_t begin = text.find(' ', 150) + 1, end = text.find(' ', 400);
      return {document.at("id").as_string(), text.substr(begin, end - begin)};
    }
  }
  return {};
}

Json trace(const std::string& model, const std::string& text, const Arguments& more = {}) {
  Arguments arguments{"trace", model, text, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome done = lucie(arguments);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return parse_json(done.out, "trace");
}

TEST(Trace, a_passage_is_traced_to_its_document_and_the_steps_that_read_it) {
  const std::string run = undisturbed().string();
  const Passage sought = passage();
  ASSERT_FALSE(sought.id.empty());
  const Json answer = trace(run, sought.text, {"--documents", "1000"});
  const Json& span = answer.at("spans").at(std::size_t{0});
  EXPECT_GT(2 * span.at("tokens").as_int(), answer.at("tokens").as_int()) << answer.dump(2);
  EXPECT_NE(sought.text.find(span.at("text").as_string()), std::string::npos);
  const Json* document = nullptr;
  for (const Json& candidate : span.at("documents").items()) {
    if (candidate.at("id").as_string() == sought.id) document = &candidate;
  }
  ASSERT_NE(document, nullptr) << answer.dump(2);
  EXPECT_FALSE(document->at("licence").as_string().empty());
  ASSERT_GT(document->at("duties").size(), 0U) << "the fixture's texts are copyleft";
  const Json* owed = nullptr;
  for (const Json& entry : answer.at("attribution").items()) {
    if (entry.at("id").as_string() == sought.id) owed = &entry;
  }
  ASSERT_NE(owed, nullptr) << answer.dump(2);
  EXPECT_EQ(owed->at("duties"), document->at("duties"));
  EXPECT_EQ(owed->at("tokens"), span.at("tokens"));
  const Json history = parse_json(lucie({"trace", run, "--doc", sought.id, "--json"}).out, "doc");
  std::set<std::int64_t> steps;
  for (const Json& entry : history.at("seen").items()) steps.insert(entry.at("step").as_int());
  for (const Json& step : document->at("steps").items()) {
    EXPECT_TRUE(steps.contains(step.as_int())) << step.as_int();
  }
}

TEST(Trace, what_a_step_read_leads_back_to_it) {
  const std::string run = undisturbed().string();
  for (const std::int64_t step : {2, 18, 23}) {  // of each phase, the last of packed documents
    const Outcome read =
        lucie({"trace", run, "--step", std::to_string(step), "--show-text", "--json"});
    std::string id, text;
    const Json pieces = parse_json(read.out, "step");
    for (const Json& piece : pieces.at("documents").items()) {
      if (piece.at("text").as_string().size() <= text.size()) continue;
      id = piece.at("id").as_string();
      text = piece.at("text").as_string();
    }
    const std::size_t begin = text.find(' ', text.size() / 4);
    const std::string middle = text.substr(begin, text.rfind(' ') - begin);
    const Json answer = trace(run, middle, {"--documents", "1000"});
    bool is_found = false;
    for (const Json& document : answer.at("spans").at(std::size_t{0}).at("documents").items()) {
      if (document.at("id").as_string() != id) continue;
      for (const Json& other : document.at("steps").items()) is_found |= other.as_int() == step;
    }
    EXPECT_TRUE(is_found) << "step " << step << ", " << id << ": " << answer.dump(2);
  }
}

TEST(Trace, every_form_of_the_model_leads_to_the_run) {
  const fs::path& run = undisturbed();
  const Passage sought = passage();
  const Json expected = trace(run.string(), sought.text);
  for (const std::string& model : {run.string() + ":base", (run / "instruct").string(),
                                   (run / "gguf/lucie-micro-instruct-q8_0.gguf").string()}) {
    EXPECT_EQ(trace(model, sought.text), expected) << model;
  }
}

TEST(Trace, words_that_no_document_has_are_not_found) {
  const Json answer =
      trace(undisturbed().string(), "xqzw qqzx zzkq vvxq jjqz", {"--probabilities"});
  EXPECT_EQ(answer.at("covered").as_int(), 0) << answer.dump(2);
  EXPECT_EQ(answer.at("spans").size(), 0U);
  EXPECT_EQ(static_cast<std::int64_t>(answer.at("probabilities").size()),
            answer.at("tokens").as_int());
}

TEST(Trace, a_damaged_index_is_named_and_made_again_when_deleted) {
  const std::string run = undisturbed().string();
  const Passage sought = passage();
  const Json expected = trace(run, sought.text);
  fs::path index;
  for (const auto& entry : fs::directory_iterator(undisturbed() / "index")) index = entry.path();
  ASSERT_EQ(index.extension(), ".index");
  damage(index, 45);
  const Outcome refused = lucie({"trace", run, sought.text});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find(index.filename().string()), std::string::npos) << refused.err;
  fs::remove(index);
  EXPECT_EQ(lucie({"trace", run, "--index", "--memory", "1MB"}).exit_code, 0);
  EXPECT_EQ(trace(run, sought.text), expected);
}

TEST(Trace, a_chat_tells_where_the_last_answer_comes_from) {
  const Outcome done = lucie({"chat", undisturbed().string(), "-n", "8"},
                             {.environment = {}, .input = "/trace\nWhat is it?\n/trace\n"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.err.find("there is no answer yet"), std::string::npos) << done.err;
  EXPECT_NE(done.out.find("stand in the training text"), std::string::npos) << done.out;
}

TEST(Trace, texts_that_the_model_writes_are_counted_by_what_stands_in_the_training_text) {
  const Arguments arguments{"trace", undisturbed().string(), "--generations", "3", "--json"};
  const Outcome done = lucie(arguments);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json report = parse_json(done.out, "report");
  EXPECT_EQ(report.at("texts").as_int(), 3);
  EXPECT_GT(report.at("tokens").as_int(), 0);
  double before = 1;
  for (const Json& row : report.at("by_length").items()) {
    EXPECT_LE(row.at("covered_share").as_double(), before) << row.dump();
    before = row.at("covered_share").as_double();
  }
  EXPECT_EQ(lucie(arguments).out, done.out);

  // A release puts it on its card, unless the model has been made anew since.
  const fs::path kept = undisturbed() / "index/generations.json";
  const auto released = [&](const std::string& name) {
    const fs::path out = workspace() / name;
    const Outcome made = lucie({"release", undisturbed().string(), out.string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return read_json(out / "results.json");
  };
  EXPECT_EQ(released("with_generations").at("generations").at("texts").as_int(), 3);
  Json other = read_json(kept);
  other["model"] = "stages/finetune-00000000/model";
  write_json(kept, other);
  EXPECT_EQ(released("without_generations").find("generations"), nullptr);
  fs::remove(kept);
}

TEST(Trace, a_step_shows_what_the_model_saw) {
  const Json step = parse_json(
      lucie({"trace", undisturbed().string(), "--step", "2", "--show-text", "--json"}).out, "step");
  std::string seen;
  for (const Json& piece : step.at("documents").items()) {
    EXPECT_FALSE(piece.at("text").as_string().empty());
    seen += piece.at("text").as_string();
  }
  EXPECT_GT(seen.size(), 200U);
}

TEST(Trace, a_document_has_a_loss_at_each_checkpoint) {
  const std::string run = undisturbed().string();
  const Json document =
      parse_json(lucie({"trace", run, "--doc", passage().id, "--losses", "--json"}).out, "doc");
  std::size_t checkpoints = 0;
  for (const auto& entry : fs::directory_iterator(undisturbed() / "checkpoints")) {
    checkpoints += entry.is_directory();
  }
  const Json& losses = document.at("losses");
  ASSERT_EQ(losses.size(), checkpoints);
  ASSERT_GT(checkpoints, 1U);
  std::int64_t before = 0;
  for (const Json& entry : losses.items()) {
    EXPECT_GT(entry.at("step").as_int(), before);
    before = entry.at("step").as_int();
    EXPECT_GT(entry.at("loss").as_double(), 0);
  }
  EXPECT_LT(losses.items().back().at("loss").as_double(),
            losses.items().front().at("loss").as_double());
}

TEST(Trace, what_cannot_be_meant_is_a_usage_error) {
  const std::string run = undisturbed().string();
  EXPECT_EQ(lucie({"trace", run, "text", "--step", "1"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", run, "text", "--shortest", "0"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", run, "text", "--memory", "much"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", run, "text", "--show-text"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", run, "--step", "1", "--losses"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", run, "--step", "1", "--probabilities"}).exit_code, 2);
  EXPECT_EQ(lucie({"trace", workspace().string(), "text"}).exit_code, 1);
}

}  // namespace
}  // namespace lucie::end_to_end
