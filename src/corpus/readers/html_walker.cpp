#include "corpus/readers/html_walker.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace lucie {

namespace {

constexpr std::array<std::string_view, 20> kBlockElements = {
    "p",      "div",    "section",  "article", "blockquote", "dl",        "dt",
    "dd",     "ul",     "ol",       "li",      "hr",         "address",   "main",
    "figure", "center", "fieldset", "form",    "caption",    "figcaption"};

bool is_block_element(std::string_view name) {
  return std::find(kBlockElements.begin(), kBlockElements.end(), name) != kBlockElements.end();
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

}  // namespace

Page HtmlWalker::take() {
  flush(BlockKind::kParagraph);
  return std::move(page_);
}

std::vector<double> HtmlWalker::link_shares() const {
  std::vector<double> shares;
  for (const Linked& link : links_) {
    shares.push_back(link.letters == 0
                         ? 0
                         : static_cast<double>(link.linked) / static_cast<double>(link.letters));
  }
  return shares;
}

void HtmlWalker::walk(const xmlNode* node, int depth) {
  if (depth > kMaxHtmlDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      if (node->content != nullptr) append_text(reinterpret_cast<const char*>(node->content));
    } else if (node->type == XML_ELEMENT_NODE && !is_dropped_(node)) {
      element(node, depth);
    }
  }
}

void HtmlWalker::element(const xmlNode* node, int depth) {
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
  } else if (name == "dl" && tree_.is_link_list(node)) {
    flush(BlockKind::kParagraph);
  } else if (attribute(node, "class").starts_with("switch")) {
    if (const xmlNode* variant = shown_variant(node)) walk(variant->children, depth + 1);
  } else if (is_block_element(name)) {
    flush(BlockKind::kParagraph);
    walk(node->children, depth + 1);
    flush(BlockKind::kParagraph);
  } else {
    in_links_ += name == "a" ? 1 : 0;
    walk(node->children, depth + 1);
    in_links_ -= name == "a" ? 1 : 0;
  }
}

// In the source a newline is a space; those of <br> are put in by element().
void HtmlWalker::append_text(std::string_view text) {
  std::size_t letters = 0;
  for (const char c : text) {
    inline_ += c == '\n' || c == '\r' ? ' ' : c;
    letters += static_cast<unsigned char>(c) > ' ' ? 1 : 0;
  }
  inline_links_.letters += letters;
  inline_links_.linked += in_links_ > 0 ? letters : 0;
}

void HtmlWalker::flush(BlockKind kind) {
  std::string text = tidy_spaces(inline_, kind != BlockKind::kHeading);
  inline_.clear();
  const Linked linked = std::exchange(inline_links_, {});
  if (text.empty()) return;
  if (!marker_.empty()) {
    text = marker_ + text;
    kind = BlockKind::kItem;
    marker_.clear();
  }
  add(kind, std::move(text), linked);
}

void HtmlWalker::add(BlockKind kind, std::string text, Linked linked) {
  page_.blocks.push_back({kind, std::move(text)});
  links_.push_back(linked);
}

void HtmlWalker::heading(const xmlNode* node, int depth) {
  flush(BlockKind::kParagraph);
  walk(node->children, depth + 1);
  if (page_.title.empty()) page_.title = tidy_spaces(inline_);
  marker_.clear();
  flush(BlockKind::kHeading);
}

void HtmlWalker::code(const xmlNode* node) {
  flush(BlockKind::kParagraph);
  xmlChar* content = xmlNodeGetContent(node);
  if (content == nullptr) return;
  std::string text = tidy_code(reinterpret_cast<const char*>(content));
  xmlFree(content);
  marker_.clear();
  const HtmlMeasure& measure = tree_.measure(node);
  if (!text.empty()) add(BlockKind::kCode, std::move(text), {measure.letters, measure.linked});
}

void HtmlWalker::list(const xmlNode* node, int depth) {
  flush(BlockKind::kParagraph);
  if (tree_.is_link_list(node)) return;
  const int outer = next_number_;
  next_number_ = name_of(node) == "ol" ? 1 : 0;
  walk(node->children, depth + 1);
  flush(BlockKind::kParagraph);
  next_number_ = outer;
}

void HtmlWalker::item(const xmlNode* node, int depth) {
  flush(BlockKind::kParagraph);
  marker_ = next_number_ > 0 ? std::to_string(next_number_++) + ". " : "- ";
  walk(node->children, depth + 1);
  flush(BlockKind::kItem);
  marker_.clear();
}

// A table whose cells hold blocks of their own is there for the layout.
void HtmlWalker::table(const xmlNode* node, int depth) {
  flush(BlockKind::kParagraph);
  if (tree_.measure(node).has_blocks) {
    layout_cells(node->children, depth + 1);
  } else {
    rows(node->children, depth + 1);
  }
  flush(BlockKind::kParagraph);
}

void HtmlWalker::layout_cells(const xmlNode* node, int depth) {
  if (depth > kMaxHtmlDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE || is_dropped_(node)) continue;
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

void HtmlWalker::rows(const xmlNode* node, int depth) {
  if (depth > kMaxHtmlDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE || is_dropped_(node)) continue;
    if (name_of(node) == "tr") {
      row(node, depth);
    } else if (name_of(node) == "caption") {
      walk(node->children, depth + 1);
      flush(BlockKind::kParagraph);
    } else {
      rows(node->children, depth + 1);
    }
  }
}

void HtmlWalker::row(const xmlNode* row, int depth) {
  std::vector<std::string> texts;
  for (const xmlNode* cell = row->children; cell != nullptr; cell = cell->next) {
    if (cell->type != XML_ELEMENT_NODE || is_dropped_(cell)) continue;
    HtmlWalker inner(tree_, is_dropped_);
    inner.walk(cell->children, depth + 1);
    std::vector<std::string> parts;
    const Page page = inner.take();
    for (const Block& block : page.blocks) parts.push_back(tidy_spaces(block.text));
    std::string text = join(parts, " ");
    if (!text.empty()) texts.push_back(std::move(text));
  }
  drop_popularity(&texts);
  if (texts.empty()) return;
  const BlockKind kind = texts.size() > 1 ? BlockKind::kItem : BlockKind::kParagraph;
  const HtmlMeasure& measure = tree_.measure(row);
  add(kind, join(texts, " | "), {measure.letters, measure.linked});
}

}  // namespace lucie
