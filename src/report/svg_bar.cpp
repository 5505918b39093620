#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/markup.h"
#include "report/svg.h"
#include "report/svg_parts.h"

namespace lucie {

namespace {

constexpr double kBarHeight = 22, kThinBar = 13, kGap = 10;
constexpr std::size_t kLabelLength = 34;  // the whole name is in the hover title

double value_at(const BarSegments& segment, std::size_t bar) {
  if (bar >= segment.values.size()) return 0;
  const double value = segment.values[bar];
  return std::isfinite(value) && value > 0 ? value : 0;
}

double bar_total(const BarChart& chart, std::size_t bar) {
  double total = 0;
  for (const BarSegments& segment : chart.segments) total += value_at(segment, bar);
  return total;
}

double longest_bar(const BarChart& chart) {
  double longest = 0;
  for (std::size_t bar = 0; bar < chart.bars.size(); ++bar) {
    if (chart.stacked) {
      longest = std::max(longest, bar_total(chart, bar));
      continue;
    }
    for (const BarSegments& segment : chart.segments) {
      longest = std::max(longest, value_at(segment, bar));
    }
  }
  return longest;
}

std::string rectangle(double x, double y, double width, double height, int color,
                      const std::string& words) {
  return fmt::format(
      "<rect class=\"bar c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">{}</rect>",
      color % svg::kColors, svg::number(x), svg::number(y), svg::number(width), svg::number(height),
      svg::hover(words));
}

struct Drawing {
  const BarChart& chart;
  double left, scale;  // px per unit

  std::string words(std::size_t bar, const BarSegments& segment) const {
    return fmt::format("{}{}{}: {}{}", chart.bars[bar], segment.name.empty() ? "" : ", ",
                       segment.name, short_number(value_at(segment, bar)), chart.unit);
  }
};

std::string stacked_bar(const Drawing& d, std::size_t bar, double y) {
  std::string out;
  double x = d.left;
  for (std::size_t i = 0; i < d.chart.segments.size(); ++i) {
    const BarSegments& segment = d.chart.segments[i];
    const double width = value_at(segment, bar) * d.scale;
    if (width <= 0) continue;
    out += rectangle(x, y, width, kBarHeight, static_cast<int>(i), d.words(bar, segment));
    const std::string label = short_number(value_at(segment, bar)) + d.chart.unit;
    if (d.chart.segments.size() > 1 && svg::text_width(label) + 8 < width) {
      out +=
          svg::text(x + width / 2, y + kBarHeight / 2 + 4, label, svg::Anchor::kMiddle, "in-bar");
    }
    x += width;
  }
  if (d.chart.segments.size() == 1) {
    out += svg::text(x + 6, y + kBarHeight / 2 + 4,
                     short_number(bar_total(d.chart, bar)) + d.chart.unit, svg::Anchor::kStart,
                     "tick");
  }
  return out;
}

std::string side_by_side(const Drawing& d, std::size_t bar, double y) {
  std::string out;
  for (std::size_t i = 0; i < d.chart.segments.size(); ++i) {
    const BarSegments& segment = d.chart.segments[i];
    const double width = value_at(segment, bar) * d.scale;
    out += rectangle(d.left, y, width, kThinBar, static_cast<int>(i), d.words(bar, segment));
    out +=
        svg::text(d.left + width + 6, y + kThinBar - 2,
                  short_number(value_at(segment, bar)) + d.chart.unit, svg::Anchor::kStart, "tick");
    y += kThinBar + 1;
  }
  return out;
}

}  // namespace

std::string render(const BarChart& chart) {
  const double longest = longest_bar(chart);
  if (longest <= 0) return svg::nothing_to_show(chart.title);
  double widest = 0;
  std::vector<std::string> labels;
  for (const std::string& bar : chart.bars) {
    labels.push_back(shorten(single_line(bar), kLabelLength));
    widest = std::max(widest, svg::text_width(labels.back()));
  }
  const bool value_behind = !chart.stacked || chart.segments.size() == 1;
  const double left = widest + 12, room = value_behind ? 76 : 2;
  const Drawing drawing{chart, left, (svg::kWidth - left - room) / longest};
  std::vector<svg::LegendEntry> entries;
  for (std::size_t i = 0; i < chart.segments.size(); ++i) {
    entries.push_back({chart.segments[i].name, static_cast<int>(i) % svg::kColors});
  }
  const svg::Legend legend = svg::legend(entries, left, svg::kTitleHeight);
  const double height =
      chart.stacked ? kBarHeight : (kThinBar + 1) * static_cast<double>(chart.segments.size()) - 1;
  double y = svg::kTitleHeight + legend.height;
  std::string body = legend.svg;
  for (std::size_t bar = 0; bar < chart.bars.size(); ++bar) {
    body += svg::text(left - 8, y + height / 2 + 4, labels[bar], svg::Anchor::kEnd);
    body += chart.stacked ? stacked_bar(drawing, bar, y) : side_by_side(drawing, bar, y);
    y += height + kGap;
  }
  return svg::document(chart.title, y + 2, body);
}

}  // namespace lucie
