// What a tokens stage made of the corpus, counted by group, language, source and licence.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/json.h"
#include "corpus/document.h"
#include "corpus/token_groups.h"

namespace lucie {

struct TokenTally {
  std::uint64_t documents = 0, tokens = 0, bytes = 0, words = 0;
  double tokens_per_word() const;  // fertility; special tokens not counted
  double bytes_per_token() const;
  Json to_json() const;
};

using SourceLanguageTallies = std::map<std::string, std::map<std::string, TokenTally>>;

struct TokenStats {
  std::map<std::string, TokenTally> by_group, by_language, by_source, by_licence;
  SourceLanguageTallies by_source_language;
  std::map<GroupKey, SourceLanguageTallies>
      groups;  // told only when some are finer than a language
  TokenTally total;
  void add(const GroupKey& group, const Document& document, const TokenTally& one);
  Json to_json() const;
};

}  // namespace lucie
