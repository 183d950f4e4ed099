#include "codec/json_depth.h"

#include <array>

namespace connectrpc::codec {
namespace {

// Quotes and brackets. protobuf takes single quotes too: a '"' among them must not hide what follows.
constexpr std::array<bool, 256> MakeStopTable() {
  std::array<bool, 256> table = {};
  for (unsigned char c : std::string_view("\"'{[}]")) table[c] = true;
  return table;
}

constexpr std::array<bool, 256> kIsStop = MakeStopTable();

// The first `quote` in [begin, end) that no backslash escapes, or `end`.
const char* FindClosingQuote(const char* begin, const char* end, char quote) {
  for (const char* p = begin; p != end; ++p) {
    if (*p == quote) return p;
    if (*p == '\\' && ++p == end) break;
  }
  return end;
}

}  // namespace

bool JsonDepthWithin(std::string_view json, int max_depth) {
  const char* p = json.data();
  const char* const end = p + json.size();
  int depth = 0;
  while (true) {
    while (p != end && !kIsStop[static_cast<unsigned char>(*p)]) ++p;
    if (p == end) return true;
    const char c = *p++;
    switch (c) {
      case '"':
      case '\'':
        p = FindClosingQuote(p, end, c);
        if (p != end) ++p;
        break;
      case '{':
      case '[':
        if (++depth > max_depth) return false;
        break;
      default:
        if (depth > 0) --depth;
        break;
    }
  }
}

}  // namespace connectrpc::codec
