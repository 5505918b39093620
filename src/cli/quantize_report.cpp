#include "cli/quantize_report.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "report/html.h"
#include "report/svg.h"

namespace lucie {
namespace {

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

Table summary_table(const QuantizeReport& report) {
  const ModelComparison& c = report.comparison;
  const auto rate = [&](double seconds) {
    return number("%.1f", static_cast<double>(c.positions) / seconds);
  };
  return {
      {{"", false}, {"before", true}, {"after", true}},
      {{"perplexity", number("%.4f", c.perplexity_before()), number("%.4f", c.perplexity_after())},
       {"tokens/s over the text", rate(c.seconds_before), rate(c.seconds_after)},
       {"KL divergence, mean, nats", "", number("%.5f", c.divergence)},
       {"of 50 % of positions below", "", number("%.5f", c.divergence_by_share[0])},
       {"of 90 %", "", number("%.5f", c.divergence_by_share[1])},
       {"of 99 %", "", number("%.5f", c.divergence_by_share[2])},
       {"same likeliest token", "", number("%.2f %%", 100 * c.agreement)}}};
}

Table tensor_table(const ModelComparison& comparison) {
  Table table{{{"tensor", false}, {"type", false}, {"size", true}, {"relative error", true}}, {}};
  for (const TensorLoss& tensor : comparison.tensors) {
    table.rows.push_back({tensor.name, dtype_info(tensor.dtype).name,
                          human_bytes(static_cast<double>(tensor.bytes)),
                          number("%.4f", tensor.error)});
  }
  return table;
}

// The error of each kind of matrix from layer to layer.
LineChart error_chart(const ModelComparison& comparison) {
  std::map<std::string, Series> kinds;
  for (const TensorLoss& tensor : comparison.tensors) {
    const std::vector<std::string> parts = split(tensor.name, '.');
    if (parts.size() < 4) continue;  // not in a layer: "blk.3.attn_q.weight" is
    Series& series = kinds[parts[parts.size() - 2]];
    series.x.push_back(static_cast<double>(series.x.size()));
    series.y.push_back(tensor.error);
  }
  LineChart chart{.title = "Relative error by layer", .x_label = "layer", .y_label = "error"};
  for (auto& [kind, series] : kinds) {
    series.name = kind;
    chart.series.push_back(std::move(series));
  }
  chart.markers = true;
  chart.y_from_zero = true;
  return chart;
}

BarChart size_chart(const ModelComparison& comparison) {
  std::map<std::string, double> bytes;
  for (const TensorLoss& tensor : comparison.tensors) {
    bytes[dtype_info(tensor.dtype).name] += static_cast<double>(tensor.bytes);
  }
  BarChart chart{.title = "Where the bytes are", .unit = " MB"};
  chart.segments.push_back({"", {}});
  for (const auto& [type, size] : bytes) {
    chart.bars.push_back(type);
    chart.segments.front().values.push_back(size / 1e6);
  }
  return chart;
}

}  // namespace

std::string report_lines(const QuantizeReport& report) {
  const ModelComparison& c = report.comparison;
  std::string lines;
  for (const auto& row : summary_table(report).rows) {
    char line[120];
    std::snprintf(line, sizeof line, "  %-28s %12s %12s\n", row[0].c_str(), row[1].c_str(),
                  row[2].c_str());
    lines += line;
  }
  const auto worst =
      std::max_element(c.tensors.begin(), c.tensors.end(),
                       [](const TensorLoss& a, const TensorLoss& b) { return a.error < b.error; });
  if (worst != c.tensors.end()) {
    lines += "  largest error: " + worst->name + " (" + dtype_info(worst->dtype).name + "), " +
             number("%.4f", worst->error) + " of its size\n";
  }
  return lines;
}

std::string report_page(const QuantizeReport& report) {
  const ModelComparison& c = report.comparison;
  HtmlPage page("Quantized to " + report.type, fs::path(report.file).filename().string());
  page.tiles({{human_bytes(report.bytes), "file"},
              {number("%.2f", report.bits_per_weight), "bits a weight"},
              {number("%.4f", c.perplexity_after() / c.perplexity_before()), "perplexity, ratio"},
              {number("%.5f", c.divergence), "KL divergence"},
              {number("%.1f %%", 100 * c.agreement), "same likeliest token"}});
  page.heading("Over a text")
      .paragraph("Both models read " + report.text + ", " + std::to_string(c.positions) +
                 " predictions.")
      .table(summary_table(report));
  page.heading("Tensor by tensor")
      .paragraph(
          "The error is the root mean square of what rounding changed, over that of the "
          "weights.")
      .figure(render(error_chart(c)))
      .figure(render(size_chart(c)));
  page.open_details("All of them").table(tensor_table(c)).close_details();
  return page.str();
}

}  // namespace lucie
