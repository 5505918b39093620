// Numbers of the zip format that its reader and writer share; of no interest to others.
//
//   local header    "PK" 3 4, u16 version, flags, method, time, date, u32 crc, packed size, size,
//                   u16 name length, extra length; name, extra; then the member's bytes
//   directory entry "PK" 1 2, u16 made by, then version to size as above, u16 name length, extra
//                   length, comment length, disk, u16 attributes, u32 attributes, u32 header offset
//   end, 64 bit     "PK" 6 6, u64 its size - 12, u16 made by, version, u32 disk, disk,
//                   u64 entries, entries, directory size, directory offset
//   locator         "PK" 6 7, u32 disk, u64 offset of the 64-bit end, u32 disks
//   end             "PK" 5 6, u16 disk, disk, entries, entries, u32 directory size, offset,
//                   u16 comment length
//
// A 32-bit field of 0xffffffff stands for the 64-bit one of extra field 1, which holds, in this
// order, size, packed size and header offset, each only where its 32-bit field says so.
#pragma once

#include <cstdint>

namespace lucie::zip {

inline constexpr std::uint32_t kLocalHeader = 0x04034b50;
inline constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
inline constexpr std::uint32_t kEnd64 = 0x06064b50;
inline constexpr std::uint32_t kLocator64 = 0x07064b50;
inline constexpr std::uint32_t kEnd = 0x06054b50;

inline constexpr std::uint64_t kLocalHeaderBytes = 30;
inline constexpr std::uint64_t kDirectoryEntryBytes = 46;
inline constexpr std::uint64_t kEnd64Bytes = 56;
inline constexpr std::uint64_t kLocator64Bytes = 20;
inline constexpr std::uint64_t kEndBytes = 22;

inline constexpr std::uint32_t kIn64 = 0xffffffff;
inline constexpr std::uint16_t kExtra64 = 1;
inline constexpr std::uint16_t kEncrypted = 1 << 0, kSizesFollow = 1 << 3, kUtf8 = 1 << 11;

}  // namespace lucie::zip
