// Zip archives as PyTorch writes them: every member is stored, none compressed, so that it can be
// used in place (docs/formats/torch.md; the format is PKWARE's APPNOTE.TXT, zip64 included).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace lucie {

struct ZipMember {
  std::string name;
  std::uint64_t offset = 0;  // of its bytes, from the start of the file
  std::uint64_t bytes = 0;
};

// The members of an archive, by name. A directory or local header that contradicts itself or the
// file, members that overlap, and two of one name are Error{kCorrupt} with path and offset;
// compressed, encrypted and split archives are Error{kUnsupported}. Checksums are not computed: it
// would read every byte of every weight.
class ZipDirectory {
 public:
  ZipDirectory(std::span<const std::byte> file, const std::string& path);
  const std::vector<ZipMember>& members() const { return members_; }  // in order of name
  const ZipMember* find(std::string_view name) const;                 // nullptr when absent

 private:
  std::vector<ZipMember> members_;
};

// Writes an archive of stored members whose bytes start at multiples of 64, as torch.save does.
class ZipWriter {
 public:
  explicit ZipWriter(const fs::path& path) : file_(path) {}
  void add(const std::string& name, std::span<const std::byte> bytes);
  void add(const std::string& name, std::string_view text);
  void commit();

 private:
  struct Entry {
    std::string name;
    std::uint64_t bytes, header_offset;
    std::uint32_t crc;
  };

  AtomicFile file_;
  std::vector<Entry> entries_;
};

}  // namespace lucie
