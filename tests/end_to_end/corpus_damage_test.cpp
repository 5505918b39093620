// Damaged input costs `lucie corpus build` no more than the damaged part, which is named and
// counted.
#include <gtest/gtest.h>

#include <fstream>

#include "base/framed_file.h"
#include "base/json.h"
#include "base/stream.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

std::string line(const std::string& name) {
  return R"({"id": ")" + name + R"(", "text": "The text of )" + name + " is of no length.\"}\n";
}

std::string member(const std::string& text) {
  const fs::path path = workspace() / "member.gz";
  TextWriter writer(path);
  writer.write(text);
  writer.commit();
  return read_text(path);
}

void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Of 500 MB: twice what a document may have.
void write_long_line(const fs::path& path) {
  TextWriter writer(path, 1);
  writer.write(line("before"));
  writer.write("{\"text\": \"");
  const std::string piece(1'000'000, 'x');
  for (int i = 0; i < 500; ++i) writer.write(piece);
  writer.write("\"}\n" + line("behind"));
  writer.commit();
}

fs::path damaged_data() {
  const fs::path folder = workspace() / "damaged-data";
  fs::remove_all(folder);
  fs::create_directories(folder / "in");
  std::string corrupt = member(line("lost one") + line("lost two"));
  for (std::size_t i = 14; i + 14 < corrupt.size(); i += 3) corrupt[i] ^= 0x55;
  write(folder / "in/members.jsonl.gz", member(line("first")) + corrupt + member(line("third")));
  write_long_line(folder / "in/long.jsonl.zst");
  write(folder / "in/broken.jsonl", line("whole") + "{\"text\": \"cut\n\"\xFF\"\n" + line("last"));
  const fs::path table = folder / "in/table.parquet";
  fs::copy_file(fs::path(LUCIE_SOURCE_DIR) / "tests/golden/parquet/corpora/fineweb.parquet", table);
  fs::resize_file(table, fs::file_size(table) / 2);
  const std::string source = ", path: in, licence: CC0-1.0, terms: open}\n";
  write(folder / "recipe.yaml",
        "name: damaged\nsources:\n  - {id: lines, reader: jsonl" + source +
            "  - {id: tables, reader: parquet" + source +
            "corpus: {check_language: false, min_characters: 0, holdout: {share: 0}}\n");
  return folder;
}

Arguments build_of(const fs::path& folder, const std::string& out, const Arguments& more = {}) {
  Arguments arguments{"corpus",        "build", (folder / "recipe.yaml").string(), "--data",
                      folder.string(), "--out", (folder / out).string(),           "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(CorpusDamage, costs_the_damaged_part_and_is_named) {
  const fs::path folder = damaged_data();
  const Outcome built = lucie(build_of(folder, "out"));
  ASSERT_EQ(built.exit_code, 0) << built.err;
  std::vector<std::string> kept;
  std::map<std::string, int> failed;  // by file
  FramedReader verdicts(folder / "out/verdicts.jsonl.zst");
  for (std::uint64_t i = 0; i < verdicts.records(); ++i) {
    const Json verdict = parse_json(verdicts.line(i), "verdict");
    const std::string url = verdict.at("url").as_string();
    if (verdict.at("decision").as_string() == "kept") {
      kept.push_back(url);
    } else {
      EXPECT_EQ(verdict.at("decision").as_string(), "failed") << verdict.dump();
      ++failed[url.substr(0, url.find('#'))];
    }
  }
  EXPECT_EQ(kept, (std::vector<std::string>{
                      "file:broken.jsonl#whole", "file:broken.jsonl#last",
                      "file:long.jsonl.zst#before", "file:long.jsonl.zst#behind",
                      "file:members.jsonl.gz#first", "file:members.jsonl.gz#third"}));
  EXPECT_EQ(failed["file:broken.jsonl"], 2);
  EXPECT_EQ(failed["file:long.jsonl.zst"], 1);
  EXPECT_GE(failed["file:members.jsonl.gz"], 1);
  EXPECT_EQ(failed["file:table.parquet"], 1);
  EXPECT_EQ(failed.size(), 4u);
  EXPECT_EQ(parse_json(built.out, "stdout").at("documents_read").as_int(),
            static_cast<std::int64_t>(verdicts.records()));
}

TEST(CorpusDamage, stops_a_build_where_the_recipe_says_so) {
  const fs::path folder = damaged_data();
  const Outcome stopped = lucie(build_of(folder, "out", {"--set", "corpus.on_damage=stop"}));
  EXPECT_EQ(stopped.exit_code, 1);
  EXPECT_NE(stopped.err.find("is damaged"), std::string::npos) << stopped.err;
  EXPECT_NE(stopped.err.find("on_damage: continue"), std::string::npos) << stopped.err;
  EXPECT_FALSE(fs::exists(folder / "out/stats.json"));
}

}  // namespace
}  // namespace lucie::end_to_end
