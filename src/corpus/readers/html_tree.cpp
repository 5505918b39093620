#include "corpus/readers/html_tree.h"

#include <charconv>
#include <limits>

#include "base/error.h"
#include "corpus/readers/page.h"
#include "corpus/readers/xml_errors.h"

namespace lucie {

namespace {

std::size_t letters_of(const xmlNode* text) {
  if (text->content == nullptr) return 0;
  return tidy_spaces(reinterpret_cast<const char*>(text->content)).size();
}

bool is_block(std::string_view name) {
  return name == "pre" || name == "table" || name == "ul" || name == "ol" ||
         heading_level(name) > 0;
}

}  // namespace

HtmlTree::HtmlTree(std::string_view bytes, const char* encoding, const std::string& place)
    : document_(nullptr, xmlFreeDoc) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() / 2)) {
    fail(ErrorCode::kUnsupported, "HTML page of more than a gigabyte", place);
  }
  const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                      HTML_PARSE_NONET | HTML_PARSE_COMPACT;
  silence_xml_errors();
  document_.reset(
      htmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, encoding, options));
  xmlNode* root = document_ ? xmlDocGetRootElement(document_.get()) : nullptr;
  if (root == nullptr) fail(ErrorCode::kCorrupt, "no HTML element in this file", place);
  root_ = root;
  measures_.emplace_back();  // of what is nested too deep
  take(root, false, 0);
}

HtmlMeasure HtmlTree::take(xmlNode* element, bool in_link, int depth) {
  HtmlMeasure sum;
  if (depth > kMaxHtmlDepth) return sum;
  const std::size_t index = measures_.size();
  measures_.emplace_back();
  element->_private = reinterpret_cast<void*>(index);
  for (xmlNode* node = element->children; node != nullptr; node = node->next) {
    if (node->type == XML_TEXT_NODE) {
      const std::size_t letters = letters_of(node);
      sum.letters += letters;
      sum.linked += in_link ? letters : 0;
    } else if (node->type == XML_ELEMENT_NODE) {
      const std::string_view name = name_of(node);
      const bool link = name == "a" && xmlHasProp(node, BAD_CAST "href") != nullptr;
      const HtmlMeasure inner = take(node, in_link || link, depth + 1);
      sum.letters += inner.letters;
      sum.linked += inner.linked;
      sum.links += inner.links + (link ? 1 : 0);
      sum.has_blocks = sum.has_blocks || inner.has_blocks || is_block(name);
    }
  }
  return measures_[index] = sum;
}

const HtmlMeasure& HtmlTree::measure(const xmlNode* element) const {
  return measures_[reinterpret_cast<std::size_t>(element->_private)];
}

bool HtmlTree::is_link_list(const xmlNode* element) const {
  const HtmlMeasure& share = measure(element);
  return share.links >= 4 && share.linked * 10 >= share.letters * 9;
}

std::string HtmlTree::title() const {
  const xmlNode* title = find_element(root_, "title");
  xmlChar* content = title == nullptr ? nullptr : xmlNodeGetContent(title);
  if (content == nullptr) return {};
  std::string text = tidy_spaces(reinterpret_cast<const char*>(content));
  xmlFree(content);
  return text;
}

std::string_view name_of(const xmlNode* node) {
  return reinterpret_cast<const char*>(node->name);
}

std::string attribute(const xmlNode* node, const char* key) {
  xmlChar* value = xmlGetProp(node, reinterpret_cast<const xmlChar*>(key));
  if (value == nullptr) return {};
  std::string text = reinterpret_cast<const char*>(value);
  xmlFree(value);
  return text;
}

char32_t html_entity(std::string_view name) {
  if (name.starts_with('#')) {
    name.remove_prefix(1);
    std::uint32_t value = 0;
    const bool hex = name.starts_with('x') || name.starts_with('X');
    if (hex) name.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), value, hex ? 16 : 10);
    const bool good = error == std::errc() && end == name.data() + name.size();
    return good && value >= ' ' ? value : 0;
  }
  const htmlEntityDesc* entity = htmlEntityLookup(BAD_CAST std::string(name).c_str());
  return entity == nullptr ? 0 : entity->value;
}

int heading_level(std::string_view name) {
  return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' ? name[1] - '0' : 0;
}

const xmlNode* find_element(const xmlNode* node, std::string_view name, int depth) {
  if (depth > kMaxHtmlDepth) return nullptr;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (name_of(node) == name) return node;
    if (const xmlNode* found = find_element(node->children, name, depth + 1)) return found;
  }
  return nullptr;
}

}  // namespace lucie
