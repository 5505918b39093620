#include "hub/models.h"

#include "hub/test_hub.h"

namespace lucie::hub {
namespace {

using namespace testing_hub;
using Names = std::vector<std::string>;

RepoName repo(const std::string& file = {}) {
  return {.id = "org/tiny", .file = file};
}

void add_model(World& world) {
  world.hub.add("org/tiny", "config.json", "{}");
  world.hub.add("org/tiny", "tokenizer.json", "{}");
  world.hub.add("org/tiny", "model.safetensors", some_bytes(2000), true);
  world.hub.add("org/tiny", "model.onnx", "x");
  world.hub.add("org/tiny", "tiny-q4_0.gguf", "GGUF", true);
}

TEST(ModelFiles, are_those_that_a_model_needs) {
  const Names all{".gitattributes",
                  "README.md",
                  "config.json",
                  "generation_config.json",
                  "tokenizer.json",
                  "tokenizer_config.json",
                  "special_tokens_map.json",
                  "model-00001-of-00002.safetensors",
                  "model-00002-of-00002.safetensors",
                  "model.safetensors.index.json",
                  "pytorch_model.bin",
                  "onnx/config.json",
                  "onnx/model.safetensors",
                  "q.gguf",
                  "training_args.bin"};
  EXPECT_EQ(
      model_files(all, repo(), ModelPart::kAll),
      (Names{"config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
             "special_tokens_map.json", "model-00001-of-00002.safetensors",
             "model-00002-of-00002.safetensors", "model.safetensors.index.json"}));
  EXPECT_EQ(model_files(all, repo(), ModelPart::kTokenizer).size(), 5U);
  EXPECT_EQ(model_files(all, repo("q.gguf"), ModelPart::kAll), Names{"q.gguf"});
}

TEST(ModelFiles, are_pytorchs_where_there_are_no_safetensors) {
  EXPECT_EQ(
      model_files({"config.json", "pytorch_model-00001-of-00001.bin",
                   "pytorch_model.bin.index.json", "optimizer.bin"},
                  repo(), ModelPart::kAll),
      (Names{"config.json", "pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json"}));
}

TEST(ModelFiles, that_are_gguf_have_to_be_named) {
  const Error several = error_of([] {
    model_files({"a.gguf", "b.gguf"}, repo(), ModelPart::kAll);
  });
  EXPECT_NE(several.hint().find("org/tiny:a.gguf"), std::string::npos);
  const Error none = error_of([] { model_files({"README.md"}, repo(), ModelPart::kAll); });
  EXPECT_NE(none.message().find("no weights"), std::string::npos);
  const Error typo = error_of([] { model_files({"q4.gguf"}, repo("q5.gguf"), ModelPart::kAll); });
  EXPECT_NE(typo.hint().find("q4.gguf"), std::string::npos);
}

TEST(Models, are_pulled_once_and_then_found_without_asking) {
  World world;
  add_model(world);
  const fs::path path = find_or_pull_model(*world.connect(), repo(), ModelPart::kAll);
  EXPECT_TRUE(fs::exists(path / "model.safetensors"));
  EXPECT_FALSE(fs::exists(path / "model.onnx"));
  const std::size_t asked = world.hub.requests().size();
  EXPECT_EQ(find_or_pull_model(*world.connect(), repo(), ModelPart::kAll), path);
  EXPECT_EQ(world.hub.requests().size(), asked);
  EXPECT_EQ(find_or_pull_model(*world.connect(), repo("tiny-q4_0.gguf"), ModelPart::kAll),
            path / "tiny-q4_0.gguf");
}

TEST(Models, of_which_the_cache_holds_a_part_are_completed) {
  World world;
  add_model(world);
  find_or_pull_model(*world.connect(), repo(), ModelPart::kTokenizer);
  EXPECT_EQ(world.hub.count("cdn"), 0);
  EXPECT_FALSE(find_cached_model(world.cache(), repo(), ModelPart::kAll));
  EXPECT_TRUE(find_cached_model(world.cache(), repo(), ModelPart::kTokenizer));
  find_or_pull_model(*world.connect(), repo(), ModelPart::kAll);
  EXPECT_TRUE(find_cached_model(world.cache(), repo(), ModelPart::kAll));
}

TEST(Models, with_a_missing_shard_are_not_whole) {
  World world;
  add_model(world);
  world.hub.add("org/tiny", "model.safetensors.index.json",
                R"({"weight_map": {"a": "s1.safetensors", "b": "s2.safetensors"}})");
  world.hub.add("org/tiny", "s1.safetensors", "1", true);
  world.hub.add("org/tiny", "s2.safetensors", "2", true);
  world.pull("org/tiny", {.include = {"*.json", "s1*"}});
  EXPECT_FALSE(find_cached_model(world.cache(), repo(), ModelPart::kAll));
  world.pull("org/tiny", {.include = {"s2*"}});
  EXPECT_TRUE(find_cached_model(world.cache(), repo(), ModelPart::kAll));
}

TEST(Models, offline_are_what_the_cache_holds) {
  World world;
  add_model(world);
  Connection offline(
      {.endpoint = world.hub.url(), .cache = world.cache(), .token = {}, .offline = true});
  const Error error = error_of([&] { find_or_pull_model(offline, repo(), ModelPart::kAll); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_NE(error.message().find("HF_HUB_OFFLINE"), std::string::npos);
  EXPECT_TRUE(world.hub.requests().empty());
  const PullResult part = world.pull("org/tiny", {.include = {"config.json"}});
  EXPECT_EQ(find_or_pull_model(offline, repo(), ModelPart::kAll), part.path);
}

TEST(Models, when_the_hub_is_down_are_what_the_cache_holds) {
  World world;
  add_model(world);
  const PullResult part = world.pull("org/tiny", {.include = {"config.json", "model.safetensors"}});
  world.hub.tweak = [](const Request&, Reply& reply) { reply = {.status = 503}; };
  EXPECT_EQ(find_or_pull_model(*world.connect(), repo(), ModelPart::kAll), part.path);
}

}  // namespace
}  // namespace lucie::hub
