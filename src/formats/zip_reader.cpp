#include <algorithm>
#include <optional>

#include "base/error.h"
#include "formats/byte_cursor.h"
#include "formats/zip.h"
#include "formats/zip_layout.h"

namespace lucie {
namespace {

using File = std::span<const std::byte>;

// A cursor that stands at `offset` of the file and does not see beyond `end`.
ByteCursor cursor_at(File file, std::uint64_t offset, std::uint64_t end, const std::string& path) {
  ByteCursor cursor(file.first(end), path);
  cursor.take(offset, "the archive");
  return cursor;
}

struct Range {
  std::uint64_t begin, end;
};

struct Entry {
  ZipMember member;  // offset: of the local header, until that has been read
  std::uint16_t flags = 0;
};

// Where the end record stands: the last one whose comment fills the rest of the file.
std::uint64_t find_end(File file, const std::string& path) {
  constexpr std::uint64_t kMaxComment = 0xffff;
  for (std::uint64_t comment = 0; comment <= kMaxComment; ++comment) {
    if (file.size() < zip::kEndBytes + comment) break;
    const std::uint64_t offset = file.size() - zip::kEndBytes - comment;
    ByteCursor cursor = cursor_at(file, offset, file.size(), path);
    if (cursor.number<std::uint32_t>("the end record") != zip::kEnd) continue;
    cursor.take(16, "the end record");
    if (cursor.number<std::uint16_t>("the end record") == comment) return offset;
  }
  fail(ErrorCode::kCorrupt, "no zip directory at the end of the file", path,
       "the file is cut short, or no zip archive");
}

std::optional<std::uint64_t> find_end64(File file, std::uint64_t end, const std::string& path) {
  if (end < zip::kLocator64Bytes) return std::nullopt;
  ByteCursor cursor = cursor_at(file, end - zip::kLocator64Bytes, end, path);
  if (cursor.number<std::uint32_t>("the locator") != zip::kLocator64) return std::nullopt;
  cursor.take(4, "the locator");
  const auto offset = cursor.number<std::uint64_t>("the locator");
  if (offset > end || end - offset < zip::kEnd64Bytes + zip::kLocator64Bytes) {
    cursor.corrupt("the zip64 end record is not where the locator says");
  }
  return offset;
}

struct Directory {
  Range range;
  std::uint64_t entries;
};

Directory read_end(File file, const std::string& path) {
  constexpr char kWhat[] = "the end record";
  const std::uint64_t end = find_end(file, path);
  ByteCursor cursor = cursor_at(file, end, file.size(), path);
  cursor.take(4, kWhat);
  const auto disk = cursor.number<std::uint32_t>(kWhat);  // two numbers at once
  cursor.take(2, kWhat);
  std::uint64_t entries = cursor.number<std::uint16_t>(kWhat);
  std::uint64_t bytes = cursor.number<std::uint32_t>(kWhat);
  std::uint64_t offset = cursor.number<std::uint32_t>(kWhat);
  std::uint64_t limit = end;
  if (const auto end64 = find_end64(file, end, path)) {
    limit = *end64;
    ByteCursor wide = cursor_at(file, *end64, end, path);
    if (wide.number<std::uint32_t>(kWhat) != zip::kEnd64) wide.corrupt("no zip64 end record");
    wide.take(28, kWhat);
    entries = wide.number<std::uint64_t>(kWhat);
    bytes = wide.number<std::uint64_t>(kWhat);
    offset = wide.number<std::uint64_t>(kWhat);
  } else if (disk != 0) {
    fail(ErrorCode::kUnsupported, "zip archive split over several files", path);
  }
  if (offset > limit || bytes != limit - offset || entries > bytes / zip::kDirectoryEntryBytes) {
    cursor.corrupt("the zip directory does not fill the space before its end record");
  }
  return {{offset, limit}, entries};
}

// Takes the 64-bit values of the fields that say so.
void widen(ByteCursor extra, std::initializer_list<std::uint64_t*> fields) {
  while (extra.remaining() >= 4) {
    const auto id = extra.number<std::uint16_t>("an extra field");
    const auto length = extra.number<std::uint16_t>("an extra field");
    if (id != zip::kExtra64) {
      extra.take(length, "an extra field");
      continue;
    }
    for (std::uint64_t* field : fields) {
      if (*field == zip::kIn64) *field = extra.number<std::uint64_t>("a 64-bit size");
    }
    return;
  }
}

Entry read_entry(ByteCursor& cursor, File file, const std::string& path) {
  constexpr char kWhat[] = "a directory entry";
  if (cursor.number<std::uint32_t>(kWhat) != zip::kDirectoryEntry) {
    cursor.corrupt("no entry of the zip directory");
  }
  Entry entry;
  cursor.take(4, kWhat);
  entry.flags = cursor.number<std::uint16_t>(kWhat);
  const auto method = cursor.number<std::uint16_t>(kWhat);
  cursor.take(8, kWhat);  // time, date, checksum
  std::uint64_t packed = cursor.number<std::uint32_t>(kWhat);
  entry.member.bytes = cursor.number<std::uint32_t>(kWhat);
  const auto name = cursor.number<std::uint16_t>(kWhat);
  const auto extra = cursor.number<std::uint16_t>(kWhat);
  const auto comment = cursor.number<std::uint16_t>(kWhat);
  cursor.take(8, kWhat);  // disk, attributes
  entry.member.offset = cursor.number<std::uint32_t>(kWhat);
  entry.member.name = cursor.text(name, kWhat);
  const std::uint64_t at = cursor.position();
  cursor.take(extra, kWhat);
  widen(cursor_at(file, at, cursor.position(), path),
        {&entry.member.bytes, &packed, &entry.member.offset});
  cursor.take(comment, kWhat);
  const std::string place = path + ": member '" + entry.member.name + "'";
  if ((entry.flags & zip::kEncrypted) != 0) {
    fail(ErrorCode::kUnsupported, "encrypted member", place);
  }
  if (method != 0) {
    fail(ErrorCode::kUnsupported, "compressed member", place,
         "torch.save compresses nothing: something else has packed this file; pack it with -0");
  }
  if (packed != entry.member.bytes) cursor.corrupt("stored member with two sizes");
  return entry;
}

// Turns the offset of the local header into that of the member's bytes; returns what they span.
Range place_member(Entry* entry, File file, std::uint64_t end, const std::string& path) {
  constexpr char kWhat[] = "a local header";
  ZipMember& member = entry->member;
  const std::uint64_t begin = member.offset;
  ByteCursor cursor = cursor_at(file, begin, end, path);
  if (cursor.number<std::uint32_t>(kWhat) != zip::kLocalHeader) {
    cursor.corrupt("no local header of member '" + member.name + "'");
  }
  cursor.take(2, kWhat);
  const auto flags = cursor.number<std::uint16_t>(kWhat);
  const auto method = cursor.number<std::uint16_t>(kWhat);
  cursor.take(8, kWhat);
  std::uint64_t packed = cursor.number<std::uint32_t>(kWhat);
  std::uint64_t bytes = cursor.number<std::uint32_t>(kWhat);
  const auto name = cursor.number<std::uint16_t>(kWhat);
  const auto extra = cursor.number<std::uint16_t>(kWhat);
  if (flags != entry->flags || method != 0 || cursor.text(name, kWhat) != member.name) {
    cursor.corrupt("local header of member '" + member.name + "' is not that of the directory");
  }
  const std::uint64_t at = cursor.position();
  cursor.take(extra, kWhat);
  if ((flags & zip::kSizesFollow) == 0) {
    widen(cursor_at(file, at, cursor.position(), path), {&bytes, &packed});
    if (bytes != member.bytes || packed != member.bytes) {
      cursor.corrupt("local header of member '" + member.name + "' has another size");
    }
  }
  member.offset = cursor.position();
  cursor.take(member.bytes, "a member");
  return {begin, cursor.position()};
}

void refuse_overlaps(std::vector<Range>* ranges, const std::string& path) {
  std::sort(ranges->begin(), ranges->end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < ranges->size(); ++i) {
    if ((*ranges)[i].begin < (*ranges)[i - 1].end) {
      fail(ErrorCode::kCorrupt, "two members of the archive overlap",
           path + ":" + std::to_string((*ranges)[i].begin));
    }
  }
}

}  // namespace

ZipDirectory::ZipDirectory(std::span<const std::byte> file, const std::string& path) {
  const Directory directory = read_end(file, path);
  ByteCursor cursor = cursor_at(file, directory.range.begin, directory.range.end, path);
  std::vector<Range> ranges;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    Entry entry = read_entry(cursor, file, path);
    ranges.push_back(place_member(&entry, file, directory.range.begin, path));
    members_.push_back(std::move(entry.member));
  }
  if (cursor.remaining() != 0) cursor.corrupt("bytes after the last entry of the zip directory");
  refuse_overlaps(&ranges, path);
  std::sort(members_.begin(), members_.end(),
            [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(members_.begin(), members_.end(),
                         [](const ZipMember& a, const ZipMember& b) { return a.name == b.name; });
  if (twice != members_.end()) {
    fail(ErrorCode::kCorrupt, "two members named '" + twice->name + "'",
         path + ":" + std::to_string(twice->offset));
  }
}

const ZipMember* ZipDirectory::find(std::string_view name) const {
  const auto it = std::lower_bound(
      members_.begin(), members_.end(), name,
      [](const ZipMember& member, std::string_view key) { return member.name < key; });
  return it != members_.end() && it->name == name ? &*it : nullptr;
}

}  // namespace lucie
