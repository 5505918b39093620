// libxml2's tree of an HTML page, for the files html_* and web_page.cpp only.
#pragma once

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

inline constexpr int kMaxHtmlDepth = 400;  // what is nested deeper is left out

// Of all the text within an element, in bytes without the white space around its parts.
struct HtmlMeasure {
  std::size_t letters = 0;
  std::size_t linked = 0;   // within links
  std::size_t links = 0;    // <a href>
  bool has_blocks = false;  // headings, lists, tables or preformatted text
};

class HtmlTree {
 public:
  // Broken HTML is read as far as browsers would; Error{kCorrupt} when nothing can be made of it.
  // Without `encoding`, the page's <meta> or the first bytes tell.
  HtmlTree(std::string_view bytes, const char* encoding, const std::string& place);

  const xmlNode* root() const { return root_; }
  std::string title() const;  // of <title>; may be empty
  const HtmlMeasure& measure(const xmlNode* element) const;
  // Text that is little else than links leads to text but is none.
  bool is_link_list(const xmlNode* element) const;

 private:
  HtmlMeasure take(xmlNode* element, bool in_link, int depth);

  std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document_;
  const xmlNode* root_ = nullptr;
  std::vector<HtmlMeasure> measures_;  // of elements, which hold their index + 1
};

std::string_view name_of(const xmlNode* node);
std::string attribute(const xmlNode* node, const char* key);
char32_t html_entity(std::string_view name);  // of "&eacute;" or "&#233;"; 0: none
int heading_level(std::string_view name);     // 1 to 6, else 0
// The first below `node` in document order.
const xmlNode* find_element(const xmlNode* node, std::string_view name, int depth = 0);

}  // namespace lucie
