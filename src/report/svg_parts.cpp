#include "report/svg_parts.h"

#include <fmt/format.h>

#include <cmath>

#include "report/markup.h"

namespace lucie::svg {

const char* style_class(LineStyle style) {
  if (style == LineStyle::kDashed) return " dashed";
  return style == LineStyle::kFaint ? " faint" : "";
}

std::string number(double value) {
  const double rounded = std::round(value * 100) / 100;
  return fmt::format("{}", rounded == 0 ? 0.0 : rounded);
}

double text_width(std::string_view text) {
  return 6.9 * static_cast<double>(text_length(text));
}

std::string text(double x, double y, std::string_view words, Anchor anchor,
                 std::string_view css_class) {
  const char* const names[] = {"start", "middle", "end"};
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\"{}>{}</text>", number(x), number(y),
                     names[static_cast<int>(anchor)],
                     css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class),
                     markup(words));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view css_class) {
  return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>", number(x1),
                     number(y1), number(x2), number(y2), css_class);
}

std::string hover(std::string_view words) {
  return "<title>" + markup(words) + "</title>";
}

Legend legend(const std::vector<LegendEntry>& entries, double left, double top) {
  constexpr double kRow = 20, kSwatch = 18, kGap = 22;
  Legend made;
  double x = left, y = top;
  for (const LegendEntry& entry : entries) {
    if (entry.name.empty()) continue;
    const double width = kSwatch + 6 + text_width(entry.name);
    if (x > left && x + width > kWidth) {
      x = left;
      y += kRow;
    }
    made.svg += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"key c{}{}\"/>",
                            number(x), number(y + 9), number(x + kSwatch), number(y + 9),
                            entry.color % kColors, style_class(entry.style));
    made.svg += text(x + kSwatch + 6, y + 13, entry.name, Anchor::kStart);
    x += width + kGap;
  }
  if (!made.svg.empty()) made.height = y + kRow + 6 - top;
  return made;
}

std::string document(std::string_view title, double height, std::string_view body) {
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {} {}\" "
      "role=\"img\" "
      "aria-label=\"{}\">",
      number(kWidth), number(height), markup(title));
  if (!title.empty()) svg += text(0, 16, title, Anchor::kStart, "chart-title");
  svg += body;
  return svg + "</svg>";
}

std::string nothing_to_show(std::string_view title) {
  return document(title, 70, text(0, 46, "No values were recorded.", Anchor::kStart));
}

}  // namespace lucie::svg
