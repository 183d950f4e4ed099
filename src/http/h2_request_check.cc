#include "http/h2_request_check.h"

#include <array>

#include "wire/metadata.h"
#include "wire/text.h"

namespace connectrpc::http {
namespace {

// Classes of bytes.
constexpr uint8_t kInName = 1;
constexpr uint8_t kInPath = 2;
constexpr uint8_t kInAuthority = 4;
constexpr uint8_t kInScheme = 8;

constexpr void AddClass(std::string_view bytes, uint8_t kind, std::array<uint8_t, 256>* table) {
  for (const char c : bytes) (*table)[static_cast<unsigned char>(c)] |= kind;
}

constexpr std::array<uint8_t, 256> MakeClasses() {
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::array<uint8_t, 256> table = {};
  AddClass(kDigits, kInName | kInAuthority | kInScheme, &table);
  AddClass(kLower, kInName | kInAuthority | kInScheme, &table);
  AddClass(kUpper, kInAuthority | kInScheme, &table);
  AddClass("!#$%&'*+-.^_`|~", kInName, &table);            // RFC 9110 section 5.6.2, in lower case
  AddClass("!$%&'()*+,-.:;=@[]_~", kInAuthority, &table);  // RFC 3986 section 3.2, with user information
  AddClass("+-.", kInScheme, &table);                      // RFC 3986 section 3.1
  // What may stand in a path beyond that of RFC 3986 is left to whoever serves it.
  for (size_t byte = 0x21; byte < 0x100; ++byte) {
    if (byte != 0x7f) table[byte] |= kInPath;
  }
  return table;
}

constexpr std::array<uint8_t, 256> kClasses = MakeClasses();

bool AllIn(uint8_t kind, std::string_view text) {
  for (const char c : text) {
    if ((kClasses[static_cast<unsigned char>(c)] & kind) == 0) return false;
  }
  return true;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

// RFC 9113 section 8.2.1.
bool IsValue(std::string_view value) {
  return value.empty() || (!IsSpace(value.front()) && !IsSpace(value.back()) && wire::IsValidHttpValue(value));
}

bool IsScheme(std::string_view scheme) {
  return (scheme.front() | 0x20) >= 'a' && (scheme.front() | 0x20) <= 'z' && AllIn(kInScheme, scheme);
}

}  // namespace

bool H2RequestCheck::IsFieldValid(std::string_view name, std::string_view value) {
  return !name.empty() && AllIn(kInName, name) && IsValue(value);
}

bool H2RequestCheck::TakeSpecialField(RequestField field, std::string_view value) {
  if (field <= RequestField::kUnknownPseudo) return TakePseudoField(field, value);
  pseudo_fields_end_ = true;
  switch (field) {
    case RequestField::kHost:
      return TakeOnce(field) && !value.empty() && AllIn(kInAuthority, value);
    case RequestField::kContentLength:
      return TakeOnce(field) && TakeContentLength(value);
    case RequestField::kTe:
      return wire::EqualsIgnoreCase(value, "trailers");
    case RequestField::kConnection:
      return false;
    default:  // kPriority
      return IsValue(value);
  }
}

bool H2RequestCheck::TakePseudoField(RequestField field, std::string_view value) {
  if (pseudo_fields_end_ || !TakeOnce(field) || value.empty()) return false;
  switch (field) {
    case RequestField::kMethod:
      if (value == "POST" || value == "GET") return true;
      is_options_ = value == "OPTIONS";
      return wire::IsToken(value) && value != "CONNECT";
    case RequestField::kScheme:
      path_needs_slash_ = wire::EqualsIgnoreCase(value, "http") || wire::EqualsIgnoreCase(value, "https");
      return path_needs_slash_ || IsScheme(value);
    case RequestField::kAuthority:
      return AllIn(kInAuthority, value);
    case RequestField::kPath:
      path_has_slash_ = value.front() == '/';
      path_is_asterisk_ = value == "*";
      return wire::IsAsciiFrom<0x21>(value) || AllIn(kInPath, value);
    default:
      return false;
  }
}

bool H2RequestCheck::TakeContentLength(std::string_view value) {
  constexpr uint64_t kMax = INT64_MAX;
  uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9' || length > (kMax - static_cast<uint64_t>(c - '0')) / 10) return false;
    length = 10 * length + static_cast<uint64_t>(c - '0');
  }
  content_length_ = length;
  return !value.empty();
}

bool H2RequestCheck::EndHead() {
  pseudo_fields_end_ = true;
  if (!Saw(RequestField::kMethod) || !Saw(RequestField::kScheme) || !Saw(RequestField::kPath)) return false;
  if (!Saw(RequestField::kAuthority) && !Saw(RequestField::kHost)) return false;
  return !path_needs_slash_ || path_has_slash_ || (is_options_ && path_is_asterisk_);
}

}  // namespace connectrpc::http
