#ifndef CONNECTRPC_TESTS_SUPPORT_HTTP1_CLIENT_H_
#define CONNECTRPC_TESTS_SUPPORT_HTTP1_CLIENT_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "support/http_message.h"
#include "support/tcp_client.h"

namespace connectrpc::test {

// A blocking HTTP/1.1 client on one connection, which sends what it is told, valid or not.
class Http1Client final {
 public:
  explicit Http1Client(int port, int receive_buffer = 0) : tcp_(std::make_unique<TcpClient>(port, receive_buffer)) {}
  // Over a connection in TLS, for one.
  explicit Http1Client(std::unique_ptr<TcpClient> tcp) : tcp_(std::move(tcp)) {}

  // With a Host header; the body has a Content-Length, or comes in chunks if it is open.
  bool Send(const HttpRequest& request);
  // A chunk of an open body; none, its end.
  bool SendChunk(std::string_view bytes);

  // The next response, decoded: to its end, or to the end of the connection.
  HttpResponse ReadResponse(std::string_view request_method = "POST");
  HttpResponse Exchange(const HttpRequest& request);
  // At least `size` more bytes of whatever comes, taken off the connection; fewer at its end.
  std::string ReadBytes(size_t size);
  // Whether the server has closed the connection, after nothing more than what was read.
  bool AtEnd();

  TcpClient& tcp() { return *tcp_; }

 private:
  // False at the end of the connection.
  bool More();
  // Up to and without CRLF.
  bool ReadLine(std::string* line);
  bool ReadFields(Fields* fields);
  bool ReadExactly(size_t size, std::string* out);
  bool ReadChunks(HttpResponse* response);

  std::unique_ptr<TcpClient> tcp_;
  std::string buffer_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_HTTP1_CLIENT_H_
