#include "codec/json_depth.h"

#include <array>

#include "codec/json_scanner.h"

namespace connectrpc::codec {
namespace {

// Quotes and brackets. protobuf takes single quotes too: a '"' among them must not hide what follows.
constexpr std::array<bool, 256> MakeStopTable() {
  std::array<bool, 256> table = {};
  for (unsigned char c : std::string_view("\"'{[}]")) table[c] = true;
  return table;
}

constexpr std::array<bool, 256> kIsStop = MakeStopTable();

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
