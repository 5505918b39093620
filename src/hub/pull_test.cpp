#include "hub/pull.h"

#include "base/cancel.h"
#include "base/hash.h"
#include "base/partial_file.h"
#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;

const std::string kWeights = some_bytes(300'000);

void add_tiny(World& world) {
  world.hub.add("org/tiny", "config.json", "{}");
  world.hub.add("org/tiny", "sub/empty.txt", "");
  world.hub.add("org/tiny", "model.safetensors", kWeights, true);
}

bool is_weights(const Request& request) {
  return request.method == "GET" && request.path.starts_with("/lfs/");
}

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

TEST(Pull, goes_on_where_a_transfer_broke) {
  World world;
  add_tiny(world);
  int breaks = 3;
  std::vector<std::string> ranges;
  world.hub.tweak = [&](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    ranges.push_back(request.header("range"));
    if (breaks-- > 0) reply.break_after = 50'000;
  };
  const PullResult result = world.pull();
  EXPECT_EQ(read_file(result.path / "model.safetensors"), kWeights);
  EXPECT_EQ(result.loaded_bytes, kWeights.size() + 2);
  EXPECT_EQ(ranges,
            (std::vector<std::string>{"", "bytes=50000-", "bytes=100000-", "bytes=150000-"}));
  EXPECT_GT(world.waited, 0);
}

TEST(Pull, goes_on_with_what_an_earlier_process_left) {
  World world;
  add_tiny(world);
  const RepoCache cache(world.cache(), "org/tiny");
  cache.prepare();
  const std::string etag = sha256_hex(kWeights);
  PartialFile(cache.incomplete(etag)).append(kWeights.substr(0, 123'456));
  const PullResult result = world.pull();
  EXPECT_EQ(read_file(result.path / "model.safetensors"), kWeights);
  EXPECT_EQ(result.loaded_bytes, kWeights.size() - 123'456 + 2);
  EXPECT_FALSE(fs::exists(cache.incomplete(etag)));
}

TEST(Pull, starts_again_when_the_older_half_is_damaged) {
  World world;
  add_tiny(world);
  const RepoCache cache(world.cache(), "org/tiny");
  cache.prepare();
  PartialFile(cache.incomplete(sha256_hex(kWeights))).append(std::string(1000, '\0'));
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
}

TEST(Pull, starts_again_when_what_is_there_is_too_long) {
  World world;
  add_tiny(world);
  const RepoCache cache(world.cache(), "org/tiny");
  cache.prepare();
  PartialFile(cache.incomplete(sha256_hex(kWeights))).append(kWeights + "x");
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
}

TEST(Pull, from_a_server_without_ranges_starts_again) {
  World world;
  add_tiny(world);
  bool first = true;
  world.hub.tweak = [&](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    if (first) reply.break_after = 1000;
    if (!first) reply = {.body = kWeights};
    first = false;
  };
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
}

TEST(Pull, takes_no_other_range_than_it_asked_for) {
  World world;
  add_tiny(world);
  int asked = 0;
  world.hub.tweak = [&](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    ++asked;
    if (asked == 1) reply.break_after = 1000;
    if (asked == 2) {
      reply = {
          .status = 206, .headers = {{"Content-Range", "bytes 0-299999/300000"}}, .body = kWeights};
    }
  };
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
  EXPECT_EQ(asked, 3);
}

TEST(Pull, from_a_server_that_always_sends_another_range_ends) {
  World world;
  add_tiny(world);
  world.hub.tweak = [&](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    reply = {.status = 206,
             .headers = {{"Content-Range", "bytes 7-299999/300000"}},
             .body = kWeights.substr(7)};
  };
  EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kMismatch);
}

TEST(Pull, after_503_goes_on) {
  World world;
  add_tiny(world);
  int failures = 2;
  world.hub.tweak = [&](const Request& request, Reply& reply) {
    if (is_weights(request) && failures-- > 0) reply = {.status = 503};
  };
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
  EXPECT_DOUBLE_EQ(world.waited, 3);
}

void expect_no_blob(const World& world) {
  const fs::path blob = world.repo_folder() / "blobs" / sha256_hex(kWeights);
  EXPECT_FALSE(fs::exists(blob));
  EXPECT_FALSE(fs::exists(blob.string() + ".incomplete"));
  EXPECT_FALSE(fs::exists(world.repo_folder() / "snapshots"));
}

TEST(Pull, deletes_bytes_with_another_hash) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (is_weights(request)) reply.body[1234] ^= 1;
  };
  const Error error = error_of([&] { world.pull(); });
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_EQ(error.place(), "org/tiny/model.safetensors");
  EXPECT_NE(error.message().find("hash"), std::string::npos);
  expect_no_blob(world);
}

TEST(Pull, checks_small_files_too) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (request.method == "GET" && request.path.ends_with("config.json")) reply.body = "[]";
  };
  EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kMismatch);
}

TEST(Pull, takes_no_other_size_than_was_announced) {
  World world;
  add_tiny(world);
  for (const bool longer : {false, true}) {
    world.hub.tweak = [&](const Request& request, Reply& reply) {
      if (is_weights(request)) reply.body = longer ? kWeights + "x" : kWeights.substr(1);
    };
    EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kMismatch) << longer;
    expect_no_blob(world);
  }
}

TEST(Pull, from_a_server_that_promises_bytes_and_sends_none_ends) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    reply.claimed_length = reply.body.size();
    reply.break_after = 0;
  };
  const Error error = error_of([&] { world.pull(); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_NE(error.message().find("broke off"), std::string::npos) << error.message();
  EXPECT_EQ(world.hub.count("GET cdn/"), Connection::kAttempts);
}

TEST(Pull, from_a_server_that_never_gets_further_ends) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    if (request.header("range").empty()) {
      reply.break_after = 1000;
    } else {
      reply = {.status = 416};
    }
  };
  EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kIo);
  EXPECT_LT(world.hub.count("GET cdn/"), 3 * Connection::kAttempts);
}

TEST(Pull, of_more_than_the_disk_holds_begins_nothing) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    for (auto& [name, value] : reply.headers) {
      if (request.method == "HEAD" && name == "X-Linked-Size") value = "9000000000000000000";
    }
  };
  const Error error = error_of([&] { world.pull(); });
  EXPECT_NE(error.message().find("not enough room"), std::string::npos);
  EXPECT_EQ(world.hub.count("GET cdn/"), 0);
}

TEST(Pull, on_a_full_disk_says_so_and_keeps_its_part) {
  World world;
  add_tiny(world);
  world.pull("org/tiny", {.include = {"config.json"}});
  {
    const ScopedWriteFault fault(100'000);
    const Error error = error_of([&] { world.pull(); });
    EXPECT_NE(error.message().find("No space left"), std::string::npos) << error.what();
  }
  const PullResult result = world.pull();
  EXPECT_LT(result.loaded_bytes, kWeights.size());
  EXPECT_EQ(read_file(result.path / "model.safetensors"), kWeights);
}

TEST(Pull, interrupted_keeps_its_part) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (!is_weights(request)) return;
    reply.break_after = 100'000;
    request_cancel();
  };
  EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kCancelled);
  clear_cancel();
  world.hub.tweak = nullptr;
  EXPECT_EQ(read_file(world.pull().path / "model.safetensors"), kWeights);
}

TEST(Pull, refuses_names_that_leave_the_cache) {
  for (const char* name : {"../../x", "/tmp/x", "a/../../../x", "a\\u0000b", "..\\\\x"}) {
    World world;
    add_tiny(world);
    world.hub.tweak = [&](const Request& request, Reply& reply) {
      if (!request.path.starts_with("/api/")) return;
      reply.body = "{\"sha\": \"" + std::string(40, 'a') + "\", \"siblings\": [{\"rfilename\": \"" +
                   name + "\"}]}";
    };
    const Error error = error_of([&] { world.pull(); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << name;
    EXPECT_FALSE(fs::exists(world.cache())) << name;
  }
}

TEST(Pull, refuses_listings_that_are_none) {
  for (const char* body :
       {"[]", "{}", "{\"sha\": 1, \"siblings\": []}", "{\"sha\": \"../..\", \"siblings\": []}",
        "{\"sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"siblings\": [1]}"}) {
    World world;
    add_tiny(world);
    world.hub.tweak = [&](const Request&, Reply& reply) { reply.body = body; };
    EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kCorrupt) << body;
  }
}

TEST(Pull, refuses_etags_that_are_paths) {
  World world;
  add_tiny(world);
  world.hub.tweak = [](const Request& request, Reply& reply) {
    for (auto& [name, value] : reply.headers) {
      if (request.method == "HEAD" && name.ends_with("Etag")) value = "\"../../../../x\"";
    }
  };
  EXPECT_EQ(error_of([&] { world.pull(); }).code(), ErrorCode::kCorrupt);
}

TEST(Pull, takes_an_unknown_hash_with_a_warning) {
  World world;
  world.hub.add("org/tiny", "x", "text");
  world.hub.tweak = [](const Request&, Reply& reply) {
    for (auto& [name, value] : reply.headers) {
      if (name == "ETag") value = "\"version-7\"";
    }
  };
  EXPECT_EQ(read_file(world.pull().path / "x"), "text");
  EXPECT_TRUE(fs::exists(world.repo_folder() / "blobs/version-7"));
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
