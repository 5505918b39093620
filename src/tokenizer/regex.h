// Regular expressions of tokenizer.json files, which are written for Oniguruma, run by PCRE2 (JIT).
// Escapes whose meaning differs (\w, \s, \h, \uHHHH, line anchors) are translated; what cannot be
// is Error{kUnsupported}. Immutable after construction, shared between threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace lucie {

struct Span {
  std::size_t begin = 0, end = 0;
};

class Regex {
 public:
  Regex(std::string_view pattern, const std::string& place);
  ~Regex();
  Regex(Regex&&) noexcept;

  // Calls found(span) for the non-overlapping matches from left to right. `text` is valid UTF-8.
  void for_each_match(std::string_view text, const std::function<void(Span)>& found) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace lucie
