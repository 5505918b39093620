// Markdown put together from plain words: whatever is passed in is shown as it is and cannot become
// markup, links or HTML, except through raw().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "report/table.h"

namespace lucie {

std::string markdown_escape(std::string_view text);

class Markdown {
 public:
  // YAML between "---" lines; only at the start.
  Markdown& front_matter(const Json& values);
  Markdown& heading(int level, std::string_view text);
  Markdown& paragraph(std::string_view text);
  Markdown& list(const std::vector<std::string>& items);
  Markdown& table(const Table& table);
  Markdown& quote(std::string_view text);
  // A fence longer than any run of backticks inside.
  Markdown& code(std::string_view text, std::string_view language = {});
  Markdown& raw(std::string_view markdown);  // our own words with markup in them
  const std::string& str() const { return text_; }

 private:
  std::string text_;
};

}  // namespace lucie
