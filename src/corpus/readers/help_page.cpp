#include "corpus/readers/help_page.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "corpus/readers/xml_errors.h"

namespace lucie {

namespace {

constexpr int kMaxDepth = 200;

enum class Role { kInline, kBlock, kTitle, kCode, kList, kNumbered, kItem, kTerm, kRow, kDropped };

struct ElementRole {
  std::string_view name;
  Role role;
};

// Names of DocBook 4 and 5 and of Mallard 1.0; what is not listed is inline.
constexpr std::array kRoles = {
    ElementRole{"para", Role::kBlock},
    ElementRole{"simpara", Role::kBlock},
    ElementRole{"formalpara", Role::kBlock},
    ElementRole{"p", Role::kBlock},
    ElementRole{"section", Role::kBlock},
    ElementRole{"sect1", Role::kBlock},
    ElementRole{"sect2", Role::kBlock},
    ElementRole{"sect3", Role::kBlock},
    ElementRole{"sect4", Role::kBlock},
    ElementRole{"sect5", Role::kBlock},
    ElementRole{"chapter", Role::kBlock},
    ElementRole{"appendix", Role::kBlock},
    ElementRole{"note", Role::kBlock},
    ElementRole{"tip", Role::kBlock},
    ElementRole{"warning", Role::kBlock},
    ElementRole{"caution", Role::kBlock},
    ElementRole{"important", Role::kBlock},
    ElementRole{"example", Role::kBlock},
    ElementRole{"informalexample", Role::kBlock},
    ElementRole{"blockquote", Role::kBlock},
    ElementRole{"quote", Role::kInline},
    ElementRole{"question", Role::kBlock},
    ElementRole{"answer", Role::kBlock},
    ElementRole{"variablelist", Role::kBlock},
    ElementRole{"varlistentry", Role::kBlock},
    ElementRole{"glossentry", Role::kBlock},
    ElementRole{"glossdef", Role::kBlock},
    ElementRole{"table", Role::kBlock},
    ElementRole{"informaltable", Role::kBlock},
    ElementRole{"tgroup", Role::kBlock},
    ElementRole{"thead", Role::kBlock},
    ElementRole{"tbody", Role::kBlock},
    ElementRole{"terms", Role::kBlock},
    ElementRole{"title", Role::kTitle},
    ElementRole{"subtitle", Role::kTitle},
    ElementRole{"programlisting", Role::kCode},
    ElementRole{"screen", Role::kCode},
    ElementRole{"literallayout", Role::kCode},
    ElementRole{"synopsis", Role::kCode},
    ElementRole{"itemizedlist", Role::kList},
    ElementRole{"simplelist", Role::kList},
    ElementRole{"list", Role::kList},
    ElementRole{"orderedlist", Role::kNumbered},
    ElementRole{"procedure", Role::kNumbered},
    ElementRole{"steps", Role::kNumbered},
    ElementRole{"listitem", Role::kItem},
    ElementRole{"step", Role::kItem},
    ElementRole{"item", Role::kItem},
    ElementRole{"member", Role::kItem},
    ElementRole{"term", Role::kTerm},
    ElementRole{"glossterm", Role::kTerm},
    ElementRole{"row", Role::kRow},
    ElementRole{"tr", Role::kRow},
    ElementRole{"info", Role::kDropped},
    ElementRole{"articleinfo", Role::kDropped},
    ElementRole{"bookinfo", Role::kDropped},
    ElementRole{"chapterinfo", Role::kDropped},
    ElementRole{"sect1info", Role::kDropped},
    ElementRole{"sect2info", Role::kDropped},
    ElementRole{"prefaceinfo", Role::kDropped},
    ElementRole{"legalnotice", Role::kDropped},
    ElementRole{"indexterm", Role::kDropped},
    ElementRole{"index", Role::kDropped},
    ElementRole{"toc", Role::kDropped},
    ElementRole{"links", Role::kDropped},
    ElementRole{"comment", Role::kDropped},
    ElementRole{"remark", Role::kDropped},
    ElementRole{"media", Role::kDropped},
    ElementRole{"mediaobject", Role::kDropped},
    ElementRole{"inlinemediaobject", Role::kDropped},
    ElementRole{"graphic", Role::kDropped},
    ElementRole{"screenshot", Role::kDropped},
    ElementRole{"credit", Role::kDropped},
};

std::string_view name_of(const xmlNode* node) {
  return reinterpret_cast<const char*>(node->name);
}

std::string content_of(const xmlNode* node) {
  const std::unique_ptr<xmlChar, xmlFreeFunc> content(xmlNodeGetContent(node), xmlFree);
  return content ? reinterpret_cast<const char*>(content.get()) : "";
}

// Of an entity that the file defines as plain words, those; else its name, which in manuals mostly
// is that of a program.
std::string_view entity_text(const xmlNode* node) {
  const xmlEntity* entity = xmlGetDocEntity(node->doc, node->name);
  if (entity == nullptr || entity->etype != XML_INTERNAL_GENERAL_ENTITY ||
      entity->content == nullptr) {
    return name_of(node);
  }
  const std::string_view words = reinterpret_cast<const char*>(entity->content);
  return words.find_first_of("<&") == std::string_view::npos ? words : name_of(node);
}

// "code" is a listing in Mallard where it stands among paragraphs, and a word within one.
Role role_of(const xmlNode* node) {
  const std::string_view name = name_of(node);
  if (name == "code" && node->parent != nullptr) {
    const std::string_view parent = name_of(node->parent);
    const bool among_blocks = parent == "page" || parent == "section" || parent == "item" ||
                              parent == "example" || parent == "listing" || parent == "note";
    return among_blocks ? Role::kCode : Role::kInline;
  }
  const auto* found = std::find_if(kRoles.begin(), kRoles.end(),
                                   [&](const ElementRole& role) { return role.name == name; });
  return found == kRoles.end() ? Role::kInline : found->role;
}

// Walks the tree, collecting inline text until a block ends.
class HelpWalker {
 public:
  void walk(const xmlNode* node, int depth) {
    if (depth > kMaxDepth) return;
    for (; node != nullptr; node = node->next) {
      if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
        if (node->content != nullptr) inline_ += reinterpret_cast<const char*>(node->content);
      } else if (node->type == XML_ENTITY_REF_NODE) {
        inline_ += entity_text(node);
      } else if (node->type == XML_ELEMENT_NODE) {
        element(node, depth);
      }
    }
  }

  Page take() {
    flush(BlockKind::kParagraph);
    return std::move(page_);
  }

 private:
  void element(const xmlNode* node, int depth) {
    switch (role_of(node)) {
      case Role::kInline:
        return walk(node->children, depth + 1);
      case Role::kBlock:
        return block(node, BlockKind::kParagraph, depth);
      case Role::kTitle:
        flush(BlockKind::kParagraph);
        walk(node->children, depth + 1);
        if (page_.title.empty()) page_.title = tidy_spaces(inline_);
        return flush(BlockKind::kHeading);
      case Role::kCode:
        return code(node);
      case Role::kList:
      case Role::kNumbered:
        return list(node, depth);
      case Role::kItem:
        flush(BlockKind::kParagraph);
        marker_ = next_number_ > 0 ? std::to_string(next_number_++) + ". " : "- ";
        block(node, BlockKind::kItem, depth);
        return marker_.clear();
      case Role::kTerm:
        return block(node, BlockKind::kParagraph, depth);
      case Role::kRow:
        return row(node, depth);
      case Role::kDropped:
        return;
    }
  }

  void block(const xmlNode* node, BlockKind kind, int depth) {
    flush(BlockKind::kParagraph);
    walk(node->children, depth + 1);
    flush(kind);
  }

  void flush(BlockKind kind) {
    std::string text = tidy_spaces(inline_);
    inline_.clear();
    if (text.empty()) return;
    if (!marker_.empty()) {
      text = marker_ + text;
      kind = BlockKind::kItem;
      marker_.clear();
    }
    page_.blocks.push_back({kind, std::move(text)});
  }

  void code(const xmlNode* node) {
    flush(BlockKind::kParagraph);
    std::string text = tidy_code(content_of(node));
    marker_.clear();
    if (!text.empty()) page_.blocks.push_back({BlockKind::kCode, std::move(text)});
  }

  void list(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    const int outer = next_number_;
    next_number_ = role_of(node) == Role::kNumbered ? 1 : 0;
    walk(node->children, depth + 1);
    flush(BlockKind::kParagraph);
    next_number_ = outer;
  }

  void row(const xmlNode* node, int depth) {
    flush(BlockKind::kParagraph);
    std::vector<std::string> cells;
    for (const xmlNode* cell = node->children; cell != nullptr; cell = cell->next) {
      if (cell->type != XML_ELEMENT_NODE) continue;
      HelpWalker inner;
      inner.walk(cell->children, depth + 1);
      std::vector<std::string> parts;
      for (const Block& part : inner.take().blocks) parts.push_back(tidy_spaces(part.text));
      if (std::string text = join(parts, " "); !text.empty()) cells.push_back(std::move(text));
    }
    if (!cells.empty()) page_.blocks.push_back({BlockKind::kItem, join(cells, " | ")});
  }

  Page page_;
  std::string inline_;
  std::string marker_;   // of the list item whose first text has not come yet
  int next_number_ = 0;  // of the innermost list; 0: not numbered
};

// Mallard and DocBook 5 keep the title of a page beside its text or in its metadata.
std::string title_in_metadata(const xmlNode* root) {
  for (const xmlNode* node = root->children; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE || !name_of(node).ends_with("info")) continue;
    for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
      if (child->type == XML_ELEMENT_NODE && name_of(child) == "title") {
        return tidy_spaces(content_of(child));
      }
    }
  }
  return {};
}

}  // namespace

Page read_help_page(std::string_view bytes, const std::string& place) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() / 2)) {
    fail(ErrorCode::kUnsupported, "help page of more than a gigabyte", place);
  }
  const int options = XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                      XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_COMPACT;
  silence_xml_errors();
  const std::unique_ptr<xmlDoc, void (*)(xmlDoc*)> document(
      xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr, options),
      xmlFreeDoc);
  const xmlNode* root = document ? xmlDocGetRootElement(document.get()) : nullptr;
  if (root == nullptr) fail(ErrorCode::kCorrupt, "no XML element in this file", place);
  HelpWalker walker;
  walker.walk(root->children, 0);
  Page page = walker.take();
  if (page.title.empty()) page.title = title_in_metadata(root);
  return page;
}

}  // namespace lucie
