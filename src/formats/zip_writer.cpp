#include "base/error.h"
#include "base/hash.h"
#include "formats/zip.h"
#include "formats/zip_layout.h"

namespace lucie {
namespace {

constexpr std::uint64_t kAlignment = 64;  // torch.serialization's storage_alignment
constexpr std::uint16_t kVersion = 45;    // the first with zip64
// The extra field that fills the space up to the alignment; the id is the one that torch uses.
constexpr std::uint16_t kPadding = 0x4246;

template <class T>
void put(std::string* out, T value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::uint32_t narrow(std::uint64_t value) {
  return value < zip::kIn64 ? static_cast<std::uint32_t>(value) : zip::kIn64;
}

// Version to size: the fields that a local header and a directory entry have in common.
void put_common(std::string* out, std::uint64_t bytes, std::uint32_t crc) {
  put<std::uint16_t>(out, kVersion);
  put<std::uint16_t>(out, zip::kUtf8);
  put<std::uint16_t>(out, 0);  // stored
  put<std::uint32_t>(out, 0);  // no time: equal content gives equal files
  put<std::uint32_t>(out, crc);
  put<std::uint32_t>(out, narrow(bytes));
  put<std::uint32_t>(out, narrow(bytes));
}

std::string wide_sizes(std::uint64_t bytes) {
  std::string extra;
  if (bytes < zip::kIn64) return extra;
  put<std::uint16_t>(&extra, zip::kExtra64);
  put<std::uint16_t>(&extra, 16);
  put<std::uint64_t>(&extra, bytes);
  put<std::uint64_t>(&extra, bytes);
  return extra;
}

std::string local_header(const std::string& name, std::uint64_t offset, std::uint64_t bytes,
                         std::uint32_t crc) {
  std::string extra = wide_sizes(bytes);
  const std::uint64_t used = offset + zip::kLocalHeaderBytes + name.size() + extra.size() + 4;
  put<std::uint16_t>(&extra, kPadding);
  const auto padding = static_cast<std::uint16_t>((kAlignment - used % kAlignment) % kAlignment);
  put<std::uint16_t>(&extra, padding);
  extra.append(padding, 'Z');
  std::string header;
  put<std::uint32_t>(&header, zip::kLocalHeader);
  put_common(&header, bytes, crc);
  put<std::uint16_t>(&header, static_cast<std::uint16_t>(name.size()));
  put<std::uint16_t>(&header, static_cast<std::uint16_t>(extra.size()));
  return header + name + extra;
}

}  // namespace

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  LUCIE_ASSERT(name.size() <= 0xffff);
  const std::uint32_t crc = crc32(bytes);
  entries_.push_back({name, bytes.size(), file_.offset(), crc});
  file_.write(local_header(name, file_.offset(), bytes.size(), crc));
  file_.write(bytes);
}

void ZipWriter::add(const std::string& name, std::string_view text) {
  add(name, std::as_bytes(std::span(text.data(), text.size())));
}

void ZipWriter::commit() {
  const std::uint64_t begin = file_.offset();
  for (const Entry& entry : entries_) {
    std::string extra = wide_sizes(entry.bytes);
    if (entry.header_offset >= zip::kIn64) {
      if (extra.empty()) {
        put<std::uint16_t>(&extra, zip::kExtra64);
        put<std::uint16_t>(&extra, 8);
      } else {
        extra[2] = 24;  // the field's length grows with the offset
      }
      put<std::uint64_t>(&extra, entry.header_offset);
    }
    std::string out;
    put<std::uint32_t>(&out, zip::kDirectoryEntry);
    put<std::uint16_t>(&out, kVersion);
    put_common(&out, entry.bytes, entry.crc);
    put<std::uint16_t>(&out, static_cast<std::uint16_t>(entry.name.size()));
    put<std::uint16_t>(&out, static_cast<std::uint16_t>(extra.size()));
    out.append(2 + 2 + 2 + 4, '\0');  // comment, disk, attributes
    put<std::uint32_t>(&out, narrow(entry.header_offset));
    file_.write(out + entry.name + extra);
  }
  const std::uint64_t end = file_.offset();
  const auto count = static_cast<std::uint64_t>(entries_.size());
  std::string out;
  put<std::uint32_t>(&out, zip::kEnd64);
  put<std::uint64_t>(&out, zip::kEnd64Bytes - 12);
  put<std::uint16_t>(&out, kVersion);
  put<std::uint16_t>(&out, kVersion);
  put<std::uint64_t>(&out, 0);  // disks
  put<std::uint64_t>(&out, count);
  put<std::uint64_t>(&out, count);
  put<std::uint64_t>(&out, end - begin);
  put<std::uint64_t>(&out, begin);
  put<std::uint32_t>(&out, zip::kLocator64);
  put<std::uint32_t>(&out, 0);
  put<std::uint64_t>(&out, end);
  put<std::uint32_t>(&out, 1);
  put<std::uint32_t>(&out, zip::kEnd);
  put<std::uint32_t>(&out, 0);  // disks
  const auto few = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, 0xffff));
  put<std::uint16_t>(&out, few);
  put<std::uint16_t>(&out, few);
  put<std::uint32_t>(&out, narrow(end - begin));
  put<std::uint32_t>(&out, narrow(begin));
  put<std::uint16_t>(&out, 0);
  file_.write(out);
  file_.commit();
}

}  // namespace lucie
