#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/discard.h"
#include "base/scratch.h"
#include "base/test_files.h"

namespace lucie {
namespace {

using testing_base::error_of;
using testing_base::Folder;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(ScratchFolder, is_its_owners_alone_and_gone_at_the_end) {
  fs::path path;
  {
    const ScratchFolder one("lucie-test"), other("lucie-test");
    EXPECT_NE(one.path(), other.path());
    path = one.path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    write_file_atomic(path / "f", "text");
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(DiscardFolder, removes_the_folder_and_what_a_kill_left_of_one) {
  const Folder folder;
  for (const char* name : {"work", ".work.partial", "kept"}) {
    fs::create_directories(folder / name / "deeper");
    write_file_atomic(folder / name / "deeper/f", "text");
  }
  discard_folder(folder / "work");
  EXPECT_FALSE(fs::exists(folder / "work"));
  EXPECT_FALSE(fs::exists(folder / ".work.partial"));
  EXPECT_TRUE(fs::exists(folder / "kept/deeper/f"));
}

TEST(MappedFile, shows_the_bytes_and_moves) {
  const Folder folder;
  write_file_atomic(folder / "f", "hello");
  write_file_atomic(folder / "empty", "");
  MappedFile file(folder / "f");
  EXPECT_EQ(file.text(), "hello");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), "hello");
  moved = MappedFile(folder / "empty");
  EXPECT_TRUE(moved.bytes().empty());
}

std::size_t resident_pages() {
  std::ifstream statm("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident;
}

std::size_t touch(std::span<const std::byte> bytes) {
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), std::byte{'x'}));
}

TEST(MappedFile, gives_memory_back_and_stays_readable) {
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  const Folder folder;
  write_file_atomic(folder / "f", std::string(kBytes + 5, 'x'));
  const MappedFile file(folder / "f");
  ASSERT_EQ(touch(file.bytes()), kBytes + 5);
  const std::size_t before = resident_pages();
  file.release(file.bytes().subspan(100));
  EXPECT_LT(resident_pages() + kBytes / 8192, before) << "at least half of the map's pages are gone";
  EXPECT_EQ(touch(file.bytes()), kBytes + 5);
  const std::size_t kept = resident_pages();
  file.release(file.bytes().subspan(1, 100));
  file.release({});
  EXPECT_EQ(touch(file.bytes().first(1)), 1U) << "a page that others stand on is kept";
  EXPECT_GE(resident_pages() + 8, kept);
}

TEST(MappedFile, what_cannot_be_mapped_is_an_error_with_its_path) {
  const Folder folder;
  const Error none = error_of([&] { MappedFile(folder / "none"); });
  EXPECT_EQ(none.code(), ErrorCode::kNotFound);
  EXPECT_EQ(none.place(), (folder / "none").string());
  EXPECT_EQ(error_of([&] { MappedFile{folder.path()}; }).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of([] { MappedFile("/dev/null"); }).code(), ErrorCode::kInvalidArgument);
}

TEST(ReadFile, reads_files_of_any_size_and_those_without_one) {
  const Folder folder;
  for (const std::size_t size : {0U, 1U, 4096U, 3U << 20}) {
    const std::string text(size, 'a');
    write_file_atomic(folder / "f", text);
    EXPECT_EQ(read_file(folder / "f"), text);
  }
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // stat says 0 bytes
  EXPECT_EQ(error_of([&] { read_file(folder.path()); }).code(), ErrorCode::kInvalidArgument);
}

TEST(AtomicFile, appears_only_on_commit_and_replaces_the_old_one) {
  const Folder folder;
  write_file_atomic(folder / "f", "old");
  {
    AtomicFile file(folder / "f");
    file.write("new");
    EXPECT_EQ(read_file(folder / "f"), "old");
  }
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(folder.entries(), 1);
  AtomicFile file(folder / "f");
  file.write("new");
  file.commit();
  EXPECT_EQ(read_file(folder / "f"), "new");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(AtomicFile, a_header_can_be_written_last) {
  const Folder folder;
  AtomicFile file(folder / "f");
  const std::string body(3U << 20, 'b');
  file.write("????");
  file.write(body);
  file.write_at(0, bytes_of("head"));
  file.write(bytes_of("tail"));
  EXPECT_EQ(file.offset(), 4 + body.size() + 4);
  file.commit();
  EXPECT_EQ(read_file(folder / "f"), "head" + body + "tail");
}

TEST(AtomicFile, a_full_disk_leaves_the_old_file_and_nothing_else) {
  const Folder folder;
  write_file_atomic(folder / "f", "old");
  const std::string text(5U << 20, 'x');
  for (const std::uint64_t bytes : {0U, 1U, 1U << 20, (5U << 20) - 1}) {
    const ScopedWriteFault full(bytes);
    const Error error = error_of([&] { write_file_atomic(folder / "f", text); });
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_EQ(error.hint(), "free some space; nothing is half-written");
    EXPECT_EQ(error.place(), (folder / "f").string());
    EXPECT_EQ(read_file(folder / "f"), "old");
    EXPECT_EQ(folder.entries(), 1);
  }
  write_file_atomic(folder / "f", text);  // the fault ends with its scope
  EXPECT_EQ(read_file(folder / "f"), text);
}

TEST(AtomicFile, a_full_device_is_reported_as_such) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  const Error error = error_of([] { append_line("/dev/full", "x"); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.hint(), "free some space; nothing is half-written");
}

TEST(AtomicFile, a_killed_writer_leaves_no_file_under_the_final_name) {
  const Folder folder;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    AtomicFile file(folder / "f");
    file.write(std::string(2U << 20, 'x'));
    AtomicDirectory directory(folder / "d");
    write_file_atomic(directory.path() / "inside", "x");
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(fs::exists(folder / "f"));
  EXPECT_FALSE(fs::exists(folder / "d"));
  write_file_atomic(folder / "f", "later");  // what it left behind is in nobody's way
  EXPECT_EQ(read_file(folder / "f"), "later");
}

TEST(AtomicFile, a_missing_folder_is_an_error) {
  const Folder folder;
  EXPECT_EQ(error_of([&] { AtomicFile(folder / "no/f"); }).code(), ErrorCode::kNotFound);
}

TEST(AtomicDirectory, appears_whole_on_commit_or_not_at_all) {
  const Folder folder;
  {
    AtomicDirectory abandoned(folder / "a/b/d");
    write_file_atomic(abandoned.path() / "f", "x");
  }
  EXPECT_FALSE(fs::exists(folder / "a/b/d"));
  EXPECT_TRUE(fs::is_empty(folder / "a/b"));
  AtomicDirectory directory(folder / "a/b/d/");
  fs::create_directories(directory.path() / "sub");
  write_file_atomic(directory.path() / "sub/f", "x");
  EXPECT_FALSE(fs::exists(folder / "a/b/d"));
  directory.commit();
  EXPECT_EQ(read_file(folder / "a/b/d/sub/f"), "x");
}

TEST(AtomicDirectory, never_overwrites) {
  const Folder folder;
  AtomicDirectory late(folder / "d");
  fs::create_directories(folder / "d");  // someone else was faster, if only with an empty folder
  EXPECT_EQ(error_of([&] { late.commit(); }).hint(), "remove it or choose another name");
  EXPECT_TRUE(fs::is_empty(folder / "d"));
  EXPECT_EQ(error_of([&] { AtomicDirectory(folder / "d"); }).code(), ErrorCode::kIo);
}

TEST(ReplaceSymlink, points_elsewhere_at_once) {
  const Folder folder;
  write_file_atomic(folder / "one", "1");
  write_file_atomic(folder / "two", "2");
  replace_symlink("one", folder / "link");
  EXPECT_EQ(read_file(folder / "link"), "1");
  replace_symlink("two", folder / "link");
  EXPECT_EQ(read_file(folder / "link"), "2");
  EXPECT_EQ(fs::read_symlink(folder / "link"), "two");
  EXPECT_EQ(folder.entries(), 3);
}

TEST(AppendLine, adds_whole_lines_or_nothing) {
  const Folder folder;
  append_line(folder / "log", "one");
  append_line(folder / "log", "two");
  {
    const ScopedWriteFault full(2);
    EXPECT_EQ(error_of([&] { append_line(folder / "log", "three"); }).code(), ErrorCode::kIo);
  }
  EXPECT_EQ(read_file(folder / "log"), "one\ntwo\n");
}

}  // namespace
}  // namespace lucie
