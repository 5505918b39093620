// lucie tokenizer encode, decode.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "model/load.h"
#include "model/locate.h"

namespace lucie {
namespace {

struct Options {
  std::string model, text;
  std::vector<std::string> ids;
  bool no_special = false, parse_special = false;
};

// A tokenizer.json, a directory that holds one, or any model.
Tokenizer open_tokenizer(const std::string& name) {
  const fs::path path = name;
  if (path.extension() == ".json" || fs::exists(path / "tokenizer.json")) {
    return Tokenizer::load(path);
  }
  if (fs::exists(path / "tokenizer" / "tokenizer.json")) return Tokenizer::load(path / "tokenizer");
  const fs::path model = locate_model(name);
  return is_gguf(model) ? Tokenizer::from_gguf(GgufReader(model)) : Tokenizer::load(model);
}

std::string text_or_stdin(const std::string& text) {
  return !text.empty() ? text : std::string(std::istreambuf_iterator<char>(std::cin), {});
}

int encode(const Options& options) {
  const Tokenizer tokenizer = open_tokenizer(options.model);
  const std::vector<TokenId> ids = tokenizer.encode(
      text_or_stdin(options.text),
      {.add_special = !options.no_special, .parse_special = options.parse_special});
  if (common_options().json) {
    Json json = Json::array();
    for (const TokenId id : ids) json.push_back(std::int64_t{id});
    std::printf("%s\n", json.dump().c_str());
    return 0;
  }
  for (const TokenId id : ids) {
    std::printf("%d\t%s\n", id, std::string(tokenizer.token(id)).c_str());
  }
  return 0;
}

int decode(const Options& options) {
  const Tokenizer tokenizer = open_tokenizer(options.model);
  std::string all = join(options.ids, " ");
  if (all.empty()) all = text_or_stdin("");
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
  std::printf("%s\n", tokenizer.decode(ids, !options.parse_special).c_str());
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
              "lucie tokenizer encode models/x.gguf --json < letter.txt",
          .arguments = {{"MODEL", &options->model, "tokenizer.json, model or run", true},
                        {"-p,--prompt", &options->text, "text (else stdin)"},
                        {"--no-special", &options->no_special, "without <s> and the like"},
                        {"--parse-special", &options->parse_special,
                         "take special tokens written in the text as such"}},
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
          .arguments = {{"MODEL", &options->model, "tokenizer.json, model or run", true},
                        {"IDS", &options->ids, "ids (else stdin)"},
                        {"--keep-special", &options->parse_special, "show special tokens too"}},
          .run = [options] { return decode(*options); },
          .state = options};
}

}  // namespace lucie
