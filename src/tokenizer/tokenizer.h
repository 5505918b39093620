// Tokenizer: text to ids and back, for any BPE tokenizer.json (normalizers, pre-tokenizers,
// byte-level or byte-fallback BPE, post-processor, decoder) and for the vocabularies in GGUF files.
// Ids equal those of Hugging Face tokenizers. Immutable and shared between threads after loading.
//
// Ill-formed UTF-8: a byte-level tokenizer without normalizer encodes the bytes as they are, each
// ill-formed sequence apart from the text around it; any other reads each one as U+FFFD, which is
// what callers of Hugging Face's library get to see. decode() gives the bytes that byte-level
// tokens stand for, whether or not they are UTF-8; byte-fallback tokens that are not, give one
// U+FFFD a byte, as Hugging Face does.
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
#include "tokenizer/token_id.h"

namespace lucie {

struct EncodeOptions {
  bool add_special = true;     // what the post-processor adds (Lucie: <s> in front)
  bool parse_special = false;  // whether special tokens written in the text are taken as such;
                               // off for text of users and documents
};

class Tokenizer {
 public:
  // `path`: a tokenizer.json, a SentencePiece tokenizer.model, or a directory that holds one
  // (tokenizer.json goes first; tokenizer_config.json beside it gives bos, eos and the chat
  // template).
  static Tokenizer load(const fs::path& path);
  // From the tokenizer.* metadata; `tokenizer.huggingface.json` wins where present.
  static Tokenizer from_gguf(const GgufReader& gguf);
  static Tokenizer from_json(Json tokenizer, Json config, const std::string& place);
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
  friend class StreamDecoder;
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Decoding while tokens arrive: gives the text that is certain by now (no torn UTF-8).
// All that push() and finish() gave is decode() of all ids; the work for a token does not grow with
// the text. The tokenizer outlives the decoder.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special = true);
  ~StreamDecoder();
  StreamDecoder(StreamDecoder&&) noexcept;
  std::string push(TokenId id);
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lucie
