#include "corpus/readers/man_page.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "corpus/readers/man_macros.h"
#include "corpus/readers/roff_input.h"

namespace lucie {

namespace {

// Sections about the page and not about its subject, in the languages of the packages.
constexpr std::array<std::string_view, 8> kBoilerplateSections = {"COLOPHON",
                                                                  "TRADUCTION",
                                                                  "\xC3\x9C"
                                                                  "BERSETZUNG",
                                                                  "TRADUCCI\xC3\x93N",
                                                                  "TRADUZIONE",
                                                                  "TRANSLATION",
                                                                  "T\xC5\x81UMACZENIE",
                                                                  "TRADU\xC3\x87\xC3\x83O"};

bool is_boilerplate(const Block& block) {
  return block.kind == BlockKind::kHeading &&
         std::find(kBoilerplateSections.begin(), kBoilerplateSections.end(), block.text) !=
             kBoilerplateSections.end();
}

void drop_boilerplate(std::vector<Block>* blocks) {
  std::vector<Block> kept;
  bool dropping = false;
  for (Block& block : *blocks) {
    if (block.kind == BlockKind::kHeading) dropping = is_boilerplate(block);
    if (!dropping) kept.push_back(std::move(block));
  }
  *blocks = std::move(kept);
}

// Headings with nothing under them say nothing.
void drop_empty_sections(std::vector<Block>* blocks) {
  while (!blocks->empty() && blocks->back().kind == BlockKind::kHeading) blocks->pop_back();
}

// An escape before half a character ("\\(" takes two bytes) may leave the other half.
void repair_utf8(std::string* text) {
  if (is_valid_utf8(*text)) return;
  std::string valid;
  for (std::size_t at = 0; at < text->size();) append_utf8(valid, next_code_point(*text, &at));
  *text = std::move(valid);
}

bool uses_mdoc(std::string_view text) {
  return text.starts_with(".Dd") || text.find("\n.Dd ") != std::string_view::npos ||
         text.find("\n.Dt ") != std::string_view::npos;
}

}  // namespace

ManPage read_man_page(std::string_view bytes, const std::string& place) {
  const std::string text = to_utf8(bytes);
  ManPage page;
  if (uses_mdoc(text)) {
    RoffInput input(text, {"TS", "TE"}, place);
    page = read_mdoc_macros(&input);
  } else {
    RoffInput input(text, man_macro_names(), place);
    page = read_man_macros(&input);
  }
  repair_utf8(&page.page.title);
  for (Block& block : page.page.blocks) repair_utf8(&block.text);
  drop_boilerplate(&page.page.blocks);
  drop_empty_sections(&page.page.blocks);
  return page;
}

}  // namespace lucie
