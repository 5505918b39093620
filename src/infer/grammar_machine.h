// Where texts stand in a grammar, byte by byte: a machine whose states are made as they are
// reached.
//
// A state is a set of stacks: each is the place of a byte that may come next and what is still to
// follow once its rule is done. Stacks share their lower parts, equal ones are one, and what a byte
// leads to is remembered, so that a byte that was met before costs one look-up.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "infer/grammar.h"

namespace lucie {

class GrammarMachine {
 public:
  using State = std::int32_t;
  static constexpr State kDead = -1;  // no text that the grammar knows begins so

  explicit GrammarMachine(std::shared_ptr<const Grammar> grammar);

  // More ways to go on than can be followed: Error{kInvalidArgument}.
  State start();
  State next(State state, std::uint8_t byte);
  bool complete(State state) const { return at(state).complete; }      // the text may end here
  bool closed(State state) const { return at(state).stacks.empty(); }  // it must

  // Forgets all states but this one, which gets another number, when there are many.
  bool many() const { return states_.size() > kManyStates || nodes_.size() > kManyNodes; }
  State keep_only(State state);

 private:
  static constexpr std::size_t kManyStates = 1 << 14, kManyNodes = 1 << 18;
  static constexpr std::int32_t kUnknown = -2, kBottom = -1;

  struct Node {
    std::int32_t symbol;  // the next one
    std::int32_t below;   // what follows the rule, or kBottom
  };
  struct StateData {
    std::vector<std::int32_t> stacks;  // nodes whose symbol is of bytes, sorted
    bool complete;
    std::array<std::int32_t, 256> next;
  };
  const StateData& at(State state) const { return *states_[static_cast<std::size_t>(state)]; }
  std::int32_t node(std::int32_t symbol, std::int32_t below);
  State intern(std::vector<Node> open);

  std::shared_ptr<const Grammar> grammar_;
  std::vector<Node> nodes_;
  std::unordered_map<std::uint64_t, std::int32_t> node_numbers_;
  std::vector<std::unique_ptr<StateData>> states_;
  std::map<std::pair<std::vector<std::int32_t>, bool>, State> state_numbers_;
};

}  // namespace lucie
