// The main text of any page of the web, without what stands around it.
//
// First goes what names itself: navigation, sidebars, comments, notices of cookies, by element,
// role, class and id, unless it holds most of the page's text. Where the page marks its main part
// (<main>, one <article>), only that is read. Then each block is told from boilerplate by shallow
// features of itself and its neighbours, as in Kohlschuetter, Fankhauser, Nejdl, "Boilerplate
// Detection using Shallow Text Features", WSDM 2010 (the tree of figure 2: share of links and
// number of words); items of one list and rows of one table count as one block, and a heading goes
// with the text below it, as in Pomikalek, "Removing Boilerplate and Duplicate Content from Web
// Corpora", 2011 (jusText).
#pragma once

#include <string>
#include <string_view>

#include "corpus/readers/page.h"

namespace lucie {

struct WebPage {
  Page page;              // no blocks when there is no main text
  bool no_ai = false;     // <meta name="robots" content="noai">
  bool no_index = false;  // ... "noindex" or "none"
};

// `utf8` is valid UTF-8. Error{kCorrupt} when nothing can be made of it.
WebPage read_web_page(std::string_view utf8, const std::string& place);

}  // namespace lucie
