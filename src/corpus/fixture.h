// A small corpus for tests, written as the files that Debian packages would unpack to: man pages
// and a guide (HTML and plain text) in five languages that translate one another, a folder of
// Python, copyright files, and what the corpus stage has to catch: repeated notices, a copied page,
// a page in the wrong language, a package without a licence. About 300 KB; read by the ordinary
// readers (recipes/micro.yaml).
//
//   DIR/debian/fixture-man{,-fr,-de,-es,-it}/...       man pages, GPL-3+
//   DIR/debian/fixture-guide{,-fr,-de,-es,-it}/...     HTML and text of one guide, GPL-2+
//   DIR/debian/fixture-code/usr/lib/python3/*.py       PSF-2
//   DIR/debian/fixture-orphan/...                      no copyright file
//   DIR/texts/*.txt, *.md                              a user's own folder
#pragma once

#include <cstdint>

#include "base/file.h"

namespace lucie {

// Same bytes for the same seed.
void write_fixture_corpus(const fs::path& dir, std::uint64_t seed);

}  // namespace lucie
