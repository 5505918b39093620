// Chat templates: the subset of Jinja that published models use, rendered as Hugging Face does.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"

namespace lucie {

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

class ChatTemplate {
 public:
  // Unknown constructs: Error{kUnsupported} with line and construct, at parsing.
  explicit ChatTemplate(std::string_view source);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;

  std::string render(const std::vector<ChatMessage>& messages, bool add_generation_prompt,
                     std::string_view bos_token, std::string_view eos_token) const;

 private:
  struct Program;
  std::unique_ptr<Program> program_;
};

// Ids of a dialogue with the tokenizer's own template. Contents are encoded with special tokens
// off: only the template can emit them. `assistant[i]` tells whether token i was written by the
// assistant (its closing token included): the positions that fine-tuning learns from.
struct EncodedChat {
  std::vector<TokenId> ids;
  std::vector<bool> assistant;
};
EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<ChatMessage>& messages,
                        bool add_generation_prompt);

}  // namespace lucie
