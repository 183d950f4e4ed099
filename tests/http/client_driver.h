#ifndef CONNECTRPC_TESTS_HTTP_CLIENT_DRIVER_H_
#define CONNECTRPC_TESTS_HTTP_CLIENT_DRIVER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http_client_session.h"

namespace connectrpc::test {

struct CallStream : http::HttpClientStream {
  using http::HttpClientStream::ClearHttp;

  size_t number = 0;     // in the order of their start, from 1
  std::string received;  // body bytes of its events
  bool head_seen = false;
  bool ended = false;  // by kHead with `end`, kEnd or kReset
  bool was_reset = false;
  bool closed = false;
};

// Drives a client session of either HTTP version as a transport does, and writes down its events, one line each:
//   "1 head 200", "1 body abc", "1 end", "1 reset 2 unprocessed: the connection was lost", "1 closed";
// with " end" where HttpClientEvent::end is set. Body events that follow one another are one line, however they were
// cut. That events come in their order is checked as they come.
class ClientDriver {
 public:
  using Handler = std::function<void(ClientDriver&, CallStream&, const http::HttpClientEvent&)>;

  explicit ClientDriver(std::unique_ptr<http::HttpClientSession> session, Handler handler = nullptr);

  // POST /svc.S/Unary; with its end after `body` unless `open`.
  CallStream* Start(std::string_view body = {}, bool open = false);
  // Another request: `fill` may change it.
  CallStream* Start(const std::function<void(CallStream&)>& fill);
  // More of an open request's body, and its end.
  void Send(CallStream* stream, std::string_view bytes, bool end);

  // Feeds a copy that is gone when Feed returns, after its events were handled.
  void Feed(std::string_view bytes);
  void Feed(const std::vector<std::string_view>& pieces);
  void FeedEnd();
  void Reset(CallStream* stream);
  // All that the session has to say.
  std::string Output(size_t high_water = SIZE_MAX);

  http::HttpClientSession& session() { return *session_; }
  CallStream* stream(size_t number) { return streams_.at(number - 1).get(); }
  size_t stream_count() const { return streams_.size(); }
  const std::vector<std::string>& log() const { return log_; }
  // Those of one stream, without its number.
  std::vector<std::string> log(size_t number) const;

  bool release_bodies = true;  // Release follows each kBody

 private:
  void HandleEvents();
  void CheckOrder(const http::HttpClientEvent& event, CallStream& stream);
  void Log(const http::HttpClientEvent& event, const CallStream& stream);

  std::unique_ptr<http::HttpClientSession> session_;
  Handler handler_;
  std::vector<std::unique_ptr<CallStream>> streams_;
  std::vector<std::string> log_;
  const CallStream* body_of_ = nullptr;  // whose body the last line is
};

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_HTTP_CLIENT_DRIVER_H_
