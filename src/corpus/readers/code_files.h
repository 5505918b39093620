// Files of repositories: which programming language, and which of them teach nothing.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

struct CodeKind {
  std::string_view language;  // "Python"; empty for files that nobody reads as text
  bool is_text = false;       // prose: Markdown, reStructuredText, plain text
};

CodeKind code_kind(std::string_view path);  // by name

// Why a file is left out by its path: vendored folders, lock files, minified names; empty when it
// is not.
std::string reason_against_path(std::string_view path);
// ... and by its contents: binary, generated, minified, too long, mostly numbers.
std::string reason_against_source(std::string_view bytes);

}  // namespace lucie
