#include "protocol/text_body.h"

#include "wire/base64.h"

namespace connectrpc::test {

std::string PaddedBase64(std::string_view bytes) {
  std::string text = wire::EncodeBase64(bytes);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> ReadPaddedBase64(std::string_view text) {
  // Group by group, unlike the decoder under test.
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  std::string group;
  for (; !text.empty(); text.remove_prefix(4)) {
    if (!wire::DecodeBase64(text.substr(0, 4), &group)) return std::nullopt;
    bytes += group;
  }
  return bytes;
}

}  // namespace connectrpc::test
