// The cards of a release, filled from results.json only (docs/formats/results.md). Each is composed
// once, and published as Markdown and as a page of its own.
#pragma once

#include <string>

#include "base/json.h"
#include "report/outline.h"

namespace lucie {

// Markdown with the front matter that Hugging Face reads (language, license, tags, library_name).
// `folder`, "instruct" or "base", is published on its own too: then its commands run in it, and of
// what only the whole bundle has, nothing is said. Empty: of the bundle.
std::string model_card(const Json& results, const std::string& folder = {});
std::string model_card_html(const Json& results);

// The data card as a page of its own, with charts. Its Markdown is the corpus room's
// (corpus/card/data_card.h), to which terms_markdown() adds the derived terms.
std::string data_card_html(const Json& results);
std::string terms_markdown(const Json& results);

// Inside release/: the terms in three layers, below a heading of the caller's.
Outline terms_outline(const Json& results);

}  // namespace lucie
