// Text that is published twice, as Markdown and as a page: composed once, so that both say the
// same.
//
//   Outline card;
//   card.heading("Limits").note("It knows nothing.").figure(render(chart), "Mean of each step.");
//   card.add_to(&markdown);  // figures are left out: what they show is to stand in a table too
//   card.add_to(&page);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/html.h"
#include "report/markdown.h"

namespace lucie {

class Outline {
 public:
  Outline& heading(std::string_view text);     // of a section: ## and an entry of the contents
  Outline& subheading(std::string_view text);  // ###
  Outline& paragraph(std::string_view text);
  Outline& note(std::string_view text);  // set apart: a limit, a warning
  Outline& list(const std::vector<std::string>& items);
  Outline& table(const Table& table, std::string_view caption = {});
  // On the page folded away until asked for, under `summary`.
  Outline& folded(std::string_view summary, const Table& table);
  Outline& folded(std::string_view summary, const std::vector<std::string>& items);
  Outline& code(std::string_view text, std::string_view language = {});
  Outline& figure(std::string_view svg, std::string_view caption = {});  // of the page only
  // Files beside the page. In Markdown, which is also read away from them, a list of their names.
  Outline& links(const std::vector<Link>& links);

  void add_to(Markdown* text) const;
  void add_to(HtmlPage* page) const;
  void add_to(Outline* whole) const;

 private:
  struct Block {
    std::function<void(Markdown*)> markdown;
    std::function<void(HtmlPage*)> page;
  };
  Outline& add(Block block);
  std::vector<Block> blocks_;
};

}  // namespace lucie
