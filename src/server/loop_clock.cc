#include "server/loop_clock.h"

#include <chrono>
#include <cstring>

namespace connectrpc::server {
namespace {

constexpr char kDays[] = "SunMonTueWedThuFriSat";
constexpr char kMonths[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void WriteTwoDigits(int value, char* out) {
  out[0] = static_cast<char>('0' + value / 10 % 10);
  out[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void FormatHttpDate(std::time_t time, char (&out)[kHttpDateSize]) {
  std::memcpy(out, "Thu, 01 Jan 1970 00:00:00 GMT", kHttpDateSize);
  std::tm parts = {};
  if (::gmtime_r(&time, &parts) == nullptr) return;
  std::memcpy(out, kDays + 3 * parts.tm_wday, 3);
  WriteTwoDigits(parts.tm_mday, out + 5);
  std::memcpy(out + 8, kMonths + 3 * parts.tm_mon, 3);
  WriteTwoDigits((parts.tm_year + 1900) / 100, out + 12);
  WriteTwoDigits((parts.tm_year + 1900) % 100, out + 14);
  WriteTwoDigits(parts.tm_hour, out + 17);
  WriteTwoDigits(parts.tm_min, out + 20);
  WriteTwoDigits(parts.tm_sec, out + 23);
}

std::string_view LoopClock::Date() {
  const wire::TimePoint now = loop_->Now();
  if (now >= next_second_) {
    using std::chrono::system_clock;
    const auto since_epoch = system_clock::now().time_since_epoch();
    const auto second = std::chrono::floor<std::chrono::seconds>(since_epoch);
    FormatHttpDate(static_cast<std::time_t>(second.count()), date_);
    next_second_ = now + std::chrono::seconds(1) - std::chrono::duration_cast<wire::Duration>(since_epoch - second);
  }
  return {date_, kHttpDateSize};
}

}  // namespace connectrpc::server
