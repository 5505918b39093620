// Templates that stand for words of the text, by a table of the Wikipedias in Lucie's languages:
// {{lang|la|carpe diem}}, {{nombre|12|km}}, {{citation|...}}, {{s-|XIX|e}}.
#pragma once

#include <string>
#include <vector>

namespace lucie {

// `parts`: the name and the arguments, as they stand between the pipes, expanded. The text that the
// template stands for; empty for all others.
std::string expand_template(const std::vector<std::string>& parts);

}  // namespace lucie
