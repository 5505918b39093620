#include "formats/parquet_json.h"

#include <array>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace lucie::parquet {
namespace {

constexpr std::int64_t kSecondsPerDay = 86400;
constexpr std::int64_t kJulianEpoch = 2440588;  // the Julian day of 1970-01-01

std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

// `days` since 1970-01-01, in the proleptic Gregorian calendar (H. Hinnant, "chrono-Compatible
// Low-Level Date Algorithms"), by eras of 400 years that begin in March.
std::string date_text(std::int64_t days) {
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = floor_divide(shifted, 146097);
  const std::int64_t day = shifted - era * 146097;
  const std::int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  const std::int64_t of_year = day - (365 * year + year / 4 - year / 100);
  const std::int64_t month = (5 * of_year + 2) / 153;  // 0 is March
  const auto of_month = static_cast<int>(of_year - (153 * month + 2) / 5 + 1);
  const auto calendar_month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  const std::int64_t calendar_year = year + era * 400 + (calendar_month <= 2 ? 1 : 0);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04lld-%02d-%02d", static_cast<long long>(calendar_year),
                calendar_month, of_month);
  return text.data();
}

std::int64_t ticks_per_second(int digits) {
  return digits == 3 ? 1'000 : digits == 6 ? 1'000'000 : 1'000'000'000;
}

// `ticks` of 10^-digits seconds since midnight, below a day.
std::string time_text(std::int64_t ticks, int digits) {
  const std::int64_t per_second = ticks_per_second(digits);
  const std::int64_t seconds = ticks / per_second;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string result = text.data();
  if (const std::int64_t fraction = ticks % per_second; fraction != 0) {
    const std::string figures = std::to_string(fraction);
    result += "." + std::string(static_cast<std::size_t>(digits) - figures.size(), '0') + figures;
  }
  return result;
}

std::string timestamp_text(std::int64_t ticks, int digits, bool utc) {
  const std::int64_t per_day = kSecondsPerDay * ticks_per_second(digits);
  const std::int64_t day = floor_divide(ticks, per_day);
  return date_text(day) + "T" + time_text(ticks - day * per_day, digits) + (utc ? "Z" : "");
}

// Nanoseconds of the day, then the Julian day.
std::string int96_text(std::string_view bytes, const std::string& place) {
  std::int64_t nanoseconds = 0;
  std::int32_t day = 0;
  std::memcpy(&nanoseconds, bytes.data(), 8);
  std::memcpy(&day, bytes.data() + 8, 4);
  if (nanoseconds < 0 || nanoseconds >= kSecondsPerDay * 1'000'000'000) {
    fail(ErrorCode::kCorrupt, "a timestamp of more than a day's nanoseconds", place);
  }
  return date_text(std::int64_t{day} - kJulianEpoch) + "T" + time_text(nanoseconds, 9);
}

// Two's complement, the highest byte first.
std::int64_t big_endian(std::string_view bytes, const std::string& place) {
  if (bytes.empty()) fail(ErrorCode::kCorrupt, "a decimal without digits", place);
  const bool negative = (static_cast<unsigned char>(bytes[0]) & 0x80U) != 0;
  std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const bool sign_only = byte == (negative ? 0xff : 0);
    if (i + 8 < bytes.size() && !sign_only) {
      fail(ErrorCode::kUnsupported, "a decimal of more than 64 bits", place);
    }
    value = value << 8U | byte;
  }
  if ((static_cast<std::int64_t>(value) < 0) != negative) {
    fail(ErrorCode::kUnsupported, "a decimal of more than 64 bits", place);
  }
  return static_cast<std::int64_t>(value);
}

std::string decimal_text(std::int64_t unscaled, std::int32_t scale) {
  std::string figures = std::to_string(unscaled);
  const std::string sign = unscaled < 0 ? "-" : "";
  figures.erase(0, sign.size());
  const auto decimals = static_cast<std::size_t>(scale);
  if (figures.size() <= decimals) figures.insert(0, decimals + 1 - figures.size(), '0');
  if (decimals > 0) figures.insert(figures.size() - decimals, ".");
  return sign + figures;
}

std::string uuid_text(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

Json time_json(const SchemaElement& leaf, std::int64_t ticks, const std::string& place) {
  if (ticks < 0 || ticks >= kSecondsPerDay * ticks_per_second(leaf.scale)) {
    fail(ErrorCode::kCorrupt, "a time of more than a day", place);
  }
  return time_text(ticks, leaf.scale);
}

Json unsigned_json(Type type, std::int64_t value) {
  if (type == Type::kInt32) return static_cast<std::int64_t>(static_cast<std::uint32_t>(value));
  return static_cast<std::uint64_t>(value);
}

Json physical_json(Type type, const Value& value, const std::string& place) {
  switch (type) {
    case Type::kBoolean:
      return value.integer != 0;
    case Type::kInt32:
    case Type::kInt64:
      return value.integer;
    case Type::kFloat:
    case Type::kDouble:
      return value.real;
    case Type::kInt96:
      return int96_text(value.bytes, place);
    case Type::kByteArray:
    case Type::kFixed:
      break;
  }
  return value.bytes;
}

}  // namespace

Json to_json(const SchemaElement& leaf, const Value& value, const std::string& place) {
  const Type type = *leaf.type;
  const bool integer = type == Type::kInt32 || type == Type::kInt64;
  switch (leaf.logical) {
    case Logical::kDecimal:
      return decimal_text(integer ? value.integer : big_endian(value.bytes, place), leaf.scale);
    case Logical::kDate:
      return date_text(value.integer);
    case Logical::kTime:
      return time_json(leaf, value.integer, place);
    case Logical::kTimestamp:
      return timestamp_text(value.integer, leaf.scale, leaf.utc);
    case Logical::kUnsigned:
      return unsigned_json(type, value.integer);
    case Logical::kUuid:
      return uuid_text(value.bytes);
    case Logical::kForeign:
      fail(ErrorCode::kUnsupported, "column '" + leaf.name + "' of type " + leaf.foreign, place,
           "choose other columns");
    default:
      return physical_json(type, value, place);
  }
}

}  // namespace lucie::parquet
