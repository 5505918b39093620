#include "eval/held_out.h"

#include <map>

#include "corpus/corpus_files.h"
#include "corpus/mixture.h"

namespace lucie {

std::vector<HeldOutDocument> read_held_out(const fs::path& corpus_dir, const Tokenizer& tokenizer,
                                           std::int64_t limit_bytes) {
  const auto eos = tokenizer.eos();
  std::vector<HeldOutDocument> result;
  std::map<std::string, std::int64_t> read;
  DocumentReader reader(corpus_parts(corpus_dir, "holdout"));
  while (auto document = reader.next()) {
    HeldOutDocument held;
    held.language = mixture_group(document->language);
    std::int64_t& bytes = read[held.language];
    if (limit_bytes > 0 && bytes >= limit_bytes) continue;
    held.id = document->id;
    held.text = std::move(document->text);
    while (!held.text.empty() &&
           std::string_view(" \t\r\n").find(held.text.back()) != std::string_view::npos) {
      held.text.pop_back();
    }
    if (held.text.empty()) continue;
    held.ids = tokenizer.encode(held.text);
    if (eos) held.ids.push_back(*eos);
    if (held.ids.size() < 2) continue;
    bytes += static_cast<std::int64_t>(held.text.size());
    result.push_back(std::move(held));
  }
  return result;
}

}  // namespace lucie
