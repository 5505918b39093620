#include "eval/held_out.h"

#include <map>

#include "corpus/corpus_files.h"
#include "corpus/mixture.h"

namespace lucie {

std::string_view document_text(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n\f\v") + 1);  // npos + 1: nothing is left
}

std::vector<TokenId> document_ids(const Tokenizer& tokenizer, std::string_view text) {
  EncodeOptions options;
  options.add_special = false;
  std::vector<TokenId> ids = tokenizer.encode(document_text(text), options);
  if (const auto bos = tokenizer.bos()) ids.insert(ids.begin(), *bos);
  if (const auto eos = tokenizer.eos()) ids.push_back(*eos);
  return ids;
}

std::vector<HeldOutDocument> read_held_out(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                                           std::int64_t limit_bytes) {
  std::vector<HeldOutDocument> result;
  std::map<std::string, std::int64_t> read;
  DocumentReader reader(corpus_parts(corpus_dir, "holdout"));
  while (auto document = reader.next()) {
    HeldOutDocument held;
    held.language = mixture_group(document->language);
    std::int64_t& bytes = read[held.language];
    if (limit_bytes > 0 && bytes >= limit_bytes) continue;
    held.id = document->id;
    held.text = document_text(document->text);
    if (held.text.empty()) continue;
    held.ids = document_ids(tokenizer, held.text);
    if (held.ids.size() < 2) continue;
    bytes += static_cast<std::int64_t>(held.text.size());
    result.push_back(std::move(held));
  }
  return result;
}

}  // namespace lucie
