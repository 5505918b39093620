// The post-processor of a tokenizer.json: what is put around the ids of one text.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizer/vocabulary.h"

namespace lucie {

struct PostProcessor {
  std::vector<TokenId> before, after;
  bool by_template = false;

  // JSON null and ByteLevel (which concerns offsets only) add nothing; TemplateProcessing: its
  // "single" form; BertProcessing and RobertaProcessing; Sequence. Any other: Error{kUnsupported}
  // that names it.
  static PostProcessor parse(const Json& json, const Vocabulary& vocabulary,
                             const std::string& place);
};

}  // namespace lucie
