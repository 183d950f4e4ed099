#include "http/h1_head.h"

#include <algorithm>
#include <string>
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
    case 14:
    case 17:
      if (!framing_.OnField(name, value)) return kBadRequest;
      break;
    default:
      break;
  }
  head_->headers.AddLowerCased(name, value);
  return kOk;
}

int H1HeadBuilder::OnEnd() {
  const bool http11 = head_->version == wire::HttpVersion::kHttp11;
  if (!framing_.IsClear(http11)) return kBadRequest;
  if (http11 && hosts_ == 0) return kBadRequest;
  if (const int status = ResolveTarget(); status != kOk) return status;
  if (unknown_expectation_) return kExpectationFailed;
  control_->chunked = framing_.chunked();
  control_->content_length = framing_.content_length();
  const bool has_body = control_->chunked || control_->content_length > 0;
  control_->expect_continue = control_->expect_continue && http11 && has_body;
  control_->keep_alive = framing_.keep_alive(http11);
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
