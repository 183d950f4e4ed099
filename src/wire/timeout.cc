#include "wire/timeout.h"

#include <cstddef>
#include <cstdint>

namespace connectrpc::wire {
namespace {

constexpr size_t kMaxConnectDigits = 10;
constexpr int64_t kMaxConnectMilliseconds = 9'999'999'999;
constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

constexpr size_t kMaxGrpcDigits = 8;
constexpr int64_t kMaxGrpcValue = 99'999'999;

struct GrpcUnit {
  char letter;
  int64_t nanoseconds;
};

// From the finest up.
constexpr GrpcUnit kGrpcUnits[] = {
    {'n', 1}, {'u', 1'000}, {'m', 1'000'000}, {'S', 1'000'000'000}, {'M', 60'000'000'000}, {'H', 3'600'000'000'000},
};

// All of `text` as a number; `max_digits` is small enough that it fits.
std::optional<int64_t> ParseDigits(std::string_view text, size_t max_digits) {
  if (text.empty() || text.size() > max_digits) return std::nullopt;
  int64_t number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

TimePoint DeadlineAfter(TimePoint now, Duration timeout) {
  if (timeout > Duration::zero() && now > kNever - timeout) return kNever;
  if (timeout < Duration::zero() && now < TimePoint::min() - timeout) return TimePoint::min();
  return now + std::chrono::duration_cast<TimePoint::duration>(timeout);
}

std::optional<Duration> ParseConnectTimeout(std::string_view text) {
  const std::optional<int64_t> milliseconds = ParseDigits(text, kMaxConnectDigits);
  if (!milliseconds) return std::nullopt;
  return Duration(*milliseconds * kNanosecondsPerMillisecond);
}

std::optional<Duration> ParseGrpcTimeout(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::optional<int64_t> value = ParseDigits(text.substr(0, text.size() - 1), kMaxGrpcDigits);
  if (!value) return std::nullopt;
  for (const GrpcUnit& unit : kGrpcUnits) {
    if (unit.letter != text.back()) continue;
    if (*value > Duration::max().count() / unit.nanoseconds) return Duration::max();
    return Duration(*value * unit.nanoseconds);
  }
  return std::nullopt;
}

std::string FormatConnectTimeout(Duration timeout) {
  if (timeout <= Duration::zero()) return "0";
  const int64_t milliseconds = timeout.count() / kNanosecondsPerMillisecond;
  if (milliseconds == 0) return "1";
  if (milliseconds > kMaxConnectMilliseconds) return "";
  return std::to_string(milliseconds);
}

std::string FormatGrpcTimeout(Duration timeout) {
  if (timeout == Duration::max()) return "99999999H";
  if (timeout <= Duration::zero()) return "0n";
  const GrpcUnit* unit = kGrpcUnits;
  while (timeout.count() / unit->nanoseconds > kMaxGrpcValue) ++unit;  // ends: Duration::max() is 2562047 hours
  return std::to_string(timeout.count() / unit->nanoseconds) + unit->letter;
}

}  // namespace connectrpc::wire
