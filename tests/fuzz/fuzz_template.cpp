// A chat template with a dialogue, tools and a date. It may fail, but not run or grow without end.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "tokenizer/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  static const lucie::Json variables = lucie::parse_json(
      R"({"messages": [{"role": "system", "content": "Be <short>."},
                       {"role": "user", "content": " Bonjour\n"},
                       {"role": "assistant", "content": "", "tool_calls": [{"type": "function",
                         "function": {"name": "f", "arguments": {"x": 1.5, "y": [null, true]}}}]},
                       {"role": "tool", "content": "3"}],
          "tools": [{"type": "function", "function": {"name": "f", "description": "d",
                     "parameters": {"type": "object", "properties": {"x": {"type": "number"}}}}}],
          "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>"})",
      "variables");
  try {
    lucie::ChatTemplate(source).render(variables, "2026-11-28");
  } catch (const lucie::Error&) {  // the only thing that a template may cause
  }
  return 0;
}
