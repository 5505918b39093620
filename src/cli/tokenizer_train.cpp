// lucie tokenizer train: the tokenizer stage of a recipe, or a tokenizer from files of text.
#include <algorithm>
#include <cstdio>
#include <deque>
#include <optional>

#include "base/error.h"
#include "base/stream.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "cli/stage_command.h"
#include "tokenizer/trainer.h"

namespace lucie {
namespace {

struct Options {
  std::shared_ptr<StageOptions> stage = std::make_shared<StageOptions>();
  std::vector<std::string> texts;
  std::string design = "lucie", vocab_size = "4096", split = "cl100k", memory = "2GB";
  std::int64_t min_frequency = 2, limit_alphabet = 1000;
};

bool holds_documents(const fs::path& path) {
  return path.string().find(".jsonl") != std::string::npos;
}

// The files to read, those of folders in order of their paths: JSON lines there, else text.
std::deque<fs::path> files_of(const std::vector<std::string>& texts) {
  std::deque<fs::path> files;
  for (const std::string& text : texts) {
    if (!fs::is_directory(text)) {
      files.emplace_back(text);
      continue;
    }
    std::vector<fs::path> inside;
    for (const auto& entry : fs::recursive_directory_iterator(text)) {
      const fs::path& path = entry.path();
      if (entry.is_regular_file() && (holds_documents(path) || path.extension() == ".txt")) {
        inside.push_back(path);
      }
    }
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

// Documents of JSON lines ("text"), lines of anything else with their newline, as Hugging Face's
// train() takes them.
class Texts {
 public:
  explicit Texts(std::deque<fs::path> files) : files_(std::move(files)) {}

  std::optional<std::string> next() {
    std::string line;
    while (!lines_ || !lines_->next(line)) {
      lines_.reset();
      if (files_.empty()) return std::nullopt;
      documents_ = holds_documents(files_.front());
      lines_.emplace(files_.front());
      files_.pop_front();
    }
    if (documents_) return parse_json(line, lines_->place()).at("text").as_string();
    return line + '\n';
  }

 private:
  std::deque<fs::path> files_;
  std::optional<LineReader> lines_;
  bool documents_ = false;
};

TrainerOptions trainer_options(const Options& options) {
  TrainerOptions trainer;
  trainer.design = tokenizer_design(options.design, "--design");
  trainer.vocab_sizes.clear();
  for (const std::string& size : split(options.vocab_size, ',')) {
    const auto number = parse_int(trim(size));
    if (!number) {
      fail(ErrorCode::kInvalidArgument, "'" + size + "' is not a size", "--vocab-size",
           "for example 32768, or 8192,16384,32768");
    }
    trainer.vocab_sizes.push_back(*number);
  }
  trainer.split = options.split;
  trainer.min_frequency = options.min_frequency;
  trainer.limit_alphabet = options.limit_alphabet;
  const auto memory = parse_bytes(options.memory);
  if (!memory) {
    fail(ErrorCode::kInvalidArgument, "'" + options.memory + "' is not a size", "--memory",
         "for example 2GB");
  }
  trainer.memory = *memory;
  return trainer;
}

int train_on_texts(const Options& options) {
  const fs::path out = options.stage->out;
  if (out.empty() || fs::exists(out)) {
    fail(ErrorCode::kInvalidArgument,
         out.empty() ? "no folder is given to write to" : "already there: " + out.string(), "--out",
         "choose a new name; nothing is overwritten");
  }
  TrainerOptions trainer = trainer_options(options);
  AtomicDirectory folder(out);
  trainer.scratch = folder.path();
  ThreadPool pool(static_cast<int>(common_options().threads));
  Texts texts(files_of(options.texts));
  const auto trained = train_tokenizers([&texts] { return texts.next(); }, trainer, pool);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    fs::path place = folder.path();
    if (trained.size() > 1) place /= std::to_string(trainer.vocab_sizes[i]);
    fs::create_directories(place);
    write_json(place / "tokenizer.json", trained[i].tokenizer);
    write_json(place / "tokenizer_config.json", trained[i].config);
  }
  folder.commit();
  return 0;
}

}  // namespace

Command tokenizer_train_command() {
  auto options = std::make_shared<Options>();
  options->stage->until = "tokenizer";
  Command command = stage_command(
      "tokenizer train", "a tokenizer: BPE as Lucie's or over bytes, or Unigram", options->stage,
      "lucie tokenizer train recipes/tiny.yaml --out runs/tiny\n"
      "lucie tokenizer train --text corpus/train/documents --vocab-size 8192,32768 --out toks\n"
      "lucie tokenizer train --text a.txt b.jsonl.zst --design byte-level --out tok");
  command.arguments.front().required = false;
  const std::vector<Argument> own = {
      {"--text", &options->texts, "no recipe: train on .jsonl, text files, folders of them"},
      {"--design", &options->design, "with --text: lucie, byte-level or unigram"},
      {"--vocab-size", &options->vocab_size,
       "with --text: tokens, or several sizes (8192,32768), a folder for each"},
      {"--split", &options->split, "of byte-level: words as cl100k (Llama 3) or gpt2 cut them"},
      {"--min-frequency", &options->min_frequency, "with --text: least count of a merged pair"},
      {"--limit-alphabet", &options->limit_alphabet, "with --text: characters with a token"},
      {"--memory", &options->memory, "with --text: for counting words; more goes to files"}};
  command.arguments.insert(command.arguments.end(), own.begin(), own.end());
  command.run = [options] {
    return options->texts.empty() ? run_stage(*options->stage) : train_on_texts(*options);
  };
  command.state = options;
  return command;
}

}  // namespace lucie
