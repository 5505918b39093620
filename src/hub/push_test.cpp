#include "hub/push.h"

#include "base/hash.h"
#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;

// A directory to push, and a hub with a token.
struct Desk : World {
  fs::path directory = folder / "model";

  Desk() {
    token = hub.token = "hf_secret";
    fs::create_directories(directory / "sub");
    write_file_atomic(directory / "README.md", "# Tiny\n");
    write_file_atomic(directory / "config.json", "{}");
    write_file_atomic(directory / "sub/empty", "");
    write_file_atomic(directory / "model.safetensors", kWeights);
  }
  PushResult push(const PushOptions& options = {.create = true},
                  const std::string& name = "org/tiny") {
    return hub::push(*connect(), directory, require_repo_name(name), options);
  }
};

TEST(Push, makes_a_repository_and_one_commit) {
  Desk desk;
  const PushResult result = desk.push({.create = true, .hidden = true, .message = "First"});
  EXPECT_EQ(result.files, 4U);
  EXPECT_EQ(result.uploaded, 1U);
  EXPECT_EQ(result.uploaded_bytes, kWeights.size());
  EXPECT_EQ(result.commit, desk.hub.commit("org/tiny"));
  EXPECT_TRUE(desk.hub.is_private("org/tiny"));
  EXPECT_EQ(desk.hub.contents("org/tiny", "model.safetensors"), kWeights);
  EXPECT_EQ(desk.hub.contents("org/tiny", "README.md"), "# Tiny\n");
  EXPECT_EQ(desk.hub.contents("org/tiny", "sub/empty"), "");
  EXPECT_EQ(desk.hub.count("POST /lfs/verify"), 1);
  EXPECT_FALSE(desk.hub.token_at_cdn());
}

TEST(Push, then_pull_gives_the_same_bytes) {
  Desk desk;
  desk.push();
  const fs::path back = desk.pull().path;
  for (const char* name : {"README.md", "config.json", "sub/empty", "model.safetensors"}) {
    EXPECT_EQ(read_file(back / name), read_file(desk.directory / name)) << name;
  }
}

TEST(Push, sends_what_is_new) {
  Desk desk;
  desk.push();
  EXPECT_EQ(desk.push({}).unchanged, 4U);
  EXPECT_EQ(desk.push({}).commit, "");
  EXPECT_EQ(desk.hub.count("POST /api/models/org/tiny/commit"), 1);
  write_file_atomic(desk.directory / "config.json", "{\"a\": 1}");
  write_file_atomic(desk.directory / "copy.safetensors", kWeights);
  const PushResult result = desk.push({});
  EXPECT_EQ(result.unchanged, 3U);
  EXPECT_EQ(result.uploaded, 0U);  // the server has these bytes under another name
  EXPECT_EQ(desk.hub.contents("org/tiny", "copy.safetensors"), kWeights);
}

TEST(Push, in_parts_where_the_server_asks_for_them) {
  Desk desk;
  desk.hub.part_bytes = 70'000;
  desk.push();
  EXPECT_EQ(desk.hub.contents("org/tiny", "model.safetensors"), kWeights);
  EXPECT_EQ(desk.hub.count("PUT cdn/"), 5);
}

TEST(Push, makes_a_branch) {
  Desk desk;
  desk.push();
  desk.push({.create = true}, "org/tiny@v2");
  write_file_atomic(desk.directory / "config.json", "{\"v\": 2}");
  desk.push({.create = true}, "org/tiny@v2");
  EXPECT_EQ(desk.hub.contents("org/tiny", "config.json", "v2"), "{\"v\": 2}");
  EXPECT_EQ(desk.hub.contents("org/tiny", "config.json"), "{}");
}

TEST(Push, passes_over_what_is_no_part_of_the_model) {
  Desk desk;
  for (const char* name : {".git/config", ".cache/huggingface/download/x", "a.ignored"}) {
    fs::create_directories((desk.directory / name).parent_path());
    write_file_atomic(desk.directory / name, "x");
  }
  const PushResult result = desk.push();
  EXPECT_EQ(result.files, 5U);
  EXPECT_EQ(result.ignored, 1U);
  EXPECT_EQ(desk.hub.contents("org/tiny", ".git/config"), "(absent)");
  EXPECT_EQ(desk.hub.contents("org/tiny", "a.ignored"), "(absent)");
}

TEST(Push, after_failures_on_the_way_goes_on) {
  Desk desk;
  int failures = 2;
  desk.hub.tweak = [&](const Request& request, Reply& reply) {
    if (request.method == "PUT" && failures-- > 0) reply = {.status = 500};
  };
  desk.push();
  EXPECT_EQ(desk.hub.contents("org/tiny", "model.safetensors"), kWeights);
  EXPECT_DOUBLE_EQ(desk.waited, 3);
}

TEST(Push, wants_a_card_a_token_and_a_network) {
  Desk desk;
  fs::remove(desk.directory / "README.md");
  const Error card = error_of([&] { desk.push(); });
  EXPECT_EQ(card.code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(card.hint().find("--without-card"), std::string::npos);
  EXPECT_TRUE(desk.hub.requests().empty());
  EXPECT_EQ(desk.push({.create = true, .without_card = true}).files, 3U);
  desk.token = "";
  EXPECT_EQ(error_of([&] { desk.push(); }).place(), "HF_TOKEN");
  Connection offline({.endpoint = desk.hub.url(), .cache = {}, .token = "x", .offline = true});
  EXPECT_EQ(error_of([&] { push(offline, desk.directory, require_repo_name("a/b"), {}); }).place(),
            "HF_HUB_OFFLINE");
}

TEST(Push, says_what_is_missing) {
  Desk desk;
  const Error repo = error_of([&] { desk.push({}); });
  EXPECT_EQ(repo.code(), ErrorCode::kNotFound);
  EXPECT_NE(repo.hint().find("--create"), std::string::npos);
  desk.directory = desk.folder / "none";
  EXPECT_EQ(error_of([&] { desk.push(); }).code(), ErrorCode::kNotFound);
}

TEST(Push, refuses_instructions_that_make_no_sense) {
  for (const char* body :
       {"[]", R"({"objects": [{"oid": "00", "size": 1}]})",
        R"({"objects": [{"oid": "OID", "size": 1, "actions": {"upload": {}}}]})",
        R"({"objects": [{"oid": "OID", "actions": {"upload": {"href": "file:///etc/x"}}}]})",
        R"({"objects": [{"oid": "OID", "actions": {"upload": {"href": "http://x/",
            "header": {"A": "b\r\nC: d"}}}}]})",
        R"({"objects": [{"oid": "OID", "actions": {"upload": {"href": "http://x/",
            "header": {"chunk_size": "0"}}}}]})",
        R"({"objects": [{"oid": "OID", "actions": {"upload": {"href": "http://x/",
            "header": {"chunk_size": "10", "1": "http://x/"}}}}]})"}) {
    Desk desk;
    std::string text = body;
    if (const std::size_t at = text.find("OID"); at != std::string::npos) {
      text.replace(at, 3, sha256_hex(kWeights));
    }
    desk.hub.tweak = [&](const Request& request, Reply& reply) {
      if (request.path.ends_with("/batch")) reply.body = text;
    };
    EXPECT_EQ(error_of([&] { desk.push(); }).code(), ErrorCode::kCorrupt) << body;
  }
}

TEST(Push, tells_why_the_server_takes_no_object) {
  Desk desk;
  desk.hub.tweak = [](const Request& request, Reply& reply) {
    if (!request.path.ends_with("/batch")) return;
    reply.body = R"({"objects": [{"oid": ")" + sha256_hex(kWeights) +
                 R"(", "size": 1, "error": {"code": 422, "message": "quota exceeded"}}]})";
  };
  EXPECT_NE(error_of([&] { desk.push(); }).message().find("quota exceeded"), std::string::npos);
}

}  // namespace
}  // namespace lucie::hub
