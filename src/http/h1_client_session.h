#ifndef CONNECTRPC_SRC_HTTP_H1_CLIENT_SESSION_H_
#define CONNECTRPC_SRC_HTTP_H1_CLIENT_SESSION_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "http/h1_request.h"
#include "http/h1_response_parser.h"
#include "http/http_client_session.h"
#include "wire/output_queue.h"

namespace connectrpc::http {

// The client's end of an HTTP/1.1 connection: one request at a time, no pipelining. The connection is used again only
// when the response ended where it said, the request was sent whole, and nothing came unasked.
class H1ClientSession final : public HttpClientSession {
 public:
  explicit H1ClientSession(const ClientSessionLimits& limits);

  size_t capacity() const override { return stream_ == nullptr && !close_ && !finished_ ? 1 : 0; }
  void Start(HttpClientStream* stream) override;
  void Resume(HttpClientStream* stream) override;
  void Release(HttpClientStream* stream, size_t count) override;
  void Reset(HttpClientStream* stream) override;
  void Feed(std::string_view bytes) override;
  void FeedEnd() override;
  void Write(wire::OutputQueue* out, size_t high_water) override;
  void Shutdown() override;
  bool going_away() const override { return close_ || finished_; }
  bool want_read() const override;
  bool idle() const override { return stream_ == nullptr; }
  bool finished() const override { return finished_; }

  // Bytes of the server that are kept: of an incomplete head or chunk line.
  size_t buffered_bytes() const { return parser_.buffered_bytes(); }

 private:
  // What the next byte from the server is.
  enum class Input {
    kNothing,  // nothing may come: no request was written
    kHead,     // of stream_'s response
    kBody,     // of the same
    kDrop,     // of no meaning any more
  };
  // How far the request is.
  enum class Output {
    kNone,  // there is none, or all of it is written
    kHead,  // its head is to be written
    kBody,  // its body is being written
  };

  void ReadHead(std::string_view* bytes);
  void ReadBody(std::string_view* bytes);
  void DeliverHead();
  void EndResponse();
  H1RequestControl Control() const;
  // The stream breaks, and the connection with it.
  void Break(std::string_view fault, bool too_large = false);
  // The stream's last event.
  void CloseStream();
  void Finish();
  void Emit(HttpClientEvent::Kind kind, wire::EndStream end = wire::EndStream::kNo, std::string_view bytes = {});
  void RecycleBuffers();

  const ClientSessionLimits limits_;
  H1ResponseParser parser_;
  HttpClientStream* stream_ = nullptr;
  std::string_view request_fault_;  // of stream_: found by Start, told by Write

  Input input_ = Input::kNothing;
  Output output_ = Output::kNone;
  bool chunked_ = false;  // the body of the request
  std::string scratch_;   // heads on their way to the output

  bool close_ = false;  // no request after the current one
  bool finished_ = false;
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_CLIENT_SESSION_H_
