#include "corpus/readers/html_page.h"

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/error.h"
#include "base/text.h"

namespace lucie {

namespace {

constexpr int kMaxDepth = 400;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 19> kDroppedElements = {
    "script", "style",  "nav",    "header", "footer", "aside",  "noscript",
    "head",   "button", "input",  "select", "option", "iframe", "textarea",
    "svg",    "img",    "object", "applet", "title"};
constexpr std::array<std::string_view, 20> kBlockElements = {
    "p",      "div",    "section",  "article", "blockquote", "dl",        "dt",
    "dd",     "ul",     "ol",       "li",      "hr",         "address",   "main",
    "figure", "center", "fieldset", "form",    "caption",    "figcaption"};
// What tools put around the text: DocBook's navigation and contents, LibreOffice help's icons and
// lists of links.
constexpr std::array<std::string_view, 9> kDroppedClasses = {
    "navheader",   "navfooter",     "toc",      "list-of-tables", "list-of-figures",
    "breadcrumbs", "relatedtopics", "noteicon", "index"};

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

bool is_dropped(const xmlNode* node) {
  if (is_one_of(name_of(node), kDroppedElements)) return true;
  for (const std::string& word : split(attribute(node, "class"), ' ')) {
    if (is_one_of(word, kDroppedClasses)) return true;
  }
  return false;
}

// LibreOffice help holds variants of a word for each program and system side by side, of which its
// script shows one: the default, or the first that is not for macOS.
const xmlNode* shown_variant(const xmlNode* switch_node) {
  const xmlNode* first = nullptr;
  for (const xmlNode* node = switch_node->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (attribute(node, "id").starts_with("default")) return node;
    if (first == nullptr && attribute(node, "class") != "MAC") first = node;
  }
  return first;
}

int heading_level(std::string_view name) {
  return name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' ? name[1] - '0' : 0;
}

struct LinkShare {
  std::size_t letters = 0, linked = 0, links = 0;
};

void measure_links(const xmlNode* node, bool in_link, int depth, LinkShare* share) {
  if (depth > kMaxDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type == XML_TEXT_NODE && node->content != nullptr) {
      const std::size_t size = tidy_spaces(reinterpret_cast<const char*>(node->content)).size();
      share->letters += size;
      if (in_link) share->linked += size;
    } else if (node->type == XML_ELEMENT_NODE) {
      const bool is_link = name_of(node) == "a" && xmlHasProp(node, BAD_CAST "href") != nullptr;
      share->links += is_link ? 1 : 0;
      measure_links(node->children, in_link || is_link, depth + 1, share);
    }
  }
}

// A list that is little else than links leads to text but is none.
bool is_link_list(const xmlNode* node) {
  LinkShare share;
  measure_links(node->children, false, 0, &share);
  return share.links >= 4 && share.linked * 10 >= share.letters * 9;
}

bool contains_blocks(const xmlNode* node, int depth) {
  if (depth > kMaxDepth) return false;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    const std::string_view name = name_of(node);
    if (name == "pre" || name == "table" || name == "ul" || name == "ol" ||
        heading_level(name) > 0) {
      return true;
    }
    if (contains_blocks(node->children, depth + 1)) return true;
  }
  return false;
}

// Debian's guides list packages with their popularity ("V:17, I:123") and size in kB: figures of
// one day, which would be a third of the tables' text.
void drop_popularity(std::vector<std::string>* cells) {
  const auto is_figure = [](const std::string& cell) {
    return cell.find_first_not_of("0123456789 ,:VI-") == std::string::npos;
  };
  const auto popularity = std::find_if(cells->begin(), cells->end(), [&](const std::string& cell) {
    return (cell.starts_with("V:") || cell.starts_with("I:")) && is_figure(cell);
  });
  if (popularity == cells->end()) return;
  const auto size = popularity + 1;
  cells->erase(popularity, size != cells->end() && is_figure(*size) ? size + 1 : size);
}

// Walks the tree, collecting inline text until a block ends.
class HtmlWalker {
 public:
  Page take() {
    flush(BlockKind::kParagraph);
    return std::move(page_);
  }

  void walk(const xmlNode* node, int depth) {
    if (depth > kMaxDepth) return;
    for (; node != nullptr; node = node->next) {
      if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        if (node->content != nullptr) append_text(reinterpret_cast<const char*>(node->content));
      } else if (node->type == XML_ELEMENT_NODE && !is_dropped(node)) {
        element(node, depth);
      }
    }
  }

 private:
  void element(const xmlNode* node, int depth) {
    const std::string_view name = name_of(node);
    if (name == "br") {
      inline_ += '\n';
    } else if (heading_level(name) > 0) {
      heading(node, depth);
    } else if (name == "pre") {
      code(node);
    } else if (name == "table") {
      table(node, depth);
    } else if (name == "ul" || name == "ol") {
      list(node, depth);
    } else if (name == "li") {
      item(node, depth);
    } else if (name == "dl" && is_link_list(node)) {
      flush(BlockKind::kParagraph);
    } else if (attribute(node, "class").starts_with("switch")) {
      if (const xmlNode* variant = shown_variant(node)) walk(variant->children, depth + 1);
    } else if (is_one_of(name, kBlockElements)) {
      flush(BlockKind::kParagraph);
      walk(node->children, depth + 1);
      flush(BlockKind::kParagraph);
    } else {
      walk(node->children, depth + 1);
    }
  }

  // In the source a newline is a space; those of <br> are put in by element().
  void append_text(std::string_view text) {
    for (const char c : text) inline_ += c == '\n' || c == '\r' ? ' ' : c;
  }

  void flush(BlockKind kind) {
    std::string text = tidy_spaces(inline_, kind != BlockKind::kHeading);
    inline_.clear();
    if (text.empty()) return;
    if (!marker_.empty()) {
      text = marker_ + text;
      kind = BlockKind::kItem;
      marker_.clear();
    }
    page_.blocks.push_back({kind, std::move(text)});
  }

  void heading(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    walk(node->children, depth + 1);
    if (page_.title.empty()) page_.title = tidy_spaces(inline_);
    marker_.clear();
    flush(BlockKind::kHeading);
  }

  void code(const xmlNode* node) {
    flush(BlockKind::kParagraph);
    xmlChar* content = xmlNodeGetContent(node);
    if (content == nullptr) return;
    std::string text = tidy_code(reinterpret_cast<const char*>(content));
    xmlFree(content);
    marker_.clear();
    if (!text.empty()) page_.blocks.push_back({BlockKind::kCode, std::move(text)});
  }

  void list(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    if (is_link_list(node)) return;
    const int outer = next_number_;
    next_number_ = name_of(node) == "ol" ? 1 : 0;
    walk(node->children, depth + 1);
    flush(BlockKind::kParagraph);
    next_number_ = outer;
  }

  void item(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    marker_ = next_number_ > 0 ? std::to_string(next_number_++) + ". " : "- ";
    walk(node->children, depth + 1);
    flush(BlockKind::kItem);
    marker_.clear();
  }

  // A table whose cells hold blocks of their own is there for the layout.
  void table(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    if (contains_blocks(node->children, 0)) {
      layout_cells(node->children, depth + 1);
    } else {
      rows(node->children, depth + 1);
    }
    flush(BlockKind::kParagraph);
  }

  void layout_cells(const xmlNode* node, int depth) {
    if (depth > kMaxDepth) return;
    for (; node != nullptr; node = node->next) {
      if (node->type != XML_ELEMENT_NODE || is_dropped(node)) continue;
      const std::string_view name = name_of(node);
      if (name == "td" || name == "th") {
        flush(BlockKind::kParagraph);
        walk(node->children, depth + 1);
        flush(BlockKind::kParagraph);
      } else {
        layout_cells(node->children, depth + 1);
      }
    }
  }

  void rows(const xmlNode* node, int depth) {
    if (depth > kMaxDepth) return;
    for (; node != nullptr; node = node->next) {
      if (node->type != XML_ELEMENT_NODE || is_dropped(node)) continue;
      if (name_of(node) == "tr") {
        row(node->children, depth);
      } else if (name_of(node) == "caption") {
        walk(node->children, depth + 1);
        flush(BlockKind::kParagraph);
      } else {
        rows(node->children, depth + 1);
      }
    }
  }

  void row(const xmlNode* cell, int depth) {
    std::vector<std::string> texts;
    for (; cell != nullptr; cell = cell->next) {
      if (cell->type != XML_ELEMENT_NODE || is_dropped(cell)) continue;
      HtmlWalker inner;
      inner.walk(cell->children, depth + 1);
      std::vector<std::string> parts;
      for (const Block& block : inner.take().blocks) parts.push_back(tidy_spaces(block.text));
      std::string text = join(parts, " ");
      if (!text.empty()) texts.push_back(std::move(text));
    }
    drop_popularity(&texts);
    if (texts.empty()) return;
    const BlockKind kind = texts.size() > 1 ? BlockKind::kItem : BlockKind::kParagraph;
    page_.blocks.push_back({kind, join(texts, " | ")});
  }

  Page page_;
  std::string inline_;
  std::string marker_;   // of the list item whose first text has not come yet
  int next_number_ = 0;  // of the innermost list; 0: not numbered
};

const xmlNode* find_element(const xmlNode* node, std::string_view name, int depth) {
  if (depth > kMaxDepth) return nullptr;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (name_of(node) == name) return node;
    if (const xmlNode* found = find_element(node->children, name, depth + 1)) return found;
  }
  return nullptr;
}

std::string title_of(const xmlNode* root) {
  const xmlNode* title = find_element(root, "title", 0);
  if (title == nullptr) return {};
  xmlChar* content = xmlNodeGetContent(title);
  if (content == nullptr) return {};
  std::string text = tidy_spaces(reinterpret_cast<const char*>(content));
  xmlFree(content);
  return text;
}

}  // namespace

Page read_html_page(std::string_view bytes, const std::string& place) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() / 2)) {
    fail(ErrorCode::kUnsupported, "HTML page of more than a gigabyte", place);
  }
  // A page that is not UTF-8 says in a <meta> what it is; libxml2 looks there.
  const char* encoding = is_valid_utf8(bytes) ? "UTF-8" : nullptr;
  const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                      HTML_PARSE_NONET | HTML_PARSE_COMPACT;
  const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
      htmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, encoding, options),
      xmlFreeDoc);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr) fail(ErrorCode::kCorrupt, "no HTML element in this file", place);
  HtmlWalker walker;
  walker.walk(root->children, 0);
  Page page = walker.take();
  if (std::string title = title_of(root); !title.empty()) page.title = std::move(title);
  return page;
}

}  // namespace lucie
