// A grammar over a vocabulary: which tokens may come next in one answer.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "infer/grammar_machine.h"
#include "infer/sampler.h"
#include "infer/vocabulary_trie.h"

namespace lucie {

class Constraint {
 public:
  // Where the text may end, any of `stop_ids` may come.
  Constraint(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const VocabularyTrie> trie,
             std::vector<TokenId> stop_ids);

  bool complete() const { return machine_.complete(state_); }
  // The text is complete and nothing can follow.
  bool at_end() const { return machine_.complete(state_) && machine_.closed(state_); }
  // Valid until the next call. No token goes on: Error{kInvalidArgument}.
  const TokenMask& allowed();
  // One of the allowed ones; stop ids change nothing.
  void accept(TokenId id);

 private:
  std::shared_ptr<const VocabularyTrie> trie_;
  std::vector<TokenId> stop_ids_;
  GrammarMachine machine_;
  GrammarMachine::State state_;
  std::map<GrammarMachine::State, TokenMask> masks_;
  std::vector<GrammarMachine::State> way_;  // by depth in the tree
};

}  // namespace lucie
