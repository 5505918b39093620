// Walks the tree of a page and makes blocks of its text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "corpus/readers/html_tree.h"
#include "corpus/readers/page.h"

namespace lucie {

using HtmlPredicate = std::function<bool(const xmlNode*)>;

class HtmlWalker {
 public:
  // `is_dropped`: elements to leave out with all that is in them. Both outlive this.
  HtmlWalker(const HtmlTree& tree, const HtmlPredicate& is_dropped)
      : tree_(tree), is_dropped_(is_dropped) {}

  void walk(const xmlNode* node, int depth = 0);  // and its siblings
  Page take();
  // For each block of take(), the share of its letters that stand in links; before take().
  std::vector<double> link_shares() const;

 private:
  struct Linked {
    std::size_t letters = 0, linked = 0;
  };

  void element(const xmlNode* node, int depth);
  void append_text(std::string_view text);
  void flush(BlockKind kind);
  void add(BlockKind kind, std::string text, Linked linked);
  void heading(const xmlNode* node, int depth);
  void code(const xmlNode* node);
  void list(const xmlNode* node, int depth);
  void item(const xmlNode* node, int depth);
  void table(const xmlNode* node, int depth);
  void layout_cells(const xmlNode* node, int depth);
  void rows(const xmlNode* node, int depth);
  void row(const xmlNode* row, int depth);

  const HtmlTree& tree_;
  const HtmlPredicate& is_dropped_;
  Page page_;
  std::vector<Linked> links_;  // of the blocks
  std::string inline_;
  Linked inline_links_;
  int in_links_ = 0;
  std::string marker_;   // of the list item whose first text has not come yet
  int next_number_ = 0;  // of the innermost list; 0: not numbered
};

}  // namespace lucie
