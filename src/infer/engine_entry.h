// A request within the engine. Within its sources only.
#pragma once

#include <chrono>
#include <exception>
#include <span>

#include "infer/engine.h"

namespace lucie {

using Clock = std::chrono::steady_clock;

inline double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

struct BatchEngine::Entry {
  Entry(std::uint64_t number, Request asked, const Tokenizer& tokenizer, KvCache& cache)
      : id(number), request(std::move(asked)), answer(tokenizer, request), sequence(cache) {}

  bool reading() const { return sequence.length() < std::ssize(request.prompt); }
  std::span<const TokenId> prompt() const { return request.prompt; }

  std::uint64_t id;
  Request request;
  Answer answer;
  std::optional<Sampler> sampler;
  std::optional<Constraint> constraint;
  CachedSequence sequence;
  std::vector<TokenId> ids;    // prompt and answer; the last token is not in the cache yet
  std::vector<TokenId> draft;  // guesses of what follows
  std::exception_ptr error;
  Clock::time_point began, answering;
};

}  // namespace lucie
