// Inside report/ only: what line and bar charts share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/svg.h"

namespace lucie::svg {

constexpr double kWidth = 760;
constexpr int kColors = 8;

const char* style_class(LineStyle style);  // " dashed", " faint" or empty

std::string number(double value);          // at most two decimals: a hundredth of a pixel is enough
double text_width(std::string_view text);  // estimate for 12 px sans serif, in px

enum class Anchor { kStart, kMiddle, kEnd };
std::string text(double x, double y, std::string_view words, Anchor anchor,
                 std::string_view css_class = {});
std::string line(double x1, double y1, double x2, double y2, std::string_view css_class);
// <title>words</title>, shown when the pointer rests on the element around it.
std::string hover(std::string_view words);

struct LegendEntry {
  std::string name;
  int color = 0;
  LineStyle style = LineStyle::kSolid;
};
struct Legend {
  std::string svg;
  double height = 0;
};
// Wraps within the chart's width; `top` is the upper edge.
Legend legend(const std::vector<LegendEntry>& entries, double left, double top);

// The <svg> element around `body`; `title` is its accessible name and stands above the chart.
std::string document(std::string_view title, double height, std::string_view body);
constexpr double kTitleHeight = 28;

// A chart without a single value says so.
std::string nothing_to_show(std::string_view title);

}  // namespace lucie::svg
