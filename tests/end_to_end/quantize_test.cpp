// Compressing a run's model by the real binary: into a given memory, and through kills.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

Outcome quantize(const fs::path& out, const Arguments& more) {
  Arguments arguments{"quantize", undisturbed().string(), out.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return lucie(arguments);
}

Json fitted(const std::string& size, const Arguments& more = {}) {
  Arguments arguments{"--target-size", size, "--dry-run", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Outcome done = quantize(workspace() / "not-written.gguf", arguments);
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return parse_json(done.out, "quantize").at("plan");
}

TEST(Quantize, into_a_given_memory_writes_what_it_planned) {
  const std::int64_t program =
      fitted("1GB").at("ram").as_int() - fitted("1GB").at("weights").as_int();
  const std::string size = std::to_string(program + 26'000);
  const fs::path file = workspace() / "fitted.gguf", text = workspace() / "readme.txt";
  fs::copy_file(fs::path(LUCIE_SOURCE_DIR) / "README.md", text);
  const Outcome done = quantize(
      file, {"--target-size", size, "--calibrate", text.string(), "--window", "32", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json plan = parse_json(done.out, "quantize").at("plan");
  EXPECT_LE(plan.at("ram").as_int(), std::stoll(size));
  EXPECT_GT(plan.at("error").as_double(), 0.0);
  EXPECT_NE(plan.at("error_is").as_string().find("readme.txt"), std::string::npos);
  const Outcome planned = lucie({"plan", "--infer", file.string(), "--json"});
  ASSERT_EQ(planned.exit_code, 0) << planned.err;
  const Json line = parse_json(planned.out, "plan").at("types").items().front();
  EXPECT_EQ(line.at("ram"), plan.at("ram"));
  EXPECT_EQ(line.at("weights"), plan.at("weights"));
  EXPECT_EQ(lucie({"generate", file.string(), "-p", "La", "-n", "2"}).exit_code, 0);
}

TEST(Quantize, without_a_text_tells_so_and_writes_nothing_when_asked) {
  const Outcome done =
      quantize(workspace() / "not-written.gguf", {"--target-size", "1GB", "--dry-run"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("the same for all tensors"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("of 1.00 GB: weights"), std::string::npos) << done.out;
  EXPECT_FALSE(fs::exists(workspace() / "not-written.gguf"));
}

TEST(Quantize, says_what_is_possible_where_a_target_is_not) {
  const Outcome small = quantize("x.gguf", {"--target-size", "1MB"});
  EXPECT_EQ(small.exit_code, 2) << small.err;
  EXPECT_NE(small.err.find("the smallest that is possible takes"), std::string::npos) << small.err;
  EXPECT_EQ(quantize("x.gguf", {"--target-size", "six"}).exit_code, 2);
  EXPECT_EQ(quantize("x.gguf", {"--target-size", "6GB", "--type", "q4_0"}).exit_code, 2);
  EXPECT_EQ(quantize("x.gguf", {"--context", "100"}).exit_code, 2);
  EXPECT_FALSE(fs::exists("x.gguf"));
}

std::size_t lines_in(const fs::path& file) {
  if (!fs::exists(file)) return 0;
  const std::string text = read_text(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// A shape that takes a moment.
fs::path wide_model() {
  std::string text = read_text(recipe());
  for (const auto& [from, to] : {std::pair{"hidden_size: 32", "hidden_size: 512"},
                                 {"num_hidden_layers: 2", "num_hidden_layers: 8"}}) {
    text.replace(text.find(from), std::string(from).size(), to);
  }
  const fs::path wide = workspace() / "wide.yaml", model = workspace() / "wide.gguf";
  write_file_atomic(wide, text);
  const Outcome made =
      lucie({"convert", wide.string(), "--random-weights", "--type", "f32", "-o", model.string()});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  return model;
}

TEST(Quantize, killed_goes_on_with_the_next_tensor) {
  const fs::path model = wide_model(), out = workspace() / "killed.gguf";
  const fs::path partial = out.string() + ".partial", once = workspace() / "once/killed.gguf";
  const Arguments arguments{"quantize", model.string(), out.string(), "--type",
                            "iq4_nl",   "--threads",    "1"};
  fs::create_directory(once.parent_path());  // the name of a file is its model's too
  ASSERT_EQ(lucie({"quantize", model.string(), once.string(), "--type", "iq4_nl"}).exit_code, 0);
  Child first(arguments);
  ASSERT_TRUE(first.kill_when([&] { return lines_in(partial / "tensors") > 5; }));
  EXPECT_FALSE(fs::exists(out));
  const Outcome other = lucie({"quantize", model.string(), out.string(), "--type", "q9"});
  EXPECT_EQ(other.exit_code, 2);
  const Outcome last = lucie(arguments);
  ASSERT_EQ(last.exit_code, 0) << last.err;
  EXPECT_NE(last.err.find("going on: "), std::string::npos) << last.err;
  EXPECT_FALSE(fs::exists(partial));
  EXPECT_EQ(read_text(out), read_text(once));

  fs::remove(out);
  Child again(arguments);
  ASSERT_TRUE(again.kill_when([&] { return lines_in(partial / "tensors") > 5; }));
  const Outcome changed = lucie({"quantize", model.string(), out.string(), "--type", "q8_0"});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_NE(changed.err.find("begun anew"), std::string::npos) << changed.err;
  EXPECT_FALSE(fs::exists(partial));
}

TEST(Quantize, a_recipe_with_a_base_compresses_that_model) {
  const fs::path run = workspace() / "compressed", model = undisturbed() / "base";
  const Arguments arguments{
      "run",   (fs::path(LUCIE_SOURCE_DIR) / "recipes/compress-6gb.yaml").string(),
      "--set", "base=" + model.string(),
      "--set", "quantize.0.target_size=20.6MB",
      "--out", run.string()};
  const Outcome made = lucie(arguments);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const fs::path file = run / "gguf" / "compressed-20.6mb.gguf";
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(lucie({"generate", file.string(), "-p", "La", "-n", "2"}).exit_code, 0);
  const Outcome again = lucie(arguments);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(again.err.find("gguf: done"), std::string::npos) << "the stage is there: " << again.err;

  Arguments training = arguments;
  training.insert(training.end(), {"--set", "train.precision=fp32"});
  const Outcome refused = lucie(training);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("it has no train"), std::string::npos) << refused.err;
  Arguments tight = arguments;
  tight.insert(tight.end(), {"--set", "quantize.0.target_size=1MB"});
  EXPECT_EQ(lucie(tight).exit_code, 2);
}

TEST(Quantize, a_training_recipe_is_refused_before_it_trains) {
  for (const char* entry :
       {"{type: q4_0, target_size: 6GB}", "{type: q4_0, context: 100}", "{type: q9}", "{}",
        "{target_size: 1MB}", "{type: q4_0, calibrate: no-such-file}"}) {
    const fs::path run = workspace() / "refused";
    const Outcome refused = lucie({"run", recipe().string(), "--out", run.string(), "--set",
                                   std::string("quantize=[") + entry + "]"});
    EXPECT_EQ(refused.exit_code, std::string(entry).find("no-such") == std::string::npos ? 2 : 1)
        << entry << refused.err;
    EXPECT_FALSE(fs::exists(run / "corpus")) << entry;
  }
}

}  // namespace
}  // namespace lucie::end_to_end
