#include "formats/snappy.h"

#include <cstdint>
#include <cstring>

#include "formats/byte_cursor.h"

namespace lucie {
namespace {

constexpr std::size_t kStep = 16;  // bytes moved at once
constexpr std::size_t kLongestCopy = 64;

[[noreturn]] void corrupt(const char* why, const std::string& place) {
  fail(ErrorCode::kCorrupt, std::string("damaged snappy block: ") + why, place);
}

// `length` bytes from `distance` back, which may overlap what they make. Where `room`, the space
// that is left, allows it, whole steps are moved, and what is written too much is written over.
void copy_back(std::byte* to, std::size_t distance, std::size_t length, std::size_t room) {
  if (distance >= kStep && room >= kLongestCopy) {
    for (std::size_t i = 0; i < length; i += kStep) std::memcpy(to + i, to + i - distance, kStep);
  } else {
    for (std::size_t i = 0; i < length; ++i) to[i] = to[i - distance];
  }
}

class Decoder {
 public:
  Decoder(std::span<const std::byte> in, std::span<std::byte> out, const std::string& place)
      : in_(in), out_(out), place_(place) {}

  void run() {
    while (!in_.empty()) {
      const auto tag = static_cast<unsigned>(in_.front());
      in_ = in_.subspan(1);
      const std::size_t high = tag >> 2U;
      switch (tag & 3U) {
        case 0:  // up to 60 bytes, or the length in one to four bytes
          literal((high < 60 ? high : number(high - 59)) + 1);
          break;
        case 1:
          copy((std::size_t{tag} >> 5U) << 8U | number(1), 4 + (high & 7U));
          break;
        case 2:
          copy(number(2), high + 1);
          break;
        default:
          copy(number(4), high + 1);
          break;
      }
    }
    if (done_ != out_.size()) corrupt("shorter than stated", place_);
  }

 private:
  // Little-endian, of one to four bytes.
  std::size_t number(std::size_t bytes) {
    if (bytes > in_.size()) corrupt("it ends too early", place_);
    std::uint32_t value = 0;
    if (bytes == 2) {  // most often
      std::memcpy(&value, in_.data(), 2);
    } else {
      std::memcpy(&value, in_.data(), bytes);
    }
    in_ = in_.subspan(bytes);
    return value;
  }

  void literal(std::size_t length) {
    if (length > in_.size()) corrupt("it ends too early", place_);
    const std::size_t room = out_.size() - done_;
    if (length > room) corrupt("longer than stated", place_);
    std::byte* to = out_.data() + done_;
    if (length <= kStep && in_.size() >= kStep && room >= kStep) {
      std::memcpy(to, in_.data(), kStep);
    } else {
      std::memcpy(to, in_.data(), length);
    }
    in_ = in_.subspan(length);
    done_ += length;
  }

  void copy(std::size_t distance, std::size_t length) {
    if (distance == 0 || distance > done_) corrupt("a copy from before its start", place_);
    const std::size_t room = out_.size() - done_;
    if (length > room) corrupt("longer than stated", place_);
    copy_back(out_.data() + done_, distance, length, room);
    done_ += length;
  }

  std::span<const std::byte> in_;
  std::span<std::byte> out_;
  const std::string& place_;
  std::size_t done_ = 0;
};

}  // namespace

void decompress_snappy(std::span<const std::byte> in, std::span<std::byte> out,
                       const std::string& place) {
  ByteCursor cursor(in, place);
  if (cursor.varint("a snappy block") != out.size()) corrupt("another size than stated", place);
  Decoder(in.subspan(cursor.position()), out, place).run();
}

}  // namespace lucie
