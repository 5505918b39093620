#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/svg.h"
#include "report/svg_parts.h"

namespace lucie {

namespace {

constexpr double kPlotHeight = 260;
constexpr std::size_t kHoverPoints = 100;  // per series: more would only make the page heavy

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  bool empty() const { return !(low <= high); }
};

bool placeable(double value, Scale scale) {
  return std::isfinite(value) && (scale == Scale::kLinear || value > 0);
}

std::size_t length(const Series& series) {
  return std::min(series.x.size(), series.y.size());
}

struct Plot {
  const LineChart& chart;
  Axis x, y;
  double left, top, width;

  double px(double value) const { return left + width * x.position(value); }
  double py(double value) const { return top + kPlotHeight * (1 - y.position(value)); }
  bool shows(const Series& s, std::size_t i) const { return x.shows(s.x[i]) && y.shows(s.y[i]); }
};

int color_of(const LineChart& chart, std::size_t index) {
  const int color = chart.series[index].color;
  return (color >= 0 ? color : static_cast<int>(index)) % svg::kColors;
}

std::string axes(const Plot& plot) {
  const double bottom = plot.top + kPlotHeight, right = plot.left + plot.width;
  std::string out;
  for (const Tick& tick : plot.y.ticks()) {
    const double y = plot.py(tick.value);
    out += svg::line(plot.left, y, right, y, "grid");
    out += svg::text(plot.left - 8, y + 4, tick.label, svg::Anchor::kEnd, "tick");
  }
  for (const Tick& tick : plot.x.ticks()) {
    const double x = plot.px(tick.value);
    out += svg::line(x, bottom, x, bottom + 5, "axis");
    out += svg::text(x, bottom + 19, tick.label, svg::Anchor::kMiddle, "tick");
  }
  out += svg::line(plot.left, bottom, right, bottom, "axis");
  out +=
      svg::text(plot.left + plot.width / 2, bottom + 38, plot.chart.x_label, svg::Anchor::kMiddle);
  const std::string middle = svg::number(plot.top + kPlotHeight / 2);
  out += fmt::format("<g transform=\"translate(13 {}) rotate(-90)\">{}</g>", middle,
                     svg::text(0, 0, plot.chart.y_label, svg::Anchor::kMiddle));
  return out;
}

// The indices to draw: all, or of a long series the first, last, lowest and highest of each pixel
// column, which gives the same picture.
std::vector<std::size_t> drawn_points(const Plot& plot, const Series& series) {
  std::vector<std::size_t> points;
  const std::size_t count = length(series);
  const auto columns = static_cast<std::size_t>(plot.width);
  if (count <= 4 * columns) {
    for (std::size_t i = 0; i < count; ++i) points.push_back(i);
    return points;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t begin = column * count / columns, end = (column + 1) * count / columns;
    std::size_t low = begin, high = begin;
    for (std::size_t i = begin; i < end; ++i) {
      if (series.y[i] < series.y[low]) low = i;
      if (series.y[i] > series.y[high]) high = i;
    }
    std::vector<std::size_t> some{begin, low, high, end - 1};
    std::sort(some.begin(), some.end());
    some.erase(std::unique(some.begin(), some.end()), some.end());
    points.insert(points.end(), some.begin(), some.end());
  }
  return points;
}

std::string draw_line(const Plot& plot, const Series& series, int color) {
  std::string path;
  bool pen_down = false;
  for (const std::size_t i : drawn_points(plot, series)) {
    if (!plot.shows(series, i)) {
      pen_down = false;
      continue;
    }
    path += pen_down ? 'L' : 'M';
    path += svg::number(plot.px(series.x[i])) + " " + svg::number(plot.py(series.y[i]));
    pen_down = true;
  }
  return fmt::format("<path class=\"line c{}{}\" d=\"{}\"/>", color, svg::style_class(series.style),
                     path);
}

// Dots that tell their values; invisible ones when the chart has no markers.
std::string draw_points(const Plot& plot, const Series& series, int color) {
  if (series.style == LineStyle::kFaint) return {};
  std::string out;
  const std::size_t count = length(series);
  const std::size_t stride =
      plot.chart.markers ? 1 : std::max<std::size_t>(1, count / kHoverPoints);
  for (std::size_t i = 0; i < count; i += stride) {
    if (!plot.shows(series, i)) continue;
    const std::string words =
        fmt::format("{}{}{} {}: {}", series.name, series.name.empty() ? "" : ", ",
                    plot.chart.x_label, short_number(series.x[i]), short_number(series.y[i]));
    out += fmt::format("<circle class=\"{} c{}\" cx=\"{}\" cy=\"{}\" r=\"{}\">{}</circle>",
                       plot.chart.markers ? "dot" : "spot", color,
                       svg::number(plot.px(series.x[i])), svg::number(plot.py(series.y[i])),
                       plot.chart.markers ? "3.5" : "7", svg::hover(words));
  }
  return out;
}

}  // namespace

std::string render(const LineChart& chart) {
  Range x_range, y_range;
  for (const Series& series : chart.series) {
    for (std::size_t i = 0; i < length(series); ++i) {
      if (!placeable(series.x[i], chart.x_scale) || !placeable(series.y[i], chart.y_scale))
        continue;
      x_range.add(series.x[i]);
      y_range.add(series.y[i]);
    }
  }
  if (y_range.empty()) return svg::nothing_to_show(chart.title);
  if (chart.y_from_zero && chart.y_scale == Scale::kLinear) y_range.add(0);
  Plot plot{chart,
            Axis(chart.x_scale, x_range.low, x_range.high, 8, Fit::kValues),
            Axis(chart.y_scale, y_range.low, y_range.high, 6),
            0,
            0,
            0};
  double widest = 0;
  for (const Tick& tick : plot.y.ticks()) widest = std::max(widest, svg::text_width(tick.label));
  plot.left = widest + 36;
  plot.width = svg::kWidth - plot.left - 14;

  std::vector<svg::LegendEntry> entries;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    entries.push_back({chart.series[i].name, color_of(chart, i), chart.series[i].style});
  }
  const svg::Legend legend = svg::legend(entries, plot.left, svg::kTitleHeight);
  plot.top = svg::kTitleHeight + legend.height + 10;
  std::string body = legend.svg + axes(plot);
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    body += draw_line(plot, chart.series[i], color_of(chart, i));
  }
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    body += draw_points(plot, chart.series[i], color_of(chart, i));
  }
  return svg::document(chart.title, plot.top + kPlotHeight + 48, body);
}

}  // namespace lucie
