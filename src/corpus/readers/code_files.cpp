#include "corpus/readers/code_files.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace lucie {

namespace {

constexpr std::size_t kMaxSourceBytes = 1 << 20;
constexpr std::size_t kHeadBytes = 1024;

struct Suffix {
  std::string_view name, language;
};
constexpr std::array kSuffixes = {
    Suffix{".adb", "Ada"},
    Suffix{".ads", "Ada"},
    Suffix{".asm", "Assembly"},
    Suffix{".s", "Assembly"},
    Suffix{".awk", "Awk"},
    Suffix{".sh", "Shell"},
    Suffix{".bash", "Shell"},
    Suffix{".c", "C"},
    Suffix{".h", "C"},
    Suffix{".cc", "C++"},
    Suffix{".cpp", "C++"},
    Suffix{".cxx", "C++"},
    Suffix{".hpp", "C++"},
    Suffix{".hh", "C++"},
    Suffix{".cs", "C#"},
    Suffix{".clj", "Clojure"},
    Suffix{".cmake", "CMake"},
    Suffix{".cob", "COBOL"},
    Suffix{".lisp", "Common Lisp"},
    Suffix{".css", "CSS"},
    Suffix{".cu", "CUDA"},
    Suffix{".d", "D"},
    Suffix{".dart", "Dart"},
    Suffix{".ex", "Elixir"},
    Suffix{".exs", "Elixir"},
    Suffix{".el", "Emacs Lisp"},
    Suffix{".erl", "Erlang"},
    Suffix{".f", "Fortran"},
    Suffix{".f90", "Fortran"},
    Suffix{".fs", "F#"},
    Suffix{".go", "Go"},
    Suffix{".groovy", "Groovy"},
    Suffix{".hs", "Haskell"},
    Suffix{".html", "HTML"},
    Suffix{".java", "Java"},
    Suffix{".js", "JavaScript"},
    Suffix{".mjs", "JavaScript"},
    Suffix{".jsx", "JavaScript"},
    Suffix{".jl", "Julia"},
    Suffix{".kt", "Kotlin"},
    Suffix{".lua", "Lua"},
    Suffix{".m", "Objective-C"},
    Suffix{".ml", "OCaml"},
    Suffix{".mli", "OCaml"},
    Suffix{".pas", "Pascal"},
    Suffix{".pl", "Perl"},
    Suffix{".pm", "Perl"},
    Suffix{".php", "PHP"},
    Suffix{".ps1", "PowerShell"},
    Suffix{".pro", "Prolog"},
    Suffix{".py", "Python"},
    Suffix{".pyi", "Python"},
    Suffix{".r", "R"},
    Suffix{".rb", "Ruby"},
    Suffix{".rs", "Rust"},
    Suffix{".scala", "Scala"},
    Suffix{".scm", "Scheme"},
    Suffix{".sql", "SQL"},
    Suffix{".swift", "Swift"},
    Suffix{".tcl", "Tcl"},
    Suffix{".tex", "TeX"},
    Suffix{".ts", "TypeScript"},
    Suffix{".tsx", "TypeScript"},
    Suffix{".v", "Verilog"},
    Suffix{".vhd", "VHDL"},
    Suffix{".vim", "Vim script"},
    Suffix{".zig", "Zig"},
};
constexpr std::array kTexts = {Suffix{".md", "Markdown"}, Suffix{".markdown", "Markdown"},
                               Suffix{".rst", "reStructuredText"}, Suffix{".txt", "Text"}};
constexpr std::array kNames = {Suffix{"makefile", "Makefile"}, Suffix{"gnumakefile", "Makefile"},
                               Suffix{"dockerfile", "Dockerfile"},
                               Suffix{"cmakelists.txt", "CMake"}, Suffix{"rakefile", "Ruby"}};

constexpr std::array<std::string_view, 12> kVendored = {
    "vendor",   "vendors", "third_party",      "thirdparty", "third-party", "3rdparty",
    "external", "extern",  "bower_components", "deps",       "dist",        "node_modules"};
constexpr std::array<std::string_view, 10> kLockFiles = {
    "package-lock.json", "yarn.lock",    "pnpm-lock.yaml", "cargo.lock",    "go.sum",
    "poetry.lock",       "pipfile.lock", "gemfile.lock",   "composer.lock", "flake.lock"};

template <typename Table>
std::string_view language_of(const Table& table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const Suffix& s) { return s.name == name; });
  return found == table.end() ? std::string_view() : found->language;
}

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

CodeKind code_kind(std::string_view path) {
  const std::string name = to_lower_ascii(file_name(path));
  if (const std::string_view known = language_of(kNames, name); !known.empty()) return {known};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {};
  const std::string_view suffix = std::string_view(name).substr(dot);
  if (const std::string_view text = language_of(kTexts, suffix); !text.empty()) {
    return {text, true};
  }
  return {language_of(kSuffixes, suffix)};
}

std::string reason_against_path(std::string_view path) {
  const std::string lower = to_lower_ascii(path);
  const std::vector<std::string> parts = split(lower, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (std::find(kVendored.begin(), kVendored.end(), parts[i]) != kVendored.end()) {
      return "code of others, in a folder " + parts[i];
    }
  }
  const std::string& name = parts.back();
  if (std::find(kLockFiles.begin(), kLockFiles.end(), name) != kLockFiles.end()) {
    return "lock file";
  }
  if (name.ends_with(".min.js") || name.ends_with(".min.css")) return "minified";
  return {};
}

std::string reason_against_source(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return "binary file";
  if (bytes.size() > kMaxSourceBytes) return "source file of more than 1 MB";
  const std::string head = to_lower_ascii(bytes.substr(0, kHeadBytes));
  for (const std::string_view mark : {"do not edit", "@generated", "automatically generated",
                                      "auto-generated", "autogenerated", "generated by"}) {
    if (head.find(mark) != std::string::npos) return "generated";
  }
  const auto lines = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n')) + 1;
  if (bytes.size() > 2000 && bytes.size() / lines > 200) return "minified";
  const auto digits =
      std::count_if(bytes.begin(), bytes.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (static_cast<std::size_t>(digits) * 5 > bytes.size() * 2) return "mostly numbers";
  return {};
}

}  // namespace lucie
