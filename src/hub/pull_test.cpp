#include "hub/pull.h"

#include "base/hash.h"
#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;

TEST(Pull, makes_the_cache_that_the_python_client_makes) {
  World world;
  add_tiny(world);
  const PullResult result = world.pull();
  const std::string commit = world.hub.commit("org/tiny");
  const fs::path snapshot = world.repo_folder() / "snapshots" / commit;
  EXPECT_EQ(result.path, snapshot);
  EXPECT_EQ(result.commit, commit);
  EXPECT_EQ(result.loaded_files, 3U);
  EXPECT_EQ(result.loaded_bytes, kWeights.size() + 2);
  EXPECT_EQ(read_file(world.repo_folder() / "refs/main"), commit);
  EXPECT_EQ(fs::read_symlink(snapshot / "model.safetensors"),
            "../../blobs/" + sha256_hex(kWeights));
  EXPECT_EQ(fs::read_symlink(snapshot / "sub/empty.txt"),
            "../../../blobs/e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  EXPECT_EQ(read_file(snapshot / "model.safetensors"), kWeights);
  EXPECT_EQ(read_file(snapshot / "config.json"), "{}");
  EXPECT_TRUE(
      fs::exists(world.cache() / ".locks/models--org--tiny" / (sha256_hex(kWeights) + ".lock")));
  EXPECT_TRUE(read_file(world.cache() / "CACHEDIR.TAG").starts_with("Signature: 8a477f59"));
}

TEST(Pull, loads_nothing_twice) {
  World world;
  add_tiny(world);
  world.pull();
  const int before = static_cast<int>(world.hub.requests().size());
  EXPECT_EQ(world.pull().loaded_files, 0U);
  // The commit of the branch is asked for again, and nothing else.
  EXPECT_EQ(static_cast<int>(world.hub.requests().size()), before + 1);
}

TEST(Pull, of_a_new_commit_loads_what_changed) {
  World world;
  add_tiny(world);
  world.pull();
  const std::string old = world.hub.commit("org/tiny");
  world.hub.add("org/tiny", "config.json", "{\"new\": 1}");
  world.hub.add("org/tiny", "copy.safetensors", kWeights, true);
  const PullResult result = world.pull();
  EXPECT_EQ(result.loaded_files, 1U);
  EXPECT_NE(result.commit, old);
  EXPECT_EQ(read_file(result.path / "copy.safetensors"), kWeights);
  EXPECT_EQ(world.hub.count("GET cdn/"), 1);
  EXPECT_EQ(read_file(world.repo_folder() / "snapshots" / old / "config.json"), "{}");
}

TEST(Pull, of_a_commit_writes_no_ref) {
  World world;
  add_tiny(world);
  world.pull("org/tiny@" + world.hub.commit("org/tiny"));
  EXPECT_FALSE(fs::exists(world.repo_folder() / "refs"));
}

TEST(Pull, takes_and_leaves_files_by_pattern) {
  World world;
  add_tiny(world);
  world.hub.add("org/tiny", "onnx/big.onnx", "x");
  const PullResult most = world.pull("org/tiny", {.exclude = {"*.safetensors", "onnx/"}});
  EXPECT_EQ(most.files, (std::vector<std::string>{"config.json", "sub/empty.txt"}));
  const PullResult some = world.pull("org/tiny", {.include = {"*.txt"}});
  EXPECT_EQ(some.files, std::vector<std::string>{"sub/empty.txt"});
  EXPECT_EQ(error_of([&] { world.pull("org/tiny", {.include = {"*.gguf"}}); }).code(),
            ErrorCode::kNotFound);
}

TEST(Pull, loads_files_at_the_same_time) {
  World world;
  for (int i = 0; i < 20; ++i) {
    world.hub.add("org/tiny", "f" + std::to_string(i),
                  some_bytes(1000 + static_cast<std::size_t>(i)));
  }
  const PullResult result = hub::pull(*world.connect(), require_repo_name("org/tiny"), {});
  EXPECT_EQ(result.loaded_files, 20U);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(read_file(result.path / ("f" + std::to_string(i))),
              some_bytes(1000 + static_cast<std::size_t>(i)));
  }
}

TEST(Pull, says_what_is_missing) {
  World world;
  add_tiny(world);
  const Error repo = error_of([&] { world.pull("org/none"); });
  EXPECT_EQ(repo.code(), ErrorCode::kNotFound);
  EXPECT_NE(repo.message().find("no such repository"), std::string::npos);
  const Error revision = error_of([&] { world.pull("org/tiny@v9"); });
  EXPECT_NE(revision.message().find("no revision 'v9'"), std::string::npos);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (request.method == "HEAD") {
      reply = {.status = 404, .headers = {{"X-Error-Code", "EntryNotFound"}}};
    }
  };
  const Error file = error_of([&] { world.pull(); });
  EXPECT_NE(file.message().find("does not have it"), std::string::npos);
  // As the Python client notes it.
  EXPECT_TRUE(
      fs::exists(world.repo_folder() / ".no_exist" / world.hub.commit("org/tiny") / "config.json"));
}

TEST(Pull, refused_for_lack_of_a_token_does_not_note_files_as_absent) {
  World world;
  add_tiny(world);
  // As the public hub does it: anyone may see the list of a gated repository.
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (request.method == "HEAD") {
      reply = {.status = 403, .headers = {{"X-Error-Code", "GatedRepo"}}};
    }
  };
  EXPECT_NE(error_of([&] { world.pull(); }).message().find("gated"), std::string::npos);
  EXPECT_FALSE(fs::exists(world.repo_folder() / ".no_exist"));
}

TEST(Pull, says_what_a_token_would_do) {
  World world;
  add_tiny(world);
  world.hub.token = "hf_right";
  world.hub.gated = true;
  const Error gated = error_of([&] { world.pull(); });
  EXPECT_NE(gated.message().find("gated"), std::string::npos);
  EXPECT_NE(gated.hint().find("/org/tiny"), std::string::npos);
  EXPECT_NE(gated.hint().find("HF_TOKEN"), std::string::npos);
  world.hub.gated = false;
  world.token = "hf_wrong";
  const Error wrong = error_of([&] { world.pull(); });
  EXPECT_NE(wrong.hint().find("the token in use"), std::string::npos);
  world.token = "hf_right";
  EXPECT_EQ(world.pull().files.size(), 3U);
}

TEST(PullIntoAFolder, writes_plain_files_and_loads_them_once) {
  World world;
  add_tiny(world);
  const PullOptions options{.folder = world.folder / "out"};
  EXPECT_EQ(world.pull("org/tiny", options).path, world.folder / "out");
  EXPECT_EQ(read_file(world.folder / "out/model.safetensors"), kWeights);
  EXPECT_FALSE(fs::is_symlink(world.folder / "out/model.safetensors"));
  EXPECT_TRUE(read_file(world.folder / "out/.cache/huggingface/download/config.json.metadata")
                  .starts_with(world.hub.commit("org/tiny") + "\n"));
  EXPECT_EQ(world.pull("org/tiny", options).loaded_files, 0U);
  EXPECT_EQ(world.hub.count("HEAD"), 3);  // of the first time
  EXPECT_FALSE(fs::exists(world.cache() / "models--org--tiny/blobs"));
}

TEST(PullIntoAFolder, replaces_what_is_outdated_and_copies_from_the_cache) {
  World world;
  add_tiny(world);
  world.pull();
  const fs::path out = world.folder / "out";
  fs::create_directories(out);
  write_file_atomic(out / "config.json", "[1]");
  const PullResult result = world.pull("org/tiny", {.folder = out});
  EXPECT_EQ(result.loaded_files, 0U);
  EXPECT_EQ(read_file(out / "config.json"), "{}");
  EXPECT_EQ(read_file(out / "model.safetensors"), kWeights);
  EXPECT_EQ(world.hub.count("GET cdn/"), 1);
}

}  // namespace
}  // namespace lucie::hub
