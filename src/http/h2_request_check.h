#ifndef CONNECTRPC_SRC_HTTP_H2_REQUEST_CHECK_H_
#define CONNECTRPC_SRC_HTTP_H2_REQUEST_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace connectrpc::http {

// The fields of a request for which HTTP/2 has rules of their own.
enum class RequestField : uint8_t {
  kMethod,
  kScheme,
  kAuthority,
  kPath,
  kUnknownPseudo,
  kHost,
  kContentLength,
  kTe,
  kPriority,
  kConnection,  // any that belongs to a connection of HTTP/1.1
  kOther,
};

// Whether the request of a stream is well-formed (RFC 9113 sections 8.1 to 8.3, 8.5): names and values, pseudo header
// fields, fields of a connection, and whether the body is as long as Content-Length says. Once a function has returned
// false, the stream must be reset with PROTOCOL_ERROR.
//
// nghttp2 could check the same, and answers the same; here it costs a quarter, because each field is looked at once for
// the check and for what it says. CONNECT is refused: it would turn the stream into a tunnel, which nobody here serves.
class H2RequestCheck {
 public:
  // The next field of the head or, after EndHead, of the trailers.
  [[nodiscard]] bool TakeField(RequestField field, std::string_view name, std::string_view value) {
    if (field != RequestField::kOther) return TakeSpecialField(field, value);
    pseudo_fields_end_ = true;
    return IsFieldValid(name, value);
  }
  [[nodiscard]] bool EndHead();
  [[nodiscard]] bool TakeBody(size_t size) {
    body_size_ += size;
    return body_size_ <= content_length_;
  }
  // END_STREAM came.
  [[nodiscard]] bool EndRequest() const { return content_length_ == kUnknown || body_size_ == content_length_; }

 private:
  static constexpr uint64_t kUnknown = UINT64_MAX;

  static bool IsFieldValid(std::string_view name, std::string_view value);
  bool TakeSpecialField(RequestField field, std::string_view value);
  // False if the field was there before.
  bool TakeOnce(RequestField field) {
    const auto bit = static_cast<uint16_t>(1u << static_cast<unsigned>(field));
    const bool first = (seen_ & bit) == 0;
    seen_ |= bit;
    return first;
  }
  bool Saw(RequestField field) const { return (seen_ >> static_cast<unsigned>(field) & 1) != 0; }
  bool TakePseudoField(RequestField field, std::string_view value);
  bool TakeContentLength(std::string_view value);

  uint16_t seen_ = 0;               // bits of RequestField
  bool pseudo_fields_end_ = false;  // another field came, or all of the head
  bool path_needs_slash_ = false;   // as http and https do
  bool path_has_slash_ = false;     // or is the '*' of OPTIONS
  bool path_is_asterisk_ = false;
  bool is_options_ = false;
  uint64_t content_length_ = kUnknown;
  uint64_t body_size_ = 0;
};

inline RequestField RequestFieldOf(std::string_view name) {
  switch (name.size()) {
    case 2:
      if (name == "te") return RequestField::kTe;
      break;
    case 4:
      if (name == "host") return RequestField::kHost;
      break;
    case 5:
      if (name == ":path") return RequestField::kPath;
      break;
    case 7:
      if (name == ":method") return RequestField::kMethod;
      if (name == ":scheme") return RequestField::kScheme;
      if (name == "upgrade") return RequestField::kConnection;
      break;
    case 8:
      if (name == "priority") return RequestField::kPriority;
      break;
    case 10:
      if (name == ":authority") return RequestField::kAuthority;
      if (name == "connection" || name == "keep-alive") return RequestField::kConnection;
      break;
    case 14:
      if (name == "content-length") return RequestField::kContentLength;
      break;
    case 16:
      if (name == "proxy-connection") return RequestField::kConnection;
      break;
    case 17:
      if (name == "transfer-encoding") return RequestField::kConnection;
      break;
    default:
      break;
  }
  return !name.empty() && name.front() == ':' ? RequestField::kUnknownPseudo : RequestField::kOther;
}

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_REQUEST_CHECK_H_
