// For tests only: a fake hub, a cache of the test's own, and a waiter that counts instead of
// sleeping.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "base/test_files.h"
#include "fake_hub/fake_hub.h"
#include "hub/pull.h"

namespace lucie::hub::testing_hub {

using fake_hub::FakeHub;
using fake_hub::Reply;
using fake_hub::Request;
using testing_base::error_of;
using testing_base::Folder;

struct World {
  Folder folder;
  FakeHub hub;
  std::string token = {};
  double waited = 0;  // seconds asked for, by all connections

  World() { ::setenv("no_proxy", "127.0.0.1", 1); }

  fs::path cache() const { return folder / "cache"; }
  fs::path repo_folder() const { return cache() / "models--org--tiny"; }
  std::unique_ptr<Connection> connect() {
    const HubSettings settings{
        .endpoint = hub.url(), .cache = cache(), .token = token, .offline = false};
    return std::make_unique<Connection>(settings, [this](double seconds) { waited += seconds; });
  }
  // One file at a time, so that what the hub is asked has an order.
  PullResult pull(const std::string& name = "org/tiny", PullOptions options = {}) {
    options.parallel = 1;
    return hub::pull(*connect(), require_repo_name(name), options);
  }
};

inline std::string some_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * i % 251);
  return bytes;
}

inline const std::string kWeights = some_bytes(300'000);

// config.json, an empty file in a folder, and kWeights as model.safetensors.
inline void add_tiny(World& world) {
  world.hub.add("org/tiny", "config.json", "{}");
  world.hub.add("org/tiny", "sub/empty.txt", "");
  world.hub.add("org/tiny", "model.safetensors", kWeights, true);
}

}  // namespace lucie::hub::testing_hub
