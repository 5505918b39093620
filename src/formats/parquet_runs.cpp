#include "formats/parquet_runs.h"

#include <algorithm>
#include <limits>

namespace lucie::parquet {
namespace {

// The `width` bits (1 to 64) from `bit` on, lowest first. They must be within `bytes`.
std::uint64_t bits_at(std::span<const std::byte> bytes, std::uint64_t bit, int width) {
  const std::size_t first = bit / 8;
  const auto shift = static_cast<int>(bit % 8);
  std::uint64_t value = 0;
  if (bytes.size() - first >= 8) {
    std::memcpy(&value, bytes.data() + first, 8);
  } else {
    std::memcpy(&value, bytes.data() + first, bytes.size() - first);
  }
  value >>= shift;
  if (shift + width > 64) value |= std::to_integer<std::uint64_t>(bytes[first + 8]) << (64 - shift);
  return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1);
}

}  // namespace

RunReader::RunReader(ByteCursor bytes, int width) : bytes_(std::move(bytes)), width_(width) {
  if (width < 0 || width > 32)
    bytes_.corrupt("packed numbers of " + std::to_string(width) + " bits");
}

void RunReader::begin_run() {
  const std::uint64_t header = bytes_.varint("a run");
  packed_ = (header & 1U) != 0;
  const std::uint64_t count = header >> 1U;
  if (count == 0 || count > std::numeric_limits<std::uint32_t>::max()) {
    bytes_.corrupt("a run of " + std::to_string(count) + " values");
  }
  if (packed_) {
    const auto width = static_cast<std::uint64_t>(width_);
    // Some writers cut the last group of eight short.
    bits_ = bytes_.take(std::min(count * width, bytes_.remaining()), "a run");
    bit_ = 0;
    left_ = width == 0 ? count * 8 : bits_.size() * 8 / width;
    if (left_ == 0) bytes_.corrupt("data ends within a run");
    return;
  }
  left_ = count;
  value_ = 0;
  const auto bytes = static_cast<std::size_t>((width_ + 7) / 8);
  std::memcpy(&value_, bytes_.take(bytes, "a run").data(), bytes);
}

std::uint32_t RunReader::next() {
  if (left_ == 0) begin_run();
  --left_;
  if (!packed_) return value_;
  if (width_ == 0) return 0;
  const auto value = static_cast<std::uint32_t>(bits_at(bits_, bit_, width_));
  bit_ += static_cast<std::uint64_t>(width_);
  return value;
}

DeltaReader::DeltaReader(ByteCursor bytes) : bytes_(std::move(bytes)) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
  const std::uint64_t block = bytes_.varint("a delta header");
  mini_blocks_ = bytes_.varint("a delta header");
  total_ = left_ = bytes_.varint("a delta header");
  const std::uint64_t first = bytes_.varint("a delta header");
  value_ = (first >> 1U) ^ (~(first & 1U) + 1U);
  if (block == 0 || block > kMost || mini_blocks_ == 0 || block % mini_blocks_ != 0 ||
      block / mini_blocks_ % 8 != 0 || total_ > kMost) {
    bytes_.corrupt("damaged delta header");
  }
  mini_values_ = block / mini_blocks_;
}

void DeltaReader::begin_mini_block() {
  if (widths_.empty()) {
    const std::uint64_t delta = bytes_.varint("a delta block");
    min_delta_ = (delta >> 1U) ^ (~(delta & 1U) + 1U);
    widths_ = bytes_.take(mini_blocks_, "a delta block");
  }
  width_ = std::to_integer<int>(widths_.front());
  widths_ = widths_.subspan(1);
  if (width_ > 64) bytes_.corrupt("delta values of " + std::to_string(width_) + " bits");
  bits_ = bytes_.take(mini_values_ / 8 * static_cast<std::uint64_t>(width_), "a delta block");
  bit_ = 0;
  mini_left_ = mini_values_;
}

std::int64_t DeltaReader::next() {
  if (left_ == 0) bytes_.corrupt("fewer delta values than the page states");
  --left_;
  if (first_) {
    first_ = false;
    return static_cast<std::int64_t>(value_);
  }
  if (mini_left_ == 0) begin_mini_block();
  --mini_left_;
  value_ += min_delta_;
  if (width_ != 0) value_ += bits_at(bits_, bit_, width_);
  bit_ += static_cast<std::uint64_t>(width_);
  return static_cast<std::int64_t>(value_);
}

ByteCursor DeltaReader::rest() {
  if (first_ && left_ > 0) (void)next();
  while (left_ > 0) {
    if (mini_left_ == 0) begin_mini_block();
    const std::uint64_t passed = std::min(left_, mini_left_);
    left_ -= passed;
    mini_left_ -= passed;
  }
  return bytes_;
}

}  // namespace lucie::parquet
