#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lucie {

namespace {

double round_step(double width, int ticks) {
  const double raw = width / std::max(1, ticks);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

struct Unit {
  double size;
  const char* name;
};

Unit unit_for(double largest) {
  if (largest >= 9.99e11) return {1e12, " T"};
  if (largest >= 9.99e8) return {1e9, " G"};
  if (largest >= 9.99e5) return {1e6, " M"};
  if (largest >= 9.99e3) return {1e3, " k"};
  return {1, ""};
}

}  // namespace

std::string tick_label(double value, double step, double largest) {
  if (value == 0) return "0";
  if (largest < 9.99e-4 || largest >= 1e15) return fmt::format("{:.3g}", value);
  const Unit unit = unit_for(largest);
  const double digits = std::ceil(-std::log10(step / unit.size) - 1e-6);
  const int decimals = std::clamp(static_cast<int>(digits), 0, 6);
  return fmt::format("{:.{}f}{}", value / unit.size, decimals, unit.name);
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  const double magnitude = std::abs(value);
  if (magnitude >= 1e15 || (magnitude > 0 && magnitude < 1e-3)) return fmt::format("{:.3g}", value);
  const Unit unit = unit_for(magnitude);
  return fmt::format("{:.4g}{}", value / unit.size, unit.name);
}

Axis::Axis(Scale scale, double low, double high, int ticks, Fit fit)
    : scale_(scale), low_(low), high_(high) {
  if (scale_ == Scale::kLog) {
    make_log(ticks);
  } else {
    make_linear(ticks, fit);
  }
}

void Axis::make_linear(int ticks, Fit fit) {
  if (!(high_ - low_ > 1e-12 * std::max(std::abs(low_), std::abs(high_)))) {
    const double pad = low_ == 0 ? 1 : std::abs(low_) * 0.1;
    low_ -= low_ == 0 ? 0 : pad;
    high_ += pad;
  }
  const double step = round_step(high_ - low_, ticks);
  double first = std::floor(low_ / step + 1e-9), last = std::ceil(high_ / step - 1e-9);
  if (fit == Fit::kWholeTicks) {
    low_ = first * step;
    high_ = last * step;
  } else {
    first = std::ceil(low_ / step - 1e-9);
    last = std::floor(high_ / step + 1e-9);
  }
  const double largest = std::max(std::abs(low_), std::abs(high_));
  for (double i = first; i <= last; i += 1) {
    ticks_.push_back({i * step, tick_label(i * step, step, largest)});
  }
}

void Axis::make_log(int ticks) {
  if (!(high_ > low_)) {
    low_ /= 2;
    high_ *= 2;
  }
  const double first = std::floor(std::log10(low_)), last = std::ceil(std::log10(high_));
  const double every = std::max(1.0, std::ceil((last - first) / std::max(1, ticks)));
  const bool between = last - first <= 3;
  for (double power = first; power <= last; power += every) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, power);
      const bool inside = value >= low_ * 0.999 && value <= high_ * 1.001;
      if (inside && (between || factor == 1.0)) {
        ticks_.push_back({value, tick_label(value, value, value)});
      }
    }
  }
}

double Axis::position(double value) const {
  if (scale_ == Scale::kLinear) return (value - low_) / (high_ - low_);
  return std::log(value / low_) / std::log(high_ / low_);
}

bool Axis::shows(double value) const {
  return std::isfinite(value) && (scale_ == Scale::kLinear || value > 0);
}

}  // namespace lucie
