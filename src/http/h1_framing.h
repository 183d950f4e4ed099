#ifndef CONNECTRPC_SRC_HTTP_H1_FRAMING_H_
#define CONNECTRPC_SRC_HTTP_H1_FRAMING_H_

#include <cstdint>
#include <string_view>

namespace connectrpc::http {

// What the fields of an HTTP/1.x head say about the length of the body and about the connection: for requests and
// responses alike.
class H1Framing {
 public:
  // `name` in any case, `value` without outer whitespace; fields of other names mean nothing here. False for a length
  // that some other reader could take for another one.
  [[nodiscard]] bool OnField(std::string_view name, std::string_view value);
  // After the last field: whether what they say together is without doubt.
  [[nodiscard]] bool IsClear(bool http11) const;

  bool chunked() const { return transfer_encodings_ > 0; }
  bool has_content_length() const { return content_lengths_ > 0; }
  uint64_t content_length() const { return content_length_; }
  // The connection goes on after this message (RFC 9112 section 9.3).
  bool keep_alive(bool http11) const { return !close_ && (http11 || keep_alive_); }

 private:
  [[nodiscard]] bool OnContentLength(std::string_view value);
  void OnConnection(std::string_view value);

  uint64_t content_length_ = 0;
  int content_lengths_ = 0;
  int transfer_encodings_ = 0;
  bool close_ = false;
  bool keep_alive_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_FRAMING_H_
