#include "codec/json_known_text.h"

#include <cstddef>

namespace connectrpc::codec {
namespace {

constexpr int64_t kMinTimestamp = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kMaxTimestamp = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr int64_t kMaxDuration = 315'576'000'000;
constexpr int32_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}

// Takes `text` apart from its beginning.
class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  bool Char(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // At least `min` and at most `max` digits.
  bool Digits(size_t min, size_t max, int64_t* value) {
    size_t count = 0;
    *value = 0;
    for (; count < max && count < rest_.size() && IsDigit(rest_[count]); ++count) {
      *value = *value * 10 + (rest_[count] - '0');
    }
    rest_.remove_prefix(count);
    return count >= min;
  }

  // Two digits up to `max`.
  bool TwoDigits(int64_t min, int64_t max, int64_t* value) {
    return Digits(2, 2, value) && *value >= min && *value <= max;
  }

  // A point and digits, or nothing.
  bool Fraction(int32_t* nanos) {
    *nanos = 0;
    if (!Char('.')) return true;
    const size_t before = rest_.size();
    int64_t value = 0;
    if (!Digits(1, 9, &value)) return false;
    for (size_t count = before - rest_.size(); count < 9; ++count) value *= 10;
    *nanos = static_cast<int32_t>(value);
    return true;
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t DaysOfMonth(int64_t year, int64_t month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

// Years begin in March, so that the leap day is the last. An era is 400 years, which have 146,097 days.
int64_t DaysFromDate(int64_t year, int64_t month, int64_t day) {
  if (month <= 2) --year;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

void DateFromDays(int64_t days, int64_t* year, int64_t* month, int64_t* day) {
  days += 719'468;  // not negative from the year 1 on
  const int64_t era = days / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted + 2) / 5 + 1;
  *month = shifted + (shifted < 10 ? 3 : -9);
  *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

void AppendDigits(int64_t value, int count, std::string* out) {
  const size_t start = out->size();
  out->resize(start + static_cast<size_t>(count));
  for (int i = count - 1; i >= 0; --i, value /= 10) {
    (*out)[start + static_cast<size_t>(i)] = static_cast<char>('0' + value % 10);
  }
}

void AppendFraction(int32_t nanos, std::string* out) {
  if (nanos == 0) return;
  out->push_back('.');
  if (nanos % 1'000'000 == 0) return AppendDigits(nanos / 1'000'000, 3, out);
  if (nanos % 1000 == 0) return AppendDigits(nanos / 1000, 6, out);
  AppendDigits(nanos, 9, out);
}

bool ParseOffset(Parser* parser, int64_t* seconds) {
  *seconds = 0;
  if (parser->Char('Z')) return true;
  const bool west = parser->Char('-');
  if (!west && !parser->Char('+')) return false;
  int64_t hours = 0;
  int64_t minutes = 0;
  if (!parser->TwoDigits(0, 23, &hours) || !parser->Char(':') || !parser->TwoDigits(0, 59, &minutes)) return false;
  *seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
  return true;
}

// What no name has, and what has a meaning between paths.
bool IsMaskByte(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != ',' && c != '(' && c != ')' && c != '"';
}

}  // namespace

bool ParseTimestamp(std::string_view text, SecondsAndNanos* time) {
  Parser parser(text);
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t offset = 0;
  const bool good = parser.Digits(4, 4, &year) && parser.Char('-') && parser.TwoDigits(1, 12, &month) &&
                    parser.Char('-') && parser.TwoDigits(1, 31, &day) && parser.Char('T') &&
                    parser.TwoDigits(0, 23, &hour) && parser.Char(':') && parser.TwoDigits(0, 59, &minute) &&
                    parser.Char(':') && parser.TwoDigits(0, 59, &second) && parser.Fraction(&time->nanos) &&
                    ParseOffset(&parser, &offset) && parser.AtEnd();
  if (!good || year < 1 || day > DaysOfMonth(year, month)) return false;
  time->seconds = DaysFromDate(year, month, day) * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset;
  return time->seconds >= kMinTimestamp && time->seconds <= kMaxTimestamp;
}

bool AppendTimestamp(const SecondsAndNanos& time, std::string* out) {
  if (time.seconds < kMinTimestamp || time.seconds > kMaxTimestamp) return false;
  if (time.nanos < 0 || time.nanos >= kNanosPerSecond) return false;
  const int64_t since_year_one = time.seconds - kMinTimestamp;
  const int64_t second_of_day = since_year_one % kSecondsPerDay;
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  DateFromDays((time.seconds - second_of_day) / kSecondsPerDay, &year, &month, &day);
  AppendDigits(year, 4, out);
  out->push_back('-');
  AppendDigits(month, 2, out);
  out->push_back('-');
  AppendDigits(day, 2, out);
  out->push_back('T');
  AppendDigits(second_of_day / 3600, 2, out);
  out->push_back(':');
  AppendDigits(second_of_day / 60 % 60, 2, out);
  out->push_back(':');
  AppendDigits(second_of_day % 60, 2, out);
  AppendFraction(time.nanos, out);
  out->push_back('Z');
  return true;
}

bool ParseDuration(std::string_view text, SecondsAndNanos* duration) {
  Parser parser(text);
  const bool negative = parser.Char('-');
  if (!parser.Digits(1, 12, &duration->seconds) || !parser.Fraction(&duration->nanos)) return false;
  if (!parser.Char('s') || !parser.AtEnd()) return false;
  if (duration->seconds > kMaxDuration) return false;
  if (negative) {
    duration->seconds = -duration->seconds;
    duration->nanos = -duration->nanos;
  }
  return true;
}

bool AppendDuration(const SecondsAndNanos& duration, std::string* out) {
  int64_t seconds = duration.seconds;
  int32_t nanos = duration.nanos;
  if (seconds < -kMaxDuration || seconds > kMaxDuration || nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond) {
    return false;
  }
  if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) return false;
  if (seconds < 0 || nanos < 0) {
    out->push_back('-');
    seconds = -seconds;
    nanos = -nanos;
  }
  out->append(std::to_string(seconds));
  AppendFraction(nanos, out);
  out->push_back('s');
  return true;
}

bool ParseMaskPath(std::string_view text, std::string* path) {
  path->clear();
  for (char c : text) {
    if (!IsMaskByte(c) || c == '_') return false;
    if (IsUpper(c)) {
      path->push_back('_');
      c = static_cast<char>(c - 'A' + 'a');
    }
    path->push_back(c);
  }
  return !text.empty();
}

bool AppendMaskPath(std::string_view path, std::string* out) {
  for (size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (!IsMaskByte(c) || IsUpper(c)) return false;
    if (c != '_') {
      out->push_back(c);
      continue;
    }
    if (++i == path.size() || !IsLower(path[i])) return false;
    out->push_back(static_cast<char>(path[i] - 'a' + 'A'));
  }
  return !path.empty();
}

}  // namespace connectrpc::codec
