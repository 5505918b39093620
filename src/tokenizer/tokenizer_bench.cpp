// Speed of encoding and decoding one text on one core: tokenizer_bench TOKENIZER TEXT, where
// TOKENIZER is a tokenizer.json, a folder with one, or a GGUF file. In processor time, so that
// other work on the machine does not count.
//
// The text is encoded in pieces of 100,000 bytes and a line's rest, each once: what is remembered
// of words comes from the text itself. "again" is a second pass over the same text, which is worth
// little: nearly all is remembered then.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

#include "base/error.h"
#include "tokenizer/tokenizer.h"

namespace {

using namespace lucie;

constexpr std::size_t kPiece = 100'000;  // bytes; bench/peers/encode_peers.py cuts alike

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t line_end = text.find('\n', std::min(kPiece, text.size()) - 1);
    pieces.push_back(text.substr(0, line_end == text.npos ? line_end : line_end + 1));
    text.remove_prefix(pieces.back().size());
  }
  return pieces;
}

template <typename Work>
double megabytes_per_second(std::size_t bytes, const Work& work) {
  const std::clock_t start = std::clock();
  work();
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return static_cast<double>(bytes) / 1e6 / seconds;
}

void measure(const fs::path& path, const fs::path& text_path) {
  const Tokenizer tokenizer =
      path.extension() == ".gguf" ? Tokenizer::from_gguf(GgufReader(path)) : Tokenizer::load(path);
  const std::string text = read_file(text_path);
  const std::vector<std::string_view> pieces = pieces_of(text);
  // Ids are let go of at once, as those of the other engines are.
  std::size_t decoded = 0, tokens = 0;
  const auto encode = [&] {
    tokens = 0;
    for (const std::string_view piece : pieces) tokens += tokenizer.encode(piece).size();
  };
  const double encoding = megabytes_per_second(text.size(), encode);
  const double again = megabytes_per_second(text.size(), encode);
  std::vector<std::vector<TokenId>> ids;
  for (const std::string_view piece : pieces) ids.push_back(tokenizer.encode(piece));
  const double decoding = megabytes_per_second(text.size(), [&] {
    for (const std::vector<TokenId>& piece : ids) decoded += tokenizer.decode(piece).size();
  });
  std::printf(
      "lucie: encode %.1f MB/s, again %.1f, decode %.1f MB/s, %zu tokens, %.2f bytes a token\n",
      encoding, again, decoding, tokens,
      static_cast<double>(decoded) / static_cast<double>(tokens));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: tokenizer_bench TOKENIZER TEXT\n");
    return 2;
  }
  try {
    measure(argv[1], argv[2]);
  } catch (const Error& error) {
    std::fprintf(stderr, "tokenizer_bench: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
