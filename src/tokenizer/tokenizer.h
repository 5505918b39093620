// Tokenizer: text to ids and back, for any BPE tokenizer.json (normalizers, pre-tokenizers,
// byte-level or byte-fallback BPE, post-processor, decoder) and for the vocabularies in GGUF files.
// Ids equal those of Hugging Face tokenizers. Immutable and shared between threads after loading.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "formats/gguf.h"

namespace lucie {

using TokenId = std::int32_t;

struct EncodeOptions {
  bool add_special = true;     // what the post-processor adds (Lucie: <s> in front)
  bool parse_special = false;  // whether special tokens written in the text are taken as such;
                               // off for text of users and documents
};

class Tokenizer {
 public:
  // `path`: a tokenizer.json or a directory that holds one (tokenizer_config.json beside it gives
  // bos, eos and the chat template).
  static Tokenizer load(const fs::path& path);
  // From the tokenizer.* metadata; `tokenizer.huggingface.json` wins where present.
  static Tokenizer from_gguf(const GgufReader& gguf);
  static Tokenizer from_json(const Json& tokenizer, const Json& config, const std::string& place);
  Tokenizer(Tokenizer&&) noexcept;
  ~Tokenizer();

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const;
  std::string decode(std::span<const TokenId> ids, bool skip_special = true) const;

  std::int64_t vocab_size() const;  // highest id + 1
  std::optional<TokenId> id(std::string_view token) const;
  std::string_view token(TokenId id) const;  // as written in the vocabulary
  bool is_special(TokenId id) const;
  std::optional<TokenId> bos() const;
  std::optional<TokenId> eos() const;
  const std::string& chat_template() const;  // Jinja source, empty when there is none
  // The files this was made from, to be written beside a model (GGUF: restored as far as possible).
  const Json& tokenizer_json() const;
  const Json& config_json() const;

 private:
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Decoding while tokens arrive: gives the text that is certain by now (no torn UTF-8).
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  std::string push(TokenId id);
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  std::vector<TokenId> pending_;
  std::size_t shown_ = 0;
};

}  // namespace lucie
