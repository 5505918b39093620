// Guesses of what comes next, for speculative decoding (Leviathan et al. 2023): the model reads
// several guessed tokens in one step and keeps those that it would have chosen itself. Wrong
// guesses cost time and change nothing.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "model/decoder.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

struct Draft {
  std::uint64_t request = 0;      // so that a drafter knows the text again
  std::span<const TokenId> text;  // prompt and answer so far
  std::int64_t most = 0;          // tokens wanted at most
  std::vector<TokenId> tokens;    // the guess
};

class Drafter {
 public:
  virtual ~Drafter() = default;
  virtual void guess(std::span<Draft> drafts) = 0;
  virtual void forget(std::uint64_t request) = 0;  // it has ended
};

// What followed where the last tokens stood before in the same text (prompt look-up).
std::unique_ptr<Drafter> make_lookup_drafter();

// What a smaller model of the same vocabulary finds likeliest. `sequences` at once, of `window`
// positions each at most. Another vocabulary: Error{kMismatch}. All must outlive the drafter.
struct DraftModel {
  const Decoder& decoder;
  const Tokenizer& tokenizer;
};
std::unique_ptr<Drafter> make_model_drafter(Context& ctx, const DraftModel& model,
                                            const Tokenizer& tokenizer, std::int64_t window,
                                            std::int64_t sequences);

}  // namespace lucie
