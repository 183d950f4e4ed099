#ifndef CONNECTRPC_TESTS_SUPPORT_HTTP2_CLIENT_H_
#define CONNECTRPC_TESTS_SUPPORT_HTTP2_CLIENT_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "support/http_message.h"
#include "support/tcp_client.h"

namespace connectrpc::test {

// A blocking HTTP/2 client on one connection that writes its frames itself: any bytes may be sent, and nothing happens
// behind the test's back but answers to SETTINGS and PING and, if wanted, WINDOW_UPDATE.
class Http2Client final {
 public:
  enum class Window {
    kRefill,  // what arrives is given back at once: the client reads as fast as it can
    kKeep,    // nothing is given back but by Grant
  };
  explicit Http2Client(int port, Window window = Window::kRefill)
      : Http2Client(std::make_unique<TcpClient>(port), window) {}
  explicit Http2Client(std::unique_ptr<TcpClient> tcp, Window window = Window::kRefill);

  // Starts a request and returns its stream; the body as the server's windows allow, waiting for them.
  int32_t Send(const HttpRequest& request);
  // More of an open body. False if the stream or the connection ends before all is sent.
  bool SendData(int32_t id, std::string_view bytes, bool end);
  // What the windows allow now, without waiting: how much was sent.
  size_t TrySendData(int32_t id, std::string_view bytes);
  void SendReset(int32_t id, uint32_t code);
  // Lets the server send so many more bytes of the stream.
  void Grant(int32_t id, uint32_t bytes);
  bool SendRaw(std::string_view bytes) { return tcp_->Send(bytes); }

  // The response, to its end or the stream's. Forgets the stream.
  HttpResponse ReadResponse(int32_t id);
  HttpResponse Exchange(const HttpRequest& request) { return ReadResponse(Send(request)); }
  // Reads until `size` bytes of the response's body are there, or it has ended. Keeps them.
  const HttpResponse& ReadBody(int32_t id, size_t size);

  // A round trip: what the server has answered at once has arrived after it. False if the connection is lost.
  bool Ping();
  // Reads what has come, at least once. False at the end of the connection.
  bool Pump();

  // Streams that have ended and were not read yet.
  bool ended(int32_t id) const { return streams_.at(id).ended; }
  std::optional<uint32_t> goaway_code() const { return goaway_code_; }
  // Of the latest GOAWAY.
  int32_t goaway_last_stream() const { return goaway_last_stream_; }
  const std::string& goaway_debug_data() const { return goaway_debug_data_; }
  // PINGs of the server so far; they are answered unless told otherwise.
  int pings_received() const { return pings_received_; }
  void LeavePingsUnanswered() { answer_pings_ = false; }
  TcpClient& tcp() { return *tcp_; }

 private:
  struct Stream {
    HttpResponse response;
    bool ended = false;
    int64_t window = 0;
  };
  struct DeleteInflater {
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };

  void OnFrame(uint8_t type, uint8_t flags, int32_t id, std::string_view payload);
  void OnHeaders(int32_t id, bool end);
  void OnSettings(uint8_t flags, std::string_view payload);
  void OnWindowUpdate(int32_t id, std::string_view payload);

  std::unique_ptr<TcpClient> tcp_;
  Window window_;
  std::string input_;
  std::string block_;  // of HEADERS and CONTINUATION so far
  std::unique_ptr<nghttp2_hd_inflater, DeleteInflater> inflater_;
  std::map<int32_t, Stream> streams_;
  int32_t next_id_ = 1;
  int64_t initial_window_ = 65535;
  int64_t connection_window_ = 65535;
  int pings_answered_ = 0;
  int pings_received_ = 0;
  bool answer_pings_ = true;
  std::optional<uint32_t> goaway_code_;
  int32_t goaway_last_stream_ = 0;
  std::string goaway_debug_data_;
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_SUPPORT_HTTP2_CLIENT_H_
