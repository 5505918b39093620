// A page that stands alone: one file, style inside, no script, nothing fetched, light and dark.
// Everything passed in is plain text and is escaped; only figure() takes markup, from svg.h.
//
//   HtmlPage page("Run of lucie-tiny", "2.4 M parameters, five languages");
//   page.heading("Loss").figure(render(chart), "Mean of 20 steps.").table(table);
//   write_file_atomic(run / "report.html", page.str());
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/table.h"

namespace lucie {

class HtmlPage {
 public:
  explicit HtmlPage(std::string_view title, std::string_view subtitle = {});

  HtmlPage& heading(std::string_view text);  // of a section; also an entry of the contents
  HtmlPage& subheading(std::string_view text);
  HtmlPage& paragraph(std::string_view text);
  HtmlPage& note(std::string_view text);  // set apart: a limit, a warning
  HtmlPage& list(const std::vector<std::string>& items);
  HtmlPage& tiles(const std::vector<Tile>& tiles);  // in a row
  HtmlPage& links(const std::vector<Link>& links);
  HtmlPage& table(const Table& table, std::string_view caption = {});
  HtmlPage& figure(std::string_view svg, std::string_view caption = {});
  HtmlPage& code(std::string_view text);
  // What comes between the two is folded away until asked for.
  HtmlPage& open_details(std::string_view summary);
  HtmlPage& close_details();

  std::string str() const;

 private:
  std::string title_, subtitle_, contents_, body_;
  int sections_ = 0, open_ = 0;
};

}  // namespace lucie
