// A record: u64 length, u32 masked crc32c of the length, the event, u32 masked crc32c of it.
// An event (protobuf; field numbers of tensorflow's event.proto and summary.proto):
//   Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
//   Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; }
// Fields of Event that are zero are left out, as proto3 has it.
#include "formats/tfevents.h"

#include <cstring>
#include <string>

#include "base/error.h"
#include "formats/crc32c.h"

namespace lucie {
namespace {

constexpr std::string_view kFileVersion = "brain.Event:2";
constexpr std::uint64_t kLengthBytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);

// Protobuf keys: field number * 8 + wire type (0 varint, 1 64-bit, 2 bytes, 5 32-bit).
constexpr char kWallTime = 1 * 8 + 1, kStep = 2 * 8 + 0, kVersion = 3 * 8 + 2, kSummary = 5 * 8 + 2;
constexpr char kValue = 1 * 8 + 2, kTag = 1 * 8 + 2, kSimpleValue = 2 * 8 + 5;

template <class T>
void put_fixed(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

void put_bytes(std::string& out, char key, std::string_view bytes) {
  out += key;
  put_varint(out, bytes.size());
  out += bytes;
}

std::string version_event() {
  std::string event;
  put_bytes(event, kVersion, kFileVersion);
  return event;
}

std::string scalar_event(std::string_view tag, std::int64_t step, double value, double wall_time) {
  std::string point;
  put_bytes(point, kTag, tag);
  point += kSimpleValue;
  put_fixed(point, static_cast<float>(value));
  std::string summary;
  put_bytes(summary, kValue, point);
  std::string event;
  if (wall_time != 0) {
    event += kWallTime;
    put_fixed(event, wall_time);
  }
  if (step != 0) {
    event += kStep;
    put_varint(event, static_cast<std::uint64_t>(step));
  }
  put_bytes(event, kSummary, summary);
  return event;
}

// The step of an event as written above; the version event has none and counts as before all.
std::int64_t step_of(std::string_view event) {
  std::size_t at = event.starts_with(kWallTime) ? 1 + sizeof(double) : 0;
  if (at < event.size() && event[at] == kVersion) return std::numeric_limits<std::int64_t>::min();
  if (at >= event.size() || event[at] != kStep) return 0;
  std::uint64_t step = 0;
  for (unsigned shift = 0; ++at < event.size() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(event[at]);
    step |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return static_cast<std::int64_t>(step);
}

// Takes a whole, undamaged record off the front; false when there is none.
bool take_record(std::string_view& file, std::string_view* event) {
  std::uint64_t length;
  std::uint32_t check;
  if (file.size() < kLengthBytes) return false;
  std::memcpy(&length, file.data(), sizeof(length));
  std::memcpy(&check, file.data() + sizeof(length), sizeof(check));
  if (check != masked_crc32c(file.substr(0, sizeof(length)))) return false;
  const std::uint64_t rest = file.size() - kLengthBytes;
  if (rest < sizeof(check) || length > rest - sizeof(check)) return false;
  *event = file.substr(kLengthBytes, length);
  std::memcpy(&check, event->data() + length, sizeof(check));
  if (check != masked_crc32c(*event)) return false;
  file.remove_prefix(kLengthBytes + length + sizeof(check));
  return true;
}

// Bytes of the records worth keeping at the front of an interrupted file.
std::uint64_t whole_records(std::string_view file, std::int64_t resume_step) {
  const std::size_t size = file.size();
  std::string_view event;
  for (std::string_view rest = file; take_record(rest, &event); file = rest) {
    if (step_of(event) >= resume_step) break;
  }
  return size - file.size();
}

}  // namespace

TfEventsWriter::TfEventsWriter(const fs::path& directory, std::int64_t start,
                               std::int64_t resume_step)
    : path_(directory / ("events.out.tfevents." + std::to_string(start) + ".lucie")) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) fail(ErrorCode::kIo, "cannot make the directory", directory.string());
  std::uint64_t kept = 0;
  if (fs::exists(path_)) {
    const std::string contents = read_file(path_);
    kept = whole_records(contents, resume_step);
    if (kept < contents.size()) fs::resize_file(path_, kept, error);
    if (error) fail(ErrorCode::kIo, "cannot cut the file: " + error.message(), path_.string());
  }
  out_.open(path_, std::ios::binary | std::ios::app);
  if (!out_) fail(ErrorCode::kIo, "cannot open for writing", path_.string());
  if (kept == 0) append(version_event());
}

void TfEventsWriter::add_scalar(std::string_view tag, std::int64_t step, double value,
                                double wall_time) {
  append(scalar_event(tag, step, value, wall_time));
}

void TfEventsWriter::append(std::string_view event) {
  std::string record;
  put_fixed(record, static_cast<std::uint64_t>(event.size()));
  put_fixed(record, masked_crc32c(record));
  record += event;
  put_fixed(record, masked_crc32c(event));
  out_.write(record.data(), static_cast<std::streamsize>(record.size()));
  out_.flush();
  if (!out_) fail(ErrorCode::kIo, "cannot write", path_.string(), "is the disk full?");
}

}  // namespace lucie
