#include "hub/settings.h"

#include <cstdlib>
#include <optional>
#include <vector>

#include "base/test_files.h"

namespace lucie::hub {
namespace {

using testing_base::error_of;
using testing_base::Folder;

// An environment with none of our variables but those given, until the end of the test.
class Environment {
 public:
  explicit Environment(const std::vector<std::pair<std::string, std::string>>& values) {
    for (const char* name :
         {"HF_ENDPOINT", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN",
          "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
          "HF_HUB_DISABLE_IMPLICIT_TOKEN", "XDG_CACHE_HOME", "HOME"}) {
      const char* value = std::getenv(name);
      saved_.emplace_back(name,
                          value != nullptr ? std::optional<std::string>(value) : std::nullopt);
      ::unsetenv(name);
    }
    for (const auto& [name, value] : values) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : saved_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> saved_;
};

HubSettings settings_with(const std::vector<std::pair<std::string, std::string>>& values) {
  const Environment environment(values);
  return settings_from_environment();
}

TEST(Settings, without_variables_are_those_of_the_python_client) {
  const HubSettings settings = settings_with({{"HOME", "/home/x"}});
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  EXPECT_EQ(settings.cache, "/home/x/.cache/huggingface/hub");
  EXPECT_EQ(settings.token, "");
  EXPECT_FALSE(settings.offline);
}

TEST(Settings, follow_the_nearest_variable) {
  EXPECT_EQ(settings_with({{"HF_ENDPOINT", "http://mirror:8080//"}}).endpoint,
            "http://mirror:8080");
  EXPECT_EQ(settings_with({{"XDG_CACHE_HOME", "/c"}}).cache, "/c/huggingface/hub");
  EXPECT_EQ(settings_with({{"HF_HOME", "/h"}, {"XDG_CACHE_HOME", "/c"}}).cache, "/h/hub");
  EXPECT_EQ(settings_with({{"HF_HUB_CACHE", "~/k"}, {"HF_HOME", "/h"}, {"HOME", "/u"}}).cache,
            "/u/k");
  EXPECT_TRUE(settings_with({{"HF_HUB_OFFLINE", "1"}}).offline);
  EXPECT_TRUE(settings_with({{"TRANSFORMERS_OFFLINE", "yes"}}).offline);
  EXPECT_FALSE(settings_with({{"HF_HUB_OFFLINE", "0"}}).offline);
}

TEST(Settings, take_the_token_from_a_variable_or_a_file) {
  const Folder folder;
  write_file_atomic(folder / "token", "hf_file\n");
  const std::string home = folder.path().string();
  EXPECT_EQ(settings_with({{"HF_HOME", home}}).token, "hf_file");
  EXPECT_EQ(settings_with({{"HF_HOME", home}, {"HF_TOKEN", " hf_variable\n"}}).token,
            "hf_variable");
  EXPECT_EQ(settings_with({{"HF_TOKEN_PATH", home + "/token"}}).token, "hf_file");
  EXPECT_EQ(settings_with({{"HF_HOME", home}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}}).token, "");
}

TEST(Settings, refuse_a_token_that_would_add_a_header) {
  const Error error = error_of([] { settings_with({{"HF_TOKEN", "a\r\nX-Evil: 1"}}); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.place(), "HF_TOKEN");
}

}  // namespace
}  // namespace lucie::hub
