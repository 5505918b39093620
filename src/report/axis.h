// Inside report/ only: the axis of a chart, that is its range, its round ticks and their labels.
#pragma once

#include <string>
#include <vector>

namespace lucie {

enum class Scale { kLinear, kLog };

struct Tick {
  double value = 0;
  std::string label;
};

// Of a linear axis: its range is widened to whole ticks, or ends with the values.
enum class Fit { kWholeTicks, kValues };

// Linear: ticks are multiples of 1, 2 or 5 times a power of ten. Log: powers of ten, with 2 and 5
// between them over short ranges.
class Axis {
 public:
  // Values must be finite, and positive on a log scale. `ticks`: about how many.
  Axis(Scale scale, double low, double high, int ticks, Fit fit = Fit::kWholeTicks);

  // 0 at the low end, 1 at the high end.
  double position(double value) const;
  // A value that has a place on the axis (finite, and positive on a log scale).
  bool shows(double value) const;
  const std::vector<Tick>& ticks() const { return ticks_; }

 private:
  void make_linear(int ticks, Fit fit);
  void make_log(int ticks);

  Scale scale_;
  double low_, high_;
  std::vector<Tick> ticks_;
};

// "0.05", "1.5 k", "20 M": as many digits as steps of `step` need, with a unit fit for `largest`.
std::string tick_label(double value, double step, double largest);
// A value for people: four significant digits.
std::string short_number(double value);

}  // namespace lucie
