#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "report/markup.h"
#include "report/svg.h"
#include "report/svg_parts.h"

namespace lucie {

namespace {

constexpr double kOuter = 100, kInner = 58, kTop = svg::kTitleHeight + 6;
constexpr double kBesides = 36;  // between two rings
constexpr double kRow = 21, kNumberWidth = 74;
constexpr double kWorthALabel = 0.055;  // of the circle: smaller slices have no room for words

double total_of(const Donut& donut) {
  double total = 0;
  for (const double value : donut.values) total += std::isfinite(value) && value > 0 ? value : 0;
  return total;
}

double share_of(const Donut& donut, std::size_t part, double total) {
  const double value = part < donut.values.size() ? donut.values[part] : 0;
  return std::isfinite(value) && value > 0 && total > 0 ? value / total : 0;
}

std::string percent(double share) {
  return share > 0 && share < 0.0005 ? "<0.1 %" : fmt::format("{:.1f} %", 100 * share);
}

// A point of the circle; `turn` runs clockwise from the top, 1 for the whole way.
std::string point(double x, double y, double radius, double turn) {
  const double angle = 2 * std::numbers::pi * turn;
  return svg::number(x + radius * std::sin(angle)) + " " +
         svg::number(y - radius * std::cos(angle));
}

// An arc from one turn to another. A whole circle is no arc in SVG, so every slice is drawn in two
// halves.
std::string arc(double x, double y, double radius, double from, double to) {
  const int sweep = to > from ? 1 : 0;
  std::string out;
  for (const double end : {(from + to) / 2, to}) {
    out +=
        fmt::format("A{0} {0} 0 0 {1} {2}", svg::number(radius), sweep, point(x, y, radius, end));
  }
  return out;
}

std::string slice(double x, double y, double from, double to, int color, const std::string& words) {
  return fmt::format("<path class=\"slice c{}\" d=\"M{}{}L{}{}Z\">{}</path>", color % svg::kColors,
                     point(x, y, kOuter, from), arc(x, y, kOuter, from, to),
                     point(x, y, kInner, to), arc(x, y, kInner, to, from), svg::hover(words));
}

std::string ring(const DonutChart& chart, const Donut& donut, double x, double y) {
  const double total = total_of(donut);
  std::string slices, labels;
  double from = 0;
  for (std::size_t part = 0; part < chart.parts.size(); ++part) {
    const double share = share_of(donut, part, total), to = from + share;
    if (share <= 0) continue;
    const std::string words = chart.parts[part] + ": " + percent(share);
    slices += slice(x, y, from, to, static_cast<int>(part), words);
    if (share >= kWorthALabel) {
      const double angle = std::numbers::pi * (from + to), middle = (kOuter + kInner) / 2;
      labels += svg::text(x + middle * std::sin(angle), y - middle * std::cos(angle) + 4,
                          fmt::format("{:.0f}", 100 * share), svg::Anchor::kMiddle, "in-bar");
    }
    from = to;
  }
  return slices + labels + svg::text(x, y + 1, donut.middle, svg::Anchor::kMiddle, "middle") +
         svg::text(x, y + 18, donut.caption, svg::Anchor::kMiddle);
}

// What each colour means, with a column of shares for each ring.
std::string table(const DonutChart& chart, double left, double top) {
  std::string out;
  const auto column = [&](std::size_t donut) {
    return svg::kWidth - kNumberWidth * static_cast<double>(chart.donuts.size() - 1 - donut);
  };
  if (chart.donuts.size() > 1) {
    for (std::size_t i = 0; i < chart.donuts.size(); ++i) {
      out += svg::text(column(i), top + 12, chart.donuts[i].caption, svg::Anchor::kEnd);
    }
    top += kRow;
  }
  const double room = column(0) - kNumberWidth - left;  // of the name; numbers stand to its right
  const auto letters = static_cast<std::size_t>(std::max(6.0, room / svg::text_width("x")));
  for (std::size_t part = 0; part < chart.parts.size(); ++part) {
    const double y = top + kRow * static_cast<double>(part);
    out += fmt::format(
        "<rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"12\" height=\"12\" "
        "rx=\"3\"/>",
        static_cast<int>(part) % svg::kColors, svg::number(left), svg::number(y + 2));
    out += svg::text(left + 20, y + 12, shorten(single_line(chart.parts[part]), letters),
                     svg::Anchor::kStart, "name");
    for (std::size_t i = 0; i < chart.donuts.size(); ++i) {
      const Donut& donut = chart.donuts[i];
      out += svg::text(column(i), y + 12, percent(share_of(donut, part, total_of(donut))),
                       svg::Anchor::kEnd);
    }
  }
  return out;
}

}  // namespace

std::string render(const DonutChart& chart) {
  const auto empty = [](const Donut& donut) { return total_of(donut) <= 0; };
  if (std::all_of(chart.donuts.begin(), chart.donuts.end(), empty)) {
    return svg::nothing_to_show(chart.title);
  }
  const double y = kTop + kOuter;
  double x = kOuter + 2;
  std::string body;
  for (const Donut& donut : chart.donuts) {
    body += ring(chart, donut, x, y);
    x += 2 * kOuter + kBesides;
  }
  const double left = x - kOuter + 12;
  const double rows = kRow * static_cast<double>(chart.parts.size() + (chart.donuts.size() > 1));
  body += table(chart, left, std::max(kTop, y - rows / 2));
  return svg::document(chart.title, std::max(y + kOuter, kTop + rows) + 6, body);
}

}  // namespace lucie
