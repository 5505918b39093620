#include "corpus/fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/stream.h"

namespace lucie {
namespace {

std::map<std::string, std::string> files_of(const fs::path& dir) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(dir).string()] = read_decompressed(entry.path());
  }
  return files;
}

TEST(FixtureCorpus, same_seed_same_bytes_other_seed_other_bytes) {
  const fs::path root = fs::path(testing::TempDir()) / "fixture_seeds";
  fs::remove_all(root);
  write_fixture_corpus(root / "a", 1);
  write_fixture_corpus(root / "b", 1);
  write_fixture_corpus(root / "c", 2);
  EXPECT_EQ(files_of(root / "a"), files_of(root / "b"));
  EXPECT_NE(files_of(root / "a"), files_of(root / "c"));
}

TEST(FixtureCorpus, is_small_and_has_every_language_and_form) {
  const fs::path root = fs::path(testing::TempDir()) / "fixture_size";
  fs::remove_all(root);
  write_fixture_corpus(root, 1);
  std::size_t bytes = 0, html = 0, man = 0, code = 0, copyright = 0;
  for (const auto& [path, text] : files_of(root)) {
    bytes += text.size();
    html += path.ends_with(".html");
    man += path.ends_with(".1.gz") || path.ends_with(".1");
    code += path.ends_with(".py");
    copyright += path.ends_with("/copyright");
  }
  EXPECT_GT(bytes, 200'000u);
  EXPECT_LT(bytes, 500'000u);
  EXPECT_EQ(html, 26u);
  EXPECT_EQ(man, 5u * 37 + 1);
  EXPECT_EQ(code, 24u);
  EXPECT_EQ(copyright, 11u);
}

}  // namespace
}  // namespace lucie
