// SentencePiece's model file ("tokenizer.model"): a protocol buffer, read field by field
// (github.com/google/sentencepiece, src/sentencepiece_model.proto). Layout in
// docs/formats/tokenizer.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

// The numbers of sentencepiece_model.proto, which GGUF's token_type took over.
enum class PieceType : std::int32_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6,
};

struct ScoredPiece {
  std::string text;
  double score = 0;
  PieceType type = PieceType::kNormal;
};

struct SentencePieceModel {
  enum class Kind { kUnigram, kBpe };

  Kind kind = Kind::kUnigram;
  std::vector<ScoredPiece> pieces;  // in the order of ids
  bool byte_fallback = false;
  std::string bos = "<s>", eos = "</s>", pad = "<pad>";  // pieces, if there are such

  // What happens to the text first.
  std::string charsmap;  // see sentencepiece_charsmap.h; empty: characters stay
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

// Error{kCorrupt} with the byte for what is no such file; Error{kUnsupported} for word and
// character models and for white space kept as suffix.
SentencePieceModel parse_sentencepiece(std::string_view bytes, const std::string& place);

}  // namespace lucie
