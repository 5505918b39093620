// The list of commands, in the order of --help, and --version.
#include <sstream>

#include "base/thread_pool.h"
#include "cli/command.h"
#include "cli/version.h"
#include "tensor/context.h"

namespace lucie {

std::vector<Command> all_commands() {
  return {chat_command(),
          generate_command(),
          pull_command(),
          push_command(),
          run_command(),
          corpus_build_command(),
          corpus_tokenize_command(),
          corpus_card_command(),
          corpus_stats_command(),
          corpus_text_model_command(),
          corpus_fixture_command(),
          tokenizer_train_command(),
          tokenizer_encode_command(),
          tokenizer_decode_command(),
          tokenizer_compare_command(),
          tokenizer_export_command(),
          train_command(),
          finetune_command(),
          quantize_command(),
          convert_command(),
          eval_command(),
          trace_command(),
          release_command(),
          audit_command(),
          verify_command(),
          plan_command(),
          bench_command(),
          inspect_command()};
}

std::string Argument::operand() const {
  return names.front() == '-' ? "" : names.substr(0, names.find(','));
}

std::string program_name() {
  return std::string("lucie.cpp ") + kVersion;
}

std::string version_text() {
  std::ostringstream text;
  text << "lucie " << kVersion << " (" << kBuildType << ", " << kCompiler << ")\n"
       << make_device()->description() << "\n"
       << kLibraries;
  return text.str();
}

}  // namespace lucie
