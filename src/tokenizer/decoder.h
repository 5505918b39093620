// The decoder of a tokenizer.json as a chain of steps that take tokens one by one and hold back
// only what later tokens may still change. Decoding a whole text is pushing all and finishing, so
// that streaming gives the same text by construction.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lucie {

// One running step. Output goes to the next step of the chain.
class DecodeStep {
 public:
  virtual ~DecodeStep() = default;
  virtual void push(std::string_view token) = 0;
  virtual void finish() { next_->finish(); }
  void connect(DecodeStep* next) { next_ = next; }

 protected:
  DecodeStep* next_ = nullptr;
};

// A chain in the middle of a text.
class DecodeRun {
 public:
  DecodeRun(std::vector<std::unique_ptr<DecodeStep>> steps, std::string* out);
  DecodeRun(DecodeRun&&) noexcept;
  DecodeRun& operator=(DecodeRun&&) noexcept;
  ~DecodeRun();
  void push(std::string_view token) { steps_.front()->push(token); }
  void finish() { steps_.front()->finish(); }

 private:
  std::vector<std::unique_ptr<DecodeStep>> steps_;
};

class TokenDecoder {
 public:
  // JSON null: tokens joined by spaces. Kinds: Sequence, ByteFallback, ByteLevel, Metaspace, Fuse,
  // Replace, Strip, BPEDecoder, WordPiece, CTC; any other is Error{kUnsupported} that names it.
  TokenDecoder(const Json& json, const std::string& place);
  ~TokenDecoder();
  TokenDecoder(TokenDecoder&&) noexcept;

  // Text is appended to `*out`, which outlives the run: as soon as it is certain when `streaming`,
  // else (faster) perhaps only by finish().
  DecodeRun start(std::string* out, bool streaming) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace lucie
