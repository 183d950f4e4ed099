#include "http/h1_response_head.h"

namespace connectrpc::http {
namespace {

constexpr size_t kFieldOverhead = 32;  // as HTTP/2 counts (RFC 9113 section 6.5.2)

// Adds a field, if the list stays within `max_bytes`.
bool AddField(size_t max_bytes, std::string_view name, std::string_view value, HeaderList* list) {
  if (list->ListSize() + name.size() + value.size() + kFieldOverhead > max_bytes) return false;
  list->AddLowerCased(name, value);
  return true;
}

}  // namespace

H1Refusal H1ResponseHeadBuilder::OnStatusLine(int status, int version) {
  http11_ = version == 11;
  head_->status = status;
  if (status < 100) return {"the response's status is not valid"};
  // Nobody has asked for another protocol.
  if (status == 101) return {"the server switches protocols unasked"};
  return {};
}

H1Refusal H1ResponseHeadBuilder::OnField(std::string_view name, std::string_view value) {
  if (!framing_.OnField(name, value)) return {"the length of the response is ambiguous"};
  if (!AddField(max_list_bytes_, name, value, &head_->headers)) return {"the response's header is too large", true};
  return {};
}

// RFC 9112 section 6.3.
H1Refusal H1ResponseHeadBuilder::OnEnd() {
  if (!framing_.IsClear(http11_)) return {"the length of the response is ambiguous"};
  info_->keep_alive = framing_.keep_alive(http11_);
  const int status = head_->status;
  if (status < 200 || status == 204) {
    // Neither may name a length: who reads one here would take the next response for a body.
    const bool has_length = framing_.chunked() || framing_.content_length() > 0;
    return has_length ? H1Refusal{"the length of the response is ambiguous"} : H1Refusal();
  }
  if (status == 304 || to_head_request_) return {};  // the length is that of another response
  if (framing_.chunked()) {
    info_->body = H1ResponseInfo::Body::kChunked;
  } else if (!framing_.has_content_length()) {
    info_->body = H1ResponseInfo::Body::kUntilClose;
    info_->keep_alive = false;
  } else if (framing_.content_length() > 0) {
    info_->body = H1ResponseInfo::Body::kLength;
    info_->content_length = framing_.content_length();
  }
  return {};
}

H1Refusal H1ResponseHeadBuilder::OnTrailer(std::string_view name, std::string_view value) {
  if (!AddField(max_list_bytes_, name, value, trailers_)) return {"the response's trailers are too large", true};
  return {};
}

}  // namespace connectrpc::http
