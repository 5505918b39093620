#include "cli/conversation.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <variant>

#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/trace.h"

namespace lucie {
namespace {

const char* kHelp =
    "/again  answer the last question once more, otherwise\n"
    "/undo  forget the last question and its answer\n"
    "/clear  forget the conversation\n"
    "/system TEXT  set the system prompt and forget the conversation\n"
    "/set NAME VALUE  temp, top-k, top-p, min-p, repeat-penalty, seed or max-tokens; alone: shows\n"
    "/save FILE  write the conversation as JSON\n"
    "/trace  where the words of the last answer come from\n"
    "/help  this list\n"
    "/exit  leave (or Ctrl-D); Ctrl-C stops an answer\n";

// "temp 0.5"; without a name all are shown.
void change_setting(GenerateOptions& settings, const std::string& text) {
  SamplingSettings& s = settings.sampling;
  const std::map<std::string, std::variant<double*, std::int64_t*, std::uint64_t*>> known{
      {"temp", &s.temperature},
      {"top-k", &s.top_k},
      {"top-p", &s.top_p},
      {"min-p", &s.min_p},
      {"repeat-penalty", &s.repetition_penalty},
      {"seed", &s.seed},
      {"max-tokens", &settings.max_tokens}};
  const std::size_t space = text.find(' ');
  const std::string name = text.substr(0, space);
  if (space == std::string::npos) {
    for (const auto& [key, target] : known) {
      const Json value = std::visit([](const auto* at) { return Json(*at); }, target);
      std::fprintf(stderr, "%s %s\n", key.c_str(), value.dump().c_str());
    }
    return;
  }
  const auto found = known.find(name);
  if (found == known.end()) fail(ErrorCode::kInvalidArgument, "no such setting: " + name, "/set");
  const GenerateOptions before = settings;
  try {
    const Json value = parse_json(trim(text.substr(space)), "/set");
    std::visit(
        [&](auto* at) {
          using T = std::remove_pointer_t<decltype(at)>;
          *at = std::is_same_v<T, double> ? static_cast<T>(value.as_double())
                                          : static_cast<T>(value.as_int());
        },
        found->second);
    check_options(settings);
  } catch (const Error&) {
    settings = before;
    throw;
  }
}

// A conversation depends on what was said anyway: answers need not be read again.
EngineSettings conversation_settings(const GenerationFlags& flags) {
  EngineSettings settings = flags.checked_engine();
  settings.reread_answers = false;
  return settings;
}

}  // namespace

void AnswerTrace::print(const std::vector<TokenId>& answer) {
  if (!tracer_) {
    run_ = std::make_unique<TracedRun>(run_of_model(model_));
    tracer_ = std::make_unique<TextTracer>(*run_, index_memory({}), pool_);
  }
  print_spans(tracer_->trace(answer, {}));
}

Conversation::Conversation(Engine& engine, const GenerationFlags& flags, const std::string& system)
    : engine_(engine),
      settings_(flags.checked()),
      generator_(engine.ctx, engine.model, conversation_settings(flags)),
      draft_(add_drafter(engine, flags, generator_.engine())),
      trace_(flags.model, engine.pool) {
  set_system(system);
}

bool Conversation::take(const std::string& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string command = line.substr(0, space), rest(trim(line.substr(space)));
  if (command == "/exit" || command == "/quit") return false;
  clear_cancel();
  try {
    if (command.starts_with("/")) {
      run_command(command, rest);
    } else if (!trim(line).empty()) {
      ask(line);
    }
  } catch (const Error& error) {  // the conversation goes on
    std::fprintf(stderr, "%s\n", error.what());
    if (!error.hint().empty()) std::fprintf(stderr, "%s\n", error.hint().c_str());
  }
  clear_cancel();
  return true;
}

void Conversation::set_system(const std::string& text) {
  system_ = text;
  if (!text.empty()) messages_.push_back({"system", text});
}

void Conversation::run_command(const std::string& command, const std::string& rest) {
  if (command == "/help") {
    std::fputs(kHelp, stderr);
  } else if (command == "/again") {
    again();
  } else if (command == "/undo") {
    undo();
  } else if (command == "/clear") {
    messages_.clear();
    set_system(system_);
  } else if (command == "/system") {
    messages_.clear();
    set_system(rest);
  } else if (command == "/set") {
    change_setting(settings_, rest);
  } else if (command == "/save") {
    save(rest);
  } else if (command == "/trace") {
    trace();
  } else {
    std::fprintf(stderr, "unknown command; /help lists them\n");
  }
}

void Conversation::trace() {
  if (last_answer_.empty()) {
    std::fprintf(stderr, "there is no answer yet\n");
  } else {
    trace_.print(last_answer_);
  }
}

void Conversation::save(const std::string& path) const {
  if (path.empty()) fail(ErrorCode::kInvalidArgument, "name a file", "/save");
  Json messages = Json::array();
  for (const ChatMessage& message : messages_) {
    Json one = Json::object();
    one["role"] = message.role;
    one["content"] = message.content;
    messages.push_back(one);
  }
  Json conversation = Json::object();
  conversation["messages"] = messages;
  write_json(path, conversation);
}

// The question that was taken back; empty when there was none.
std::string Conversation::undo() {
  while (!messages_.empty() && messages_.back().role == "assistant") messages_.pop_back();
  if (messages_.empty() || messages_.back().role != "user") {
    std::fprintf(stderr, "there is no question yet\n");
    return "";
  }
  const std::string question = messages_.back().content;
  messages_.pop_back();
  return question;
}

void Conversation::again() {
  const std::string question = undo();
  if (question.empty()) return;
  ++settings_.sampling.seed;
  ask(question);
}

// Room for an answer: the oldest questions go when the window is full.
std::vector<TokenId> Conversation::encode_fitting() {
  constexpr std::int64_t kAnswer = 128;
  std::int64_t answer = std::min(kAnswer, generator_.window() / 4);
  if (settings_.max_tokens >= 0) answer = std::min(answer, settings_.max_tokens);
  const std::int64_t room = generator_.window() - answer;
  for (;;) {
    std::vector<TokenId> ids = encode_chat(*engine_.model.tokenizer, messages_, true, today()).ids;
    const std::size_t first = messages_.front().role == "system" ? 1 : 0;
    if (std::ssize(ids) <= room || messages_.size() <= first + 1) return ids;
    std::fprintf(stderr, "(the window is full: the oldest question and answer are forgotten)\n");
    const auto begin = messages_.begin() + static_cast<std::ptrdiff_t>(first);
    messages_.erase(begin, begin + 2);
  }
}

void Conversation::ask(const std::string& question) {
  messages_.push_back({"user", question});
  try {
    answer();
  } catch (const Error&) {
    messages_.pop_back();
    throw;
  }
}

void Conversation::answer() {
  const Generated answer = generator_.run(encode_fitting(), settings_, [](std::string_view piece) {
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
  });
  std::printf("\n");
  if (const std::string line = speculation_line(answer); !line.empty()) log_info(line);
  messages_.push_back({"assistant", answer.text});
  last_answer_ = answer.ids;
  std::erase_if(last_answer_, [&](TokenId id) { return engine_.model.tokenizer->is_special(id); });
}

}  // namespace lucie
