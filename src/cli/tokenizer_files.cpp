#include "cli/tokenizer_files.h"

#include "base/error.h"
#include "model/load.h"
#include "model/locate.h"
#include "tokenizer/gguf_export.h"
#include "tokenizer/gguf_import.h"

namespace lucie {
namespace {

bool holds_tokenizer(const fs::path& folder) {
  return fs::exists(folder / "tokenizer.json") || fs::exists(folder / "tokenizer.model");
}

// The file or directory to read a tokenizer from.
fs::path locate_tokenizer(const std::string& name) {
  const fs::path path = name;
  if (path.extension() == ".json" || path.extension() == ".model" || holds_tokenizer(path)) {
    return path;
  }
  if (holds_tokenizer(path / "tokenizer")) return path / "tokenizer";
  return locate_model(name, hub::ModelPart::kTokenizer);
}

}  // namespace

Tokenizer open_tokenizer(const std::string& name, bool as_llama_cpp) {
  const fs::path path = locate_tokenizer(name);
  if (as_llama_cpp && !is_gguf(path)) {
    fail(ErrorCode::kInvalidArgument, path.string() + " is no .gguf file", "--as-llama-cpp");
  }
  if (!is_gguf(path)) return Tokenizer::load(path);
  const GgufReader gguf(path);
  if (!as_llama_cpp) return Tokenizer::from_gguf(gguf);
  const TokenizerFiles files = gguf_tokenizer_as_llama_cpp(gguf.metadata(), path.string());
  return Tokenizer::from_json(files.tokenizer, files.config, path.string());
}

std::optional<GgufFidelity> gguf_fidelity(const std::string& name, const Tokenizer& tokenizer,
                                          std::span<const std::string> lines) {
  const fs::path path = locate_tokenizer(name);
  try {
    if (is_gguf(path)) {
      return measure_gguf_fidelity(tokenizer, GgufReader(path).metadata(), lines);
    }
    return measure_gguf_fidelity(tokenizer, gguf_metadata(tokenizer), lines);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kUnsupported) throw;
    return std::nullopt;
  }
}

}  // namespace lucie
