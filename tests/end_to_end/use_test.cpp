// What is made can be used: generate, chat, inspect, tokenizer, on a run, its directory and its
// GGUF files.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "base/json.h"
#include "base/stream.h"
#include "end_to_end/harness.h"

namespace lucie::end_to_end {
namespace {

std::vector<std::string> models() {
  const fs::path& run = undisturbed();
  return {run.string(), run.string() + ":base", (run / "instruct").string(),
          (run / "gguf/lucie-micro-instruct-q8_0.gguf").string(),
          (run / "gguf/lucie-micro-instruct-q4_0.gguf").string()};
}

TEST(Use, every_form_of_the_model_generates_and_repeats_itself) {
  for (const std::string& model : models()) {
    const Arguments arguments{"generate", model, "-p", "La commande", "-n", "12", "--seed", "3"};
    const Outcome once = lucie(arguments), again = lucie(arguments);
    ASSERT_EQ(once.exit_code, 0) << model << ": " << once.err;
    EXPECT_FALSE(once.out.empty()) << model;
    EXPECT_EQ(once.out, again.out) << model << ": same seed, same text";
  }
}

TEST(Use, every_form_of_the_model_chats) {
  for (const std::string& model : models()) {
    const Outcome done =
        lucie({"chat", model, "-n", "8"}, {.environment = {}, .input = "What is it?\nAnd that?\n"});
    EXPECT_EQ(done.exit_code, 0) << model << ": " << done.err;
    EXPECT_FALSE(done.out.empty()) << model;
    EXPECT_NE(done.err.find("knows nothing"), std::string::npos) << done.err;
  }
}

TEST(Use, every_form_of_the_model_is_inspected) {
  for (const std::string& model : models()) {
    const Outcome done = lucie({"inspect", model});
    EXPECT_EQ(done.exit_code, 0) << model << ": " << done.err;
    EXPECT_NE(done.out.find("37.8 k parameters"), std::string::npos) << done.out;
  }
}

TEST(Use, files_of_every_format_are_inspected) {
  const fs::path golden = fs::path(LUCIE_SOURCE_DIR) / "tests/golden";
  const struct {
    const char* file;
    std::vector<std::string> seen;
  } cases[] = {
      {"formats/reference.gguf", {"test.string", "c.weight", "q8_0"}},
      {"formats/foreign.safetensors", {"mask", "bool", "[1, 1, 4, 4]"}},
      {"parquet/nested_v1.parquet",
       {"list of list of int32", "meta.authors.list.element.name", "snappy"}},
      {"torch/protocol4.pt", {"model.layers.1.bias", "negative", "-70000"}},
      {"torch/universal",
       {"fp32, exp_avg, exp_avg_sq", "2.self_attention.query.weight", "iteration", "[8, 12]"}}};
  for (const auto& [file, seen] : cases) {
    const std::string path = (golden / file).string();
    const Outcome table = lucie({"inspect", path});
    EXPECT_EQ(table.exit_code, 0) << table.err;
    const Outcome json = lucie({"inspect", path, "--json"});
    EXPECT_EQ(json.exit_code, 0) << json.err;
    for (const std::string& text : seen) {
      EXPECT_NE(table.out.find(text), std::string::npos) << text << " in " << table.out;
      EXPECT_NE(json.out.find(text), std::string::npos) << text << " in " << json.out;
    }
  }
  const Outcome hostile = lucie({"inspect", (golden / "torch/system.pt").string()});
  EXPECT_EQ(hostile.exit_code, 1);
  EXPECT_NE(hostile.err.find("posix.system"), std::string::npos) << hostile.err;
}

TEST(Use, the_tokenizer_of_every_form_gives_the_same_ids_and_takes_them_back) {
  const std::string text = "L'option d'une commande (fichier) : 42 \xC3\xA9t\xC3\xA9s.";
  std::string first;
  std::vector<std::string> from = models();
  from.push_back((undisturbed() / "tokenizer").string());
  for (const std::string& model : from) {
    const Outcome ids =
        lucie({"tokenizer", "encode", model, "--json"}, {.environment = {}, .input = text});
    ASSERT_EQ(ids.exit_code, 0) << model << ": " << ids.err;
    if (first.empty()) first = ids.out;
    EXPECT_EQ(ids.out, first) << model;
    const Outcome back =
        lucie({"tokenizer", "decode", model}, {.environment = {}, .input = ids.out});
    ASSERT_EQ(back.exit_code, 0) << model << ": " << back.err;
    EXPECT_EQ(back.out.substr(0, text.size()), text) << model;
  }
}

TEST(Use, tokenizers_are_compared_and_exported) {
  const std::string run = undisturbed().string();
  const fs::path page = workspace() / "tokenizers.html", vocabulary = workspace() / "vocab.gguf";
  ASSERT_EQ(lucie({"tokenizer", "export", run, "--out", vocabulary.string()}).exit_code, 0);
  const Outcome done = lucie({"tokenizer", "compare", run, vocabulary.string(), "--gguf", "--json",
                              "--out", page.string()});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json result = parse_json(done.out, "compare");
  ASSERT_EQ(result.at("tokenizers").size(), 2U);
  const Json& one = result.at("tokenizers").at(0);
  const Json& other = result.at("tokenizers").at(1);
  EXPECT_EQ(one.at("languages"), other.at("languages"));
  EXPECT_GT(one.at("languages").at("all").at("tokens_per_word").as_double(), 1);
  EXPECT_EQ(one.at("llama_cpp"), other.at("llama_cpp"));
  EXPECT_LT(one.at("llama_cpp").at("share").as_double(), 1) << "Lucie's rules have no place there";
  EXPECT_NE(read_text(page).find("<svg"), std::string::npos);
  const Outcome lines =
      lucie({"tokenizer", "encode", vocabulary.string(), "--lines", "--no-special"},
            {.environment = {}, .input = "a b\n\nc\n"});
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 3) << lines.out;
  const Outcome without_text = lucie({"tokenizer", "compare", vocabulary.string()});
  EXPECT_EQ(without_text.exit_code, 2) << without_text.err;
}

TEST(Use, a_tokenizer_that_does_not_fit_the_model_is_refused) {
  const fs::path model = workspace() / "misfit", other = workspace() / "other-tokenizer";
  fs::copy(fs::canonical(undisturbed() / "instruct"), model, fs::copy_options::recursive);
  ASSERT_EQ(lucie(run_into(other, {"--until", "tokenizer", "--set", "tokenizer.vocab_size=700"}))
                .exit_code,
            0);
  fs::copy(other / "tokenizer/tokenizer.json", model / "tokenizer.json",
           fs::copy_options::overwrite_existing);
  for (const char* command : {"generate", "chat"}) {
    const Outcome done =
        lucie({command, model.string(), "-n", "4"}, {.environment = {}, .input = "x\n"});
    EXPECT_EQ(done.exit_code, 1) << command << done.out;
    EXPECT_NE(done.err.find("700"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("hint:"), std::string::npos) << done.err;
  }
}

TEST(Use, a_damaged_model_is_an_error_with_its_file) {
  const fs::path gguf = workspace() / "damaged.gguf";
  fs::copy(undisturbed() / "gguf/lucie-micro-instruct-q8_0.gguf", gguf);
  fs::resize_file(gguf, fs::file_size(gguf) / 2);
  const Outcome short_file = lucie({"generate", gguf.string(), "-p", "x", "-n", "1"});
  EXPECT_EQ(short_file.exit_code, 1);
  EXPECT_NE(short_file.err.find("damaged.gguf"), std::string::npos) << short_file.err;
  const Outcome none = lucie({"generate", (workspace() / "no-model").string(), "-p", "x"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("no-model"), std::string::npos) << none.err;
}

TEST(Use, convert_and_quantize_give_models_that_speak) {
  const fs::path folder = workspace() / "converted", file = workspace() / "small.gguf";
  ASSERT_EQ(lucie({"convert", undisturbed().string(), "--out", folder.string()}).exit_code, 0);
  ASSERT_EQ(lucie({"quantize", undisturbed().string(), file.string(), "--type", "q4_0"}).exit_code,
            0);
  for (const fs::path& model : {folder, file}) {
    const Outcome done = lucie({"generate", model.string(), "-p", "La commande", "-n", "4"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
  }
  EXPECT_EQ(lucie({"convert", undisturbed().string(), "--out", folder.string()}).exit_code, 2)
      << "nothing is overwritten";
}

TEST(Use, quantize_calibrates_compares_and_draws_what_it_cost) {
  const std::string model = undisturbed().string();
  const fs::path text = workspace() / "weighed.txt", file = workspace() / "weighed.gguf";
  std::string lines;
  for (int i = 0; i < 200; ++i) lines += "La commande ls liste les fichiers.\n";
  write_file_atomic(text, lines);
  const Outcome made =
      lucie({"quantize", model, file.string(), "--type", "Q5_K_M", "--calibrate", text.string(),
             "--report", text.string(), "--window", "32", "--json"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Json json = parse_json(made.out, "output");
  EXPECT_EQ(json.at("type").as_string(), "q5_k_m");
  EXPECT_GT(json.at("report").at("top_1_agreement").as_double(), 0.5);
  EXPECT_LT(json.at("report").at("kl_divergence").as_double(), 0.5);
  EXPECT_NE(read_file(file.string() + ".html").find("<svg"), std::string::npos);

  const Outcome typo = lucie({"quantize", model, "other.gguf", "--type", "q4_km"});
  EXPECT_EQ(typo.exit_code, 2);
  EXPECT_NE(typo.err.find("did you mean 'q4_k_m'?"), std::string::npos) << typo.err;
  const Outcome both = lucie({"quantize", model, "other.gguf", "--save-imatrix", "x.dat"});
  EXPECT_EQ(both.exit_code, 2) << both.err;
}

TEST(Use, a_recipe_gives_its_shape_with_random_weights) {
  const fs::path file = workspace() / "shape.gguf";
  const Outcome made =
      lucie({"convert", recipe().string(), "--random-weights", "--out", file.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const Outcome seen = lucie({"inspect", file.string()});
  EXPECT_NE(seen.out.find("37.8 k parameters"), std::string::npos) << seen.out << seen.err;
  EXPECT_EQ(lucie({"generate", file.string(), "-p", "La"}).exit_code, 1) << "it has no tokenizer";
  const fs::path speaking = workspace() / "speaking.gguf";
  const Outcome with =
      lucie({"convert", recipe().string(), "--random-weights", "--out", speaking.string(),
             "--tokenizer", (undisturbed() / "tokenizer").string()});
  ASSERT_EQ(with.exit_code, 0) << with.err;
  EXPECT_EQ(lucie({"generate", speaking.string(), "-p", "La", "-n", "2"}).exit_code, 0);
}

TEST(CommandLine, reference_in_docs_is_that_of_the_flags) {
  const Outcome reference = lucie({"--help-markdown"});
  ASSERT_EQ(reference.exit_code, 0) << reference.err;
  EXPECT_EQ(reference.out, read_text(fs::path(LUCIE_SOURCE_DIR) / "docs/cli.md"))
      << "the command line changed: look at the difference, then run\n"
         "  lucie --help-markdown > docs/cli.md";
}

TEST(CommandLine, the_published_recipes_plan_to_the_published_figures) {
  const fs::path recipes = fs::path(LUCIE_SOURCE_DIR) / "recipes";
  const Outcome done =
      lucie({"plan", (recipes / "lucie-7b.yaml").string(), "--tflops", "1", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const Json plan = parse_json(done.out, "plan");
  EXPECT_EQ(plan.at("parameters").as_int(), 6'706'958'336);
  const auto& phases = plan.at("phases").items();
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[0].at("steps").as_int(), 753'851);
  EXPECT_EQ(phases[0].at("tokens").as_int(), 3'121'742'086'144);
  EXPECT_EQ(phases[1].at("steps").as_int(), 1'220);
  EXPECT_EQ(phases[1].at("tokens").as_int(), 4'997'120'000);
  EXPECT_EQ(phases[2].at("steps").as_int(), 1'220);
  for (const char* name : {"micro", "tiny", "small", "lucie-1.5b"}) {
    const Outcome other =
        lucie({"plan", (recipes / (std::string(name) + ".yaml")).string(), "--tflops", "1"});
    EXPECT_EQ(other.exit_code, 0) << other.err;
  }
}

TEST(Use, a_step_is_traced_to_documents_that_fill_its_windows) {
  const Outcome done = lucie({"trace", undisturbed().string(), "--step", "2", "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  std::map<std::int64_t, std::int64_t> tokens;  // by sample
  const Json traced = parse_json(done.out, "trace");
  for (const Json& part : traced.at("documents").items()) {
    tokens[part.at("sample").as_int()] += part.at("end").as_int() - part.at("begin").as_int();
    EXPECT_FALSE(part.at("licence").as_string().empty());
    EXPECT_TRUE(part.at("url").as_string().starts_with("deb:fixture-"));
  }
  const Json phase = read_yaml(recipe()).at("train").at("phases").at(std::size_t{0});
  const std::int64_t batch = phase.at("global_batch_size").as_int();
  ASSERT_EQ(tokens.size(), static_cast<std::size_t>(batch));
  EXPECT_EQ(tokens.begin()->first, batch) << "the second step begins after the first one's samples";
  for (const auto& [sample, count] : tokens) {
    EXPECT_EQ(count, phase.at("sequence_length").as_int() + 1) << sample;
  }
}

TEST(Use, a_step_beyond_the_run_is_a_usage_error) {
  const Outcome done = lucie({"trace", undisturbed().string(), "--step", "1000000"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_NE(done.err.find("--step"), std::string::npos) << done.err;
}

TEST(Use, a_document_is_traced_to_the_steps_that_read_it_and_a_token_back_to_both) {
  const std::string run = undisturbed().string();
  const Json step = parse_json(lucie({"trace", run, "--step", "2", "--json"}).out, "step");
  const Json& part = step.at("documents").at(std::size_t{0});
  const std::string id = part.at("id").as_string();
  const Json document = parse_json(lucie({"trace", run, "--doc", id, "--json"}).out, "doc");
  EXPECT_EQ(document.at("decision").as_string(), "kept");
  EXPECT_EQ(document.at("licence"), part.at("licence"));
  bool seen = false;
  for (const Json& entry : document.at("seen").items()) {
    seen = seen || (entry.at("step").as_int() == 2 && entry.at("tokens").as_int() > 0);
  }
  EXPECT_TRUE(seen);
  const std::int64_t window = read_yaml(recipe())
                                  .at("train")
                                  .at("phases")
                                  .at(std::size_t{0})
                                  .at("sequence_length")
                                  .as_int();
  const std::int64_t number = part.at("sample").as_int() * window + part.at("begin").as_int();
  const Json token =
      parse_json(lucie({"trace", run, "--token", std::to_string(number), "--json"}).out, "token");
  EXPECT_EQ(token.at("step").as_int(), 2);
  EXPECT_EQ(token.at("documents").at(std::size_t{0}).at("id").as_string(), id);
}

TEST(Use, a_document_that_was_dropped_is_traced_to_the_reason) {
  const std::string run = undisturbed().string();
  LineReader verdicts(undisturbed() / "corpus/verdicts.jsonl.zst");
  std::string line, id;
  while (id.empty() && verdicts.next(line)) {
    const Json verdict = parse_json(line, "verdicts");
    if (verdict.at("decision").as_string() == "dropped") id = verdict.at("id").as_string();
  }
  const Outcome told = lucie({"trace", run, "--doc", id});
  ASSERT_EQ(told.exit_code, 0) << told.err;
  EXPECT_NE(told.out.find("reason"), std::string::npos) << told.out;
  EXPECT_EQ(lucie({"trace", run, "--doc", "nobody"}).exit_code, 1);
}

TEST(Use, an_order_of_megatron_is_traced_on_shards_alone) {
  const fs::path tokens = undisturbed() / "tokens/train";
  const std::string blend =
      "0.7 " + (tokens / "en").string() + " 0.3 " + (tokens / "fr.idx").string();
  const Arguments arguments{"trace", "--blend", blend, "--order",   "lucie", "--step",
                            "3",     "--batch", "4",   "--samples", "400",   "--seq-length",
                            "32",    "--json"};
  const Outcome done = lucie(arguments);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  std::map<std::int64_t, std::int64_t> counts;
  const Json traced = parse_json(done.out, "trace");
  for (const Json& part : traced.at("documents").items()) {
    counts[part.at("sample").as_int()] += part.at("end").as_int() - part.at("begin").as_int();
    EXPECT_FALSE(part.at("licence").as_string().empty());
  }
  EXPECT_EQ(counts, (std::map<std::int64_t, std::int64_t>{{8, 33}, {9, 33}, {10, 33}, {11, 33}}));
  EXPECT_EQ(lucie({"trace", "--blend", "0.7", "--step", "1"}).exit_code, 2);
  EXPECT_EQ(
      lucie({"trace", (tokens / "en.idx").string(), "--order", "lucy", "--step", "1"}).exit_code,
      2);
  EXPECT_EQ(lucie({"trace", undisturbed().string()}).exit_code, 2);
}

}  // namespace
}  // namespace lucie::end_to_end
