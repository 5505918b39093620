// lucie audit: how open a release is, against two public definitions, component by component.
#include <cstdio>

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "pipeline/run_reading.h"
#include "release/openness_page.h"
#include "release/openness_reader.h"
#include "release/removal.h"

namespace lucie {
namespace {

struct Options {
  std::string path, declared, html, without;
};

int show_removal(const Options& options) {
  if (!options.declared.empty() || !options.html.empty()) {
    fail(ErrorCode::kInvalidArgument, "--class and --html are of an audit, and --without is none",
         "--without", "ask for one after the other");
  }
  const TrainingRecord record = fs::is_directory(options.path) ? read_run_training(options.path)
                                                               : read_training(options.path);
  const Removal removal = plan_removal(record, options.without);
  if (common_options().json) {
    std::printf("%s\n", removal.to_json().dump(2).c_str());
  } else {
    std::fputs(removal_text(removal).c_str(), stdout);
  }
  return 0;
}

int audit(const Options& options) {
  if (!options.without.empty()) return show_removal(options);
  OpennessFacts facts = read_openness(options.path);
  if (!options.declared.empty()) {
    Json wanted(options.declared);
    wanted.set_place("--class");
    facts.declared_class = parse_openness_class(wanted);
  }
  const OpennessAudit result = audit_openness(facts);
  if (!options.html.empty()) {
    write_file_atomic(options.html, openness_html(result));
    log_info("wrote " + options.html);
  }
  if (common_options().json) {
    std::printf("%s\n", result.to_json().dump(2).c_str());
  } else {
    std::fputs(openness_text(result).c_str(), stdout);
  }
  return result.wanting() ? 3 : 0;
}

}  // namespace

Command audit_command() {
  auto options = std::make_shared<Options>();
  return {
      .group = "Prove",
      .name = "audit",
      .summary = "how open a release is, component by component, and what a removal would change",
      .examples =
          "lucie audit tiny-1.0\n"
          "lucie audit tiny-1.0 --class II --html audit.html\n"
          "lucie audit lucie-7b.yaml --json\n"
          "lucie audit lucie-7b.yaml --without Persee",
      .arguments = {{"BUNDLE", &options->path,
                     "bundle, run, release description, or record of the Model Openness Tool",
                     true},
                    {"--class", &options->declared,
                     "the class that must be reached: I, II or III (else the declared one)"},
                    {"--html", &options->html, "write a page with badges here"},
                    {"--without", &options->without,
                     "what leaving out this source would change, instead of an audit"}},
      .run = [options] { return audit(*options); },
      .state = options};
}

}  // namespace lucie
