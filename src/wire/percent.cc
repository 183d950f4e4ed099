#include "wire/percent.h"

#include <cstddef>

namespace connectrpc::wire {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The byte that an escape at the front of `text` stands for, or -1.
int ReadEscape(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return -1;
  const int high = HexValue(text[1]);
  const int low = HexValue(text[2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void AppendEscape(char c, std::string* out) {
  const auto byte = static_cast<unsigned char>(c);
  out->push_back('%');
  out->push_back(kHexDigits[byte >> 4]);
  out->push_back(kHexDigits[byte & 15]);
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string EncodeGrpcMessage(std::string_view message) {
  const size_t first = message.find_first_not_of(' ');
  const size_t last = message.find_last_not_of(' ');
  std::string out;
  out.reserve(message.size());
  for (size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    const bool outer_space = c == ' ' && (first == std::string_view::npos || i < first || i > last);
    if (c < 0x20 || c > 0x7e || c == '%' || outer_space) {
      AppendEscape(c, &out);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string DecodeGrpcMessage(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const int escaped = ReadEscape(text);
    out.push_back(escaped < 0 ? text[0] : static_cast<char>(escaped));
    text.remove_prefix(escaped < 0 ? 1 : 3);
  }
  return out;
}

bool DecodeQueryComponent(std::string_view text, std::string* out) {
  out->clear();
  out->reserve(text.size());
  while (!text.empty()) {
    if (text[0] != '%') {
      out->push_back(text[0] == '+' ? ' ' : text[0]);
      text.remove_prefix(1);
      continue;
    }
    const int escaped = ReadEscape(text);
    if (escaped < 0) return false;
    out->push_back(static_cast<char>(escaped));
    text.remove_prefix(3);
  }
  return true;
}

std::string EncodeQueryComponent(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (char c : bytes) {
    if (IsUnreserved(c)) {
      out.push_back(c);
    } else {
      AppendEscape(c, &out);
    }
  }
  return out;
}

}  // namespace connectrpc::wire
