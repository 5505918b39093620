#include "run/recipe.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;

Json sample() {
  return parse_yaml("name: x\ntrain:\n  phases:\n    - {a: 1}\n    - {a: 2}\n", "r.yaml");
}

TEST(Override, replaces_adds_and_picks_list_entries_in_yaml) {
  Json root = sample();
  apply_override(root, "train.phases.1.a=3e6");
  apply_override(root, "train.precision=fp32");
  apply_override(root, "quantize=[q8_0, q4_0]");
  apply_override(root, "release.limits=a = b");
  EXPECT_EQ(root.dump(),
            R"({"name":"x","train":{"phases":[{"a":1},{"a":3e+06}],"precision":"fp32"},)"
            R"("quantize":["q8_0","q4_0"],"release":{"limits":"a = b"}})");
}

TEST(Override, that_cannot_be_followed_is_an_error_with_the_flag_as_its_place) {
  for (const char* bad : {"", "=1", "train", "train.phases.2.a=1", "train.phases.x=1",
                          "train.phases.-1=1", "name.deeper=1"}) {
    const Error error = error_of([&] {
      Json root = sample();
      apply_override(root, bad);
    });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << bad;
    EXPECT_EQ(error.place(), "--set " + std::string(bad));
  }
  EXPECT_EQ(error_of([&] {
              Json root = sample();
              apply_override(root, "name=[1");
            }).code(),
            ErrorCode::kCorrupt);
}

TEST(Recipe, an_unknown_section_names_its_line_and_the_nearest_one) {
  const Error error = error_of(
      [] { recipe_from_json(parse_yaml("name: x\ntokeniser: {}\n", "r.yaml"), "r.yaml"); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.place(), "r.yaml:2");
  EXPECT_EQ(error.hint(), "did you mean 'tokenizer'?");
  EXPECT_THROW(recipe_from_json(parse_yaml("[1]", "r.yaml"), "r.yaml"), Error);
  EXPECT_EQ(error_of([] { load_recipe("/nowhere/r.yaml"); }).code(), ErrorCode::kNotFound);
}

TEST(Recipe, absent_and_empty_sections_are_empty_objects) {
  const Recipe recipe = recipe_from_json(parse_yaml("seed: 7\neval:\n", "r.yaml"), "r.yaml");
  EXPECT_EQ(recipe.seed(), 7u);
  EXPECT_EQ(recipe.name(), "run");
  EXPECT_EQ(recipe.section("eval").size(), 0u);
  EXPECT_TRUE(recipe.section("train").is_object());
}

}  // namespace
}  // namespace lucie
