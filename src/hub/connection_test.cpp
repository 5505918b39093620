#include "hub/connection.h"

#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;

const RepoName kTiny{.id = "org/tiny", .file = {}};

HttpResponse get(World& world, const std::string& url) {
  return world.connect()->send_patiently(HttpRequest{.url = url});
}

TEST(Urls, have_origins_and_lead_on) {
  EXPECT_EQ(origin_of("https://Hub.example/x?y"), "https://hub.example:443");
  EXPECT_EQ(origin_of("http://hub.example:80"), origin_of("http://hub.example/a"));
  EXPECT_NE(origin_of("http://hub.example:81"), origin_of("http://hub.example"));
  EXPECT_EQ(origin_of("https://hub.example@evil.example/"), "https://evil.example:443");
  EXPECT_EQ(resolve_url("http://a/b/c", "/d"), "http://a/d");
  EXPECT_EQ(resolve_url("http://a/b/c", "//e/d"), "http://e/d");
  EXPECT_EQ(resolve_url("http://a/b/c", "d"), "http://a/b/d");
  EXPECT_EQ(percent_encode("a b/c", "/"), "a%20b/c");
  EXPECT_EQ(percent_encode("refs/pr/1"), "refs%2Fpr%2F1");
  for (const char* url : {"", "no url", "ftp://x/y", "file:///etc/passwd", "http://a/\r\nX: y"}) {
    EXPECT_EQ(error_of([&] { origin_of(url); }).code(), ErrorCode::kCorrupt) << url;
  }
}

TEST(Connection, shows_the_token_to_the_hub_alone) {
  World world;
  world.token = "hf_secret";
  world.hub.token = "hf_secret";
  world.hub.add("org/tiny", "model.safetensors", some_bytes(5000), true);
  world.pull();
  EXPECT_EQ(world.hub.count("GET cdn/"), 1);
  EXPECT_FALSE(world.hub.token_at_cdn());
}

TEST(Connection, follows_a_renamed_repository_and_gives_up_on_circles) {
  World world;
  world.hub.add("org/tiny", "x", "new");
  world.hub.tweak = [](const Request& request, Reply& reply) {
    if (request.path == "/old")
      reply = {.status = 307, .headers = {{"Location", "/org/tiny/resolve/main/x"}}};
    if (request.path == "/circle") reply = {.status = 302, .headers = {{"Location", "/circle"}}};
  };
  EXPECT_EQ(get(world, world.hub.url() + "/old").body, "new");
  const Error error = error_of([&] { get(world, world.hub.url() + "/circle"); });
  EXPECT_NE(error.message().find("circle"), std::string::npos);
  EXPECT_EQ(world.hub.count("/circle"), 11);
}

TEST(Connection, is_not_led_to_files) {
  World world;
  world.hub.tweak = [](const Request&, Reply& reply) {
    reply = {.status = 302, .headers = {{"Location", "file:///etc/passwd"}}};
  };
  EXPECT_EQ(error_of([&] { get(world, world.hub.url() + "/x"); }).code(), ErrorCode::kCorrupt);
}

TEST(Connection, tries_again_after_503_and_waits_longer_each_time) {
  World world;
  int failures = 3;
  world.hub.tweak = [&](const Request&, Reply& reply) {
    if (failures-- > 0)
      reply = {.status = 503};
    else
      reply = {.body = "ok"};
  };
  EXPECT_EQ(get(world, world.hub.url() + "/x").body, "ok");
  EXPECT_DOUBLE_EQ(world.waited, 1 + 2 + 4);
}

TEST(Connection, waits_as_long_as_the_server_asks) {
  World world;
  bool first = true;
  world.hub.tweak = [&](const Request&, Reply& reply) {
    reply = first ? Reply{.status = 429, .headers = {{"Retry-After", "7"}}} : Reply{.body = "ok"};
    first = false;
  };
  EXPECT_EQ(get(world, world.hub.url() + "/x").body, "ok");
  EXPECT_DOUBLE_EQ(world.waited, 7);
}

TEST(Connection, does_not_wait_for_an_hour) {
  World world;
  world.hub.tweak = [&](const Request&, Reply& reply) {
    reply = {.status = 429, .headers = {{"Retry-After", "3600"}}};
  };
  const Error error = error_of([&] {
    const auto connection = world.connect();
    connection->ask(HttpRequest{.url = connection->url("/x")}, {kTiny, ""});
  });
  EXPECT_NE(error.hint().find("1 h"), std::string::npos) << error.hint();
  EXPECT_EQ(world.waited, 0);
}

TEST(Connection, gives_up_in_the_end_and_names_the_server) {
  World world;
  world.hub.tweak = [](const Request&, Reply& reply) { reply = {.status = 500}; };
  const auto connection = world.connect();
  const Error error = error_of([&] {
    connection->ask(HttpRequest{.url = connection->url("/x")}, {kTiny, ""});
  });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_NE(error.message().find("500"), std::string::npos);
  EXPECT_EQ(world.hub.count("/x"), Connection::kAttempts);
}

TEST(Connection, says_when_nobody_answers) {
  World world;
  std::string dead;
  {
    const fake_hub::HttpServer server([](const Request&) { return Reply{}; });
    dead = server.url();
  }
  Connection connection({.endpoint = dead, .cache = world.cache(), .token = {}},
                        [&](double seconds) { world.waited += seconds; });
  const Error error = error_of([&] {
    connection.ask(HttpRequest{.url = dead + "/x"}, {kTiny, ""});
  });
  EXPECT_NE(error.message().find("cannot reach " + dead), std::string::npos);
  EXPECT_NE(error.hint().find("HF_ENDPOINT"), std::string::npos);
  EXPECT_DOUBLE_EQ(world.waited, 1 + 2);  // not longer, for a name that may be wrong
}

TEST(Connection, refuses_answers_that_are_too_large_or_no_json) {
  World world;
  const auto connection = world.connect();
  const HttpRequest request{.url = connection->url("/x"), .largest_body = 1000};
  world.hub.tweak = [](const Request&, Reply& reply) { reply = {.body = std::string(1001, '1')}; };
  EXPECT_EQ(error_of([&] { connection->ask(request, {kTiny, ""}); }).code(), ErrorCode::kCorrupt);
  world.hub.tweak = [](const Request&, Reply& reply) { reply = {.body = "<html>"}; };
  EXPECT_EQ(error_of([&] { connection->ask(request, {kTiny, ""}); }).code(), ErrorCode::kCorrupt);
  world.hub.tweak = [](const Request&, Reply& reply) {
    for (int i = 0; i < 3000; ++i) reply.headers.emplace_back("X-Long", std::string(100, 'x'));
  };
  EXPECT_EQ(error_of([&] { connection->ask(request, {kTiny, ""}); }).code(), ErrorCode::kCorrupt);
}

TEST(Connection, shows_nothing_of_the_server_that_moves_a_terminal) {
  World world;
  world.hub.tweak = [](const Request&, Reply& reply) {
    reply = {.status = 400, .headers = {{"X-Error-Message", "bad\x1b[2Jwords"}}};
  };
  const auto connection = world.connect();
  const Error error = error_of([&] {
    connection->ask(HttpRequest{.url = connection->url("/x")}, {kTiny, ""});
  });
  EXPECT_NE(error.message().find("words"), std::string::npos);
  EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
}

TEST(Connection, stops_the_others_after_the_first_failure) {
  World world;
  const auto connection = world.connect();
  int done = 0;
  const Error error = error_of([&] {
    connection->in_parallel(1, 3, [&](std::size_t i) {
      if (i == 1) fail(ErrorCode::kIo, "the second");
      ++done;
    });
  });
  EXPECT_EQ(error.message(), "the second");
  EXPECT_EQ(done, 1);
  EXPECT_EQ(error_of([&] { connection->wait(1); }).code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace lucie::hub
