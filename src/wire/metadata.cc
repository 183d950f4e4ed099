#include "wire/metadata.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "wire/base64.h"
#include "wire/text.h"

namespace connectrpc::wire {
namespace {

constexpr std::string_view kBinarySuffix = "-bin";
constexpr std::string_view kCookie = "cookie";
constexpr size_t kMaxQuoted = 128;

// What ReadMetadata may make of a header list, as HeaderList::ListSize counts: kMaxGrowth times the list, or
// kMinAllowance if that is more.
constexpr size_t kMaxGrowth = 4;
constexpr size_t kMinAllowance = 8 * 1024;

constexpr std::array<bool, 256> MakeNameTable() {
  std::array<bool, 256> table = {};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  table['_'] = table['.'] = table['-'] = true;
  return table;
}

constexpr std::array<bool, 256> MakeValueTable() {
  std::array<bool, 256> table = {};
  for (int c = 0x20; c <= 0x7e; ++c) table[c] = true;
  return table;
}

// What a field value may hold in HTTP (RFC 9110 section 5.5).
constexpr std::array<bool, 256> MakeHttpValueTable() {
  std::array<bool, 256> table = MakeValueTable();
  table['\t'] = true;
  for (int c = 0x80; c <= 0xff; ++c) table[c] = true;
  return table;
}

constexpr std::array<bool, 256> kIsNameByte = MakeNameTable();
constexpr std::array<bool, 256> kIsValueByte = MakeValueTable();
constexpr std::array<bool, 256> kIsHttpValueByte = MakeHttpValueTable();

bool AllIn(const std::array<bool, 256>& table, std::string_view text) {
  for (char c : text) {
    if (!table[static_cast<unsigned char>(c)]) return false;
  }
  return true;
}

// Fields that belong to one HTTP connection (RFC 9110 section 7.6.1), or tell how the bytes of a message are framed and
// coded, in either direction. Kept apart by the first byte: this runs for every field of every request.
bool IsReservedEitherWay(std::string_view name) {
  if (name.empty()) return false;
  switch (name.front()) {
    case ':':
      return true;
    case 'c':
      return name == "connection" || name == "content-type" || name == "content-length" || name == "content-encoding" ||
             StartsWith(name, "connect-") || StartsWith(name, "connectrpc-");
    case 'g':
      return StartsWith(name, "grpc-");
    case 'h':
      return name == "host" || name == "http2-settings";
    case 'k':
      return name == "keep-alive";
    case 'p':
      return name == "proxy-connection";
    case 't':
      return name == "te" || name == "trailer" || name == "transfer-encoding";
    case 'u':
      return name == "upgrade";
    default:
      return false;
  }
}

// Names that browsers and proxies add to requests of their own accord: the caller has no say in what they hold. This
// runs only for values that gRPC cannot carry.
bool IsAddedUnasked(std::string_view name) {
  for (std::string_view known : {kCookie, std::string_view("user-agent"), std::string_view("referer"),
                                 std::string_view("accept-language"), std::string_view("forwarded"),
                                 std::string_view("via"), std::string_view("dnt"), std::string_view("priority")}) {
    if (name == known) return true;
  }
  return StartsWith(name, "sec-") || StartsWith(name, "x-forwarded-");
}

// `value` of a "-bin" field: base64 of one value, or of several with ',' between. Stops when `*metadata` exceeds
// `max_size`.
MetadataError AddBinaryValues(std::string_view name, std::string_view value, size_t max_size, HeaderList* metadata) {
  std::string decoded;
  while (true) {
    const size_t comma = std::min(value.find(','), value.size());
    if (!DecodeBase64(TrimSpace(value.substr(0, comma)), &decoded)) return MetadataError::kInvalidBase64;
    metadata->Add(name, decoded);
    if (metadata->ListSize() > max_size) return MetadataError::kInvalidValue;
    if (comma == value.size()) return MetadataError::kNone;
    value.remove_prefix(comma + 1);
  }
}

// The cookie fields as one, less those that gRPC cannot carry.
void AddCookies(const HeaderList& headers, HeaderList* metadata) {
  if (headers.Count(kCookie) == 1) {
    metadata->Add(kCookie, *headers.Find(kCookie));
    return;
  }
  std::string joined;
  for (HeaderField field : headers) {
    if (field.name != kCookie || !IsValidMetadataValue(field.value)) continue;
    if (!joined.empty()) joined.append("; ");
    joined.append(field.value);
  }
  metadata->Add(kCookie, joined);
}

}  // namespace

bool IsValidHttpValue(std::string_view value) {
  return IsAsciiFrom<0x20>(value) || AllIn(kIsHttpValueByte, value);
}

bool IsValidMetadataName(std::string_view name) {
  return !name.empty() && AllIn(kIsNameByte, name);
}

bool IsValidMetadataValue(std::string_view value) {
  return IsAsciiFrom<0x20>(value);
}

bool IsBinaryName(std::string_view name) {
  return name.size() > kBinarySuffix.size() &&
         name.compare(name.size() - kBinarySuffix.size(), kBinarySuffix.size(), kBinarySuffix) == 0;
}

bool IsReservedRequestName(std::string_view name) {
  if (IsReservedEitherWay(name)) return true;
  if (name.empty()) return false;
  // The last three are names that gRPC core keeps for itself.
  switch (name.front()) {
    case 'a':
      return name == "accept-encoding";
    case 'e':
      return name == "endpoint-load-metrics-bin";
    case 'g':
      return name == "grpclb_client_stats";
    case 'l':
      return name == "lb-cost-bin";
    default:
      return false;
  }
}

bool IsReservedResponseName(std::string_view name) {
  if (IsReservedEitherWay(name)) return true;
  return name == "date" || StartsWith(name, "trailer-");
}

MetadataError ReadMetadata(const HeaderList& headers, HeaderList* metadata, std::string* offender) {
  const size_t max_size = metadata->ListSize() + std::max(kMaxGrowth * headers.ListSize(), kMinAllowance);
  bool cookies_added = false;
  for (HeaderField field : headers) {
    if (IsReservedRequestName(field.name)) continue;
    MetadataError error = MetadataError::kNone;
    if (!IsValidMetadataName(field.name)) {
      error = MetadataError::kInvalidName;
    } else if (IsBinaryName(field.name)) {
      error = AddBinaryValues(field.name, field.value, max_size, metadata);
    } else if (!IsValidMetadataValue(field.value)) {
      if (IsValidHttpValue(field.value) && IsAddedUnasked(field.name)) continue;
      error = MetadataError::kInvalidValue;
    } else if (field.name != kCookie) {
      metadata->Add(field.name, field.value);
    } else if (!cookies_added) {
      AddCookies(headers, metadata);
      cookies_added = true;
    }
    if (error != MetadataError::kNone) {
      offender->assign(field.name);
      return error;
    }
  }
  return MetadataError::kNone;
}

bool WriteMetadata(const HeaderList& metadata, std::string_view prefix, HeaderList* headers, std::string* offender) {
  std::string prefixed;
  for (HeaderField field : metadata) {
    if (IsReservedResponseName(field.name)) continue;
    const bool binary = IsBinaryName(field.name);
    if (!IsValidMetadataName(field.name) || (!binary && !IsValidMetadataValue(field.value))) {
      offender->assign(field.name);
      return false;
    }
    std::string_view name = field.name;
    if (!prefix.empty()) {
      prefixed.assign(prefix).append(name);
      name = prefixed;
    }
    if (binary) {
      headers->Add(name, EncodeBase64(field.value));
    } else {
      headers->Add(name, field.value);
    }
  }
  return true;
}

std::string Quoted(std::string_view text) {
  static constexpr char kHexDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : text.substr(0, kMaxQuoted)) {
    const auto byte = static_cast<unsigned char>(c);
    if (kIsValueByte[byte]) {
      out.push_back(c);
    } else {
      out.append("\\x").append(1, kHexDigits[byte >> 4]).append(1, kHexDigits[byte & 15]);
    }
  }
  return out;
}

}  // namespace connectrpc::wire
