// A table before it is HTML, Markdown or plain text.
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

}  // namespace lucie
