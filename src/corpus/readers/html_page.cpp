#include "corpus/readers/html_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "corpus/readers/html_walker.h"

namespace lucie {

namespace {

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 19> kDroppedElements = {
    "script", "style",  "nav",    "header", "footer", "aside",  "noscript",
    "head",   "button", "input",  "select", "option", "iframe", "textarea",
    "svg",    "img",    "object", "applet", "title"};
// What tools put around the text: DocBook's navigation and contents, LibreOffice help's icons and
// lists of links.
constexpr std::array<std::string_view, 9> kDroppedClasses = {
    "navheader",   "navfooter",     "toc",      "list-of-tables", "list-of-figures",
    "breadcrumbs", "relatedtopics", "noteicon", "index"};

bool is_dropped(const xmlNode* node) {
  if (is_one_of(name_of(node), kDroppedElements)) return true;
  for (const std::string& word : split(attribute(node, "class"), ' ')) {
    if (is_one_of(word, kDroppedClasses)) return true;
  }
  return false;
}

}  // namespace

Page read_html_page(std::string_view bytes, const std::string& place) {
  // A page that is not UTF-8 says in a <meta> what it is; libxml2 looks there.
  const HtmlTree tree(bytes, is_valid_utf8(bytes) ? "UTF-8" : nullptr, place);
  const HtmlPredicate dropped = is_dropped;
  HtmlWalker walker(tree, dropped);
  walker.walk(tree.root()->children);
  Page page = walker.take();
  if (std::string title = tree.title(); !title.empty()) page.title = std::move(title);
  return page;
}

}  // namespace lucie
