#ifndef CONNECTRPC_TESTS_VIEWS_WIRE_H_
#define CONNECTRPC_TESTS_VIEWS_WIRE_H_

#include <cstdint>
#include <string>
#include <string_view>

// Bytes of messages, written by hand.
namespace connectrpc::views::testing {

inline std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}

inline std::string Tag(uint32_t number, uint32_t wire_type) {
  return Varint(number << 3 | wire_type);
}

inline std::string Number(uint32_t field, uint64_t value) {
  return Tag(field, 0) + Varint(value);
}

inline std::string Text(uint32_t field, std::string_view bytes) {
  return Tag(field, 2) + Varint(bytes.size()) + std::string(bytes);
}

inline std::string Group(uint32_t field, std::string_view bytes) {
  return Tag(field, 3) + std::string(bytes) + Tag(field, 4);
}

// `inner` within `depth` messages, each of field `field`.
inline std::string Nested(uint32_t field, int depth, std::string inner = {}) {
  for (; depth > 0; --depth) inner = Text(field, inner);
  return inner;
}

inline std::string Repeat(std::string_view bytes, size_t times) {
  std::string all;
  for (; times > 0; --times) all += bytes;
  return all;
}

}  // namespace connectrpc::views::testing

#endif  // CONNECTRPC_TESTS_VIEWS_WIRE_H_
