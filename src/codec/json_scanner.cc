#include "codec/json_scanner.h"

#include <array>
#include <cstdint>

namespace connectrpc::codec {
namespace {

constexpr std::array<bool, 256> MakeWordTable() {
  std::array<bool, 256> table = {};
  for (int c = 0x21; c < 256; ++c) table[c] = true;
  for (unsigned char c : std::string_view("{}[],:\"'")) table[c] = false;
  return table;
}

constexpr std::array<bool, 256> kIsWordByte = MakeWordTable();

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of the four digits that `text` begins with, or -1.
int32_t ParseCodeUnit(std::string_view text) {
  if (text.size() < 4) return -1;
  int32_t unit = 0;
  for (char c : text.substr(0, 4)) {
    const int digit = HexDigit(c);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

void AppendUtf8(int32_t unit, std::string* out) {
  if (unit < 0x80) {
    out->push_back(static_cast<char>(unit));
  } else if (unit < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (unit >> 6)));
    out->push_back(static_cast<char>(0x80 | (unit & 0x3f)));
  } else if (unit >= 0xd800 && unit <= 0xdfff) {
    out->push_back('?');
  } else {
    out->push_back(static_cast<char>(0xe0 | (unit >> 12)));
    out->push_back(static_cast<char>(0x80 | ((unit >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (unit & 0x3f)));
  }
}

}  // namespace

const char* FindClosingQuote(const char* begin, const char* end, char quote) {
  for (const char* p = begin; p != end; ++p) {
    if (*p == quote) return p;
    if (*p == '\\' && ++p == end) break;
  }
  return end;
}

JsonToken JsonScanner::Next() {
  while (next_ != end_) {
    const char* const start = next_++;
    switch (*start) {
      case '{':
      case '[':
        return JsonToken::kOpen;
      case '}':
      case ']':
        return JsonToken::kClose;
      case ',':
        return JsonToken::kComma;
      case ':':
        return JsonToken::kColon;
      case '"':
      case '\'': {
        const char* const close = FindClosingQuote(next_, end_, *start);
        text_ = std::string_view(next_, static_cast<size_t>(close - next_));
        next_ = close == end_ ? end_ : close + 1;
        return JsonToken::kString;
      }
      default:
        if (!kIsWordByte[static_cast<unsigned char>(*start)]) break;
        while (next_ != end_ && kIsWordByte[static_cast<unsigned char>(*next_)]) ++next_;
        text_ = std::string_view(start, static_cast<size_t>(next_ - start));
        return JsonToken::kWord;
    }
  }
  return JsonToken::kEnd;
}

void UnescapeJsonString(std::string_view text, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out->push_back(text[i]);
      continue;
    }
    const char escaped = text[++i];
    static constexpr std::string_view kLetters = "bfnrtv";
    static constexpr std::string_view kControls = "\b\f\n\r\t\v";
    const int32_t unit = escaped == 'u' ? ParseCodeUnit(text.substr(i + 1)) : -1;
    if (unit >= 0) {
      AppendUtf8(unit, out);
      i += 4;
    } else if (const size_t letter = kLetters.find(escaped); letter != std::string_view::npos) {
      out->push_back(kControls[letter]);
    } else {
      out->push_back(escaped);
    }
  }
}

}  // namespace connectrpc::codec
