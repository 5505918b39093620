// The inline half of mdoc(7): macros that call each other within a line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/readers/roff_input.h"

namespace lucie {

class MdocInline {
 public:
  explicit MdocInline(RoffInput* input) : input_(*input) {}

  // The text that a line of macros and words prints. Whether it joins to what stood before and to
  // what comes after is told by the two flags.
  std::string line(const std::vector<std::string>& words);
  bool joins_before() const { return joins_before_; }
  bool joins_after() const { return join_; }
  void forget_join() { join_ = false; }

  static bool is_inline_macro(std::string_view name);
  void set_page_name(std::string name) { page_name_ = std::move(name); }
  const std::string& page_name() const { return page_name_; }
  int open_tags() const { return open_tags_; }  // Xo without its Xc

 private:
  void put(std::string_view text, bool joined = false);
  void macro(const std::vector<std::string>& words, std::size_t* at);
  bool bracket(std::string_view name);
  void special(const std::string& name, const std::vector<std::string>& words, std::size_t* at);
  std::vector<std::string> plain_words(const std::vector<std::string>& words, std::size_t* at);

  RoffInput& input_;
  std::string out_, page_name_;
  std::vector<std::string> closers_;  // of enclosures that end with the line
  bool join_ = false, joins_before_ = false;
  bool spacing_ = true;  // .Sm
  int open_tags_ = 0;
};

}  // namespace lucie
