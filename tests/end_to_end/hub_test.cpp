// lucie pull and push against a hub on a loopback port, and models that are named as repositories.
#include <gtest/gtest.h>

#include "end_to_end/harness.h"
#include "fake_hub/fake_hub.h"

namespace lucie::end_to_end {
namespace {

using fake_hub::FakeHub;
using fake_hub::Reply;
using fake_hub::Request;

// A hub with one small model, and an empty HF_HOME.
class Hub : public testing::Test {
 protected:
  Hub() {
    fs::remove_all(home_);
    hub_.add("org/tiny", "README.md", "# Tiny\n");
    hub_.add("org/tiny", "config.json", "{\"model_type\": \"llama\"}");
    hub_.add("org/tiny", "tokenizer.json", "{}");
    hub_.add("org/tiny", "model.safetensors", weights_, true);
  }
  Surroundings surroundings(const std::map<std::string, std::string>& more = {}) const {
    Surroundings result;
    result.environment = {{"HF_ENDPOINT", hub_.url()}, {"HF_HOME", home_.string()},
                          {"HF_HUB_CACHE", ""},        {"HF_TOKEN", ""},
                          {"HF_HUB_OFFLINE", ""},      {"TRANSFORMERS_OFFLINE", ""},
                          {"no_proxy", "127.0.0.1"}};
    for (const auto& [name, value] : more) result.environment[name] = value;
    return result;
  }

  fs::path home_ = workspace() / "hub-home";
  std::string weights_ =
      read_text(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/llama_tied.safetensors");
  FakeHub hub_;
};

TEST_F(Hub, pulled_models_are_there_offline) {
  const Outcome pulled = lucie({"pull", "org/tiny"}, surroundings());
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  const fs::path path = pulled.out.substr(0, pulled.out.size() - 1);
  EXPECT_EQ(path, home_ / "hub/models--org--tiny/snapshots" / hub_.commit("org/tiny"));
  EXPECT_EQ(read_text(path / "model.safetensors"), weights_);
  const std::size_t asked = hub_.requests().size();
  const Outcome seen = lucie({"inspect", "org/tiny"}, surroundings({{"HF_HUB_OFFLINE", "1"}}));
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_NE(seen.out.find("parameters"), std::string::npos) << seen.out;
  EXPECT_EQ(hub_.requests().size(), asked);
  const Outcome again = lucie({"pull", "org/tiny"}, surroundings({{"HF_HUB_OFFLINE", "1"}}));
  EXPECT_EQ(again.out, pulled.out);
}

TEST_F(Hub, a_repository_stands_for_a_model_and_is_pulled_when_it_is_named) {
  const Outcome seen = lucie({"inspect", "org/tiny@main"}, surroundings());
  EXPECT_EQ(seen.exit_code, 0) << seen.err;
  EXPECT_NE(seen.err.find("pulling org/tiny (main) from " + hub_.url()), std::string::npos);
  EXPECT_EQ(hub_.count("README.md"), 0);  // loading a model takes no card
  const Outcome again = lucie({"inspect", "org/tiny"}, surroundings());
  EXPECT_EQ(again.err.find("pulling"), std::string::npos) << again.err;
}

TEST_F(Hub, a_name_that_is_nowhere_is_neither_path_nor_repository) {
  const Outcome offline = lucie({"inspect", "runs/tiny"}, surroundings({{"HF_HUB_OFFLINE", "1"}}));
  EXPECT_EQ(offline.exit_code, 1);
  EXPECT_TRUE(hub_.requests().empty());
  const Outcome online = lucie({"inspect", "runs/tiny"}, surroundings());
  EXPECT_EQ(online.exit_code, 1);
  EXPECT_NE(online.err.find("404"), std::string::npos) << online.err;
  for (const std::string& text : {offline.err, online.err}) {
    EXPECT_NE(text.find("no local path"), std::string::npos) << text;
    EXPECT_NE(text.find("repository"), std::string::npos) << text;
    EXPECT_NE(text.find("runs/tiny"), std::string::npos) << text;
  }
  const Outcome path = lucie({"inspect", "./runs/tiny"}, surroundings());
  EXPECT_EQ(path.exit_code, 1);
  EXPECT_EQ(hub_.count("GET"), 1);  // the one of before: "./" is a path and nothing else
}

TEST_F(Hub, a_pull_that_was_killed_goes_on_where_it_was) {
  std::string large(20'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  hub_.add("org/tiny", "large.bin", large, true);
  std::string range;
  bool first = true;
  hub_.tweak = [&](const Request& request, Reply& reply) {
    if (request.method != "GET" || request.path.find("/lfs/") == std::string::npos) return;
    range = request.header("range");
    if (first) {
      reply.break_after = 10'000'000;
      reply.silent_then = true;
    }
    first = false;
  };
  const Arguments arguments{"pull", "org/tiny", "--include", "large.bin"};
  const fs::path blobs = home_ / "hub/models--org--tiny/blobs";
  Child child(arguments, surroundings());
  EXPECT_TRUE(child.kill_when([&] {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(blobs, none)) {
      if (entry.path().extension() == ".incomplete") return entry.file_size(none) == 10'000'000;
    }
    return false;
  }));
  EXPECT_FALSE(fs::exists(home_ / "hub/models--org--tiny/snapshots"));
  const Outcome again = lucie(arguments, surroundings());
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(range, "bytes=10000000-");
  EXPECT_EQ(read_text(fs::path(again.out.substr(0, again.out.size() - 1)) / "large.bin"), large);
}

TEST_F(Hub, damaged_bytes_end_with_1_and_leave_no_file) {
  hub_.tweak = [](const Request& request, Reply& reply) {
    if (request.method == "GET" && request.path.starts_with("/lfs/")) reply.body[7] ^= 1;
  };
  const Outcome pulled = lucie({"pull", "org/tiny"}, surroundings());
  EXPECT_EQ(pulled.exit_code, 1);
  EXPECT_NE(pulled.err.find("org/tiny/model.safetensors"), std::string::npos) << pulled.err;
  EXPECT_FALSE(fs::exists(home_ / "hub/models--org--tiny/snapshots"));
}

TEST_F(Hub, what_is_pushed_comes_back_byte_for_byte) {
  const Outcome pulled =
      lucie({"pull", "org/tiny", "--local-dir", (home_ / "a").string()}, surroundings());
  ASSERT_EQ(pulled.exit_code, 0) << pulled.err;
  const Surroundings with_token = surroundings({{"HF_TOKEN", "hf_x"}});
  const Arguments push{"push", (home_ / "a").string(), "org/copy", "--create"};
  const Outcome pushed = lucie(push, with_token);
  ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
  EXPECT_NE(pushed.out.find("/org/copy/commit/" + hub_.commit("org/copy")), std::string::npos);
  EXPECT_EQ(hub_.commit("org/copy"), hub_.commit("org/tiny"));
  ASSERT_EQ(
      lucie({"pull", "org/copy", "--local-dir", (home_ / "b").string()}, with_token).exit_code, 0);
  for (const char* name : {"README.md", "config.json", "tokenizer.json", "model.safetensors"}) {
    EXPECT_EQ(read_text(home_ / "b" / name), read_text(home_ / "a" / name)) << name;
  }
  const Outcome again = lucie(push, with_token);
  EXPECT_NE(again.err.find("nothing changed"), std::string::npos) << again.err;
}

TEST_F(Hub, wrong_usage_ends_with_2) {
  EXPECT_EQ(lucie({"pull", "tiny"}, surroundings()).exit_code, 2);
  EXPECT_EQ(lucie({"push", workspace().string(), "org/x"}, surroundings()).exit_code, 2);
  EXPECT_EQ(lucie({"pull", "org/tiny", "--parallel", "0"}, surroundings()).exit_code, 2);
  EXPECT_EQ(lucie({"push", "x", "org/x", "--private"}, surroundings()).exit_code, 2);
}

}  // namespace
}  // namespace lucie::end_to_end
