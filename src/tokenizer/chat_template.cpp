#include "tokenizer/chat_template.h"

#include <algorithm>

#include "base/error.h"
#include "tokenizer/jinja_eval.h"
#include "tokenizer/jinja_parser.h"

namespace lucie {
namespace {

using jinja::Value;

// A role becomes part of the template's text, where special tokens are read.
void check_role(const std::string& role) {
  const bool plain = !role.empty() && std::all_of(role.begin(), role.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!plain) {
    fail(ErrorCode::kInvalidArgument, "'" + role + "' is not a role", "messages",
         "use system, user or assistant");
  }
}

jinja::Scope chat_variables(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                            std::string_view bos_token, std::string_view eos_token) {
  jinja::List turns;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    check_role(messages[i].role);
    jinja::Dict turn;
    turn.emplace_back("role", messages[i].role);
    turn.emplace_back("content", jinja::Text(messages[i].content, static_cast<int>(i)));
    turns.emplace_back(std::move(turn));
  }
  jinja::Scope scope;
  scope.emplace("messages", std::move(turns));
  scope.emplace("add_generation_prompt", add_generation_prompt);
  scope.emplace("bos_token", std::string(bos_token));
  scope.emplace("eos_token", std::string(eos_token));
  scope.emplace("tools", jinja::None{});
  scope.emplace("documents", jinja::None{});
  return scope;
}

jinja::Text render_scope(const jinja::Body& body, jinja::Scope scope, std::string_view today) {
  if (!today.empty()) scope.emplace("strftime_now", true);
  return jinja::Evaluator(std::move(scope), today).render(body);
}

}  // namespace

struct ChatTemplate::Program {
  jinja::Body body;
};

ChatTemplate::ChatTemplate(std::string_view source)
    : program_(std::make_unique<Program>(Program{jinja::parse(source)})) {}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;

std::string ChatTemplate::render(const std::vector<ChatMessage>& messages,
                                 bool add_generation_prompt, std::string_view bos_token,
                                 std::string_view eos_token, std::string_view today) const {
  return render_spans(messages, add_generation_prompt, bos_token, eos_token, today).text;
}

std::string ChatTemplate::render(const Json& variables, std::string_view today) const {
  jinja::Scope scope;
  for (const auto& [name, value] : variables.members()) {
    scope.insert_or_assign(name, jinja::from_json(value));
  }
  return render_scope(program_->body, std::move(scope), today).str();
}

ChatTemplate::Rendered ChatTemplate::render_spans(const std::vector<ChatMessage>& messages,
                                                  bool add_generation_prompt,
                                                  std::string_view bos_token,
                                                  std::string_view eos_token,
                                                  std::string_view today) const {
  const jinja::Text text = render_scope(
      program_->body, chat_variables(messages, add_generation_prompt, bos_token, eos_token), today);
  Rendered rendered{text.str(), {}};
  for (const jinja::Origin& origin : text.origins()) {
    rendered.contents.push_back(
        {origin.begin, origin.end, static_cast<std::size_t>(origin.source)});
  }
  return rendered;
}

}  // namespace lucie
