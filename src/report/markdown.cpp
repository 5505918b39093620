#include "report/markdown.h"

#include <algorithm>

#include "base/text.h"
#include "report/markup.h"

namespace lucie {

namespace {

std::string line(std::string_view text) {
  return markdown_escape(single_line(text));
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text += " " + (cell.empty() ? "-" : line(cell)) + " |";
  return text + "\n";
}

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string markdown_escape(std::string_view text) {
  constexpr std::string_view kSpecial = "\\`*[]#|~$";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Within a word an underscore is only an underscore: names stay readable.
    const bool inside = i > 0 && i + 1 < text.size() && is_alphanumeric(text[i - 1]) &&
                        is_alphanumeric(text[i + 1]);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (kSpecial.find(c) != std::string_view::npos || (c == '_' && !inside)) out += '\\';
      out += c;
    }
  }
  return out;
}

Markdown& Markdown::front_matter(const Json& values) {
  std::string yaml = dump_yaml(values);
  if (!yaml.ends_with('\n')) yaml += '\n';
  text_ += "---\n" + yaml + "---\n\n";
  return *this;
}

Markdown& Markdown::heading(int level, std::string_view text) {
  text_ += std::string(static_cast<std::size_t>(std::clamp(level, 1, 6)), '#') + " " + line(text) +
           "\n\n";
  return *this;
}

Markdown& Markdown::paragraph(std::string_view text) {
  text_ += line(text) + "\n\n";
  return *this;
}

Markdown& Markdown::list(const std::vector<std::string>& items) {
  for (const std::string& item : items) text_ += "- " + line(item) + "\n";
  if (!items.empty()) text_ += "\n";
  return *this;
}

Markdown& Markdown::table(const Table& table) {
  std::vector<std::string> names;
  std::string rule = "|";
  for (const Column& column : table.columns) {
    names.push_back(column.name);
    rule += column.numeric ? " ---: |" : " --- |";
  }
  text_ += row(names) + rule + "\n";
  for (const auto& cells : table.rows) text_ += row(cells);
  text_ += "\n";
  return *this;
}

Markdown& Markdown::quote(std::string_view text) {
  for (const std::string& part : split(trim(text), '\n')) text_ += "> " + line(part) + "\n";
  text_ += "\n";
  return *this;
}

Markdown& Markdown::code(std::string_view text, std::string_view language) {
  const std::string fence(std::max<std::size_t>(3, longest_run(text, '`') + 1), '`');
  text_ += fence + std::string(language) + "\n" + std::string(text);
  if (!text.ends_with('\n')) text_ += "\n";
  text_ += fence + "\n\n";
  return *this;
}

Markdown& Markdown::raw(std::string_view markdown) {
  text_ += std::string(trim(markdown)) + "\n\n";
  return *this;
}

}  // namespace lucie
