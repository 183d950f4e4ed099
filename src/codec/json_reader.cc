#include "codec/json_reader.h"

#include <cstring>
#include <utility>

#include "codec/json_text.h"

namespace connectrpc::codec {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101u;
constexpr uint64_t kHighBits = 0x8080808080808080u;

// Not zero if a byte of `word` is `c`.
uint64_t Has(uint64_t word, char c) {
  const uint64_t x = word ^ (kOnes * static_cast<unsigned char>(c));
  return (x - kOnes) & ~x & kHighBits;
}

// The first quote or backslash, or `end`.
const char* FindQuoteOrBackslash(const char* p, const char* end, char quote) {
  for (; end - p >= 8; p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, 8);
    if ((Has(word, quote) | Has(word, '\\')) != 0) break;
  }
  while (p != end && *p != quote && *p != '\\') ++p;
  return p;
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool IsNameByte(char c) {
  return IsNameStart(c) || (c >= '0' && c <= '9');
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of four digits at `*p`, which it advances, or -1.
int32_t ReadCodeUnit(const char** p, const char* end) {
  if (end - *p < 4) return -1;
  int32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit((*p)[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  *p += 4;
  return unit;
}

void AppendUtf8(int32_t c, std::string* out) {
  const auto put = [out](int32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

}  // namespace

bool JsonReader::Fail(std::string reason) {
  if (!error_.empty()) return false;
  error_ = std::move(reason);
  error_offset_ = static_cast<size_t>(next_ - begin_);
  return false;
}

bool JsonReader::Unexpected(const char* expected) {
  return Fail(std::string("expected ").append(expected).append(Peek() == '\0' ? ", but the text ends" : ""));
}

bool JsonReader::Open(char bracket) {
  if (Peek() != bracket) return Unexpected(bracket == '{' ? "an object" : "a list");
  if (!CheckDepth()) return false;
  ++depth_;
  ++next_;
  return true;
}

bool JsonReader::CheckDepth() {
  if (depth_ < max_depth_) return true;
  Fail("JSON nested deeper than " + std::to_string(max_depth_));
  error_offset_ = kNowhere;
  return false;
}

JsonReader::Item JsonReader::NextItem(char close, bool first) {
  char c = Peek();
  if (!first && c == ',') {
    ++next_;
    c = Peek();
  } else if (!first && c != close) {
    Unexpected(close == '}' ? "',' or '}'" : "',' or ']'");
    return Item::kError;
  }
  if (c != close) return Item::kNext;
  ++next_;
  --depth_;
  return Item::kEnd;
}

bool JsonReader::ReadKey(std::string_view* key) {
  const char c = Peek();
  if (c == '"' || c == '\'') {
    if (!ReadString(key)) return false;
  } else if (IsNameStart(c)) {
    const char* const start = next_;
    while (next_ != end_ && IsNameByte(*next_)) ++next_;
    *key = std::string_view(start, static_cast<size_t>(next_ - start));
  } else {
    return Unexpected("a name");
  }
  if (Peek() != ':') return Unexpected("':'");
  ++next_;
  return true;
}

bool JsonReader::ReadString(std::string_view* text) {
  const char quote = Peek();
  if (quote != '"' && quote != '\'') return Unexpected("a string");
  const char* const start = next_ + 1;
  const char* const stop = FindQuoteOrBackslash(start, end_, quote);
  if (stop == end_) return Fail("string without an end");
  if (*stop == '\\') return Unescape(stop, quote, text);
  *text = std::string_view(start, static_cast<size_t>(stop - start));
  next_ = stop + 1;
  return true;
}

// `p` is the first backslash in the string that begins at next_.
bool JsonReader::Unescape(const char* p, char quote, std::string_view* text) {
  unescaped_.assign(next_ + 1, p);
  while (p != end_) {
    if (*p == quote) {
      next_ = p + 1;
      *text = unescaped_;
      return true;
    }
    if (*p != '\\') {
      const char* const stop = FindQuoteOrBackslash(p, end_, quote);
      unescaped_.append(p, stop);
      p = stop;
      continue;
    }
    if (++p == end_) break;
    static constexpr std::string_view kLetters = "bfnrt\"'\\/";
    static constexpr std::string_view kMeanings = "\b\f\n\r\t\"'\\/";
    const char letter = *p++;
    if (letter == 'u') {
      if (!UnescapeUnicode(&p)) return Fail("string with a malformed \\u");
    } else if (const size_t index = kLetters.find(letter); index != std::string_view::npos) {
      unescaped_.push_back(kMeanings[index]);
    } else {
      return Fail("string with an unknown escape");
    }
  }
  return Fail("string without an end");
}

// `*p` is behind the 'u'.
bool JsonReader::UnescapeUnicode(const char** p) {
  int32_t c = ReadCodeUnit(p, end_);
  if (c < 0 || (c >= 0xdc00 && c <= 0xdfff)) return false;
  if (c >= 0xd800 && c <= 0xdbff) {
    if (end_ - *p < 2 || (*p)[0] != '\\' || (*p)[1] != 'u') return false;
    *p += 2;
    const int32_t low = ReadCodeUnit(p, end_);
    if (low < 0xdc00 || low > 0xdfff) return false;
    c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(c, &unescaped_);
  return true;
}

bool JsonReader::ReadNumber(std::string_view* number) {
  const char c = Peek();
  const char* const stop = c == '-' || (c >= '0' && c <= '9') ? ScanJsonNumber(next_, end_) : nullptr;
  if (stop == nullptr || (stop != end_ && (IsNameByte(*stop) || *stop == '.'))) return Unexpected("a number");
  *number = std::string_view(next_, static_cast<size_t>(stop - next_));
  next_ = stop;
  return true;
}

bool JsonReader::TryWord(std::string_view word) {
  if (Peek() != word[0]) return false;
  if (std::string_view(next_, static_cast<size_t>(end_ - next_)).substr(0, word.size()) != word) return false;
  if (next_ + word.size() != end_ && IsNameByte(next_[word.size()])) return false;
  next_ += word.size();
  return true;
}

bool JsonReader::SkipScalar() {
  const char c = Peek();
  std::string_view ignored;
  if (c == '"' || c == '\'') return ReadString(&ignored);
  if (TryWord("null") || TryWord("true") || TryWord("false")) return true;
  if (c == '-' || (c >= '0' && c <= '9')) return ReadNumber(&ignored);
  return Unexpected("a value");
}

bool JsonReader::SkipValue(std::vector<TypedObject>* objects) {
  skipped_.clear();
  bool value_due = true;
  while (true) {
    if (value_due) {
      const char c = Peek();
      if (c == '{' || c == '[') {
        if (!Open(c)) return false;
        skipped_.push_back({c == '{' ? '}' : ']', true, next_});
      } else if (!SkipScalar()) {
        return false;
      }
    }
    if (skipped_.empty()) return true;
    Bracket& inner = skipped_.back();
    const Item item = NextItem(inner.close, inner.first);
    if (item == Item::kError) return false;
    value_due = item == Item::kNext;
    if (!value_due) {
      skipped_.pop_back();
    } else if (inner.close == '}') {
      std::string_view key;
      if (!ReadKey(&key)) return false;
      if (objects != nullptr && !inner.first && key == "@type") objects->push_back({inner.begin, next_});
    }
    if (value_due) inner.first = false;
  }
}

bool JsonReader::ReadEnd() {
  if (Peek() == '\0' && next_ == end_) return true;
  return Fail("text after the message");
}

}  // namespace connectrpc::codec
