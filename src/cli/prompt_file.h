// Files of prompts: a text file with one on each line, or JSON lines with settings of their own.
#pragma once

#include <string>
#include <vector>

#include "infer/request.h"
#include "tokenizer/chat_template.h"

namespace lucie {

struct FilePrompt {
  std::string place;                  // "FILE:LINE"
  std::vector<ChatMessage> messages;  // one, of the user, unless `messages` were given
  bool chat = false;                  // they were
  GenerateOptions options;
};

// A file that ends in .jsonl has on each line {"prompt": TEXT} or {"messages": [{"role",
// "content"},
// ...]}, with any of max_tokens, temperature, top_k, top_p, min_p, seed and stop. Empty lines are
// passed over. Anything else: Error with the line.
std::vector<FilePrompt> read_prompts(const std::string& path, const GenerateOptions& defaults);

}  // namespace lucie
