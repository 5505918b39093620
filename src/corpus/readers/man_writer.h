// The typesetter behind both macro sets: collects text, and cuts it into blocks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/readers/page.h"

namespace lucie {

class ManWriter {
 public:
  // A piece of running text; a space before it unless `joined` or after join_next().
  void text(std::string_view printed, bool joined = false);
  void join_next() { join_next_ = true; }  // \c, or no space as in .BR
  void line_break();
  void paragraph();  // ends the block under construction, if any

  void heading(std::string_view printed);
  // The next text is the description of `tag`; a bullet or a number makes a list item.
  void tag(std::string_view printed);
  void more_tag(std::string_view printed);  // .TQ: one more line of tags

  // What was taken for a paragraph turns out to be a tag, when an indented text follows it and it
  // is a short line that ends no sentence; else it is a paragraph.
  void text_before_indent();

  static bool is_mark(std::string_view text);  // of a list item: a bullet or a number
  bool is_empty() const { return text_.empty() && tag_.empty(); }

  void begin_code();  // until end_code() lines are kept as they are
  void end_code();
  bool in_code() const { return code_depth_ > 0; }
  void code_line(std::string_view printed);

  void row(std::span<const std::string> cells);

  std::vector<Block> take();

 private:
  void flush();
  std::vector<Block> blocks_;
  std::string tag_, text_, code_;
  bool is_item_ = false;  // tag_ is a bullet or number
  bool join_next_ = false;
  int code_depth_ = 0;
};

}  // namespace lucie
