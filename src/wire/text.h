#ifndef CONNECTRPC_SRC_WIRE_TEXT_H_
#define CONNECTRPC_SRC_WIRE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace connectrpc::wire {

// ASCII only; the C locale plays no part.
bool DiffersInCaseAtMost(std::string_view a, std::string_view b);
inline bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a == b || DiffersInCaseAtMost(a, b));  // nearly all are written alike
}
std::string_view TrimSpace(std::string_view text);  // SP and HTAB
void LowerCase(std::string* text);

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// Whether every byte is in the range from `low` to 0x7e, which is all of visible ASCII where that begins at 0x21. Takes
// eight bytes at a time, since every field of every request passes here.
template <unsigned char low>
bool IsAsciiFrom(std::string_view text) {
  static_assert(low <= 0x7e);
  constexpr uint64_t kEach = 0x0101010101010101;
  constexpr size_t kWord = sizeof(uint64_t);
  // What gets the highest bit of a byte: being beyond ASCII, being below `low`, being 0x7f. A borrow or carry goes only
  // out of a byte that is out of the range itself.
  uint64_t outside = 0;
  const auto take = [&outside](uint64_t bytes) { outside |= bytes | (bytes - kEach * low) | (bytes + kEach); };
  if (text.size() >= kWord) {
    uint64_t word;
    for (size_t i = 0; i < text.size() - kWord; i += kWord) {
      std::memcpy(&word, text.data() + i, kWord);
      take(word);
    }
    std::memcpy(&word, text.data() + text.size() - kWord, kWord);  // some of these bytes again
    take(word);
  } else {
    for (const char c : text) take(kEach * static_cast<unsigned char>(c));
  }
  return (outside & kEach << 7) == 0;
}

// What HTTP allows as a method, or as the name of a field (RFC 9110 section 5.6.2).
bool IsToken(std::string_view text);

// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, since a status message may hold
// any bytes.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_TEXT_H_
