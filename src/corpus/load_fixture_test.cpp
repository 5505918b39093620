#include "corpus/load_fixture.h"

#include "base/test_files.h"
#include "corpus/build.h"

namespace lucie {
namespace {

TEST(LoadFixture, the_build_finds_what_was_planted) {
  const testing_base::Folder folder;
  ThreadPool pool(2);
  write_load_fixture(folder / "load", 1, 42, pool);
  const Json planted = read_json(folder / "load/planted.json");
  const CorpusSettings settings =
      CorpusSettings::from_recipe(read_yaml(folder / "load/recipe.yaml"));
  const CorpusReport report = build_corpus(settings, folder / "load", folder / "out", pool);
  EXPECT_EQ(static_cast<std::int64_t>(report.documents_read), planted.at("documents").as_int());
  EXPECT_EQ(static_cast<std::int64_t>(report.bytes_read), planted.at("text_bytes").as_int());
  const std::uint64_t dropped =
      report.stats.dropped.at("document").at("same text as another document").documents;
  EXPECT_GE(static_cast<std::int64_t>(dropped), planted.at("copies").as_int());
  EXPECT_LE(static_cast<double>(dropped), 1.05 * planted.at("copies").as_double())
      << "but for short near copies, in which no word was changed";
  EXPECT_GE(static_cast<std::int64_t>(report.stats.changes.at("repeated_paragraphs")),
            planted.at("notices").as_int() - 50);
}

}  // namespace
}  // namespace lucie
