#include "wire/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace connectrpc::wire {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

// RFC 9110 section 5.6.2, "tchar".
constexpr std::string_view kTokenSymbols = "!#$%&'*+-.^_`|~";

constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table = {};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (char c : kTokenSymbols) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr std::array<bool, 256> kIsTokenByte = MakeTokenTable();

char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

unsigned char ByteAt(std::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// Whether text[i] is there and a continuation byte between `low` and `high`.
bool HasByteIn(std::string_view text, size_t i, unsigned char low, unsigned char high) {
  return i < text.size() && ByteAt(text, i) >= low && ByteAt(text, i) <= high;
}

// The run of bytes at the front of `text`, which begins with a byte above 0x7f: one well-formed character, or the
// longest beginning of one (Unicode table 3-7), which counts as one error.
struct Utf8Run {
  size_t size;
  bool valid;
};

Utf8Run ReadUtf8(std::string_view text) {
  const unsigned char lead = ByteAt(text, 0);
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The second byte excludes overlong forms, surrogates and what is beyond U+10FFFF.
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (!HasByteIn(text, 1, low, high)) return {1, false};
  for (size_t i = 2; i < size; ++i) {
    if (!HasByteIn(text, i, 0x80, 0xbf)) return {i, false};
  }
  return {size, true};
}

void AppendJsonEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHexDigits[static_cast<unsigned char>(c) >> 4]);
      out->push_back(kHexDigits[static_cast<unsigned char>(c) & 15]);
      return;
  }
}

}  // namespace

bool IsToken(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kIsTokenByte[static_cast<unsigned char>(c)]; });
}

bool DiffersInCaseAtMost(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (ToLower(a[i]) != ToLower(b[i])) return false;
  }
  return true;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void LowerCase(std::string* text) {
  for (char& c : *text) c = ToLower(c);
}

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t copied = 0;  // text before this is in `out`
  size_t i = 0;
  while (i < text.size()) {
    const unsigned char byte = ByteAt(text, i);
    if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
      ++i;
      continue;
    }
    if (byte >= 0x80) {
      const Utf8Run run = ReadUtf8(text.substr(i));
      if (!run.valid) {
        out->append(text, copied, i - copied).append(kReplacementCharacter);
        copied = i + run.size;
      }
      i += run.size;
      continue;
    }
    out->append(text, copied, i - copied);
    AppendJsonEscape(text[i], out);
    copied = ++i;
  }
  out->append(text, copied, i - copied);
  out->push_back('"');
}

}  // namespace connectrpc::wire
