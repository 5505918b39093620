#include "tokenizer/chat_template.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
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

constexpr std::size_t kLongestShown = 120;

// Runs `action`; an error in the template gets the line that it is in as its hint.
template <typename Action>
auto showing_line(std::string_view source, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    const std::string& place = error.place();
    const std::size_t colon = place.rfind(':');
    const auto number =
        parse_int(colon == std::string::npos ? "" : std::string_view(place).substr(colon + 1));
    if (!number || !error.hint().empty()) throw;
    std::string_view rest = source;
    for (std::int64_t line = 1; line < *number; ++line) {
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
      if (rest.empty()) throw;
    }
    const std::string_view line = trim(rest.substr(0, rest.find('\n')));
    const bool cut = line.size() > kLongestShown;
    std::string shown(line.substr(0, kLongestShown));
    while (cut && !is_valid_utf8(shown)) shown.pop_back();
    fail(error.code(), error.message(), place,
         fmt::format("line {} of the template: {}{}", *number, shown, cut ? "..." : ""));
  }
}

jinja::Text render_scope(const jinja::Body& body, jinja::Scope scope, std::string_view today) {
  if (!today.empty()) scope.emplace("strftime_now", true);
  return jinja::Evaluator(std::move(scope), today).render(body);
}

}  // namespace

struct ChatTemplate::Program {
  std::string source;
  jinja::Body body;
};

ChatTemplate::ChatTemplate(std::string_view source)
    : program_(showing_line(source, [&] {
        return std::make_unique<Program>(Program{std::string(source), jinja::parse(source)});
      })) {}
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
  return showing_line(program_->source,
                      [&] { return render_scope(program_->body, std::move(scope), today).str(); });
}

ChatTemplate::Rendered ChatTemplate::render_spans(const std::vector<ChatMessage>& messages,
                                                  bool add_generation_prompt,
                                                  std::string_view bos_token,
                                                  std::string_view eos_token,
                                                  std::string_view today) const {
  const jinja::Text text = showing_line(program_->source, [&] {
    return render_scope(program_->body,
                        chat_variables(messages, add_generation_prompt, bos_token, eos_token),
                        today);
  });
  Rendered rendered{text.str(), {}};
  for (const jinja::Origin& origin : text.origins()) {
    rendered.contents.push_back(
        {origin.begin, origin.end, static_cast<std::size_t>(origin.source)});
  }
  return rendered;
}

}  // namespace lucie
