// Records (lines of text, as a rule) in a zstd file of independent frames, so that one of a billion
// is found by a seek, and files are put together without compressing again. `zstd -d` reads it, and
// so does LineReader. docs/formats/jsonl.md has the layout.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace lucie {

namespace posix {
class Descriptor;
}

// Of text in a frame, as a rule. A record that is longer is a frame of its own.
inline constexpr std::size_t kFrameBytes = std::size_t{1} << 20;

struct Frame {
  std::uint64_t offset = 0;  // in the file
  std::uint32_t bytes = 0;   // compressed
  std::uint32_t text = 0;    // not compressed
  std::uint32_t records = 0;
};

class FramedReader {
 public:
  // A file without the index, or with one that does not fit the file, is kCorrupt.
  explicit FramedReader(const fs::path& path);
  ~FramedReader();
  FramedReader(FramedReader&&) noexcept;

  const std::vector<Frame>& frames() const { return frames_; }
  std::uint64_t records() const { return first_.back(); }
  // The text of a frame. May be called from several threads.
  std::string text(std::size_t frame) const;
  std::string compressed(std::size_t frame) const;
  // Of a file of lines: the one of this number (from 0), without the newline. Fast for rising
  // numbers. For one thread.
  std::string line(std::uint64_t number);
  const fs::path& path() const { return path_; }

 private:
  void read_index();
  void check_frames(std::uint64_t end) const;
  [[noreturn]] void fail_corrupt(const std::string& reason) const;

  fs::path path_;
  std::unique_ptr<posix::Descriptor> file_;
  std::vector<Frame> frames_;
  std::vector<std::uint64_t> first_;  // record of each frame, and behind the last
  std::string cached_;                // text of the frame that line() looked at last
  std::size_t cached_frame_ = ~std::size_t{0};
  struct {
    std::uint64_t number = 0;
    std::size_t at = 0;  // in cached_
  } sought_;             // the line that was asked for last
};

// Visible only after commit(); equal records give equal bytes.
class FramedWriter {
 public:
  // `frame_bytes`: most text of a frame, and so what reading one record costs.
  explicit FramedWriter(const fs::path& path, int level = 3, std::size_t frame_bytes = kFrameBytes);
  ~FramedWriter();
  FramedWriter(FramedWriter&&) noexcept;

  void write(std::string_view record);     // a line with its newline
  void append(const FramedReader& other);  // its frames as they are
  std::uint64_t records() const { return records_; }
  void commit();

 private:
  struct Encoder;
  void end_frame();
  void add_frame(std::string_view compressed, std::uint32_t text, std::uint32_t records);

  std::unique_ptr<Encoder> encoder_;
  std::size_t frame_bytes_;
  std::string text_;  // of the frame to come
  std::uint32_t in_text_ = 0;
  std::uint64_t records_ = 0;
  std::vector<Frame> frames_;
};

}  // namespace lucie
