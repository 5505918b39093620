// The command line as Markdown: docs/cli.md, which a test compares.
#include "base/text.h"
#include "cli/command.h"

namespace lucie {
namespace {

bool takes_many(const Argument& argument) {
  return std::holds_alternative<std::vector<std::string>*>(argument.target);
}

std::string kind_of(const Target& target) {
  static const char* const kinds[] = {"", " INT", " NUMBER", " TEXT", " TEXT"};
  return kinds[target.index()];
}

std::string usage(const Command& command) {
  std::string text = "lucie " + command.name;
  for (const Argument& argument : command.arguments) {
    if (argument.operand().empty()) continue;
    const std::string operand = argument.operand() + (takes_many(argument) ? "..." : "");
    text += argument.required ? " " + operand : " [" + operand + "]";
  }
  return text + " [flags]";
}

std::string row(const Argument& argument) {
  const bool flag = argument.operand().empty();
  const std::string names = argument.names + (flag ? kind_of(argument.target) : "");
  std::string notes = argument.help;
  if (argument.required && flag) notes += " (required)";
  if (takes_many(argument) && flag) notes += " (may be given again)";
  return "| `" + names + "` | " + notes + " |\n";
}

std::string section(const Command& command) {
  std::string text = "### lucie " + command.name + "\n\n" + command.summary + "\n\n```\n" +
                     usage(command) + "\n```\n\n";
  if (!command.arguments.empty()) text += "| argument | meaning |\n|---|---|\n";
  for (const Argument& argument : command.arguments) text += row(argument);
  return text + "\n```\n" + command.examples + "\n```\n\n";
}

}  // namespace

std::string command_reference() {
  std::string text =
      "# The command line\n\n"
      "Written by `lucie --help-markdown > docs/cli.md`; a test compares it with the program.\n\n"
      "MODEL is a Hugging Face directory, a GGUF file, a run directory, which means its newest "
      "instruct model, else its base (`runs/tiny:base` picks another of its models), or `org/name` "
      "of a hub, which is pulled once ([models from a hub](guides/hub.md)). Every command takes "
      "`-t,--threads` (results do not depend on it), `--json`, `-q,--quiet` and `-h,--help`. "
      "Results go to stdout, the rest to stderr. Exit codes: 0 done; 1 failed; 2 wrong usage; 3 "
      "checked and found wanting.\n\n";
  const std::vector<Command> commands = all_commands();
  for (const char* group : {"Use", "Build", "Prove", "Machine"}) {
    text += "## " + std::string(group) + "\n\n";
    for (const Command& command : commands) {
      if (command.group == group) text += section(command);
    }
  }
  text.pop_back();
  return text;
}

}  // namespace lucie
