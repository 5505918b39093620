// The command line on top of CLI11: groups, nearest names, exit codes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/terminal.h"

namespace lucie {
namespace {

CLI::Option* add(CLI::App& app, const Argument& argument) {
  // An operand is written in capitals; CLI11 wants a plain name.
  const std::string operand = argument.operand();
  const std::string names = to_lower_ascii(operand) + argument.names.substr(operand.size());
  CLI::Option* option = std::visit(
      [&](auto* target) -> CLI::Option* {
        using T = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<T, bool>) {
          return app.add_flag(names, *target, argument.help);
        } else {
          return app.add_option(names, *target, argument.help);
        }
      },
      argument.target);
  if (std::holds_alternative<std::vector<std::string>*>(argument.target)) {
    if (operand.empty()) option->expected(1)->take_all();
  } else {
    option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  if (!operand.empty()) option->option_text(operand);
  if (argument.required) option->required();
  return option;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

CLI::App& deepest(CLI::App& app) {
  CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

// CLI11's message, with an operand named as in the help.
std::string message_of(const CLI::ParseError& error, const CLI::App& command) {
  std::string what = error.what();
  std::replace(what.begin(), what.end(), '\n', ' ');
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (!option->get_positional() || !what.starts_with(name + " ")) continue;
    return option->get_option_text() + what.substr(name.size());
  }
  return what;
}

int usage_error(CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  CLI::App& command = deepest(app);
  std::string path;
  for (CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
    path = at->get_name() + (path.empty() ? "" : " ") + path;
  }
  std::string hint = "see '" + path + " --help'";
  std::vector<std::string> known = flag_names(command);
  for (const CLI::App* child : command.get_subcommands([](CLI::App*) { return true; })) {
    known.push_back(child->get_name());
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = split(argv[i], '=').front();
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const bool candidate = word.starts_with("--") || &command == &app;
    const std::string guess = candidate ? did_you_mean(word, known) : "";
    if (!guess.empty()) hint = guess + "; " + hint;
  }
  std::fprintf(stderr, "lucie: error: %s\n  hint: %s\n", message_of(error, command).c_str(),
               hint.c_str());
  return 2;
}

void report(const std::string& command, const Error& error) {
  std::fprintf(stderr, "lucie %s: error: %s\n", command.c_str(), error.what());
  if (!error.hint().empty()) std::fprintf(stderr, "  hint: %s\n", error.hint().c_str());
}

void add_common(CLI::App& app) {
  CommonOptions& common = common_options();
  app.add_option("-t,--threads", common.threads, "threads; results do not depend on it (0: all)");
  app.add_flag("--json", common.json, "machine-readable results on stdout");
  app.add_flag("-q,--quiet", common.quiet, "no progress, no notes");
}

// Names of llama.cpp's that CLI11 would read as several letters.
std::vector<char*> with_known_names(int argc, char** argv) {
  static std::map<std::string, std::string, std::less<>> names{{"-ctk", "--cache-type-k"},
                                                               {"-ctv", "--cache-type-v"},
                                                               {"-md", "--draft"},
                                                               {"-np", "--parallel"}};
  std::vector<char*> words(argv, argv + argc);
  for (char*& word : words) {
    if (const auto known = names.find(std::string_view(word)); known != names.end()) {
      word = known->second.data();
    }
  }
  return words;
}

}  // namespace

CommonOptions& common_options() {
  static CommonOptions options;
  return options;
}

int run_command_line(int argc, char** argv) {
  CLI::App app(
      "lucie: from licensed documents to a released model, and every token knows its "
      "document",
      "lucie");
  app.set_version_flag("--version", version_text);
  app.add_flag_callback(
      "--help-markdown", [] { throw CLI::CallForVersion(command_reference(), 0); },
      "all commands and flags as Markdown (docs/cli.md)");
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  std::vector<Command> commands = all_commands();
  std::map<std::string, CLI::App*> parents;
  const Command* chosen = nullptr;
  for (const Command& command : commands) {
    CLI::App* parent = &app;
    std::string name = command.name;
    if (const std::size_t space = name.find(' '); space != std::string::npos) {
      const std::string noun = name.substr(0, space);
      CLI::App*& group = parents[noun];
      if (!group) {
        group = app.add_subcommand(noun, "commands on a " + noun)->group(command.group);
        group->require_subcommand(1);
      }
      parent = group;
      name = name.substr(space + 1);
    }
    CLI::App* sub = parent->add_subcommand(name, command.summary)->group(command.group);
    sub->footer("Examples:\n  " + join(split(command.examples, '\n'), "\n  "));
    for (const Argument& argument : command.arguments) add(*sub, argument);
    add_common(*sub);
    sub->callback([&chosen, &command] { chosen = &command; });
  }
  try {
    app.parse(argc, with_known_names(argc, argv).data());
  } catch (const CLI::Success& done) {
    return app.exit(done);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  }
  TerminalSink sink(common_options().quiet);
  set_log_sink(&sink);
  try {
    return chosen->run();
  } catch (const Error& error) {
    report(chosen->name, error);
    return error.code() == ErrorCode::kInvalidArgument ? 2 : 1;
  } catch (const std::bad_alloc&) {
    report(chosen->name,
           Error(ErrorCode::kOutOfMemory, "out of memory", {}, "'lucie plan' says what is needed"));
  } catch (const std::filesystem::filesystem_error& error) {
    report(chosen->name, Error(ErrorCode::kIo, error.code().message(), error.path1().string()));
  }
  return 1;
}

}  // namespace lucie
