// lucie release, verify and audit on a run of micro.yaml.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

const fs::path& bundle() {
  static const fs::path made = [] {
    const fs::path out = workspace() / "bundle";
    const Outcome done = lucie({"release", undisturbed().string(), out.string()});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return out;
  }();
  return made;
}

// A copy to do harm to.
fs::path copy_of_bundle(const std::string& name) {
  const fs::path copy = workspace() / name;
  fs::copy(bundle(), copy, fs::copy_options::recursive);
  return copy;
}

// A page of a package, the first by name.
fs::path some_file(const fs::path& package) {
  std::set<fs::path> pages;
  for (const auto& entry : fs::recursive_directory_iterator(package)) {
    if (entry.is_regular_file() && entry.path().string().find("/man/") != std::string::npos) {
      pages.insert(entry.path());
    }
  }
  EXPECT_FALSE(pages.empty());
  return *pages.begin();
}

Outcome verify(const fs::path& path, const Arguments& more = {}) {
  Arguments arguments{"verify", path.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return lucie(arguments);
}

TEST(Bundle, of_a_run_and_of_lucie_release_hold_what_they_promise) {
  for (const fs::path& path : {undisturbed() / "release", bundle()}) {
    const Outcome done = verify(path);
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    for (const char* line : {"holds        hashes", "holds        stages", "holds        tokens"}) {
      EXPECT_NE(done.out.find(line), std::string::npos) << done.out;
    }
  }
  EXPECT_TRUE(fs::exists(bundle() / "logs/metrics.jsonl"));
  EXPECT_FALSE(fs::exists(undisturbed() / "release/logs")) << "it has clocks, and a stage has none";
  EXPECT_NE(verify(bundle(), {"--json"}).out.find("\"passed\": true"), std::string::npos);
}

// Every file is flipped in verify_test.cpp; here one of each kind, through the program.
TEST(Bundle, in_which_a_byte_of_any_kind_of_file_was_altered_is_found_wanting) {
  const fs::path copy = copy_of_bundle("altered");
  std::map<std::string, fs::path> kinds{{"SHA256SUMS", copy / "SHA256SUMS"}};
  for (const auto& entry : fs::recursive_directory_iterator(copy)) {
    if (entry.is_regular_file()) kinds.emplace(entry.path().extension(), entry.path());
  }
  ASSERT_GE(kinds.size(), 8U);
  for (const auto& [kind, file] : kinds) {
    const std::string whole = read_text(file);
    ASSERT_FALSE(whole.empty()) << file;
    damage(file, whole.size() / 2);
    const Outcome done = verify(copy);
    EXPECT_EQ(done.exit_code, 3) << file;
    const std::string name = file.lexically_relative(copy).generic_string();
    EXPECT_NE(done.out.find("FAILS        hashes     " + name), std::string::npos) << done.out;
    std::ofstream(file, std::ios::binary) << whole;
  }
  std::ofstream(copy / "more.txt") << "more";
  const Outcome done = verify(copy);
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_NE(done.out.find("more.txt: not listed"), std::string::npos) << done.out;
}

TEST(Bundle, is_made_again_from_the_sources_and_one_that_is_gone_or_changed_is_named) {
  const fs::path copy = copy_of_bundle("without_corpus");
  fs::remove_all(copy / "corpus");  // as one that does not carry the documents
  const Outcome altered = verify(copy, {"--data-dir", data().string()});
  EXPECT_NE(altered.out.find("not checked  data       nothing is built"), std::string::npos)
      << altered.out;
  std::string listed;
  for (const std::string& line : split(trim(read_text(copy / "SHA256SUMS")), '\n')) {
    if (line.find("  corpus/") == std::string::npos) listed += line + "\n";
  }
  std::ofstream(copy / "SHA256SUMS") << listed;
  const Outcome done = verify(copy, {"--data-dir", data().string()});
  EXPECT_NE(done.out.find("holds        data"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("holds        tokens"), std::string::npos) << done.out;

  const fs::path less = workspace() / "less_data";
  fs::copy(data(), less, fs::copy_options::recursive);
  const fs::path page = some_file(less / "debian/fixture-man-fr");
  fs::remove(page);
  const Outcome changed = verify(bundle(), {"--data-dir", less.string()});
  EXPECT_EQ(changed.exit_code, 3);
  EXPECT_NE(changed.out.find("FAILS        data       source 'man-fr': the run read "),
            std::string::npos)
      << changed.out;
  EXPECT_NE(changed.out.find("FAILS        tokens     train/fr.bin"), std::string::npos)
      << changed.out;
  fs::remove_all(less / "debian/fixture-man-fr");
  const Outcome gone = verify(bundle(), {"--data-dir", less.string()});
  EXPECT_EQ(gone.exit_code, 3);
  EXPECT_NE(gone.out.find("FAILS        data       package 'fixture-man-fr' of source 'man-fr'"),
            std::string::npos)
      << gone.out;
  EXPECT_EQ(verify(bundle(), {"--data-dir", "x", "--corpus", "y"}).exit_code, 2);
}

TEST(Bundle, is_never_written_over_another_and_needs_a_whole_run) {
  const Outcome over = lucie({"release", undisturbed().string(), bundle().string()});
  EXPECT_EQ(over.exit_code, 1);
  const Outcome none = lucie({"release", data().string(), (workspace() / "none").string()});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("not a complete run"), std::string::npos) << none.err;
  EXPECT_FALSE(fs::exists(workspace() / "none"));
  EXPECT_EQ(verify(data()).exit_code, 1) << "no bundle";
}

TEST(Bundle, signed_with_an_openssh_key_tells_whose_it_is) {
  const fs::path key = workspace() / "id";
  const std::string make = "ssh-keygen -q -t ed25519 -N '' -f '" + key.string() + "' 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "no ssh-keygen";
  const fs::path out = workspace() / "signed";
  const Outcome made =
      lucie({"release", undisturbed().string(), out.string(), "--sign", key.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome done = verify(out, {"--key", key.string() + ".pub"});
  EXPECT_EQ(done.exit_code, 0) << done.out;
  EXPECT_NE(done.out.find("holds        signature  by ssh-ed25519 "), std::string::npos)
      << done.out;
  damage(out / "SHA256SUMS.sig", 100);
  EXPECT_EQ(verify(out).exit_code, 3);
}

TEST(Replay, of_steps_gives_the_same_bits) {
  for (const Arguments& interval :
       {Arguments{}, Arguments{"--from", "16", "--to", "24"}, Arguments{"--to", "8"},
        Arguments{"--from", "0", "--to", "12", "--threads", "1"}}) {
    const Outcome done = verify(undisturbed(), interval);
    EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
    EXPECT_NE(done.out.find("model.safetensors: 20 tensors, bit for bit"), std::string::npos)
        << done.out;
  }
}

TEST(Replay, on_another_device_is_within_the_tolerance_or_found_wanting) {
  const Surroundings other{.environment = {{"LUCIE_DEVICE", "ref"}}, .input = {}};
  const std::string run = undisturbed().string();
  const Outcome done = lucie({"verify", run, "--to", "12"}, other);
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  EXPECT_NE(done.out.find("relative distance"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("; the run: "), std::string::npos) << done.out;
  EXPECT_EQ(lucie({"verify", run, "--to", "12", "--tolerance", "0"}, other).exit_code, 3);
}

TEST(Replay, of_a_run_that_was_tampered_with_is_found_wanting) {
  const fs::path run = workspace() / "tampered";
  fs::copy(undisturbed(), run, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  const fs::path stage = stage_folder(run, "stages", "pretrain");
  const std::string file = "checkpoints/step-00000024/model.safetensors";
  damage(stage / file, fs::file_size(stage / file) - 2);
  const Outcome found = verify(run);
  EXPECT_EQ(found.exit_code, 3);
  EXPECT_NE(found.out.find("step-00000024/model.safetensors: not what its stage wrote"),
            std::string::npos)
      << found.out;
  Json record = read_json(stage / "stage.json");  // and now the record with it
  record["files"][file] = sha256_file(stage / file);
  write_json(stage / "stage.json", record);
  const Outcome differs = verify(run);
  EXPECT_EQ(differs.exit_code, 3) << differs.out;
  EXPECT_NE(differs.out.find("1 of 20 tensors differ, the first is "), std::string::npos)
      << differs.out;
}

TEST(Replay, of_steps_without_a_checkpoint_names_those_that_there_are) {
  const Outcome done = verify(undisturbed(), {"--from", "3"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_NE(done.err.find("20, 24"), std::string::npos) << done.err;
  EXPECT_EQ(verify(undisturbed(), {"--from", "24", "--to", "16"}).exit_code, 2);
  EXPECT_EQ(verify(bundle(), {"--from", "8"}).exit_code, 2) << "no run";
  EXPECT_EQ(verify(undisturbed(), {"--corpus", "x"}).exit_code, 2) << "no bundle";
}

// Of a source, what `lucie audit RUN --without` counts.
Json without(const std::string& source) {
  const Outcome done = lucie({"audit", undisturbed().string(), "--without", source, "--json"});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  return parse_json(done.out, "audit");
}

TEST(Removal, of_each_source_of_a_run_adds_up_to_what_was_read) {
  const Json recipe_read = read_yaml(recipe());
  std::int64_t tokens = 0;
  for (const Json& source : recipe_read.at("sources").items()) {
    tokens += without(source.at("id").as_string()).at("tokens").as_int();
  }
  // Annealing packs whole documents: where none fits, a sequence ends in padding, of no source.
  EXPECT_LT(tokens, 4096 + 1024 + 1024);
  EXPECT_GT(tokens, 4096 + 1024 + 1024 - 64);

  const Json code = without("code");  // all of its group
  const Json use = read_json(stage_folder(undisturbed(), "stages", "pretrain") / "use.json");
  const std::map<std::string, std::int64_t> windows{
      {"main", 64}, {"extension", 128}, {"annealing", 128}};
  std::int64_t read = 0;
  for (const auto& [phase, groups] : use.members()) {
    for (const Json& group : groups.items()) {
      if (group.at("group").as_string() != "code") continue;
      read += group.at("samples").as_int() * windows.at(phase);
    }
  }
  EXPECT_EQ(code.at("tokens").as_int(), read);
  const auto kept = std::distance(fs::directory_iterator(undisturbed() / "checkpoints"), {});
  EXPECT_EQ(code.at("checkpoints_touched").size() + code.at("checkpoints_untouched").size(),
            static_cast<std::size_t>(kept));
  EXPECT_EQ(code.at("steps").as_int(), 24);

  const Json none = without("orphan");  // it has no licence and was left out
  EXPECT_EQ(none.at("first_step").as_int(), 0);
  EXPECT_EQ(none.at("steps_to_retrain").as_int(), 0);
  EXPECT_EQ(none.at("checkpoints_touched").size(), 0u);
}

TEST(Removal, is_no_audit_and_says_so) {
  for (const Arguments& more : {Arguments{"--class", "I"}, Arguments{"--html", "x.html"}}) {
    Arguments arguments{"audit", undisturbed().string(), "--without", "code"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(lucie(arguments).exit_code, 2);
  }
}

}  // namespace
}  // namespace lucie::end_to_end
