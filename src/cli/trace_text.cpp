// lucie trace MODEL TEXT: the longest spans of a text that stand in the training tokens.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/trace.h"
#include "pipeline/text_tracer.h"

namespace lucie {
namespace {

std::uint64_t positive(std::int64_t value, const char* flag) {
  if (value < 1) fail(ErrorCode::kInvalidArgument, "must be at least 1", flag);
  return static_cast<std::uint64_t>(value);
}

std::string text_of(const std::string& argument) {
  if (argument != "-") return argument;
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

std::string joined(const Json& words, const char* separator) {
  std::vector<std::string> parts;
  for (const Json& word : words.items()) {
    parts.push_back(word.is_string() ? word.as_string() : word.dump());
  }
  return join(parts, separator);
}

// "steps 12, 845 and 3 more"; a document that the mixture has not come to was not read.
std::string steps_in_words(const Json& steps) {
  constexpr std::size_t kShown = 4;
  if (steps.size() == 0) return "read at no step";
  Json::Array shown(
      steps.items().begin(),
      steps.items().begin() + static_cast<std::ptrdiff_t>(std::min(kShown, steps.size())));
  std::string words = (steps.size() == 1 ? "step " : "steps ") + joined(Json(shown), ", ");
  if (steps.size() > kShown) words += " and " + std::to_string(steps.size() - kShown) + " more";
  return words;
}

std::string place_in_words(const Json& document) {
  const Json* described = document.find("described");
  if (described == nullptr) return document.get("url", "");
  return described->is_string() ? described->as_string() : "not to be shown";
}

// A text on one line.
std::string quoted(const Json& span) {
  const Json* text = span.find("text");
  return text == nullptr ? "(not to be shown)" : Json(std::string(trim(text->as_string()))).dump();
}

void print_probabilities(const Json& tokens) {
  std::printf("\nprobability  followed / seen after so many tokens  token\n");
  for (const Json& token : tokens.items()) {
    std::printf("%11.4f  %8lld / %8lld after %3lld  %s\n", token.at("probability").as_double(),
                static_cast<long long>(token.at("followed").as_int()),
                static_cast<long long>(token.at("seen").as_int()),
                static_cast<long long>(token.at("context").as_int()),
                token.at("text").dump().c_str());
  }
}

}  // namespace

fs::path run_of_model(const std::string& model) {
  const auto path = TracedRun::of_model(model);
  if (!path) {
    fail(ErrorCode::kNotFound, "nothing is known of the texts that this model read", model,
         "give the directory of `lucie run`, or a model that lies in it");
  }
  return *path;
}

std::uint64_t index_memory(const TraceOptions& options) {
  const auto memory = parse_bytes(options.memory);
  if (!memory) {
    fail(ErrorCode::kInvalidArgument, "'" + options.memory + "' is no amount of memory", "--memory",
         "for example 2GB");
  }
  return *memory;
}

void print_spans(const Json& answer) {
  const std::int64_t tokens = answer.at("tokens").as_int();
  std::printf("%lld of %lld tokens stand in the training text word for word, in %lld spans\n",
              static_cast<long long>(answer.at("covered").as_int()), static_cast<long long>(tokens),
              static_cast<long long>(answer.at("spans_found").as_int()));
  for (const Json& span : answer.at("spans").items()) {
    std::printf("\n%lld tokens, %lld times: %s\n",
                static_cast<long long>(span.at("tokens").as_int()),
                static_cast<long long>(span.at("occurrences").as_int()), quoted(span).c_str());
    for (const Json& document : span.at("documents").items()) {
      std::printf("  %s  %s  %s\n    %s\n", document.at("id").as_string().c_str(),
                  document.at("licence").as_string().c_str(),
                  steps_in_words(document.at("steps")).c_str(), place_in_words(document).c_str());
    }
  }
  if (answer.at("attribution").size() > 0) std::printf("\nwhoever passes these words on owes\n");
  for (const Json& entry : answer.at("attribution").items()) {
    std::printf("  %s: %s  %s\n", joined(entry.at("duties"), ", ").c_str(),
                entry.at("licence").as_string().c_str(), place_in_words(entry).c_str());
  }
  if (const Json* probabilities = answer.find("probabilities")) print_probabilities(*probabilities);
}

int trace_text(const TraceOptions& options) {
  TextTraceSettings settings;
  settings.shortest = positive(options.shortest, "--shortest");
  settings.spans = positive(options.spans, "--spans");
  settings.documents = positive(options.documents, "--documents");
  settings.probabilities = options.probabilities;
  const std::uint64_t memory = index_memory(options);
  const TracedRun run(run_of_model(options.path));
  ThreadPool pool(static_cast<int>(common_options().threads));
  const TextTracer tracer(run, memory, pool);
  if (options.text.empty()) return 0;
  const auto start = std::chrono::steady_clock::now();
  const Json answer = tracer.trace(text_of(options.text), settings);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (common_options().json) {
    std::printf("%s\n", answer.dump(2).c_str());
  } else {
    print_spans(answer);
  }
  char line[64];
  std::snprintf(line, sizeof line, "traced in %.1f ms", took.count());
  log_info(line);
  return 0;
}

}  // namespace lucie
