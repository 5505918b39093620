#include "report/html.h"

#include "base/error.h"
#include "report/html_style.h"
#include "report/markup.h"

namespace lucie {

namespace {

std::string element(std::string_view tag, std::string_view text) {
  return "<" + std::string(tag) + ">" + markup(text) + "</" + std::string(tag) + ">\n";
}

// A word that no column should be as wide as: a path, a hash, an address.
bool has_long_word(std::string_view text) {
  constexpr std::size_t kLong = 20;
  std::size_t run = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // of a character begun before
    run = c == ' ' || c == '\n' ? 0 : run + 1;
    if (run > kLong) return true;
  }
  return false;
}

std::string table_row(const Table& table, const std::vector<std::string>& cells,
                      std::string_view tag) {
  std::string row = "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool numeric = i < table.columns.size() && table.columns[i].numeric;
    row += "<" + std::string(tag);
    if (numeric) {
      row += " class=\"n\"";
    } else if (tag == "td" && cells[i].find('\n') != std::string::npos) {
      row += " class=\"t\"";  // line breaks of the text are kept
    } else if (tag == "td" && has_long_word(cells[i])) {
      row += " class=\"w\"";
    }
    row += ">" + markup(cells[i]) + "</" + std::string(tag) + ">";
  }
  return row + "</tr>\n";
}

}  // namespace

HtmlPage::HtmlPage(std::string_view title, std::string_view subtitle)
    : title_(title), subtitle_(subtitle) {}

HtmlPage& HtmlPage::heading(std::string_view text) {
  const std::string id = "s" + std::to_string(++sections_);
  contents_ += "<a href=\"#" + id + "\">" + markup(text) + "</a>\n";
  body_ += "<h2 id=\"" + id + "\">" + markup(text) + "</h2>\n";
  return *this;
}

HtmlPage& HtmlPage::subheading(std::string_view text) {
  body_ += element("h3", text);
  return *this;
}

HtmlPage& HtmlPage::paragraph(std::string_view text) {
  body_ += element("p", text);
  return *this;
}

HtmlPage& HtmlPage::note(std::string_view text) {
  body_ += "<p class=\"note\">" + markup(text) + "</p>\n";
  return *this;
}

HtmlPage& HtmlPage::list(const std::vector<std::string>& items) {
  if (items.empty()) return *this;
  body_ += "<ul>\n";
  for (const std::string& item : items) body_ += element("li", item);
  body_ += "</ul>\n";
  return *this;
}

HtmlPage& HtmlPage::tiles(const std::vector<Tile>& tiles) {
  static const char* const kClasses[] = {"tile", "tile good", "tile bad"};
  body_ += "<div class=\"tiles\">\n";
  for (const Tile& tile : tiles) {
    body_ += "<div class=\"" + std::string(kClasses[static_cast<int>(tile.tone)]) + "\"><b>" +
             markup(tile.value) + "</b><span>" + markup(tile.label) + "</span></div>\n";
  }
  body_ += "</div>\n";
  return *this;
}

HtmlPage& HtmlPage::links(const std::vector<Link>& links) {
  body_ += "<ul class=\"links\">\n";
  for (const Link& link : links) {
    body_ += "<li><a href=\"" + markup(link.target) + "\">" + markup(link.target) + "</a> " +
             markup(link.text) + "</li>\n";
  }
  body_ += "</ul>\n";
  return *this;
}

HtmlPage& HtmlPage::table(const Table& table, std::string_view caption) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  body_ += "<div class=\"scroll\"><table>\n";
  if (!caption.empty()) body_ += element("caption", caption);
  body_ += "<thead>" + table_row(table, names, "th") + "</thead>\n<tbody>\n";
  for (const auto& cells : table.rows) body_ += table_row(table, cells, "td");
  body_ += "</tbody></table></div>\n";
  return *this;
}

HtmlPage& HtmlPage::figure(std::string_view svg, std::string_view caption) {
  body_ += "<figure>" + std::string(svg);
  if (!caption.empty()) body_ += "\n<figcaption>" + markup(caption) + "</figcaption>";
  body_ += "</figure>\n";
  return *this;
}

HtmlPage& HtmlPage::code(std::string_view text) {
  body_ += "<pre><code>" + markup(text) + "</code></pre>\n";
  return *this;
}

HtmlPage& HtmlPage::open_details(std::string_view summary) {
  ++open_;
  body_ += "<details><summary>" + markup(summary) + "</summary>\n";
  return *this;
}

HtmlPage& HtmlPage::close_details() {
  LUCIE_ASSERT(open_ > 0);
  --open_;
  body_ += "</details>\n";
  return *this;
}

std::string HtmlPage::str() const {
  LUCIE_ASSERT(open_ == 0);
  std::string page =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
      markup(title_) + "</title>\n<style>" + std::string(kStyle) +
      "</style>\n</head>\n<body>\n<main>\n" + element("h1", title_);
  if (!subtitle_.empty()) page += "<p class=\"subtitle\">" + markup(subtitle_) + "</p>\n";
  if (sections_ > 1) page += "<nav>\n" + contents_ + "</nav>\n";
  return page + body_ + "</main>\n</body>\n</html>\n";
}

}  // namespace lucie
