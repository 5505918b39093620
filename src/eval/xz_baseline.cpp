#include <lzma.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "eval/baselines.h"

namespace lucie {
namespace {

// An encoder whose output is only counted.
class CountingEncoder {
 public:
  CountingEncoder() = default;
  ~CountingEncoder() { lzma_end(&stream_); }
  CountingEncoder(const CountingEncoder&) = delete;
  CountingEncoder& operator=(const CountingEncoder&) = delete;

  lzma_stream* stream() { return &stream_; }

  // Takes in all of `input` and gives out all that encodes it; returns its size.
  std::int64_t encode(const std::string& input, lzma_action action) {
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    stream_.avail_in = input.size();
    std::int64_t bytes = 0;
    for (lzma_ret status = LZMA_OK; status != LZMA_STREAM_END;) {
      stream_.next_out = buffer_.data();
      stream_.avail_out = buffer_.size();
      status = lzma_code(&stream_, action);
      check_status(status == LZMA_STREAM_END ? LZMA_OK : status);
      bytes += static_cast<std::int64_t>(buffer_.size() - stream_.avail_out);
    }
    return bytes;
  }

  static void check_status(lzma_ret status) {
    if (status == LZMA_MEM_ERROR) fail(ErrorCode::kOutOfMemory, "no memory for the xz baseline");
    LUCIE_ASSERT(status == LZMA_OK);
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  std::array<std::uint8_t, 1 << 16> buffer_{};
};

std::int64_t xz_size(const std::string& text) {
  CountingEncoder encoder;
  encoder.check_status(
      lzma_easy_encoder(encoder.stream(), 9 | LZMA_PRESET_EXTREME, LZMA_CHECK_CRC64));
  return encoder.encode(text, LZMA_FINISH);
}

// Adds the sizes of `texts` to `sizes`.
void encode_after(const std::string& training, const TextsByLanguage& texts,
                  BytesByLanguage& sizes) {
  // The window must hold the training side and all that is encoded after it.
  std::size_t window = training.size() + LZMA_DICT_SIZE_MIN;
  for (const auto& [language, text] : texts) window += text.size();
  constexpr std::size_t kLargest = std::size_t{1} << 30;  // the encoder needs 11 times as much
  lzma_options_lzma options;
  // Not slower than preset 6, and 1% smaller; 9 is the same with a larger dictionary.
  const bool unknown_preset = lzma_lzma_preset(&options, 6 | LZMA_PRESET_EXTREME) != 0;
  LUCIE_ASSERT(!unknown_preset);
  options.dict_size = static_cast<std::uint32_t>(std::min(window, kLargest));
  const std::size_t primed = std::min<std::size_t>(training.size(), options.dict_size);
  const std::string_view last = std::string_view(training).substr(training.size() - primed);
  options.preset_dict = reinterpret_cast<const std::uint8_t*>(last.data());
  options.preset_dict_size = static_cast<std::uint32_t>(last.size());
  const std::array<lzma_filter, 2> filters{
      {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
  CountingEncoder encoder;
  encoder.check_status(lzma_raw_encoder(encoder.stream(), filters.data()));
  for (const auto& [language, text] : texts) {
    sizes[language] = encoder.encode(text, LZMA_SYNC_FLUSH);
  }
}

void add_total(BytesByLanguage& sizes) {
  std::int64_t all = 0;
  for (const auto& [language, bytes] : sizes) all += bytes;
  sizes["all"] = all;
}

}  // namespace

BytesByLanguage xz_bytes(const TextsByLanguage& texts) {
  BytesByLanguage sizes;
  for (const auto& [language, text] : texts) sizes[language] = xz_size(text);
  add_total(sizes);
  return sizes;
}

BytesByLanguage xz_primed_bytes(const TextsByLanguage& texts, const std::string& training) {
  TextsByLanguage pairs, single;
  for (const auto& [language, text] : texts) {
    (language == "aligned" ? pairs : single)[language] = text;
  }
  BytesByLanguage sizes;
  for (const TextsByLanguage& stream : {single, pairs}) {
    if (!stream.empty()) encode_after(training, stream, sizes);
  }
  add_total(sizes);
  return sizes;
}

}  // namespace lucie
