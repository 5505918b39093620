// What generate, chat and their like refuse, and what they do when one of many is refused.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

fs::path prompts(const std::string& lines) {
  const fs::path file = workspace() / "prompts.jsonl";
  write_file_atomic(file, lines);
  return file;
}

TEST(Use, a_prompt_that_cannot_be_answered_does_not_end_the_others) {
  std::string longer;
  for (int i = 0; i < 3000; ++i) longer += "word ";
  const fs::path file =
      prompts("{\"prompt\": \"La commande\", \"max_tokens\": 3}\n\n{\"prompt\": \"" + longer +
              "\"}\n{\"prompt\": \"Le fichier\", \"max_tokens\": -1}\n");
  const Outcome done = lucie({"generate", undisturbed().string(), "--prompts", file.string()});
  EXPECT_EQ(done.exit_code, 1) << done.err;
  EXPECT_NE(done.err.find("1 of 3 prompts"), std::string::npos) << done.err;
  const std::vector<std::string> lines = split(done.out, '\n');
  ASSERT_EQ(lines.size(), 4U) << done.out;  // the last one is empty
  EXPECT_EQ(parse_json(lines[0], "first").at("completion_tokens").as_int(), 3);
  EXPECT_EQ(parse_json(lines[1], "second").at("place").as_string(), file.string() + ":3");
  EXPECT_NE(parse_json(lines[1], "second").at("error").as_string().find("positions"),
            std::string::npos);
  EXPECT_GT(parse_json(lines[2], "third").at("completion_tokens").as_int(), 0);
}

TEST(Use, what_is_wrong_in_a_file_of_prompts_is_said_with_its_line) {
  const std::string model = undisturbed().string();
  for (const char* line :
       {R"({"prompt": "x", "top_p": 5})", R"({"prompt": "x", "max_tokens": -2})",
        R"({"prompt": "x", "messages": [{"role": "user", "content": "y"}]})", R"({"prompt": 3})",
        R"({"messages": [{"role": "user"}]})", R"({"prompt": "x", "top-p": 1})"}) {
    const fs::path file = prompts("{\"prompt\": \"x\"}\n" + std::string(line) + "\n");
    const Outcome done = lucie({"generate", model, "--prompts", file.string()});
    EXPECT_EQ(done.exit_code, 2) << line;
    EXPECT_EQ(done.out, "") << line;
    EXPECT_NE(done.err.find(file.string() + ":2"), std::string::npos) << done.err;
  }
}

TEST(Use, an_answer_without_a_limit_is_set_in_a_chat_too) {
  const Outcome done =
      lucie({"chat", undisturbed().string(), "-c", "60"},
            {.environment = {}, .input = "/set max-tokens -1\n/set\n/set max-tokens -2\nWhat?\n"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.err.find("max-tokens -1\n"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("or -1 for all that fits"), std::string::npos) << done.err;
  EXPECT_GT(done.out.size(), 1U) << "an answer";
}

TEST(CommandLine, flags_without_an_effect_are_refused) {
  const std::string shape = recipe().string();
  const struct {
    Arguments arguments;
    const char* flag;
  } cases[] = {
      {{"generate", "m.gguf", "-p", "x", "--logprobs", "2"}, "--logprobs"},
      {{"generate", "m.gguf", "-p", "x", "--prompt-logprobs"}, "--prompt-logprobs"},
      {{"generate", "m.gguf", "-p", "x", "--draft-max", "3"}, "--draft-max"},
      {{"bench", "m.gguf", "--filter", "matmul"}, "--filter"},
      {{"bench", "m.gguf", "--set", "a=1"}, "--set"},
      {{"bench", "ops", "--exact"}, "--exact"},
      {{"bench", "train", shape, "-n", "3"}, "--n-gen"},
      {{"convert", "m.gguf", "--out", "x", "--seed", "3"}, "--seed"},
      {{"convert", "m.gguf", "--out", "x", "--to", "universal", "--type", "f16"}, "--type"},
      {{"plan", shape, "--context", "100"}, "--context"},
      {{"plan", "--infer", shape, "--watts", "10"}, "--watts"},
      {{"plan", "--infer", "m.gguf", "--set", "a=1"}, "--set"}};
  for (const auto& [arguments, flag] : cases) {
    const Outcome done = lucie(arguments);
    EXPECT_EQ(done.exit_code, 2) << flag;
    EXPECT_NE(done.err.find("goes with"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find(flag), std::string::npos) << done.err;
  }
}

TEST(CommandLine, a_plan_for_answering_takes_overridden_keys) {
  const Arguments plan{"plan", "--infer", recipe().string(), "--type", "bf16", "--json"};
  Arguments wider = plan;
  wider.insert(wider.end(), {"--set", "model.intermediate_size=512"});
  const Outcome usual = lucie(plan), changed = lucie(wider);
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_GT(parse_json(changed.out, "changed").at("parameters").as_int(),
            parse_json(usual.out, "usual").at("parameters").as_int());
}

}  // namespace
}  // namespace lucie::end_to_end
