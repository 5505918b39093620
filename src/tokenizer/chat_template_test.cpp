#include "tokenizer/chat_template.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/thread_pool.h"
#include "tokenizer/bpe_trainer.h"

namespace lucie {
namespace {

Json golden() {
  return read_json(fs::path(LUCIE_SOURCE_DIR) / "tests" / "golden" / "chat_templates.json");
}

void expect_rendering(const std::string& source, const Json& variables, const std::string& today,
                      const Json& wanted) {
  const auto render = [&] { return ChatTemplate(source).render(variables, today); };
  if (wanted.find("error") != nullptr) {
    EXPECT_THROW(render(), Error) << source;
    return;
  }
  try {
    EXPECT_EQ(render(), wanted.at("output").as_string()) << source;
  } catch (const Error& error) {
    ADD_FAILURE() << error.what() << "\n" << source;
  }
}

ErrorCode error_of(const std::function<void()>& action, std::string* place = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (place != nullptr) *place = error.place();
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kInternal;
}

ErrorCode render_error(const std::string& source) {
  return error_of([&] { ChatTemplate(source).render(Json::object()); });
}

// A small tokenizer of Lucie's design, with the chat template of `template_source`.
Tokenizer chat_tokenizer(const std::string& template_source = "") {
  ThreadPool pool(1);
  std::vector<std::string> texts = {
      "hello assistant user system how are you today\n\nI am well, thank you and you?\n\n"};
  texts.push_back(texts[0]);
  std::size_t next = 0;
  const auto source = [&]() -> std::optional<std::string> {
    return next < texts.size() ? std::optional(texts[next++]) : std::nullopt;
  };
  TrainedTokenizer trained = train_lucie_tokenizer(source, {.vocab_size = 400}, pool);
  if (!template_source.empty()) trained.config["chat_template"] = template_source;
  return Tokenizer::from_json(trained.tokenizer, trained.config, "test");
}

const std::vector<ChatMessage> kDialogue = {{"system", "you are well"},
                                            {"user", "  hello, how are you?\n"},
                                            {"assistant", "I am well"},
                                            {"user", "and today"},
                                            {"assistant", "thank you\n\nuser"}};

std::string rendered(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                     bool prompt) {
  return ChatTemplate(tokenizer.chat_template())
      .render(messages, prompt, tokenizer.token(*tokenizer.bos()),
              tokenizer.token(*tokenizer.eos()));
}

TEST(ChatTemplate, published_templates_render_as_in_transformers) {
  const Json all = golden();
  for (const Json& entry : all.at("templates").items()) {
    SCOPED_TRACE(entry.at("name").as_string());
    for (std::size_t i = 0; i < all.at("dialogues").size(); ++i) {
      expect_rendering(entry.at("template").as_string(), all.at("dialogues").at(i),
                       all.at("today").as_string(), entry.at("results").at(i));
    }
  }
}

TEST(ChatTemplate, constructs_render_as_in_jinja) {
  const Json all = golden();
  for (const Json& entry : all.at("constructs").items()) {
    expect_rendering(entry.at("template").as_string(), all.at("variables"),
                     all.at("today").as_string(), entry);
  }
}

TEST(ChatTemplate, unknown_constructs_are_named_with_their_line_when_parsed) {
  for (const char* source :
       {"a\n\n{% include 'x' %}", "a\n\n{{ x | nofilter }}", "\n\n{{ x is notest }}",
        "\n\n{{ call_me() }}", "\n\n{{ x.explode() }}",
        "\n\n{% for a in b recursive %}{% endfor %}", "\n\n{{ 2 ** 3 }}", "\n\n{{ x y }}",
        "\n\n{% raw %}{% endraw %}", "\n\n{{ ? }}"}) {
    std::string place;
    EXPECT_EQ(error_of([&] { ChatTemplate parsed(source); }, &place), ErrorCode::kUnsupported)
        << source;
    EXPECT_EQ(place, "chat template:3") << source;
  }
}

TEST(ChatTemplate, broken_templates_are_errors) {
  for (const char* source :
       {"{{ x", "{% if x %}", "{# x", "{{ 'x }}", "{{ (x }}", "{{ x) }}",
        "{% for x in y %}{% endif %}", "{% endfor %}", "{% break %}", "{{ }}", "{% set 1 = 2 %}",
        "{%", "{{", "{{ x[ }}", "{{ '\\u12' }}", "{{ 9e }}", "{{ 99999999999999999999 }}"}) {
    EXPECT_THROW(ChatTemplate parsed(source), Error) << source;
  }
}

TEST(ChatTemplate, hostile_templates_end_in_an_error) {
  const std::string nested_loops =
      "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
  const std::string doubling =
      "{% set ns = namespace(x='ab') %}{% for i in range(99) %}"
      "{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}";
  const std::string sharing =
      "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}"
      "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}";
  for (const std::string& source :
       {nested_loops, doubling, sharing,
        std::string("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        std::string("{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}"),
        std::string("{% set n = namespace() %}{% set n.n = n %}{{ n.n }}"),
        std::string("{{ range(999999999999) }}"),
        std::string("{{ ('a' * 9999999) | replace('a', 'a' * 9999999) }}"),
        std::string("{{ 'a' | indent(999999999) }}"), std::string("{{ 9223372036854775807 + 1 }}"),
        "{{ " + std::string(5000, '(') + "1" + std::string(5000, ')') + " }}",
        "{{ " + std::string(5000, '-') + "1 }}", "{{ 1" + std::string(5000, '+') + "1 }}"}) {
    const ErrorCode code = render_error(source);
