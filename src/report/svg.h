// Charts as SVG text for our own pages: no script, no outside file, the same bytes for the same
// values. Colours come from the page's style sheet (html.h), so charts follow light and dark.
//
//   LineChart chart{.title = "Loss", .x_label = "step", .y_label = "nats per token"};
//   chart.series.push_back({"training", steps, losses});
//   page.figure(render(chart), "Mean over 20 steps.");
#pragma once

#include <string>
#include <vector>

#include "report/axis.h"

namespace lucie {

enum class LineStyle { kSolid, kDashed, kFaint };

struct Series {
  std::string name;
  std::vector<double> x, y;  // equally long; a value that is not finite breaks the line
  LineStyle style = LineStyle::kSolid;
  int color = -1;  // index into the palette of 8; -1: the series' own index
};

struct LineChart {
  std::string title = {}, x_label = {}, y_label = {};
  Scale x_scale = Scale::kLinear, y_scale = Scale::kLinear;
  std::vector<Series> series = {};
  bool markers = false;      // a dot at every point
  bool y_from_zero = false;  // linear scale only
};

struct BarSegments {
  std::string name;            // of the segment in the legend; may be empty when there is one
  std::vector<double> values;  // one per bar; what is not finite or below 0 counts as 0
};

// Horizontal bars, since names of licences and sources are long.
struct BarChart {
  std::string title = {};
  std::string unit = {};               // shown behind a bar's value: "%", " MB"
  std::vector<std::string> bars = {};  // labels
  std::vector<BarSegments> segments = {};
  bool stacked = true;  // else the segments of a bar stand side by side
};

struct Donut {
  std::string caption;         // under the figure in the middle, and over its column of shares
  std::string middle;          // a figure: "2.3 T"
  std::vector<double> values;  // one per part; what is not finite or below 0 counts as 0
};

// One ring, or two side by side to compare: "as it is", "as read".
struct DonutChart {
  std::string title = {};
  std::vector<std::string> parts = {};  // at most 8 for colours of their own
  std::vector<Donut> donuts = {};       // one or two
};

std::string render(const LineChart& chart);
std::string render(const DonutChart& chart);
std::string render(const BarChart& chart);

}  // namespace lucie
