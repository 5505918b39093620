// A run's models and training states in other forms and back, by the real binary: the same bytes.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

Outcome convert(const fs::path& from, const fs::path& to, const Arguments& more = {}) {
  Arguments arguments{"convert", from.string(), "--out", to.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return lucie(arguments);
}

fs::path newest_checkpoint() {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(undisturbed() / "checkpoints")) {
    newest = std::max(newest, entry.path());
  }
  return newest;
}

TEST(Convert, a_gguf_gives_the_same_directory_back) {
  const fs::path base = undisturbed() / "base", gguf = workspace() / "base.gguf";
  const fs::path back = workspace() / "base-again";
  const Outcome there = convert(base, gguf, {"--json"});
  ASSERT_EQ(there.exit_code, 0) << there.err;
  EXPECT_EQ(parse_json(there.out, "convert").at("different_tensors").as_int(), 0);
  EXPECT_NE(there.err.find("llama.cpp tokenizes"), std::string::npos) << there.err;
  const Outcome and_back = convert(gguf, back);
  ASSERT_EQ(and_back.exit_code, 0) << and_back.err;
  EXPECT_NE(and_back.out.find("identical"), std::string::npos) << and_back.out;
  for (const char* file : {"model.safetensors", "config.json", "tokenizer.json"}) {
    EXPECT_EQ(read_text(back / file), read_text(base / file)) << file;
  }
}

TEST(Convert, a_checkpoint_survives_megatrons_universal_form_with_its_moments) {
  const fs::path from = newest_checkpoint(), states = workspace() / "states";
  const fs::path back = workspace() / "checkpoint-again";
  const Outcome there = convert(from, states, {"--to", "megatron"});
  ASSERT_EQ(there.exit_code, 0) << there.err;
  const Outcome and_back = convert(states, back, {"--to", "checkpoint"});
  ASSERT_EQ(and_back.exit_code, 0) << and_back.err;
  for (const char* file : {"model.safetensors", "optimizer.safetensors"}) {
    EXPECT_EQ(read_text(back / file), read_text(from / file)) << file;
  }
  const Json before = parse_json(read_text(from / "state.json"), "before");
  const Json after = parse_json(read_text(back / "state.json"), "after");
  EXPECT_EQ(after.at("step"), before.at("step"));
  EXPECT_EQ(after.at("config").dump(), before.at("config").dump());
  // Weights alone, with a tokenizer from elsewhere, make a model.
  const fs::path model = workspace() / "from-states";
  const Outcome made =
      convert(states, model, {"--tokenizer", (undisturbed() / "tokenizer").string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(lucie({"generate", model.string(), "-p", "La", "-n", "2"}).exit_code, 0);
}

TEST(Convert, refuses_what_it_cannot_do_and_leaves_nothing) {
  const fs::path base = undisturbed() / "base", out = workspace() / "refused";
  const struct {
    Arguments more;
    const char* said;
  } cases[] = {{{"--to", "mega"}, "unknown form"},
               {{"--to", "checkpoint"}, "no optimizer states"},
               {{"--type", "q4_0"}, "cannot hold q4_0"},
               {{"--max-shard-size", "many"}, "not a size"},
               {{"--tokenizer", "/none"}, "/none"}};
  for (const auto& [more, said] : cases) {
    const Outcome done = convert(base, out, more);
    EXPECT_NE(done.exit_code, 0) << said;
    EXPECT_NE(done.err.find(said), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(out)) << said;
  }
  const fs::path file = workspace() / "refused.gguf";
  for (const auto& [to, where] : {std::pair{"gguf", out}, {"hf", file}, {"universal", file}}) {
    const Outcome done = convert(base, where, {"--to", to});
    EXPECT_EQ(done.exit_code, 2) << to;
    EXPECT_NE(done.err.find(where.string()), std::string::npos) << done.err;
    EXPECT_NE(done.err.find(".gguf\n"), std::string::npos) << done.err;
    EXPECT_FALSE(fs::exists(where)) << to;
  }
  const Outcome nothing = lucie({"convert"});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_NE(nothing.err.find("MODEL is required"), std::string::npos) << nothing.err;
  const Outcome twice = convert(base, base);
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_NE(twice.err.find("already there"), std::string::npos) << twice.err;
}

}  // namespace
}  // namespace lucie::end_to_end
