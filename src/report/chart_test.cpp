#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "report/markup_check.h"
#include "report/svg.h"

namespace lucie {

namespace {

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

LineChart two_lines() {
  LineChart chart{.title = "Loss", .x_label = "step", .y_label = "nats"};
  chart.series.push_back({"train", {0, 100, 200}, {8.3, 5.1, 4.2}});
  chart.series.push_back({"held out", {0, 200}, {8.4, 4.4}, LineStyle::kDashed});
  return chart;
}

TEST(Axis, linear_ticks_are_round_and_cover_the_range) {
  const Axis axis(Scale::kLinear, 0.13, 9.4, 5);
  ASSERT_GE(axis.ticks().size(), 4U);
  EXPECT_EQ(axis.ticks().front().label, "0");
  EXPECT_EQ(axis.ticks().back().label, "10");
  EXPECT_DOUBLE_EQ(axis.position(0), 0);
  EXPECT_DOUBLE_EQ(axis.position(10), 1);
}

TEST(Axis, may_end_with_the_values) {
  const Axis axis(Scale::kLinear, 3, 6176, 8, Fit::kValues);
  EXPECT_DOUBLE_EQ(axis.position(3), 0);
  EXPECT_DOUBLE_EQ(axis.position(6176), 1);
  ASSERT_EQ(axis.ticks().size(), 6U);
  EXPECT_EQ(axis.ticks().front().label, "1000");
  EXPECT_EQ(axis.ticks().back().label, "6000");
}

TEST(Axis, log_ticks_are_powers_of_ten) {
  const Axis axis(Scale::kLog, 1, 1e6, 8);
  EXPECT_EQ(axis.ticks().size(), 7U);
  EXPECT_EQ(axis.ticks().back().label, "1 M");
  EXPECT_NEAR(axis.position(1e3), 0.5, 1e-12);
  EXPECT_FALSE(axis.shows(0));
}

TEST(Axis, one_single_value_still_makes_an_axis) {
  for (const double value : {0.0, 5.0, -3.0}) {
    const Axis axis(Scale::kLinear, value, value, 5);
    EXPECT_GE(axis.ticks().size(), 2U) << value;
    EXPECT_TRUE(std::isfinite(axis.position(value))) << value;
  }
  EXPECT_TRUE(std::isfinite(Axis(Scale::kLog, 7, 7, 5).position(7)));
}

TEST(Axis, labels_have_the_digits_their_step_needs) {
  EXPECT_EQ(tick_label(0.25, 0.05, 1), "0.25");
  EXPECT_EQ(tick_label(1500000, 500000, 3e6), "1.5 M");
  EXPECT_EQ(tick_label(20000, 10000, 50000), "20 k");
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(1234567), "1.235 M");
}

TEST(LineChart, draws_every_series_with_legend_and_hover_text) {
  const std::string svg = render(two_lines());
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(count(svg, "<path "), 2U);
  EXPECT_EQ(count(svg, "dashed"), 2U);  // the line and its key
  EXPECT_NE(svg.find(">held out</text>"), std::string::npos);
  EXPECT_NE(svg.find("<title>train, step 100: 5.1</title>"), std::string::npos);
}

TEST(LineChart, gives_the_same_bytes_again) {
  EXPECT_EQ(render(two_lines()), render(two_lines()));
}

TEST(LineChart, breaks_the_line_where_a_value_is_not_finite) {
  LineChart chart{.title = "t", .x_label = "x", .y_label = "y"};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  chart.series.push_back({"a", {1, 2, 3, 4}, {1, nan, 2, 3}});
  const std::string svg = render(chart);
  const std::size_t path = svg.find(" d=\"");
  EXPECT_EQ(count(svg.substr(path, svg.find('"', path + 4) - path), "M"), 2U);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(LineChart, leaves_out_what_a_log_scale_cannot_show) {
  LineChart chart{.title = "t", .x_label = "x", .y_label = "y", .x_scale = Scale::kLog};
  chart.series.push_back({"a", {0, 1, 10}, {1, 2, 3}});
  EXPECT_EQ(count(render(chart), "<circle"), 2U);
}

TEST(LineChart, without_values_says_so) {
  const std::string svg = render(LineChart{.title = "Empty"});
  EXPECT_NE(svg.find("No values were recorded"), std::string::npos);
  EXPECT_EQ(markup_problem(svg), "");
}

TEST(LineChart, thins_a_long_series_but_keeps_its_peak) {
  LineChart chart{.title = "t", .x_label = "x", .y_label = "y"};
  Series series{"a", {}, {}};
  for (int i = 0; i < 50000; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 31234 ? 10.0 : 1.0);
  }
  chart.series.push_back(series);
  const std::string svg = render(chart);
  EXPECT_LT(svg.size(), 120000U);
  const std::size_t path = svg.find(" d=\"");
  EXPECT_NE(svg.find(" 38", path), std::string::npos);  // the top of the plot: 28 + 10
}

TEST(BarChart, stacks_segments_to_the_full_width) {
  BarChart chart{.title = "Mixture", .unit = " %", .bars = {"before", "after"}};
  chart.segments = {{"en", {60, 33}}, {"fr", {40, 67}}};
  const std::string svg = render(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(count(svg, "<rect "), 4U);
  EXPECT_NE(svg.find("<title>after, fr: 67 %</title>"), std::string::npos);
}

TEST(BarChart, side_by_side_bars_tell_their_values) {
  BarChart chart{.title = "bpb", .bars = {"fr"}, .stacked = false};
  chart.segments = {{"model", {1.8}}, {"xz", {2.3}}};
  const std::string svg = render(chart);
  EXPECT_EQ(count(svg, "<rect "), 2U);
  EXPECT_NE(svg.find(">1.8</text>"), std::string::npos);
  EXPECT_NE(svg.find(">2.3</text>"), std::string::npos);
}

TEST(BarChart, hostile_names_and_values_do_no_harm) {
  BarChart chart{.title = "<script>alert(1)</script>", .unit = "\"><b>", .bars = {"a\x01<i>\xFF"}};
  chart.segments = {{"s", {std::numeric_limits<double>::infinity(), -4, 3}}, {"<s>", {2}}};
  const std::string svg = render(chart);
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

DonutChart two_rings() {
  return {.title = "Languages",
          .parts = {"French", "code", "nothing"},
          .donuts = {{"as it is", "4 M", {3, 1, 0}}, {"as read", "2 M", {1, 1, std::nan("")}}}};
}

TEST(DonutChart, has_a_slice_for_every_part_that_is_there) {
  const std::string svg = render(two_rings());
  EXPECT_EQ(markup_problem(svg), "");
  EXPECT_EQ(count(svg, "class=\"slice c0\""), 2U);
  EXPECT_EQ(count(svg, "class=\"slice c2\""), 0U);
  for (const char* words : {"75.0 %", "25.0 %", "50.0 %", "0.0 %", "4 M", "as read", "nothing"}) {
    EXPECT_NE(svg.find(words), std::string::npos) << words;
  }
}

TEST(DonutChart, a_part_that_is_all_there_is_closes_the_circle) {
  const std::string svg =
      render(DonutChart{.title = "", .parts = {"fr"}, .donuts = {{"", "", {7}}}});
  EXPECT_EQ(count(svg, "A100 100 0 0 1"), 2U) << "in two halves";
  EXPECT_NE(svg.find("100.0 %"), std::string::npos);
}

TEST(DonutChart, without_values_says_so) {
  EXPECT_NE(render(DonutChart{.title = "x", .parts = {"a"}, .donuts = {{"", "", {0}}}})
                .find("No values were recorded"),
            std::string::npos);
}

}  // namespace

}  // namespace lucie
