#include "report/outline.h"

namespace lucie {

Outline& Outline::add(Block block) {
  blocks_.push_back(std::move(block));
  return *this;
}

Outline& Outline::heading(std::string_view text) {
  return add({[text = std::string(text)](Markdown* to) { to->heading(2, text); },
              [text = std::string(text)](HtmlPage* to) { to->heading(text); }});
}

Outline& Outline::subheading(std::string_view text) {
  return add({[text = std::string(text)](Markdown* to) { to->heading(3, text); },
              [text = std::string(text)](HtmlPage* to) { to->subheading(text); }});
}

Outline& Outline::paragraph(std::string_view text) {
  return add({[text = std::string(text)](Markdown* to) { to->paragraph(text); },
              [text = std::string(text)](HtmlPage* to) { to->paragraph(text); }});
}

Outline& Outline::note(std::string_view text) {
  return add({[text = std::string(text)](Markdown* to) { to->quote(text); },
              [text = std::string(text)](HtmlPage* to) { to->note(text); }});
}

Outline& Outline::list(const std::vector<std::string>& items) {
  return add(
      {[items](Markdown* to) { to->list(items); }, [items](HtmlPage* to) { to->list(items); }});
}

Outline& Outline::table(const Table& table, std::string_view caption) {
  return add(
      {[table, caption = std::string(caption)](Markdown* to) {
         if (!caption.empty()) to->paragraph(caption);
         to->table(table);
       },
       [table, caption = std::string(caption)](HtmlPage* to) { to->table(table, caption); }});
}

Outline& Outline::folded(std::string_view summary, const Table& table) {
  return add({[summary = std::string(summary), table](Markdown* to) {
                to->paragraph(summary + ":").table(table);
              },
              [summary = std::string(summary), table](HtmlPage* to) {
                to->open_details(summary).table(table).close_details();
              }});
}

Outline& Outline::folded(std::string_view summary, const std::vector<std::string>& items) {
  return add({[summary = std::string(summary), items](Markdown* to) {
                to->paragraph(summary + ":").list(items);
              },
              [summary = std::string(summary), items](HtmlPage* to) {
                to->open_details(summary).list(items).close_details();
              }});
}

Outline& Outline::code(std::string_view text, std::string_view language) {
  return add({[text = std::string(text), language = std::string(language)](Markdown* to) {
                to->code(text, language);
              },
              [text = std::string(text)](HtmlPage* to) { to->code(text); }});
}

Outline& Outline::figure(std::string_view svg, std::string_view caption) {
  return add({[](Markdown*) {}, [svg = std::string(svg), caption = std::string(caption)](
                                    HtmlPage* to) { to->figure(svg, caption); }});
}

Outline& Outline::links(const std::vector<Link>& links) {
  std::vector<std::string> items;
  for (const Link& link : links) items.push_back(link.target + ": " + link.text);
  return add(
      {[items](Markdown* to) { to->list(items); }, [links](HtmlPage* to) { to->links(links); }});
}

void Outline::add_to(Markdown* text) const {
  for (const Block& block : blocks_) block.markdown(text);
}

void Outline::add_to(HtmlPage* page) const {
  for (const Block& block : blocks_) block.page(page);
}

void Outline::add_to(Outline* whole) const {
  whole->blocks_.insert(whole->blocks_.end(), blocks_.begin(), blocks_.end());
}

}  // namespace lucie
