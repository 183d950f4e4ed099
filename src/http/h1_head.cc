#include "http/h1_head.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "wire/text.h"

namespace connectrpc::http {
namespace {

constexpr int kOk = 0;
constexpr int kBadRequest = 400;
constexpr int kExpectationFailed = 417;
constexpr int kFieldsTooLarge = 431;
constexpr int kNotImplemented = 501;
constexpr int kVersionNotSupported = 505;

constexpr size_t kMaxMethodBytes = 16;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ContainsOnly(std::string_view text, std::string_view punctuation) {
  for (const char c : text) {
    if (!IsAlphanumeric(c) && punctuation.find(c) == std::string_view::npos) return false;
  }
  return true;
}

// uri-host [ ":" port ] (RFC 9110 section 7.2); the host may be empty. No user information, and no list.
bool IsAuthority(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const size_t bracket = text.find(']');
    if (bracket == std::string_view::npos || !ContainsOnly(text.substr(1, bracket - 1), ":.%")) return false;
    text.remove_prefix(bracket + 1);
    if (!text.empty() && text.front() != ':') return false;
  }
  const size_t colon = text.find(':');
  if (!ContainsOnly(text.substr(0, colon), "-._~%!$&'()*+;=")) return false;
  if (colon == std::string_view::npos) return true;
  for (const char c : text.substr(colon + 1)) {
    if (!IsDigit(c)) return false;
  }
  return true;
}

// Removes "http://" or "https://", in any case, from the front.
bool RemoveScheme(std::string_view* target) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (wire::EqualsIgnoreCase(target->substr(0, scheme.size()), scheme)) {
      target->remove_prefix(scheme.size());
      return true;
    }
  }
  return false;
}

}  // namespace

int H1HeadBuilder::OnRequestLine(std::string_view method, std::string_view target, int version) {
  // CONNECT would make a tunnel of the connection, and its target is no path.
  if (method.size() > kMaxMethodBytes || method == "CONNECT") return kNotImplemented;
  for (const char c : target) {
    if (c < 0x21 || c > 0x7e || c == '#') return kBadRequest;
  }
  head_->version = version == 11 ? wire::HttpVersion::kHttp11 : wire::HttpVersion::kHttp10;
  head_->method = method;
  head_->target = target;
  return kOk;
}

int H1HeadBuilder::OnField(std::string_view name, std::string_view value) {
  ++control_->fields;
  control_->list_size += name.size() + value.size() + 32;
  if (control_->list_size > max_list_bytes_) return kFieldsTooLarge;
  // The length tells the few fields that matter here from nearly all others.
  switch (name.size()) {
    case 4:
      if (!wire::EqualsIgnoreCase(name, "host")) break;
      if (++hosts_ > 1 || !IsAuthority(value)) return kBadRequest;
      head_->authority = value;
      return kOk;
    case 6:
      if (!wire::EqualsIgnoreCase(name, "expect")) break;
      control_->expect_continue = wire::EqualsIgnoreCase(value, "100-continue");
      unknown_expectation_ = unknown_expectation_ || !control_->expect_continue;
      break;
    case 10:
      if (wire::EqualsIgnoreCase(name, "connection")) OnConnection(value);
      break;
    case 14:
      if (!wire::EqualsIgnoreCase(name, "content-length")) break;
      if (const int status = OnContentLength(value); status != kOk) return status;
      break;
    case 17:
      if (!wire::EqualsIgnoreCase(name, "transfer-encoding")) break;
      // No other coding is understood, and none that is misread may hide where the body ends.
      if (++transfer_encodings_ > 1 || !wire::EqualsIgnoreCase(value, "chunked")) return kBadRequest;
      control_->chunked = true;
      break;
    default:
      break;
  }
  head_->headers.AddLowerCased(name, value);
  return kOk;
}

int H1HeadBuilder::OnContentLength(std::string_view value) {
  // A list of equal lengths could be accepted (RFC 9110 section 8.6), but only if all on the way agree; refused.
  if (++content_lengths_ > 1) return kBadRequest;
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (error != std::errc() || end != value.data() + value.size()) return kBadRequest;
  if (length > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return kBadRequest;
  control_->content_length = length;
  return kOk;
}

void H1HeadBuilder::OnConnection(std::string_view value) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    const std::string_view option = wire::TrimSpace(value.substr(0, comma));
    close_ = close_ || wire::EqualsIgnoreCase(option, "close");
    keep_alive_ = keep_alive_ || wire::EqualsIgnoreCase(option, "keep-alive");
    value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
  }
}

int H1HeadBuilder::OnEnd() {
  const bool http11 = head_->version == wire::HttpVersion::kHttp11;
  // RFC 9112 section 6.1: both lengths at once, or chunks in HTTP/1.0, are the mark of request smuggling.
  if (transfer_encodings_ > 0 && (content_lengths_ > 0 || !http11)) return kBadRequest;
  if (http11 && hosts_ == 0) return kBadRequest;
  if (const int status = ResolveTarget(); status != kOk) return status;
  if (unknown_expectation_) return kExpectationFailed;
  const bool has_body = control_->chunked || control_->content_length > 0;
  control_->expect_continue = control_->expect_continue && http11 && has_body;
  control_->keep_alive = !close_ && (http11 || keep_alive_);
  return kOk;
}

int H1HeadBuilder::ResolveTarget() {
  std::string_view rest = head_->target;
  if (rest.front() == '/') return kOk;
  if (rest == "*") return head_->method == "OPTIONS" ? kOk : kBadRequest;
  if (!RemoveScheme(&rest)) return kBadRequest;
  const size_t path_at = rest.find_first_of("/?");
  const std::string_view authority = rest.substr(0, path_at);
  if (authority.empty() || authority.front() == ':' || !IsAuthority(authority)) return kBadRequest;
  head_->authority = authority;
  std::string target;
  if (path_at == std::string_view::npos) {
    target = head_->method == "OPTIONS" ? "*" : "/";
  } else {
    if (rest[path_at] == '?') target = "/";
    target += rest.substr(path_at);
  }
  head_->target = std::move(target);
  return kOk;
}

int StatusOfBadRequestLine(std::string_view line) {
  constexpr std::string_view kShape = " HTTP/d.d";
  if (line.size() < kShape.size()) return kBadRequest;
  const std::string_view version = line.substr(line.size() - kShape.size());
  const bool is_version =
      version.substr(0, 6) == kShape.substr(0, 6) && IsDigit(version[6]) && version[7] == '.' && IsDigit(version[8]);
  const bool is_ours = version == " HTTP/1.0" || version == " HTTP/1.1";
  const bool has_three_parts = std::count(line.begin(), line.end(), ' ') == 2;
  return has_three_parts && is_version && !is_ours ? kVersionNotSupported : kBadRequest;
}

}  // namespace connectrpc::http
