// Tables as tbl(1) reads them, as far as their text goes.
#include <cctype>

#include "base/text.h"
#include "corpus/readers/man_macros.h"

namespace lucie {

namespace {

// "tab(:)" among the options, which end in ";" and stand before the formats.
char separator_of(std::string_view options) {
  const std::size_t at = options.find("tab(");
  return at != std::string_view::npos && at + 4 < options.size() ? options[at + 4] : '\t';
}

bool is_ruler(std::string_view line) {
  const std::string_view text = trim(line);
  return text.empty() || text == "_" || text == "=" || text == "\\_" || text.starts_with("\\^");
}

class TableReader {
 public:
  TableReader(RoffInput* input, ManWriter* writer) : input_(*input), writer_(*writer) {}

  void read() {
    RoffLine line;
    while (input_.next(&line)) {
      if (line.is_request) {
        if (line.name == "TE") break;
        if (line.name == "T&") in_formats_ = true;
        // Text in a T{ T} cell may use font macros.
        if (in_cell_ && !line.arguments.empty()) append_to_cell(input_.printed(line.text));
        continue;
      }
      if (in_formats_) {
        format_line(line.text);
      } else {
        data_line(line.text);
      }
    }
    end_row();
  }

 private:
  void format_line(std::string_view text) {
    if (trim(text).ends_with(';')) {
      separator_ = separator_of(text);
    } else if (trim(text).ends_with('.')) {
      in_formats_ = false;
    }
  }

  void append_to_cell(std::string_view text) {
    if (cells_.empty()) cells_.emplace_back();
    if (!cells_.back().empty()) cells_.back() += ' ';
    cells_.back() += text;
  }

  void data_line(std::string_view text) {
    if (in_cell_) {
      if (!text.starts_with("T}")) {
        append_to_cell(input_.printed(text));
        return;
      }
      in_cell_ = false;
      text.remove_prefix(2);
      if (text.starts_with(separator_))
        text.remove_prefix(1);
      else if (trim(text).empty()) {
        end_row();
        return;
      }
    } else if (is_ruler(text)) {
      return;
    }
    for (const std::string& cell : split(text, separator_)) {
      if (trim(cell) == "T{") {
        cells_.emplace_back();
        in_cell_ = true;
        return;
      }
      cells_.push_back(is_ruler(cell) ? std::string() : input_.printed(cell));
    }
    end_row();
  }

  void end_row() {
    writer_.row(cells_);
    cells_.clear();
  }

  RoffInput& input_;
  ManWriter& writer_;
  std::vector<std::string> cells_;
  char separator_ = '\t';
  bool in_formats_ = true, in_cell_ = false;
};

}  // namespace

void read_roff_table(RoffInput* input, ManWriter* writer) {
  TableReader(input, writer).read();
}

}  // namespace lucie
