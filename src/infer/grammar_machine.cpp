#include "infer/grammar_machine.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"

namespace lucie {
namespace {

constexpr std::size_t kMostStacks = 1 << 14;  // of a state
constexpr std::size_t kMostStates = 1 << 17;  // between two tokens: 130 MB
constexpr std::size_t kMostNodes = 1 << 21;

[[noreturn]] void fail_too_many() {
  fail(ErrorCode::kInvalidArgument, "the grammar has too many ways to go on", "grammar",
       "make its alternatives begin differently, and its repetitions shorter");
}

}  // namespace

GrammarMachine::GrammarMachine(std::shared_ptr<const Grammar> grammar)
    : grammar_(std::move(grammar)) {}

GrammarMachine::State GrammarMachine::start() {
  std::vector<Node> open;
  for (const std::int32_t begin : grammar_->alternatives(grammar_->root())) {
    open.push_back({begin, kBottom});
  }
  return intern(std::move(open));
}

GrammarMachine::State GrammarMachine::next(State state, std::uint8_t byte) {
  if (const State known = at(state).next[byte]; known != kUnknown) return known;
  std::vector<Node> open;
  for (const std::int32_t stack : at(state).stacks) {
    const Node top = nodes_[static_cast<std::size_t>(stack)];
    if (!grammar_->set(grammar_->symbol(top.symbol).index)[byte]) continue;
    open.push_back({top.symbol + 1, top.below});
  }
  const State found = open.empty() ? kDead : intern(std::move(open));
  states_[static_cast<std::size_t>(state)]->next[byte] = found;
  return found;
}

std::int32_t GrammarMachine::node(std::int32_t symbol, std::int32_t below) {
  const auto key = static_cast<std::uint64_t>(static_cast<std::uint32_t>(symbol)) << 32 |
                   static_cast<std::uint32_t>(below);
  const auto [found, fresh] =
      node_numbers_.try_emplace(key, static_cast<std::int32_t>(nodes_.size()));
  if (fresh) {
    if (nodes_.size() >= kMostNodes) fail_too_many();
    nodes_.push_back({symbol, below});
  }
  return found->second;
}

// Follows rules down to their bytes. A rule at the end of another leaves nothing of it on the
// stack, so that repetitions do not make stacks grow and those of nothing come to an end.
GrammarMachine::State GrammarMachine::intern(std::vector<Node> open) {
  std::unordered_set<std::int32_t> seen;
  std::vector<std::int32_t> stacks;
  bool complete = false;
  while (!open.empty()) {
    const Node top = open.back();
    open.pop_back();
    const Grammar::Symbol& symbol = grammar_->symbol(top.symbol);
    if (symbol.kind == Grammar::Symbol::Kind::kEnd) {
      if (top.below == kBottom) {
        complete = true;
      } else {
        open.push_back(nodes_[static_cast<std::size_t>(top.below)]);
      }
      continue;
    }
    const std::int32_t number = node(top.symbol, top.below);
    if (!seen.insert(number).second) continue;
    if (seen.size() > kMostStacks) fail_too_many();
    if (symbol.kind == Grammar::Symbol::Kind::kBytes) {
      stacks.push_back(number);
      continue;
    }
    const bool last = grammar_->symbol(top.symbol + 1).kind == Grammar::Symbol::Kind::kEnd;
    const std::int32_t below = last ? top.below : node(top.symbol + 1, top.below);
    for (const std::int32_t begin : grammar_->alternatives(symbol.index)) {
      open.push_back({begin, below});
    }
  }
  std::sort(stacks.begin(), stacks.end());
  const auto [found, fresh] =
      state_numbers_.try_emplace({stacks, complete}, static_cast<State>(states_.size()));
  if (fresh) {
    if (states_.size() >= kMostStates) fail_too_many();
    auto data = std::make_unique<StateData>();
    data->stacks = std::move(stacks);
    data->complete = complete;
    data->next.fill(kUnknown);
    states_.push_back(std::move(data));
  }
  return found->second;
}

GrammarMachine::State GrammarMachine::keep_only(State state) {
  GrammarMachine fresh(grammar_);
  const bool complete = at(state).complete;
  std::vector<std::int32_t> kept;
  std::unordered_map<std::int32_t, std::int32_t> moved{{kBottom, kBottom}};
  for (const std::int32_t stack : at(state).stacks) {
    std::vector<std::int32_t> way;  // from the top down to what has moved already
    for (std::int32_t n = stack; !moved.contains(n);
         n = nodes_[static_cast<std::size_t>(n)].below) {
      way.push_back(n);
    }
    for (; !way.empty(); way.pop_back()) {
      const Node old = nodes_[static_cast<std::size_t>(way.back())];
      moved[way.back()] = fresh.node(old.symbol, moved.at(old.below));
    }
    kept.push_back(moved.at(stack));
  }
  std::sort(kept.begin(), kept.end());
  auto data = std::make_unique<StateData>();
  data->stacks = kept;
  data->complete = complete;
  data->next.fill(kUnknown);
  fresh.state_numbers_[{std::move(kept), complete}] = 0;
  fresh.states_.push_back(std::move(data));
  *this = std::move(fresh);
  return 0;
}

}  // namespace lucie
