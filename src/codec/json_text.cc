#include "codec/json_text.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <system_error>

#include "codec/json_types.h"
#include "wire/base64_digits.h"

namespace connectrpc::codec {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

// Bytes that AppendJsonString looks at: escaped ones, and the first one of U+2000 to U+2FFF.
constexpr std::array<bool, 256> MakeStopTable() {
  std::array<bool, 256> table = {};
  for (int c = 0; c < 0x20; ++c) table[c] = true;
  for (unsigned char c : std::string_view("\"\\<>\x7f\xe2")) table[c] = true;
  return table;
}

constexpr std::array<bool, 256> kIsStop = MakeStopTable();

// Without a branch, so that compilers make a few vector instructions of a block. '<' and '>' differ in one bit.
unsigned IsSpecial(char c) {
  const auto byte = static_cast<unsigned char>(c);
  const auto from_space = static_cast<unsigned char>(byte - ' ');
  return unsigned{from_space >= 0x7f - ' '} | unsigned{byte == '"'} | unsigned{byte == '\\'} |
         unsigned{(byte | 2) == '>'};
}

constexpr size_t kBlock = 16;

bool BlockIsPlain(const char* p) {
  unsigned char special = 0;
  for (size_t i = 0; i < kBlock; ++i) special = static_cast<unsigned char>(special | IsSpecial(p[i]));
  return special == 0;
}

void AppendEscaped(unsigned char c, std::string* out) {
  static constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kLetters = "\"\\bfnrt";
  const size_t letter = kPlain.find(static_cast<char>(c));
  out->push_back('\\');
  if (letter != std::string_view::npos) {
    out->push_back(kLetters[letter]);
  } else {
    out->append("u00").append(1, kHexDigits[c >> 4]).append(1, kHexDigits[c & 15]);
  }
}

template <class T>
void AppendChars(T value, std::string* out) {
  char buffer[24];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

template <class T>
void AppendFloating(T value, std::string* out) {
  if (std::isnan(value)) {
    out->append("\"NaN\"");
  } else if (std::isinf(value)) {
    out->append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  } else if (value == 0) {
    out->append(std::signbit(value) ? "-0.0" : "0");  // protobuf takes "-0" for an integer, which has no such zero
  } else {
    const T size = std::fabs(value);
    const bool fixed = size >= T(1e-6) && size < T(1e21);
    char buffer[48];
    const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
    out->append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value, format).ptr);
  }
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// A decimal number as `digits` * 10^(point - the number of digits), without zeros at either end of the digits.
struct Decimal {
  explicit Decimal(std::string_view number);

  template <class F>
  bool ForEachDigit(F&& f) const {
    for (char c : digits) {
      if (c != '.' && !f(c - '0')) return false;
    }
    return true;
  }

  bool negative = false;
  std::string_view digits;  // with the point, perhaps; empty for zero
  int64_t count = 0;        // of them
  int64_t point = 0;        // how many of them stand before it; may lie outside
};

Decimal::Decimal(std::string_view number) {
  negative = number[0] == '-';
  if (negative) number.remove_prefix(1);
  const size_t e = number.find_first_of("eE");
  digits = number.substr(0, e);
  const size_t dot = digits.find('.');
  const size_t whole = dot == std::string_view::npos ? digits.size() : dot;
  const size_t first = digits.find_first_not_of("0.");
  if (first == std::string_view::npos) {
    digits = {};
    return;
  }
  const size_t last = digits.find_last_not_of("0.");
  point = static_cast<int64_t>(whole) - static_cast<int64_t>(first) + (first > whole ? 1 : 0);
  count = static_cast<int64_t>(last + 1 - first) - (dot != std::string_view::npos && dot > first && dot < last ? 1 : 0);
  digits = digits.substr(first, last + 1 - first);
  if (e == std::string_view::npos) return;
  std::string_view text = number.substr(e + 1);
  const bool down = text[0] == '-';
  if (!IsDigit(text[0])) text.remove_prefix(1);
  int64_t exponent = 0;
  // Beyond this, more digits of the number than memory holds would be needed to make a difference.
  constexpr int64_t kEnough = int64_t{1} << 53;
  for (char c : text) exponent = std::min(kEnough, exponent * 10 + (c - '0'));
  point += down ? -exponent : exponent;
}

template <class T>
bool ParseFloating(std::string_view number, T* value) {
  const auto result = std::from_chars(number.data(), number.data() + number.size(), *value);
  if (result.ec == std::errc()) return !std::isinf(*value);
  // Too small or too large: the library does not say which.
  const Decimal decimal(number);
  if (decimal.point > 0) return false;
  *value = decimal.negative ? -T(0) : T(0);
  return true;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* done = p;
  for (; p != end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (!kIsStop[c]) continue;
    if (c == 0xe2) {  // U+2028 and U+2029 are e2 80 a8 and e2 80 a9
      if (end - p < 3 || p[1] != '\x80' || (p[2] != '\xa8' && p[2] != '\xa9')) continue;
      out->append(done, p).append(p[2] == '\xa8' ? "\\u2028" : "\\u2029");
      p += 2;
    } else {
      out->append(done, p);
      AppendEscaped(c, out);
    }
    done = p + 1;
  }
  out->append(done, end);
  out->push_back('"');
}

bool IsPlainJsonText(std::string_view text) {
  for (; text.size() >= kBlock; text.remove_prefix(kBlock)) {
    if (!BlockIsPlain(text.data())) return false;
  }
  return std::none_of(text.begin(), text.end(), [](char c) { return IsSpecial(c) != 0; });
}

void AppendJsonInteger(int64_t value, std::string* out) {
  AppendChars(value, out);
}

void AppendJsonInteger(uint64_t value, std::string* out) {
  AppendChars(value, out);
}

void AppendJsonNumber(double value, std::string* out) {
  AppendFloating(value, out);
}

void AppendJsonNumber(float value, std::string* out) {
  AppendFloating(value, out);
}

void AppendJsonBytes(std::string_view bytes, std::string* out) {
  const size_t start = out->size();
  out->resize(start + (bytes.size() + 2) / 3 * 4 + 2);
  char* to = out->data() + start;
  *to++ = '"';
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    to = wire::WriteBase64Group(uint32_t{from[0]} << 16 | uint32_t{from[1]} << 8 | from[2], wire::kStandardBase64Digits,
                                to);
  }
  if (left > 0) {
    const uint32_t group = uint32_t{from[0]} << 16 | (left == 2 ? uint32_t{from[1]} << 8 : 0);
    to = wire::WriteBase64Group(group, wire::kStandardBase64Digits, to);
    to[-1] = '=';
    if (left == 1) to[-2] = '=';
  }
  *to = '"';
}

void AppendJsonEnum(const JsonEnum& type, int32_t value, bool as_number, std::string* out) {
  if (type.is_null) {
    out->append("null");
    return;
  }
  const auto* const named = as_number ? nullptr : type.descriptor->FindValueByNumber(value);
  if (named == nullptr) {
    AppendChars(value, out);
  } else {
    out->append(1, '"').append(named->name().data(), named->name().size()).append(1, '"');
  }
}

NumberStatus ParseJsonInteger(std::string_view number, bool* negative, uint64_t* magnitude) {
  *negative = number[0] == '-';
  const size_t sign = *negative ? 1 : 0;
  constexpr size_t kNoOverflow = 18;  // digits
  if (number.size() - sign <= kNoOverflow) {
    uint64_t value = 0;
    size_t at = sign;
    while (at < number.size() && IsDigit(number[at])) value = value * 10 + static_cast<uint64_t>(number[at++] - '0');
    if (at == number.size()) {
      *magnitude = value;
      return NumberStatus::kOk;
    }
  }
  const Decimal decimal(number);
  *magnitude = 0;
  if (decimal.digits.empty()) return NumberStatus::kOk;
  if (decimal.point < decimal.count) return NumberStatus::kFraction;
  if (decimal.point > 20) return NumberStatus::kRange;
  const auto add_digit = [magnitude](int digit) {
    constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
    if (*magnitude > kMax / 10) return false;
    *magnitude *= 10;
    if (*magnitude > kMax - static_cast<uint64_t>(digit)) return false;
    *magnitude += static_cast<uint64_t>(digit);
    return true;
  };
  if (!decimal.ForEachDigit(add_digit)) return NumberStatus::kRange;
  for (int64_t i = decimal.count; i < decimal.point; ++i) {
    if (!add_digit(0)) return NumberStatus::kRange;
  }
  return NumberStatus::kOk;
}

bool ParseJsonNumber(std::string_view number, double* value) {
  return ParseFloating(number, value);
}

bool ParseJsonNumber(std::string_view number, float* value) {
  return ParseFloating(number, value);
}

const char* ScanJsonNumber(const char* begin, const char* end) {
  const char* p = begin;
  const auto digits = [&p, end] {
    const char* const start = p;
    while (p != end && IsDigit(*p)) ++p;
    return p != start;
  };
  if (p != end && *p == '-') ++p;
  const char* const whole = p;
  if (!digits() || (*whole == '0' && p - whole > 1)) return nullptr;
  if (p != end && *p == '.') {
    ++p;
    if (!digits()) return nullptr;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    if (!digits()) return nullptr;
  }
  return p;
}

}  // namespace connectrpc::codec
