// man(7).
#include "corpus/readers/man_macros.h"

#include <array>
#include <functional>
#include <map>
#include <utility>

#include "base/text.h"

namespace lucie {

namespace {

class ManMacros {
 public:
  explicit ManMacros(RoffInput* input) : input_(*input) {}

  ManPage read() {
    RoffLine line;
    while (input_.next(&line)) {
      if (line.is_request) {
        request(line);
      } else {
        text_line(line.text);
      }
    }
    result_.page.blocks = writer_.take();
    return std::move(result_);
  }

 private:
  using Handler = void (ManMacros::*)(const RoffLine&);
  static const std::map<std::string, Handler, std::less<>>& handlers();

  void request(const RoffLine& line) {
    // A macro that wants the next line (".SH" alone) takes it even if it is a font macro.
    if (const auto handler = handlers().find(line.name); handler != handlers().end()) {
      (this->*handler->second)(line);
    }
  }

  std::string printed(std::string_view raw) { return input_.printed(raw); }

  std::string all(const RoffLine& line, std::size_t from = 0) {
    std::string text;
    for (std::size_t i = from; i < line.arguments.size(); ++i) {
      if (i > from) text += ' ';
      text += printed(line.arguments[i]);
    }
    return text;
  }

  // What the next line prints, for macros whose text may stand there.
  std::string next_line_text() {
    RoffLine line;
    while (input_.next(&line)) {
      if (!line.is_request) return printed(line.text);
      if (line.name == "PD" || line.name == "ne" || line.name == "na" || line.name == "ad")
        continue;
      std::string text;
      if (font_text(line, &text)) return text;
      pending_.push_back(line);  // not a text: its turn comes after
      return {};
    }
    return {};
  }

  // Text of a font macro: .B joins by spaces, .BR joins without.
  bool font_text(const RoffLine& line, std::string* text) {
    const std::string& name = line.name;
    if (name == "B" || name == "I" || name == "SM" || name == "SB" || name == "R") {
      *text = line.arguments.empty() ? next_line_text() : all(line);
      return true;
    }
    constexpr std::array<std::string_view, 6> kAlternating = {"BR", "RB", "IR", "RI", "BI", "IB"};
    for (const std::string_view alternating : kAlternating) {
      if (name != alternating) continue;
      for (const std::string& argument : line.arguments) *text += printed(argument);
      return true;
    }
    if (name == "UR" || name == "MT") {
      begin_link(line);
      *text = next_line_text();
      return true;
    }
    return false;
  }

  void run_pending() {
    while (!pending_.empty()) {
      const RoffLine line = pending_.back();
      pending_.pop_back();
      request(line);
    }
  }

  void text_line(const std::string& raw) {
    const std::string text = printed(raw);
    if (writer_.in_code()) {
      writer_.code_line(text);
    } else if (trim(text).empty()) {
      if (raw.find('\\') == std::string::npos) writer_.paragraph();
      return;
    } else {
      if (text[0] == ' ' || text[0] == '\t') writer_.line_break();
      // Asciidoctor and DocBook draw the mark of a list item as text without a line's end.
      if (raw.ends_with("\\c") && writer_.is_empty() && ManWriter::is_mark(tidy_spaces(text))) {
        writer_.tag(text);
      } else {
        writer_.text(text);
      }
    }
    if (raw.ends_with("\\c")) writer_.join_next();
  }

  void th(const RoffLine& line) {
    if (line.arguments.empty()) return;
    result_.page.title = printed(line.arguments[0]);
    if (line.arguments.size() > 1) {
      result_.page.title.append("(").append(printed(line.arguments[1])).append(")");
    }
  }
  void heading(const RoffLine& line) {
    const std::string text = line.arguments.empty() ? next_line_text() : all(line);
    writer_.heading(text);
    run_pending();
  }
  void paragraph(const RoffLine&) { writer_.paragraph(); }
  void hanging(const RoffLine&) {
    writer_.paragraph();
    hanging_ = true;
  }
  // DocBook and Asciidoctor write a tag, .RS, the description, .RE.
  void indent(const RoffLine&) { writer_.text_before_indent(); }
  void outdent(const RoffLine&) {
    if (!writer_.in_code()) writer_.paragraph();
  }
  void line_break(const RoffLine&) { writer_.line_break(); }
  void tagged(const RoffLine&) {
    const std::string text = next_line_text();
    writer_.tag(text);
    run_pending();
  }
  void more_tagged(const RoffLine&) {
    const std::string text = next_line_text();
    writer_.more_tag(text);
    run_pending();
  }
  void indented(const RoffLine& line) {
    if (line.arguments.empty() || printed(line.arguments[0]).empty()) {
      // After .HP the tag has come as text.
      if (hanging_) {
        writer_.text_before_indent();
      } else {
        writer_.paragraph();
      }
      hanging_ = false;
    } else {
      writer_.tag(printed(line.arguments[0]));
    }
  }
  void font(const RoffLine& line) {
    std::string text;
    font_text(line, &text);
    writer_.text(text);
    if (!line.arguments.empty() && line.arguments.back().ends_with("\\c")) writer_.join_next();
    run_pending();
  }
  void begin_code(const RoffLine&) { writer_.begin_code(); }
  void end_code(const RoffLine&) {
    while (writer_.in_code()) writer_.end_code();
  }
  void begin_link(const RoffLine& line) {
    link_ = line.arguments.empty() ? std::string() : printed(line.arguments[0]);
  }
  void end_link(const RoffLine& line) {
    if (!link_.empty()) {
      writer_.text("<");
      writer_.text(link_ + ">" + all(line), true);
    }
    link_.clear();
  }
  // Asciidoctor's: .URL address text punctuation.
  void whole_link(const RoffLine& line) {
    const auto argument = [&](std::size_t i) {
      return i < line.arguments.size() ? printed(line.arguments[i]) : std::string();
    };
    std::string text = argument(1);
    if (!text.empty()) text += ' ';
    text.append("<").append(argument(0)).append(">").append(argument(2));
    writer_.text(text);
  }
  void synopsis(const RoffLine& line) {
    writer_.paragraph();
    writer_.text(all(line));
  }
  void option(const RoffLine& line) {
    writer_.text("[");
    writer_.text(all(line), true);
    writer_.text("]", true);
  }
  void table(const RoffLine&) {
    writer_.paragraph();
    read_roff_table(&input_, &writer_);
  }
  void redirect(const RoffLine& line) { result_.redirect = all(line); }

  RoffInput& input_;
  ManWriter writer_;
  ManPage result_;
  std::vector<RoffLine> pending_;
  std::string link_;
  bool hanging_ = false;  // the paragraph under construction was begun by .HP
};

const std::map<std::string, ManMacros::Handler, std::less<>>& ManMacros::handlers() {
  using M = ManMacros;
  static const std::map<std::string, Handler, std::less<>> table = {
      {"TH", &M::th},
      {"SH", &M::heading},
      {"SS", &M::heading},
      {"PP", &M::paragraph},
      {"P", &M::paragraph},
      {"LP", &M::paragraph},
      {"HP", &M::hanging},
      {"sp", &M::paragraph},
      {"Sp", &M::paragraph},
      {"RS", &M::indent},
      {"RE", &M::outdent},
      {"INDENT", &M::indent},
      {"UNINDENT", &M::outdent},
      {"br", &M::line_break},
      {"ti", &M::line_break},
      {"in", &M::line_break},
      {"TP", &M::tagged},
      {"TQ", &M::more_tagged},
      {"IP", &M::indented},
      {"B", &M::font},
      {"I", &M::font},
      {"R", &M::font},
      {"SM", &M::font},
      {"SB", &M::font},
      {"BR", &M::font},
      {"RB", &M::font},
      {"IR", &M::font},
      {"RI", &M::font},
      {"BI", &M::font},
      {"IB", &M::font},
      {"nf", &M::begin_code},
      {"fi", &M::end_code},
      {"EX", &M::begin_code},
      {"EE", &M::end_code},
      {"Vb", &M::begin_code},
      {"Ve", &M::end_code},
      {"UR", &M::begin_link},
      {"UE", &M::end_link},
      {"MT", &M::begin_link},
      {"ME", &M::end_link},
      {"URL", &M::whole_link},
      {"MTO", &M::whole_link},
      {"SY", &M::synopsis},
      {"YS", &M::paragraph},
      {"OP", &M::option},
      {"TS", &M::table},
      {"so", &M::redirect},
  };
  return table;
}

}  // namespace

const std::vector<std::string>& man_macro_names() {
  // Pages define these for other typesetters, or to write indices and margins.
  static const std::vector<std::string> names = {"TH",
                                                 "SH",
                                                 "SS",
                                                 "PP",
                                                 "P",
                                                 "LP",
                                                 "HP",
                                                 "Sp",
                                                 "RS",
                                                 "RE",
                                                 "TP",
                                                 "TQ",
                                                 "IP",
                                                 "B",
                                                 "I",
                                                 "SM",
                                                 "SB",
                                                 "BR",
                                                 "RB",
                                                 "IR",
                                                 "RI",
                                                 "BI",
                                                 "IB",
                                                 "EX",
                                                 "EE",
                                                 "Vb",
                                                 "Ve",
                                                 "UR",
                                                 "UE",
                                                 "MT",
                                                 "ME",
                                                 "URL",
                                                 "MTO",
                                                 "SY",
                                                 "YS",
                                                 "OP",
                                                 "TS",
                                                 "TE",
                                                 "IX",
                                                 "INDENT",
                                                 "UNINDENT",
                                                 "LINKSTYLE",
                                                 "rstReportMargin"};
  return names;
}

ManPage read_man_macros(RoffInput* input) {
  return ManMacros(input).read();
}

}  // namespace lucie
