// What is asked of a model, and what comes back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infer/sampler.h"

namespace lucie {

class Grammar;

struct GenerateOptions {
  SamplingSettings sampling;
  std::int64_t max_tokens = 256;   // -1: all that fits into the window
  std::vector<std::string> stops;  // the answer ends before the first of these
  bool ignore_eos = false;
  std::shared_ptr<const Grammar> grammar;  // what the answer must be; null: anything
  std::int64_t top_logprobs = -1;          // likeliest tokens listed beside each one; -1: nothing
  bool prompt_logprobs = false;            // of the prompt's tokens too
};

// Values out of range: Error{kInvalidArgument} naming the flag.
void check_options(const GenerateOptions& options);

enum class FinishReason { kEndOfText, kLength, kStopString, kCancelled };

// Natural logarithms of the model's own probabilities, before any setting of the sampler.
struct TokenLogprob {
  TokenId id = 0;
  double logprob = 0;
  std::vector<std::pair<TokenId, double>> top;  // likeliest first
};

struct Generated {
  std::string text;
  std::vector<TokenId> ids;
  FinishReason reason = FinishReason::kLength;
  std::vector<TokenLogprob> logprobs;         // of ids
  std::vector<TokenLogprob> prompt_logprobs;  // of the prompt's tokens from the second on
  std::int64_t prompt_tokens = 0;
  std::int64_t drafted = 0, accepted = 0;         // tokens of speculation
  double prompt_seconds = 0, answer_seconds = 0;  // for people; results never depend on them
};

struct Request {
  std::vector<TokenId> prompt;
  GenerateOptions options;
  // Gets pieces of text as they become certain; may be empty.
  std::function<void(std::string_view)> on_text;
};

}  // namespace lucie
