#ifndef CONNECTRPC_SRC_WIRE_BASE64_DIGITS_H_
#define CONNECTRPC_SRC_WIRE_BASE64_DIGITS_H_

#include <array>
#include <cstdint>

// The digits of RFC 4648 sections 4 and 5.
namespace connectrpc::wire {

inline constexpr char kStandardBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr char kUrlSafeBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Not below 64, and or-ed with anything it stays so.
inline constexpr uint8_t kNoBase64Digit = 0xff;

constexpr std::array<uint8_t, 256> MakeBase64DigitValues() {
  std::array<uint8_t, 256> values = {};
  for (uint8_t& value : values) value = kNoBase64Digit;
  for (uint8_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kStandardBase64Digits[i])] = i;
    values[static_cast<unsigned char>(kUrlSafeBase64Digits[i])] = i;
  }
  return values;
}

inline constexpr std::array<uint8_t, 256> kBase64DigitValues = MakeBase64DigitValues();

// The value in either alphabet, or kNoBase64Digit.
inline uint32_t Base64DigitValue(char c) {
  return kBase64DigitValues[static_cast<unsigned char>(c)];
}

// The four digits of the lower 24 bits of `group`.
inline char* WriteBase64Group(uint32_t group, const char* digits, char* to) {
  *to++ = digits[group >> 18 & 63];
  *to++ = digits[group >> 12 & 63];
  *to++ = digits[group >> 6 & 63];
  *to++ = digits[group & 63];
  return to;
}

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_BASE64_DIGITS_H_
