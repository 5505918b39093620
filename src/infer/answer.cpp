#include "infer/answer.h"

#include <algorithm>

namespace lucie {

Answer::Answer(const Tokenizer& tokenizer, const Request& request)
    : request_(request), decoder_(tokenizer) {
  result.prompt_tokens = static_cast<std::int64_t>(request.prompt.size());
  for (const std::string& stop : request.options.stops) {
    longest_stop_ = std::max(longest_stop_, stop.size());
  }
}

void Answer::add(TokenId id) {
  result.ids.push_back(id);
  result.text += decoder_.push(id);
  if (cut_at_stop()) {
    result.reason = FinishReason::kStopString;
    finished_ = true;
  }
  show(finished_);
}

void Answer::finish(FinishReason reason) {
  result.reason = reason;
  result.text += decoder_.finish();
  if (cut_at_stop()) result.reason = FinishReason::kStopString;
  finished_ = true;
  show(true);
}

bool Answer::cut_at_stop() {
  std::size_t first = std::string::npos;
  for (const std::string& stop : request_.options.stops) {
    // What was shown holds no part of a stop string.
    if (!stop.empty()) first = std::min(first, result.text.find(stop, shown_));
  }
  if (first == std::string::npos) return false;
  result.text.resize(first);
  return true;
}

// Text that might yet become part of a stop string is held back.
void Answer::show(bool all) {
  const std::size_t held = all || longest_stop_ == 0 ? 0 : longest_stop_ - 1;
  if (result.text.size() <= shown_ + held) return;
  const std::size_t until = result.text.size() - held;
  if (request_.on_text)
    request_.on_text(std::string_view(result.text).substr(shown_, until - shown_));
  shown_ = until;
}

}  // namespace lucie
