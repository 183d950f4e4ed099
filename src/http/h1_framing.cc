#include "http/h1_framing.h"

#include <charconv>
#include <limits>
#include <system_error>

#include "wire/text.h"

namespace connectrpc::http {

bool H1Framing::OnField(std::string_view name, std::string_view value) {
  // The length tells the few fields that matter here from nearly all others.
  switch (name.size()) {
    case 10:
      if (wire::EqualsIgnoreCase(name, "connection")) OnConnection(value);
      return true;
    case 14:
      return !wire::EqualsIgnoreCase(name, "content-length") || OnContentLength(value);
    case 17:
      if (!wire::EqualsIgnoreCase(name, "transfer-encoding")) return true;
      // No other coding is understood, and none that is misread may hide where the body ends.
      return ++transfer_encodings_ == 1 && wire::EqualsIgnoreCase(value, "chunked");
    default:
      return true;
  }
}

bool H1Framing::OnContentLength(std::string_view value) {
  // A list of equal lengths could be accepted (RFC 9110 section 8.6), but only if all on the way agree; refused.
  if (++content_lengths_ > 1) return false;
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc() || end != value.data() + value.size()) return false;
  if (length > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return false;
  content_length_ = length;
  return true;
}

void H1Framing::OnConnection(std::string_view value) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    const std::string_view option = wire::TrimSpace(value.substr(0, comma));
    close_ = close_ || wire::EqualsIgnoreCase(option, "close");
    keep_alive_ = keep_alive_ || wire::EqualsIgnoreCase(option, "keep-alive");
    value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
  }
}

// RFC 9112 section 6.1: both lengths at once, or chunks in HTTP/1.0, are the mark of request smuggling.
bool H1Framing::IsClear(bool http11) const {
  return transfer_encodings_ == 0 || (content_lengths_ == 0 && http11);
}

}  // namespace connectrpc::http
