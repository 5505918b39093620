// Text of unknown origin (documents, samples of a model, recipe words) made safe for HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace lucie {

// Escaped; invalid UTF-8 and control characters other than tab and line feed become U+FFFD, which
// keeps the output well-formed XML too.
std::string markup(std::string_view text);

// Code points of a text: for estimates of width and for cutting.
std::size_t text_length(std::string_view text);
// At most `length` code points, the last one an ellipsis when something was cut off.
std::string shorten(std::string_view text, std::size_t length);
// Line breaks and runs of white space become one space.
std::string single_line(std::string_view text);

}  // namespace lucie
