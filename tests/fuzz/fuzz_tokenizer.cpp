// A tokenizer.json on text with characters of every length; what it gives must decode, streamed
// too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "tokenizer/tokenizer.h"

namespace {

constexpr const char* kText =
    " a  b\xC3\xA9\xE4\xBD\xA0\xF0\x9F\x98\x80 the house, isn't <s>\xE2\x96\x81 "
    "12345\r\n\xCC\x81\xFF";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    lucie::Json json = lucie::parse_json(text, "fuzz");
    if (json.is_array() && json.size() > 0) json = json.at(std::size_t{0});  // a golden file
    if (const lucie::Json* inner = json.find("tokenizer")) json = lucie::Json(*inner);
    const auto tokenizer = lucie::Tokenizer::from_json(json, lucie::Json::object(), "fuzz");
    for (const bool special : {false, true}) {
      const auto ids = tokenizer.encode(kText, {.parse_special = special});
      lucie::StreamDecoder stream(tokenizer, !special);
      std::string streamed;
      for (const lucie::TokenId id : ids) streamed += stream.push(id);
      if (streamed + stream.finish() != tokenizer.decode(ids, !special)) std::abort();
    }
  } catch (const lucie::Error&) {  // the only thing that a file may cause
  }
  return 0;
}
