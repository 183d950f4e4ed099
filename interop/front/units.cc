#include "interop/front/units.h"

#include <algorithm>
#include <limits>

namespace connectrpc::front {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// The largest first. The empty name is how a number without unit is read.
constexpr Unit kSizes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};
constexpr Unit kDurations[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}, {"", 1'000}};

template <size_t n>
std::optional<uint64_t> ParseWithUnit(std::string_view text, const Unit (&units)[n], uint64_t max) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  for (const Unit& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    const std::optional<uint64_t> number = ParseCount(text.substr(0, digits), max / unit.factor);
    if (!number.has_value()) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

template <size_t n>
std::string FormatWithUnit(uint64_t value, const Unit (&units)[n]) {
  if (value == 0) return "0";
  for (const Unit& unit : units) {
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value);
}

}  // namespace

std::optional<uint64_t> ParseCount(std::string_view text, uint64_t max) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const uint64_t digit = static_cast<uint64_t>(c - '0');
    if (value > (max - std::min(digit, max)) / 10 || digit > max) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<size_t> ParseSize(std::string_view text) {
  return ParseWithUnit(text, kSizes, std::numeric_limits<size_t>::max());
}

std::string FormatSize(size_t bytes) {
  return FormatWithUnit(bytes, kSizes);
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  constexpr uint64_t kTenYears = uint64_t{10} * 365 * 24 * 3'600'000;
  const std::optional<uint64_t> ms = ParseWithUnit(text, kDurations, kTenYears);
  if (!ms.has_value()) return std::nullopt;
  return std::chrono::milliseconds(*ms);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  return FormatWithUnit(static_cast<uint64_t>(duration.count()), kDurations);
}

}  // namespace connectrpc::front
