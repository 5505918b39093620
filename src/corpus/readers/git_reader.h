// Source code of git repositories, as it stands in a commit: {reader: git, path: FOLDER,
// revision: v1.2}. FOLDER is a repository, bare or with a working tree (whose uncommitted changes
// are not read), or holds several. The URL is "git:NAME@COMMIT/PATH", where NAME is where the
// repository was cloned from, or its folder.
//
// Licence of a file, the first of these that there is, unless the recipe declares one:
//   1. its SPDX-License-Identifier, or that of FILE.license beside it
//   2. .reuse/dep5 of the repository (https://reuse.software)
//   3. a notice in its first lines
//   4. LICENSE or COPYING in its folder or the nearest one above, by its text
// The language is "code" and the programming language stands in `code_language`; Markdown and other
// texts are texts. Vendored, generated, minified and binary files are left out with the reason.
#pragma once

#include "corpus/readers/source_file.h"

namespace lucie {

void read_git(const SourceSpec& spec, const fs::path& data_dir, const DocumentSink& sink,
              const SkipSink& skipped);

}  // namespace lucie
