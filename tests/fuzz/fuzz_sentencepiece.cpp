// A SentencePiece model, as a tokenizer, on text with characters of every length.
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "tokenizer/sentencepiece_import.h"
#include "tokenizer/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const lucie::SentencePieceModel model = lucie::parse_sentencepiece(bytes, "fuzz");
    for (const auto rules : {lucie::PieceRules::kSentencePiece, lucie::PieceRules::kLlamaCpp}) {
      const lucie::Json json = lucie::tokenizer_json(model, rules, "fuzz");
      const auto tokenizer = lucie::Tokenizer::from_json(json, lucie::Json::object(), "fuzz");
      tokenizer.decode(tokenizer.encode(" a  b\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80 \xE2\x96\x81"));
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
