// Compressing a run's model by the real binary: into a given memory, and through kills.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lucie::end_to_end
