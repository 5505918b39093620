// Does the data information really yield the recorded tokens?
#include "base/error.h"
#include "base/hash.h"
#include "base/scratch.h"
#include "corpus/mixture.h"
#include "corpus/tokenize.h"
#include "release/verify.h"
#include "tokenizer/tokenizer.h"

namespace lucie {

void verify_tokens(const fs::path& corpus, const fs::path& tokenizer, const Json& recipe,
                   const Json& recorded, ThreadPool& pool, VerifyReport* report) {
  const ScratchFolder scratch("lucie-verify");
  const TokenizeSettings settings{.seed = static_cast<std::uint64_t>(recipe.get("seed", 42)),
                                  .grouping = token_grouping(recipe)};
  tokenize_corpus(corpus, Tokenizer::load(tokenizer), scratch.path(), settings, pool);
  std::size_t same = 0, different = 0;
  for (const auto& [path, hash] : recorded.members()) {
    if (!path.ends_with(".bin") && !path.ends_with(".idx")) continue;
    const fs::path made = scratch.path() / path;
    if (fs::exists(made) && sha256_file(made) == hash.as_string()) {
      ++same;
      continue;
    }
    ++different;
    report->fails("tokens", path + ": the documents and the tokenizer give other tokens" +
                                (fs::exists(made) ? "" : " (none)"));
  }
  if (different > 0) return;
  if (same == 0) return report->fails("tokens", "provenance.json records none");
  report->holds("tokens", std::to_string(same) + " shards made again from the documents");
}

}  // namespace lucie
