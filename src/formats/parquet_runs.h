// Parquet's two encodings of small numbers (parquet-format, Encodings.md), value by value: nothing
// is unpacked ahead, so that a run that claims a thousand million values costs nothing.
#pragma once

#include <cstdint>
#include <span>

#include "formats/byte_cursor.h"

namespace lucie::parquet {

// Runs of one value, and runs of bit-packed values. For levels, dictionary indices and booleans.
class RunReader {
 public:
  // Values of `width` bits, 0 to 32.
  RunReader(ByteCursor bytes, int width);
  std::uint32_t next();

 private:
  void begin_run();

  ByteCursor bytes_;
  int width_;
  std::uint64_t left_ = 0;  // values of the run
  bool packed_ = false;
  std::uint32_t value_ = 0;          // not packed
  std::span<const std::byte> bits_;  // packed
  std::uint64_t bit_ = 0;            // of the next value
};

// DELTA_BINARY_PACKED: the first value, then differences in blocks of mini blocks, each with its
// own width. Arithmetic wraps, as the format has it.
class DeltaReader {
 public:
  explicit DeltaReader(ByteCursor bytes);
  std::uint64_t values() const { return total_; }
  std::int64_t next();
  // Passes over the values that are left; what stands behind them.
  ByteCursor rest();

 private:
  void begin_mini_block();

  ByteCursor bytes_;
  std::uint64_t mini_blocks_ = 0, mini_values_ = 0;  // of a block; of a mini block
  std::uint64_t total_ = 0, left_ = 0;
  std::uint64_t value_ = 0;
  bool first_ = true;
  std::uint64_t min_delta_ = 0;
  std::span<const std::byte> widths_;  // of the block's mini blocks that are still to come
  std::span<const std::byte> bits_;
  int width_ = 0;
  std::uint64_t mini_left_ = 0, bit_ = 0;
};

}  // namespace lucie::parquet
