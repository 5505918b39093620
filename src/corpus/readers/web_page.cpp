#include "corpus/readers/web_page.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "corpus/readers/html_walker.h"

namespace lucie {

namespace {

constexpr std::array<std::string_view, 24> kDroppedElements = {
    "script", "style",  "nav",      "footer", "aside",    "noscript", "head",  "button",
    "input",  "select", "option",   "iframe", "textarea", "svg",      "img",   "object",
    "applet", "title",  "template", "form",   "dialog",   "video",    "audio", "canvas"};
constexpr std::array<std::string_view, 7> kDroppedRoles = {
    "navigation", "banner", "contentinfo", "complementary", "search", "dialog", "menu"};
// Words of class and id.
constexpr std::array<std::string_view, 53> kDroppedWords = {
    "ad",          "ads",         "advert",       "advertisement", "banner", "breadcrumb",
    "breadcrumbs", "comment",     "comments",     "consent",       "cookie", "cookies",
    "copyright",   "disqus",      "footer",       "gdpr",          "hidden", "login",
    "masthead",    "menu",        "modal",        "nav",           "navbar", "navigation",
    "newsletter",  "outbrain",    "pager",        "pagination",    "popup",  "promo",
    "recommend",   "recommended", "related",      "respond",       "share",  "sharing",
    "shoutbox",    "sidebar",     "signup",       "skip",          "social", "sponsor",
    "sponsored",   "subscribe",   "subscription", "taboola",       "tags",   "teaser",
    "toolbar",     "trackback",   "widget",       "widgets",       "toc"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "entry-content Sidebar_2" -> is any of entry, content, sidebar, 2 one to drop?
bool has_dropped_word(std::string_view names) {
  const std::string lower = to_lower_ascii(names);
  for (std::size_t at = 0; at < lower.size();) {
    std::size_t end = at;
    while (end < lower.size() && lower[end] >= 'a' && lower[end] <= 'z') ++end;
    if (is_one_of(std::string_view(lower).substr(at, end - at), kDroppedWords)) return true;
    at = end + 1;
  }
  return false;
}

class BoilerplateNames {
 public:
  explicit BoilerplateNames(const HtmlTree& tree)
      : tree_(tree), all_(tree.measure(tree.root()).letters) {}

  bool operator()(const xmlNode* node) const {
    const std::string_view name = name_of(node);
    if (is_one_of(name, kDroppedElements)) return name != "form" || !is_most(node);
    if (name == "header") return !within_article(node) && !is_most(node);
    const bool hidden = xmlHasProp(node, BAD_CAST "hidden") != nullptr ||
                        attribute(node, "aria-hidden") == "true" ||
                        attribute(node, "style").find("display:none") != std::string::npos;
    if (hidden) return true;
    if (is_one_of(attribute(node, "role"), kDroppedRoles) && !is_most(node)) return true;
    if (name == "body" || name == "main" || name == "article") return false;
    const bool named =
        has_dropped_word(attribute(node, "class")) || has_dropped_word(attribute(node, "id"));
    return named && !is_most(node);
  }

 private:
  // "content-with-sidebar" is not the sidebar.
  bool is_most(const xmlNode* node) const { return tree_.measure(node).letters * 5 > all_ * 2; }

  static bool within_article(const xmlNode* node) {
    for (int up = 0; node != nullptr && up < 12; node = node->parent, ++up) {
      if (node->type != XML_ELEMENT_NODE) return false;
      if (name_of(node) == "article" || name_of(node) == "main") return true;
    }
    return false;
  }

  const HtmlTree& tree_;
  std::size_t all_;
};

void find_all(const xmlNode* node, std::string_view name, int depth,
              std::vector<const xmlNode*>* found) {
  if (depth > kMaxHtmlDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    const bool main = name == "main" && attribute(node, "role") == "main";
    if (main || name_of(node) == name) {
      found->push_back(node);
    } else {
      find_all(node->children, name, depth + 1, found);
    }
  }
}

// The part that the page itself calls its main one, when that is not nearly empty.
const xmlNode* marked_part(const HtmlTree& tree) {
  const xmlNode* part = nullptr;
  for (const char* name : {"main", "article"}) {
    std::vector<const xmlNode*> found;
    find_all(part == nullptr ? tree.root() : part->children, name, 0, &found);
    if (found.size() == 1 && tree.measure(found.front()).letters > 250) part = found.front();
  }
  return part;
}

// Neighbouring blocks that are judged as one.
struct Unit {
  std::size_t begin = 0, end = 0;
  BlockKind kind = BlockKind::kParagraph;
  double words = 0;
  double link_share = 0;
  bool content = false;
};

// Runs of letters; of scripts without spaces two letters count as one word.
double count_words_of(std::string_view text) {
  double words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, &at);
    if (c >= 0x2E80 && c < 0xFB00) words += 0.5;
    const bool space = c <= ' ' || c == 0xA0 || c == 0x3000;
    if (!space && !inside && c < 0x2E80) words += 1;
    inside = !space;
  }
  return words;
}

std::vector<Unit> make_units(const Page& page, const std::vector<double>& links) {
  std::vector<Unit> units;
  double linked = 0;
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    const BlockKind kind = page.blocks[i].kind;
    const bool joined = kind == BlockKind::kItem && !units.empty() &&
                        units.back().kind == BlockKind::kItem && units.back().end == i;
    if (!joined) {
      units.push_back({i, i, kind});
      linked = 0;
    }
    Unit& unit = units.back();
    const double words = count_words_of(page.blocks[i].text);
    unit.end = i + 1;
    unit.words += words;
    linked += words * links[i];
    unit.link_share = unit.words > 0 ? linked / unit.words : 0;
  }
  return units;
}

// Figure 2 of Kohlschuetter et al.; their numbers of words are those of whole blocks.
bool is_content(const Unit& previous, const Unit& current, const Unit& next) {
  if (current.link_share > 0.333333) return false;
  if (previous.link_share > 0.555556) return current.words > 40 || next.words > 17;
  if (current.words > 16 || next.words > 15) return true;
  return previous.words > 4;
}

void judge(std::vector<Unit>* units, bool marked) {
  const Unit none;
  for (std::size_t i = 0; i < units->size(); ++i) {
    Unit& unit = (*units)[i];
    if (unit.kind == BlockKind::kHeading) continue;
    const Unit& previous = i > 0 ? (*units)[i - 1] : none;
    const Unit& next = i + 1 < units->size() ? (*units)[i + 1] : none;
    unit.content = marked ? unit.link_share <= 0.5 : is_content(previous, unit, next);
  }
  // Short blocks far from any long one are notices that the tree let through.
  constexpr std::size_t kReach = 3;
  std::vector<bool> near(units->size(), marked);
  for (std::size_t i = 0; i < units->size(); ++i) {
    if (!(*units)[i].content || (*units)[i].words <= 16) continue;
    for (std::size_t k = i - std::min(i, kReach); k < std::min(i + kReach + 1, near.size()); ++k) {
      near[k] = true;
    }
  }
  for (std::size_t i = 0; i < units->size(); ++i) {
    (*units)[i].content = (*units)[i].content && near[i];
  }
  // A heading goes with what follows it before the next one of text.
  for (std::size_t i = units->size(); i-- > 0;) {
    Unit& unit = (*units)[i];
    if (unit.kind != BlockKind::kHeading || i + 1 == units->size()) continue;
    unit.content = unit.link_share <= 0.9 && (*units)[i + 1].content;
  }
}

void read_robots(const xmlNode* node, int depth, WebPage* page) {
  if (depth > kMaxHtmlDepth) return;
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    if (name_of(node) == "body") return;
    read_robots(node->children, depth + 1, page);
    if (name_of(node) != "meta" || to_lower_ascii(attribute(node, "name")) != "robots") continue;
    for (const std::string& word : split(to_lower_ascii(attribute(node, "content")), ',')) {
      page->no_ai = page->no_ai || trim(word) == "noai";
      page->no_index = page->no_index || trim(word) == "noindex" || trim(word) == "none";
    }
  }
}

}  // namespace

WebPage read_web_page(std::string_view utf8, const std::string& place) {
  const HtmlTree tree(utf8, "UTF-8", place);
  WebPage result;
  read_robots(tree.root()->children, 0, &result);
  const HtmlPredicate dropped = BoilerplateNames(tree);
  HtmlWalker walker(tree, dropped);
  const xmlNode* part = marked_part(tree);
  walker.walk(part == nullptr ? tree.root()->children : part->children);
  Page page = walker.take();
  std::vector<Unit> units = make_units(page, walker.link_shares());
  judge(&units, part != nullptr);
  result.page.title = tree.title().empty() ? page.title : tree.title();
  for (const Unit& unit : units) {
    if (!unit.content) continue;
    std::move(page.blocks.begin() + static_cast<std::ptrdiff_t>(unit.begin),
              page.blocks.begin() + static_cast<std::ptrdiff_t>(unit.end),
              std::back_inserter(result.page.blocks));
  }
  return result;
}

}  // namespace lucie
