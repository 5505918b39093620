// lucie tokenizer compare: fertility of several tokenizers by language.
#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/tokenizer_files.h"
#include "corpus/corpus_files.h"
#include "report/html.h"
#include "report/svg.h"
#include "tokenizer/fertility.h"

namespace lucie {
namespace {

constexpr std::size_t kMostLines = 10000;  // on which llama.cpp's rules are tried

struct Options {
  std::vector<std::string> tokenizers;
  std::string text, out;
  double megabytes = 2;
  bool gguf = false;
};

struct Compared {
  std::string name;
  std::unique_ptr<Tokenizer> tokenizer;
  std::optional<GgufFidelity> fidelity;
};

std::string short_name(const std::string& path) {
  fs::path name = fs::path(path).lexically_normal();
  if (!name.has_filename()) name = name.parent_path();
  const std::string last = name.filename().string();
  const bool usual = last == "tokenizer.json" || last == "tokenizer.model" || last == "tokenizer";
  return usual && name.has_parent_path() ? name.parent_path().filename().string() : last;
}

std::vector<Compared> open_all(const Options& options) {
  std::vector<Compared> all;
  for (const std::string& path : options.tokenizers) {
    all.push_back({short_name(path), std::make_unique<Tokenizer>(open_tokenizer(path)), {}});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {  // names that repeat are given in full
    const auto same = [&](const Compared& other) { return other.name == all[i].name; };
    if (std::count_if(all.begin(), all.end(), same) > 1) all[i].name = options.tokenizers[i];
  }
  return all;
}

// A text file, or the held-out side of a corpus, up to some bytes of each language.
std::vector<LanguageText> read_texts(const Options& options) {
  fs::path path = options.text;
  for (const std::string& name : options.tokenizers) {
    if (path.empty() && fs::exists(fs::path(name) / "corpus" / "holdout")) path = name;
  }
  if (path.empty()) {
    fail(ErrorCode::kInvalidArgument, "on which text?", "--text",
         "a text file, the corpus of a run (runs/tiny/corpus) or a run");
  }
  if (!fs::is_directory(path)) return {{path.stem().string(), read_file(path)}};
  if (fs::exists(path / "corpus" / "holdout")) path /= "corpus";
  const auto limit = static_cast<std::size_t>(options.megabytes * 1e6);
  std::map<std::string, std::size_t> bytes;
  std::vector<LanguageText> texts;
  DocumentReader reader(corpus_parts(path, "holdout"));
  while (auto document = reader.next()) {
    std::size_t& read = bytes[document->language];
    if (read >= limit) continue;
    read += document->text.size();
    texts.push_back({document->language, std::move(document->text)});
  }
  if (texts.empty()) fail(ErrorCode::kNotFound, "no documents", (path / "holdout").string());
  return texts;
}

std::vector<std::string> some_lines(const std::vector<LanguageText>& texts) {
  std::vector<std::string> all;
  for (const LanguageText& text : texts) {
    for (std::string& line : split(text.text, '\n')) {
      if (!line.empty()) all.push_back(std::move(line));
    }
  }
  if (all.size() <= kMostLines) return all;
  std::vector<std::string> some;  // evenly spread
  for (std::size_t i = 0; i < kMostLines; ++i) {
    some.push_back(std::move(all[i * all.size() / kMostLines]));
  }
  return some;
}

std::string decimals(double value, int places) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*f", places, value);
  return buffer;
}

Table make_table(const std::vector<Compared>& all, const std::vector<Fertility>& rows,
                 double (Fertility::*measure)(std::size_t) const) {
  Table table{.columns = {{"language"}, {"words", true}, {"kB", true}}, .rows = {}};
  for (const Compared& compared : all) table.columns.push_back({compared.name, true});
  for (const Fertility& row : rows) {
    std::vector<std::string> cells = {row.language, std::to_string(row.words),
                                      decimals(static_cast<double>(row.bytes) / 1e3, 0)};
    for (std::size_t t = 0; t < all.size(); ++t) cells.push_back(decimals((row.*measure)(t), 3));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

void print(const Table& table) {
  std::vector<std::size_t> widths;
  for (const Column& column : table.columns) widths.push_back(column.name.size());
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  const auto print_cell = [&](std::size_t c, const std::string& cell) {
    const int width = static_cast<int>(widths[c]);
    std::printf("%s%*s", c == 0 ? "" : "  ", table.columns[c].numeric ? width : -width,
                cell.c_str());
  };
  for (std::size_t c = 0; c < widths.size(); ++c) print_cell(c, table.columns[c].name);
  std::printf("\n");
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) print_cell(c, row[c]);
    std::printf("\n");
  }
}

Json to_json(const std::vector<Compared>& all, const std::vector<Fertility>& rows) {
  Json tokenizers = Json::array();
  for (std::size_t t = 0; t < all.size(); ++t) {
    Json languages = Json::object();
    for (const Fertility& row : rows) {
      languages[row.language] = Json(Json::Object{{"tokens", row.tokens[t]},
                                                  {"tokens_per_word", row.tokens_per_word(t)},
                                                  {"bytes_per_token", row.bytes_per_token(t)},
                                                  {"texts_not_restored", row.lossy[t]}});
    }
    Json entry(Json::Object{{"name", all[t].name},
                            {"vocab_size", all[t].tokenizer->vocab_size()},
                            {"languages", std::move(languages)}});
    if (all[t].fidelity) entry["llama_cpp"] = lucie::to_json(*all[t].fidelity);
    tokenizers.push_back(std::move(entry));
  }
  Json texts = Json::object();
  for (const Fertility& row : rows) {
    texts[row.language] = Json(Json::Object{{"texts", row.texts},
                                            {"words", row.words},
                                            {"characters", row.characters},
                                            {"bytes", row.bytes}});
  }
  return Json(Json::Object{{"texts", std::move(texts)}, {"tokenizers", std::move(tokenizers)}});
}

std::string chart(const std::vector<Compared>& all, const std::vector<Fertility>& rows,
                  const char* title, double (Fertility::*measure)(std::size_t) const) {
  BarChart bars{.title = title, .stacked = false};
  for (const Fertility& row : rows) bars.bars.push_back(row.language);
  for (std::size_t t = 0; t < all.size(); ++t) {
    BarSegments segments{.name = all[t].name, .values = {}};
    for (const Fertility& row : rows) segments.values.push_back((row.*measure)(t));
    bars.segments.push_back(std::move(segments));
  }
  return render(bars);
}

std::string page(const std::vector<Compared>& all, const std::vector<Fertility>& rows) {
  HtmlPage html("Tokenizers compared", std::to_string(all.size()) +
                                           " tokenizers on the same texts; words are what white "
                                           "space separates");
  Table sizes{.columns = {{"tokenizer"}, {"vocabulary", true}, {"texts not restored", true}},
              .rows = {}};
  for (std::size_t t = 0; t < all.size(); ++t) {
    sizes.rows.push_back({all[t].name, std::to_string(all[t].tokenizer->vocab_size()),
                          std::to_string(rows.back().lossy[t])});
  }
  html.table(sizes);
  html.heading("Tokens per word")
      .figure(chart(all, rows, "Tokens per word", &Fertility::tokens_per_word),
              "Fewer is better: shorter sequences for the same text.")
      .table(make_table(all, rows, &Fertility::tokens_per_word));
  html.heading("Bytes per token")
      .figure(chart(all, rows, "Bytes per token", &Fertility::bytes_per_token),
              "More is better; comparable for languages that put no space between words.")
      .table(make_table(all, rows, &Fertility::bytes_per_token));
  for (const Compared& compared : all) {
    if (compared.fidelity) {
      html.subheading(compared.name + " in GGUF").code(describe(*compared.fidelity));
    }
  }
  return html.str();
}

int compare(const Options& options) {
  std::vector<Compared> all = open_all(options);
  const std::vector<LanguageText> texts = read_texts(options);
  ThreadPool pool(static_cast<int>(common_options().threads));
  std::vector<const Tokenizer*> tokenizers;
  for (const Compared& compared : all) tokenizers.push_back(compared.tokenizer.get());
  const std::vector<Fertility> rows = measure_fertility(tokenizers, texts, pool);
  if (options.gguf) {
    const std::vector<std::string> lines = some_lines(texts);
    for (std::size_t t = 0; t < all.size(); ++t) {
      all[t].fidelity = gguf_fidelity(options.tokenizers[t], *all[t].tokenizer, lines);
    }
  }
  if (!options.out.empty()) {
    write_file_atomic(options.out, page(all, rows));
    log_info("wrote " + options.out);
  }
  if (common_options().json) {
    std::printf("%s\n", to_json(all, rows).dump(2).c_str());
    return 0;
  }
  std::printf("tokens per word\n");
  print(make_table(all, rows, &Fertility::tokens_per_word));
  std::printf("\nbytes per token\n");
  print(make_table(all, rows, &Fertility::bytes_per_token));
  for (const Compared& compared : all) {
    if (!compared.fidelity) continue;
    std::printf("\n%s: %s\n", compared.name.c_str(), describe(*compared.fidelity).c_str());
  }
  return 0;
}

}  // namespace

Command tokenizer_compare_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "tokenizer compare",
          .summary = "tokens per word of several tokenizers, by language",
          .examples =
              "lucie tokenizer compare runs/tiny models/x.gguf --text runs/tiny/corpus\n"
              "lucie tokenizer compare a/tokenizer.json b/tokenizer.model --text letters.txt "
              "--out tokenizers.html",
          .arguments = {{"TOKENIZERS", &options->tokenizers,
                         "tokenizer.json, .model, .gguf, models or runs", true},
                        {"--text", &options->text,
                         "text file, or corpus (its held-out side; else that of a run among them)"},
                        {"--megabytes", &options->megabytes, "of each language, at most (2)"},
                        {"--gguf", &options->gguf,
                         "also: how llama.cpp would tokenize with these in a .gguf"},
                        {"-o,--out", &options->out, "HTML page with charts to write"}},
          .run = [options] { return compare(*options); },
          .state = options};
}

}  // namespace lucie
