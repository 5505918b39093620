// Pulling over transfers that break, from servers that lie, onto disks that are full.
#include "base/cancel.h"
#include "base/hash.h"
#include "base/partial_file.h"
#include "hub/pull.h"
#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;

bool is_weights(const Request& request) {
  return request.method == "GET" && request.path.starts_with("/lfs/");
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

}  // namespace
}  // namespace lucie::hub
