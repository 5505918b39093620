// The licence of each file of a Debian package, from its copyright file: machine-readable
// (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/, "DEP-5"), or free text in
// which a few notices are recognised.
//
// Patterns in such a file name SOURCE files, while we hold installed ones. A pattern also counts
// when it fits the end of the installed path, as it stands or without its first folder
// ("man7/futex.7", "Lib/logging/*", "po/fr/man1/ls.1.po"); compression suffixes and ".po" are left
// out of account. The evidence says by which pattern a licence was found, and when it was only the
// headline.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lucie {

struct LicenceFinding {
  std::string spdx;      // expression, or NOASSERTION
  std::string evidence;  // "usr/share/doc/x/copyright: Files: po/fr/*"
};

class PackageLicence {
 public:
  // `name` is how the file is called in evidence. Never fails: what cannot be understood becomes
  // NOASSERTION with the reason as evidence.
  static PackageLicence parse(std::string_view copyright, std::string name);
  LicenceFinding of(std::string_view installed_path) const;

 private:
  struct Stanza {
    std::vector<std::string> patterns;
    std::string spdx;
    std::string note;  // how, when not by its short name
  };
  std::string name_;
  std::vector<Stanza> stanzas_;
  LicenceFinding headline_;
};

// Shell pattern of DEP-5: * and ? (both match "/" too), backslash escapes.
bool dep5_match(std::string_view pattern, std::string_view path);

}  // namespace lucie
