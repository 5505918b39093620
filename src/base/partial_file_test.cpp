#include "base/partial_file.h"

#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

TEST(PartialFile, goes_on_where_it_was_left_and_appears_whole) {
  const Folder folder;
  PartialFile(folder / "x.incomplete").append("half ");
  PartialFile file(folder / "x.incomplete");
  EXPECT_EQ(file.size(), 5U);
  file.append("done");
  EXPECT_FALSE(fs::exists(folder / "x"));
  file.publish(folder / "x");
  EXPECT_EQ(read_file(folder / "x"), "half done");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(PartialFile, starts_again_when_cleared) {
  const Folder folder;
  PartialFile file(folder / "x");
  file.append("wrong");
  file.clear();
  file.append("ok");
  EXPECT_EQ(read_file(folder / "x"), "ok");
}

TEST(PartialFile, on_a_full_disk_keeps_what_it_has_and_says_so) {
  const Folder folder;
  PartialFile file(folder / "x");
  const ScopedWriteFault fault(3);
  const Error error = error_of([&] { file.append("abcdef"); });
  EXPECT_NE(error.message().find("No space left"), std::string::npos);
  EXPECT_NE(error.hint().find("kept"), std::string::npos);
  EXPECT_EQ(PartialFile(folder / "x").size(), 3U);
}

TEST(FileLock, is_held_by_one_at_a_time) {
  const Folder folder;
  auto held = FileLock::try_take(folder / "lock");
  ASSERT_TRUE(held);
  EXPECT_FALSE(FileLock::try_take(folder / "lock"));
  held.reset();
  EXPECT_TRUE(FileLock::try_take(folder / "lock"));
  {
    const auto one = FileLock::share(folder / "lock"), two = FileLock::share(folder / "lock");
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(FileLock::try_take(folder / "lock"));
  }
  EXPECT_TRUE(FileLock::try_take(folder / "lock"));
  EXPECT_EQ(error_of([&] { FileLock::try_take(folder / "none" / "lock"); }).code(),
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lucie
