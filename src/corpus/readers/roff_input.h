// The language under man pages, as far as pages use it: logical lines, conditions, strings,
// registers, macros defined in the page, and escapes. What a line means is up to the macro set
// (man_page.h). Written from groff(7) and groff_man(7).
//
// Output is for a terminal (`n` is true in conditions) of groff (register .g is 1).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

struct RoffLine {
  bool is_request = false;
  std::string name;                    // of the request or macro, without the dot
  std::vector<std::string> arguments;  // raw: escapes not yet resolved
  std::string text;                    // the line itself, or what follows the name; raw
};

class RoffInput {
 public:
  // `text` is UTF-8. Macros named in `builtins` keep their meaning if the page defines them anew.
  RoffInput(std::string_view text, const std::vector<std::string>& builtins, std::string place);

  // The next text line, or request that is not handled here. False at the end. Pages that expand
  // without end fail with Error{kCorrupt}.
  bool next(RoffLine* line);

  // What a raw text prints: fonts, sizes and motions dropped, characters in UTF-8, strings
  // inserted.
  std::string printed(std::string_view raw) { return printed(raw, 0); }

  // For a line that must not be cut into arguments yet (mdoc): splits as a macro call does.
  static std::vector<std::string> split_arguments(std::string_view raw);

 private:
  struct Frame {
    std::vector<std::string> lines;
    std::size_t at = 0;
    std::vector<std::string> arguments;  // of the macro call that this frame is
  };
  bool next_line(std::string* line);
  bool handle_request(RoffLine* line);
  void define_string(const std::string& raw, bool append);
  void define_macro(const RoffLine& line, bool append);
  void set_register(const RoffLine& line);
  void rename(const RoffLine& line, bool keep_old);
  void drop_finished_frames();
  void condition(std::string_view request, std::string_view raw);
  void take_branch(std::string_view rest, bool taken);
  void skip_block(std::string_view rest);
  bool evaluate(std::string_view* raw);
  std::int64_t number(std::string_view* expression, int depth);
  std::int64_t operand(std::string_view* expression, int depth);
  std::int64_t register_value(std::string_view name) const;
  void push(std::vector<std::string> lines, std::vector<std::string> arguments);
  std::string with_arguments(std::string_view line,
                             const std::vector<std::string>& arguments) const;
  std::string printed(std::string_view raw, int depth);
  void escape(std::string_view raw, std::size_t* at, int depth, std::string* out);
  void quoted_escape(char kind, std::string_view raw, std::size_t* at, int depth, std::string* out);

  std::vector<Frame> frames_;
  std::vector<std::string> builtins_;
  std::map<std::string, std::vector<std::string>, std::less<>> macros_;
  std::map<std::string, std::string, std::less<>> strings_;
  std::map<std::string, std::int64_t, std::less<>> registers_;
  std::vector<bool> conditions_;  // results of .ie whose .el has not come
  std::string place_;
  std::uint64_t lines_read_ = 0;
};

// The character that \(xx or \[name] stands for; empty when unknown.
std::string roff_character(std::string_view name);

}  // namespace lucie
