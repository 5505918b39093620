// An answer as it grows: tokens to text, stop strings, and what may be shown already.
#pragma once

#include <string>

#include "infer/request.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

class Answer {
 public:
  // The request must outlive this.
  Answer(const Tokenizer& tokenizer, const Request& request);

  void add(TokenId id);  // the text may end with it: see finished()
  void finish(FinishReason reason);
  bool finished() const { return finished_; }
  Generated result;

 private:
  bool cut_at_stop();
  void show(bool all);

  const Request& request_;
  StreamDecoder decoder_;
  std::size_t longest_stop_ = 0, shown_ = 0;
  bool finished_ = false;
};

}  // namespace lucie
