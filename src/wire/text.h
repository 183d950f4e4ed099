#ifndef CONNECTRPC_SRC_WIRE_TEXT_H_
#define CONNECTRPC_SRC_WIRE_TEXT_H_

#include <string>
#include <string_view>

namespace connectrpc::wire {

// ASCII only; the C locale plays no part.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string_view TrimSpace(std::string_view text);  // SP and HTAB
void LowerCase(std::string* text);

inline bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// What HTTP allows as a method, or as the name of a field (RFC 9110 section 5.6.2).
bool IsToken(std::string_view text);

// Appends `text` as a JSON string with its quotes. What is not UTF-8 becomes U+FFFD, since a status message may hold
// any bytes.
void AppendJsonString(std::string_view text, std::string* out);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_TEXT_H_
