// Chat templates: the subset of Jinja that published models use, rendered as Hugging Face does
// (trim_blocks, lstrip_blocks, loop controls, its tojson), by an interpreter of our own. Templates
// come with models, so they are hostile: 10 million steps, 16 MB of output, then an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"; letters, digits, '_' and '-' only
  std::string content;
};

class ChatTemplate {
 public:
  // Unknown constructs: Error{kUnsupported} with line and construct, at parsing (filters and the
  // like within an `if`: when they are reached). Every error of a template has its line as hint.
  explicit ChatTemplate(std::string_view source);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;

  // `today` (YYYY-MM-DD): what strftime_now shows. Without it a template that calls the function
  // fails, and one that first asks whether it exists takes its own default.
  // A template that refuses the dialogue (raise_exception): Error{kInvalidArgument}.
  std::string render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                     std::string_view bos_token, std::string_view eos_token,
                     std::string_view today = {}) const;
  // With any variables (tools, flags of a template); `variables` is an object.
  std::string render(const Json& variables, std::string_view today = {}) const;

  // The rendered text, and which of its bytes are the content of which message.
  struct Span {
    std::size_t begin = 0, end = 0, message = 0;
  };
  struct Rendered {
    std::string text;
    std::vector<Span> contents;  // in rising order
  };
  Rendered render_spans(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                        std::string_view bos_token, std::string_view eos_token,
                        std::string_view today = {}) const;

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

// Ids of a dialogue with the tokenizer's own template, equal to encoding the rendered text as a
// whole with special tokens on, except that no special token begins, ends or lies in a content:
// only the template can emit them. `assistant[i]` tells whether token i was written by the
// assistant (the special token that closes the message included): the positions that fine-tuning
// learns from. A token that spans the border between content and template counts as content.
struct EncodedChat {
  std::vector<TokenId> ids;
  std::vector<bool> assistant;
};
// `today`: as for render().
EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                        bool add_generation_prompt, std::string_view today = {});

}  // namespace lucie
