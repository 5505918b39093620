// MediaWiki's markup to running text.
//
// Tables, references, files, categories and notices go; of templates only those stay that are words
// of the sentence they stand in (wiki_templates.h). Links become their labels, bold and italics
// plain; headings, lists and code remain, sections of references and links do not. One pass with a
// stack of at most 100 levels, then one over the lines: the time is linear in the size of the text,
// whatever it nests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "corpus/readers/page.h"

namespace lucie {

// `hidden_namespaces`: lower-case names whose links are no text ("file", "kategorie").
std::vector<Block> read_wikitext(std::string_view text,
                                 const std::vector<std::string>& hidden_namespaces);

// For the wikitext files only: the markup without its inline parts, line by line; lines that begin
// with kCodeMark are code.
inline constexpr char kCodeMark = '\x02';
std::string strip_inline_wikitext(std::string_view text,
                                  const std::vector<std::string>& hidden_namespaces);

}  // namespace lucie
