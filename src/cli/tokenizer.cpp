// lucie tokenizer encode, decode, export.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/tokenizer_files.h"
#include "model/load.h"
#include "tokenizer/gguf_export.h"

namespace lucie {
namespace {

struct Options {
  std::string model, text, file, out;
  std::vector<std::string> ids;
  bool no_special = false, parse_special = false, as_llama_cpp = false;
  bool only_ids = false, only_pieces = false, lines = false, null_ends = false;
};

// The texts (or lists of ids) of which the input consists: one, or one a line, or one before each
// NUL byte.
std::vector<std::string> cut(std::string input, const Options& options) {
  if (!options.lines && !options.null_ends) return {std::move(input)};
  const char end = options.null_ends ? '\0' : '\n';
  if (input.ends_with(end)) input.pop_back();
  return split(input, end);
}

std::string read_text(const Options& options) {
  if (!options.text.empty()) return options.text;
  if (!options.file.empty()) return read_file(options.file);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// A piece on one line of a terminal.
std::string shown(std::string_view piece) {
  std::string out;
  for (const char c : piece) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      out += c;
    }
  }
  return out;
}

Json to_json(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool pieces) {
  Json json = Json::array();
  for (const TokenId id : ids) {
    const Json number(std::int64_t{id});
    if (pieces) {
      json.push_back(Json(Json::Object{{"id", number}, {"piece", tokenizer.token(id)}}));
    } else {
      json.push_back(number);
    }
  }
  return json;
}

void print_ids(const Tokenizer& tokenizer, const std::vector<TokenId>& ids,
               const Options& options) {
  if (common_options().json) {
    std::printf("%s\n", to_json(tokenizer, ids, options.only_pieces).dump().c_str());
    return;
  }
  const bool many = options.lines || options.null_ends;
  if (options.only_ids || (many && !options.only_pieces)) {
    for (std::size_t i = 0; i < ids.size(); ++i) std::printf(i == 0 ? "%d" : " %d", ids[i]);
    std::printf("\n");
    return;
  }
  for (const TokenId id : ids) {
    const std::string piece = shown(tokenizer.token(id));
    if (options.only_pieces) {
      std::printf("%s\n", piece.c_str());
    } else {
      std::printf("%d\t%s\n", id, piece.c_str());
    }
  }
}

int encode(const Options& options) {
  const Tokenizer tokenizer = open_tokenizer(options.model, options.as_llama_cpp);
  const EncodeOptions how{.add_special = !options.no_special,
                          .parse_special = options.parse_special};
  for (const std::string& text : cut(read_text(options), options)) {
    print_ids(tokenizer, tokenizer.encode(text, how), options);
  }
  return 0;
}

std::vector<TokenId> parse_ids(std::string all, const Tokenizer& tokenizer) {
  for (char& c : all) {
    if (c == ',' || c == '[' || c == ']' || c == '\n' || c == '\t') c = ' ';
  }
  std::vector<TokenId> ids;
  for (const std::string& word : split(all, ' ')) {
    if (word.empty()) continue;
    const auto id = parse_int(word);
    if (!id || *id < 0 || *id >= tokenizer.vocab_size()) {
      fail(ErrorCode::kInvalidArgument, "'" + word + "' is not an id of this tokenizer", "IDS",
           "ids run from 0 to " + std::to_string(tokenizer.vocab_size() - 1));
    }
    ids.push_back(static_cast<TokenId>(*id));
  }
  return ids;
}

int decode(const Options& options) {
  const Tokenizer tokenizer = open_tokenizer(options.model, options.as_llama_cpp);
  const std::string given = options.ids.empty() ? read_text(options) : join(options.ids, " ");
  for (const std::string& list : cut(given, options)) {
    const std::vector<TokenId> ids = parse_ids(list, tokenizer);
    if (options.only_pieces) {
      print_ids(tokenizer, ids, options);
      continue;
    }
    std::string text = tokenizer.decode(ids, !options.parse_special);
    if (common_options().json) text = Json(text).dump();
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::putchar('\n');
  }
  return 0;
}

std::vector<std::string> lines_of(const Options& options) {
  if (options.file.empty()) return {};
  return split(read_file(options.file), '\n');
}

int export_tokenizer(const Options& options) {
  const fs::path out = options.out;
  if (fs::exists(out)) {
    fail(ErrorCode::kInvalidArgument, "already there: " + out.string(), "--out",
         "choose another name; nothing is overwritten");
  }
  const Tokenizer tokenizer = open_tokenizer(options.model, options.as_llama_cpp);
  if (!is_gguf(out)) {
    AtomicDirectory directory(out);
    write_json(directory.path() / "tokenizer.json", tokenizer.tokenizer_json());
    write_json(directory.path() / "tokenizer_config.json", tokenizer.config_json());
    directory.commit();
    return 0;
  }
  GgufMetadata metadata = {{"general.architecture", GgufValue::string("llama")},
                           {"general.name", GgufValue::string(out.stem().string())}};
  for (auto& entry : gguf_metadata(tokenizer)) metadata.push_back(std::move(entry));
  GgufWriter writer(out, metadata, {});
  writer.commit();
  const std::vector<std::string> lines = lines_of(options);
  if (lines.empty()) return 0;
  const GgufFidelity fidelity = measure_gguf_fidelity(tokenizer, metadata, lines);
  std::printf("%s\n", common_options().json ? lucie::to_json(fidelity).dump().c_str()
                                            : describe(fidelity).c_str());
  return 0;
}

}  // namespace

Command tokenizer_encode_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "tokenizer encode",
          .summary = "text to token ids",
          .examples =
              "lucie tokenizer encode runs/tiny -p \"bonjour\"\n"
              "lucie tokenizer encode models/x.gguf --json < letter.txt\n"
              "lucie tokenizer encode tokenizer.model --lines --file corpus.txt",
          .arguments = {{"MODEL", &options->model, "tokenizer.json, .model, model or run", true},
                        {"-p,--prompt", &options->text, "text (else a file or stdin)"},
                        {"-f,--file", &options->file, "file with the text"},
                        {"--ids", &options->only_ids, "only the ids, on one line"},
                        {"--pieces", &options->only_pieces, "only the tokens; with --json, both"},
                        {"--lines", &options->lines, "each line of the text for itself"},
                        {"-0,--null", &options->null_ends,
                         "each text for itself that ends with a NUL byte"},
                        {"--no-special", &options->no_special, "without <s> and the like"},
                        {"--parse-special", &options->parse_special,
                         "take special tokens written in the text as such"},
                        {"--as-llama-cpp", &options->as_llama_cpp,
                         "of a .gguf: as llama.cpp reads it"}},
          .run = [options] { return encode(*options); },
          .state = options};
}

Command tokenizer_decode_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "tokenizer decode",
          .summary = "token ids to text",
          .examples =
              "lucie tokenizer decode runs/tiny 0 1042 77\n"
              "echo '[0, 1042, 77]' | lucie tokenizer decode runs/tiny",
          .arguments = {{"MODEL", &options->model, "tokenizer.json, .model, model or run", true},
                        {"IDS", &options->ids, "ids (else a file or stdin)"},
                        {"-f,--file", &options->file, "file with the ids"},
                        {"--lines", &options->lines, "each line of ids for itself"},
                        {"--pieces", &options->only_pieces, "the tokens instead of the text"},
                        {"--keep-special", &options->parse_special, "show special tokens too"},
                        {"--as-llama-cpp", &options->as_llama_cpp,
                         "of a .gguf: as llama.cpp reads it"}},
          .run = [options] { return decode(*options); },
          .state = options};
}

Command tokenizer_export_command() {
  auto options = std::make_shared<Options>();
  return {.group = "Build",
          .name = "tokenizer export",
          .summary = "a tokenizer as tokenizer.json, or as a .gguf without weights",
          .examples =
              "lucie tokenizer export models/x.gguf --out x-tokenizer\n"
              "lucie tokenizer export tokenizer.model --out vocab.gguf --file corpus.txt",
          .arguments = {{"MODEL", &options->model, "tokenizer.json, .model, model or run", true},
                        {"-o,--out", &options->out, "directory or .gguf to write", true},
                        {"-f,--file", &options->file,
                         "for a .gguf: say how llama.cpp tokenizes the lines of this text"},
                        {"--as-llama-cpp", &options->as_llama_cpp,
                         "of a .gguf: as llama.cpp reads it"}},
          .run = [options] { return export_tokenizer(*options); },
          .state = options};
}

}  // namespace lucie
