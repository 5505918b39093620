// mdoc(7): the block half.
#include <utility>

#include "base/text.h"
#include "corpus/readers/man_macros.h"
#include "corpus/readers/mdoc_inline.h"

namespace lucie {

namespace {

class MdocMacros {
 public:
  explicit MdocMacros(RoffInput* input) : input_(*input), inline_(input) {}

  ManPage read() {
    RoffLine line;
    while (input_.next(&line)) {
      if (!line.is_request) {
        text_line(line.text);
      } else if (MdocInline::is_inline_macro(line.name)) {
        std::vector<std::string> words = std::move(line.arguments);
        words.insert(words.begin(), line.name);
        running(words);
      } else {
        block(line);
      }
    }
    ManPage result;
    result.page.title = std::move(title_);
    result.page.blocks = writer_.take();
    result.redirect = std::move(redirect_);
    return result;
  }

 private:
  struct List {
    std::string type;
    int number = 0;
  };

  void text_line(const std::string& raw) {
    const std::string text = input_.printed(raw);
    if (collecting_tag_) {
      tag_ += " " + text;
    } else if (writer_.in_code()) {
      writer_.code_line(text);
    } else if (trim(text).empty()) {
      writer_.paragraph();
    } else {
      writer_.text(text, inline_.joins_after());
    }
    inline_.forget_join();
  }

  void running(const std::vector<std::string>& words) {
    if (writer_.in_code()) {
      writer_.code_line(inline_.line(words));
      return;
    }
    // In a synopsis each name of a command starts a line.
    if (words[0] == "Nm" && in_synopsis_) writer_.line_break();
    const std::string text = inline_.line(words);
    if (collecting_tag_) {
      tag_ += (inline_.joins_before() ? "" : " ") + text;
      finish_tag();
    } else {
      writer_.text(text, inline_.joins_before());
      if (inline_.joins_after()) writer_.join_next();
    }
  }

  void finish_tag() {
    if (inline_.open_tags() > 0) return;
    collecting_tag_ = false;
    writer_.tag(tag_);
    inline_.forget_join();
  }

  void block(const RoffLine& line) {
    const std::string& name = line.name;
    if (name == "Dt") {
      title_ = line.arguments.empty() ? "" : input_.printed(line.arguments[0]);
      if (line.arguments.size() > 1) {
        title_.append("(").append(input_.printed(line.arguments[1])).append(")");
      }
    } else if (name == "Sh" || name == "Ss") {
      const std::string text = inline_.line(line.arguments);
      inline_.forget_join();
      in_synopsis_ = text == "SYNOPSIS";
      writer_.heading(text);
    } else if (name == "Pp" || name == "Lp" || name == "sp" || name == "Rs" || name == "Re") {
      writer_.paragraph();
    } else if (name == "br") {
      writer_.line_break();
    } else if (name == "Nd") {
      writer_.text("- " + inline_.line(line.arguments));
    } else if (name == "Bl") {
      lists_.push_back({line.arguments.empty() ? "" : line.arguments[0], 0});
      writer_.paragraph();
    } else if (name == "El") {
      if (!lists_.empty()) lists_.pop_back();
      writer_.paragraph();
    } else if (name == "It") {
      item(line.arguments);
    } else if (name == "Bd") {
      begin_display(line.arguments);
    } else if (name == "Ed") {
      end_display();
    } else if (name == "Dl" || name == "D1") {
      writer_.begin_code();
      writer_.code_line(inline_.line(line.arguments));
      writer_.end_code();
    } else if (name == "Ex" || name == "Rv") {
      exit_status();
    } else if (name.starts_with('%')) {
      writer_.text(inline_.line(line.arguments));
    } else if (name == "so") {
      redirect_ = line.text;
    } else if (name == "TS") {
      read_roff_table(&input_, &writer_);
    }
  }

  void begin_display(const std::vector<std::string>& arguments) {
    bool literal = false;
    for (const std::string& argument : arguments) {
      literal = literal || argument == "-literal" || argument == "-unfilled";
    }
    displays_.push_back(literal);
    if (literal) {
      writer_.begin_code();
    } else {
      writer_.paragraph();
    }
  }

  void end_display() {
    if (displays_.empty()) return;
    if (displays_.back()) {
      writer_.end_code();
    } else {
      writer_.paragraph();
    }
    displays_.pop_back();
  }

  void exit_status() {
    writer_.text("The " + inline_.page_name() +
                 " utility exits 0 on success, and >0 if an error occurs.");
  }

  void item(const std::vector<std::string>& words) {
    List loose;
    List& list = lists_.empty() ? loose : lists_.back();
    if (list.type == "-bullet" || list.type == "-dash" || list.type == "-hyphen") {
      writer_.tag("-");
    } else if (list.type == "-enum") {
      writer_.tag(std::to_string(++list.number) + ".");
    } else if (list.type == "-item") {
      writer_.paragraph();
    } else if (list.type == "-column") {
      row(words);
    } else {
      tag_ = inline_.line(words);
      collecting_tag_ = true;
      finish_tag();
    }
  }

  void row(const std::vector<std::string>& words) {
    std::vector<std::string> cells, cell;
    for (const std::string& word : words) {
      if (word != "Ta") {
        cell.push_back(word);
        continue;
      }
      cells.push_back(inline_.line(cell));
      cell.clear();
    }
    // Cells may also be cut by tabs, which arguments keep only where quoted.
    cells.push_back(inline_.line(cell));
    inline_.forget_join();
    writer_.row(cells);
  }

  RoffInput& input_;
  MdocInline inline_;
  ManWriter writer_;
  std::string title_, redirect_, tag_;
  std::vector<List> lists_;
  std::vector<bool> displays_;  // whether literal
  bool collecting_tag_ = false, in_synopsis_ = false;
};

}  // namespace

ManPage read_mdoc_macros(RoffInput* input) {
  return MdocMacros(input).read();
}

}  // namespace lucie
