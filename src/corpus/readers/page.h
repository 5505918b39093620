// What the markup readers agree on: a page is a title and a list of blocks, whatever its markup
// was. Text is made from blocks in one way, and pairs are aligned block by block.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lucie {

enum class BlockKind { kHeading, kParagraph, kItem, kCode };

struct Block {
  BlockKind kind = BlockKind::kParagraph;
  std::string text;  // UTF-8; one line but for kCode, line breaks of the author, and tagged items
};

struct Page {
  std::string title;  // "hosts(5)", an HTML title; may be empty
  std::vector<Block> blocks;
};

// Blocks with a blank line between them; items of one list stand on following lines. Ends without a
// newline.
std::string page_text(std::span<const Block> blocks);

// Runs of white space become one space, at the ends nothing; no-break spaces count as white space,
// since they are a hint to the typesetter. Newlines stay where `keep_newlines`.
std::string tidy_spaces(std::string_view text, bool keep_newlines = false);

// Code without white space at the ends of lines, without blank lines around, tabs as they are.
std::string tidy_code(std::string_view text);

// Files state their encoding seldom and wrongly: bytes that are valid UTF-8 are UTF-8, others are
// read as the encoding that an Emacs-style "coding:" comment in the first two lines names, else as
// Windows-1252 (a superset of Latin-1). Never fails.
std::string to_utf8(std::string_view bytes);

}  // namespace lucie
