// Speed of encoding and decoding one text on one core: tokenizer_bench TOKENIZER TEXT, where
// TOKENIZER is a tokenizer.json, a folder with one, or a GGUF file. Median of five, in processor
// time, so that other work on the machine does not count.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "base/error.h"
#include "tokenizer/tokenizer.h"

namespace {

using namespace lucie;

template <typename Work>
double median_seconds(const Work& work) {
  std::array<double, 5> seconds{};
  for (double& s : seconds) {
    const std::clock_t start = std::clock();
    work();
    s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[2];
}

void measure(const fs::path& path, const fs::path& text_path) {
  const Tokenizer tokenizer =
      path.extension() == ".gguf" ? Tokenizer::from_gguf(GgufReader(path)) : Tokenizer::load(path);
  const std::string text = read_file(text_path);
  std::vector<TokenId> ids;
  const double encoding = median_seconds([&] { ids = tokenizer.encode(text); });
  std::string decoded;
  const double decoding = median_seconds([&] { decoded = tokenizer.decode(ids); });
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  std::printf("lucie: encode %.1f MB/s, decode %.1f MB/s, %zu tokens, %.2f bytes a token\n",
              megabytes / encoding, megabytes / decoding, ids.size(),
              static_cast<double>(text.size()) / static_cast<double>(ids.size()));
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
