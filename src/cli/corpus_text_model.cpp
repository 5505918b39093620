// lucie corpus text-model: learns from good text what a language looks like, or says how far texts
// are from it.
#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "corpus/readers/reader.h"
#include "corpus/text_model.h"
#include "corpus/text_repair.h"

namespace lucie {
namespace {

struct Options {
  std::vector<std::string> texts;
  std::string language, out, read;
  std::int64_t order = 5;
};

// The texts of files and folders, repaired as the corpus repairs them, in the order of their paths.
void for_each_text(const Options& options, const std::function<void(const Document&)>& work) {
  for (const std::string& path : options.texts) {
    SourceSpec spec;
    spec.id = fs::path(path).filename().string();
    spec.reader = "text";
    spec.path = path;
    spec.place = path;
    const auto take = [&](Document&& document) {
      document.text = repair_text(document.text).text;
      if (!document.text.empty()) work(document);
    };
    read_source(spec, {}, take, [](const SkippedFile& file) {
      if (file.damaged) log_warning(file.url + ": " + file.reason);
    });
  }
}

int train(const Options& options) {
  TextModelTrainer trainer(options.language, static_cast<int>(options.order));
  bool is_full = false;
  for_each_text(options, [&](const Document& document) {
    const bool fits = document.language.empty() || document.language == options.language;
    if (fits && !trainer.add(document.text)) is_full = true;
  });
  if (is_full) {
    log_info("more text than a model takes; the first " +
             human_bytes(static_cast<double>(TextModelTrainer::kMaxBytes)) + " were enough");
  }
  trainer.write(options.out);
  const TextModel model{fs::path(options.out)};
  std::printf(
      "wrote %s, %s: perplexity of a word below %.0f in a third of good texts, below %.0f in "
      "two thirds\n",
      options.out.c_str(), human_bytes(static_cast<double>(fs::file_size(options.out))).c_str(),
      model.head(), model.middle());
  return 0;
}

int read(const Options& options) {
  const TextModel model{fs::path(options.read)};
  for_each_text(options, [&](const Document& document) {
    const TextModel::Reading reading = model.read(document.text);
    std::printf("%10.1f %6.3f  %s\n", reading.perplexity(), reading.known_share(),
                document.url.c_str());
  });
  return 0;
}

int text_model(const Options& options) {
  if (!options.read.empty()) return read(options);
  if (options.out.empty() || options.language.empty()) {
    fail(ErrorCode::kInvalidArgument, "a model to train needs --out and --language", "--out",
         "or --read MODEL to ask one");
  }
  return train(options);
}

}  // namespace

Command corpus_text_model_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Build",
      .name = "corpus text-model",
      .summary = "what good text of a language looks like, for the corpus to judge others by",
      .examples =
          "lucie corpus text-model corpora/tiny/train/documents/fr --language fr --out fr.model\n"
          "lucie corpus text-model scans/ --read fr.model  # perplexity, share of known words",
      .arguments = {{"TEXT", &options->texts, "files and folders: .txt, .md, .jsonl", true},
                    {"--language", &options->language, "code of the language: fr"},
                    {"-o,--out", &options->out, "file to write"},
                    {"--order", &options->order, "bytes of the longest n-grams (default: 5)"},
                    {"--read", &options->read, "a model: print what it says of the texts"}},
      .run = [options] { return text_model(*options); },
      .state = options};
}

}  // namespace lucie
