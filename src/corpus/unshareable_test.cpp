#include "corpus/unshareable.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lucie {
namespace {

class Unshareable : public testing::Test {
 protected:
  Unshareable() {
    dir_ = fs::path(testing::TempDir()) /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  ~Unshareable() override { fs::remove_all(dir_); }
  fs::path dir_;
};

SourceRegistry registry_of(bool unshareable) {
  return SourceRegistry::from_json(parse_yaml(
      std::string("- {id: open, terms: open}\n") +
          (unshareable
               ? "- {id: clinic, terms: unshareable, licence: X, obtained: them, description: "
                 "{provenance: p, scope: s, characteristics: c, selection: s, labelling: "
                 "none, processing: p}}\n"
               : ""),
      "recipe.yaml"));
}

TEST_F(Unshareable, names_are_keyed_and_stay_the_same_within_a_run) {
  const SpokenNames names(dir_, registry_of(true));
  const std::string spoken = names.of("clinic", "clinic:1f2e");
  EXPECT_EQ(spoken, SpokenNames(dir_, registry_of(true)).of("clinic", "clinic:1f2e"));
  EXPECT_TRUE(spoken.starts_with("clinic:keyed-")) << spoken;
  EXPECT_EQ(spoken.find("1f2e"), std::string::npos);
  EXPECT_NE(spoken, names.of("clinic", "clinic:1f2f"));
  EXPECT_EQ(names.of("open", "open:1f2e"), "open:1f2e");
  const auto mode = fs::status(dir_ / "unshareable.key").permissions();
  EXPECT_EQ(mode & fs::perms::mask, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Unshareable, another_run_gives_other_names_and_none_are_keyed_without_need) {
  const std::string here = SpokenNames(dir_, registry_of(true)).of("clinic", "clinic:1f2e");
  const fs::path other = dir_ / "other";
  fs::create_directories(other);
  EXPECT_NE(here, SpokenNames(other, registry_of(true)).of("clinic", "clinic:1f2e"));
  const fs::path third = dir_ / "third";
  fs::create_directories(third);
  SpokenNames(third, registry_of(false));
  EXPECT_FALSE(fs::exists(third / "unshareable.key"));
}

TEST_F(Unshareable, a_key_that_is_none_is_an_error) {
  write_file_atomic(dir_ / "unshareable.key", "short\n");
  try {
    SpokenNames names(dir_, registry_of(true));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  }
}

TEST_F(Unshareable, marks_are_found_below_and_through_links) {
  fs::create_directories(dir_ / "stages/corpus");
  fs::create_directories(dir_ / "release");
  mark_unshareable(dir_ / "release", {});
  EXPECT_EQ(find_unshareable(dir_), std::nullopt);
  mark_unshareable(dir_ / "stages/corpus", {"clinic"});
  fs::create_directory_symlink("../stages/corpus", dir_ / "release/corpus");
  EXPECT_EQ(find_unshareable(dir_ / "release"), dir_ / "release/corpus/UNSHAREABLE");
  EXPECT_NE(read_file(dir_ / "stages/corpus/UNSHAREABLE").find("clinic"), std::string::npos);
}

}  // namespace
}  // namespace lucie
