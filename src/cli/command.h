// Commands and their arguments, declared once: parsing, --help and checks follow from it.
// CLI11 stands behind this, in parser.cpp only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace lucie {

// What a flag or operand writes to. Flags that the user did not give leave it alone.
using Target = std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::string>*>;

struct Argument {
  std::string names;  // "--seed,-s"; of an operand "MODEL" or, where a flag will do, "MODEL,-m"
  Target target;
  std::string help;
  bool required = false;
  std::string operand() const;  // "MODEL", empty for plain flags
};

struct Command {
  std::string group;     // of --help: Use, Build, Prove, Machine
  std::string name;      // "chat", "tokenizer encode"
  std::string summary;   // one line
  std::string examples;  // lines of --help, without indentation
  std::vector<Argument> arguments;
  std::function<int()> run;     // returns the exit code: 0 done, 3 checked and found wanting
  std::shared_ptr<void> state;  // what the targets point into
};

// Flags with one meaning in every command.
struct CommonOptions {
  std::int64_t threads = 0;
  bool json = false;
  bool quiet = false;
};
CommonOptions& common_options();
std::vector<Command> all_commands();

// Parses and runs. Usage errors: 2, with the nearest name; --help and --version: 0.
int run_command_line(int argc, char** argv);
std::string program_name();  // "lucie.cpp 0.1.0"
std::string version_text();
std::string command_reference();  // Markdown

// One per command file.
Command run_command();
Command corpus_build_command();
Command corpus_fixture_command();
Command tokenizer_train_command();
Command train_command();
Command finetune_command();
Command generate_command();
Command chat_command();
Command pull_command();
Command corpus_card_command();
Command corpus_stats_command();
Command corpus_text_model_command();
Command corpus_tokenize_command();
Command push_command();
Command tokenizer_encode_command();
Command tokenizer_decode_command();
Command tokenizer_compare_command();
Command tokenizer_export_command();
Command quantize_command();
Command convert_command();
Command inspect_command();
Command plan_command();
Command bench_command();
Command eval_command();
Command trace_command();
Command release_command();
Command audit_command();
Command verify_command();

}  // namespace lucie
