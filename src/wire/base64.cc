#include "wire/base64.h"

#include <cstddef>
#include <cstdint>

#include "wire/base64_digits.h"

namespace connectrpc::wire {
namespace {

uint32_t Byte(char c) {
  return static_cast<unsigned char>(c);
}

// Takes the padding off; false where it is none that an encoder writes.
bool RemovePadding(std::string_view* text) {
  if (text->empty() || text->back() != '=') return true;
  if (text->size() % 4 != 0) return false;
  text->remove_suffix(1);
  if (text->back() == '=') text->remove_suffix(1);
  return true;
}

}  // namespace

std::string EncodeBase64(std::string_view bytes, Base64Alphabet alphabet) {
  const char* digits = alphabet == Base64Alphabet::kStandard ? kStandardBase64Digits : kUrlSafeBase64Digits;
  std::string out;
  out.resize((bytes.size() * 4 + 2) / 3);
  char* to = out.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = Byte(bytes[i]) << 16 | Byte(bytes[i + 1]) << 8 | Byte(bytes[i + 2]);
    to = WriteBase64Group(group, digits, to);
  }
  const size_t left = bytes.size() - i;
  if (left > 0) {
    const uint32_t group = Byte(bytes[i]) << 16 | (left == 2 ? Byte(bytes[i + 1]) << 8 : 0);
    *to++ = digits[group >> 18];
    *to++ = digits[group >> 12 & 63];
    if (left == 2) *to++ = digits[group >> 6 & 63];
  }
  return out;
}

bool DecodeBase64(std::string_view text, std::string* out) {
  out->clear();
  if (!RemovePadding(&text) || text.size() % 4 == 1) return false;
  out->resize(text.size() * 3 / 4);
  char* to = out->data();
  uint32_t seen = 0;
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const uint32_t a = Base64DigitValue(text[i]);
    const uint32_t b = Base64DigitValue(text[i + 1]);
    const uint32_t c = Base64DigitValue(text[i + 2]);
    const uint32_t d = Base64DigitValue(text[i + 3]);
    seen |= a | b | c | d;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    *to++ = static_cast<char>(b << 4 | c >> 2);
    *to++ = static_cast<char>(c << 6 | d);
  }
  const size_t left = text.size() - i;  // 0, 2 or 3
  if (left > 0) {
    const uint32_t a = Base64DigitValue(text[i]);
    const uint32_t b = Base64DigitValue(text[i + 1]);
    const uint32_t c = left == 3 ? Base64DigitValue(text[i + 2]) : 0;
    seen |= a | b | c;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    if (left == 3) *to++ = static_cast<char>(b << 4 | c >> 2);
  }
  if (seen < 64) return true;
  out->clear();
  return false;
}

}  // namespace connectrpc::wire
