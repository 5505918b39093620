// What is shown before it is HTML, Markdown or plain text: tables, big figures, links.
#pragma once

#include <string>
#include <vector>

namespace lucie {

struct Column {
  std::string name;
  bool numeric = false;  // set flush right
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells as columns
};

// A big figure over its label, with a mark of how it stands where that is good or bad.
enum class Tone { kPlain, kGood, kBad };
struct Tile {
  std::string value, label;
  Tone tone = Tone::kPlain;
};

struct Link {
  std::string text;
  std::string target;  // a file beside the page; of our own making
};

}  // namespace lucie
