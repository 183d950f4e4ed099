#include "protocol/utf8.h"

#include <algorithm>
#include <cstddef>

#include "codec/protobuf_version.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";
constexpr size_t kMaxCharacterSize = 4;

// The length of the character at the front of `text`; 0 if there is none.
size_t CharacterSize(std::string_view text) {
  const size_t longest = std::min(text.size(), kMaxCharacterSize);
  for (size_t size = 1; size <= longest; ++size) {
    if (codec::IsUtf8(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

std::string ToUtf8(std::string_view text) {
  if (codec::IsUtf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t size = CharacterSize(text);
    out.append(size > 0 ? text.substr(0, size) : kReplacementCharacter);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

}  // namespace connectrpc::protocol
