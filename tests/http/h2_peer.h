#ifndef CONNECTRPC_TESTS_HTTP_H2_PEER_H_
#define CONNECTRPC_TESTS_HTTP_H2_PEER_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h2_frames.h"
#include "http/http_session.h"
#include "http/nghttp2_handles.h"
#include "http/sessions.h"
#include "wire/output_queue.h"

// Both ends of an HTTP/2 connection in memory: the session under test with a little server around it, and nghttp2's own
// client.
namespace connectrpc::test {

struct TestStream : http::HttpStream {
  using http::HttpStream::ClearHttp;

  std::string received;  // body bytes of its events
  bool closed = false;
};

// Time as the test says.
struct FakeClock final : http::SessionClock {
  wire::TimePoint Now() const override { return now; }
  std::string_view Date() override { return date; }

  wire::TimePoint now{std::chrono::hours(1)};
  std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
};

// Drives a session as a server does, and writes down its events, one line each:
//   "1 head POST /svc.S/Unary", "1 body abc", "1 aborted", "1 closed"; with " end" where HttpEvent::end is set.
class TestServer final : public http::StreamSource {
 public:
  using Handler = std::function<void(TestServer&, TestStream&, const http::HttpEvent&)>;

  explicit TestServer(const http::SessionLimits& limits = {}, Handler handler = nullptr,
                      http::SessionClock* clock = nullptr);

  http::HttpStream* Acquire() override;

  // Feeds a copy that is gone when Feed returns, after its events were handled.
  void Feed(std::string_view bytes);
  void FeedEnd();
  // Handles what Write, Reset or FeedEnd appended.
  void HandleEvents();
  // All that the session has to say, in bytes.
  std::string Output(size_t high_water = SIZE_MAX);
  std::vector<RawFrame> OutputFrames() { return ParseFrames(Output()); }

  http::HttpSession& session() { return *session_; }
  // Streams by id, closed ones too; null if there never was such a stream.
  TestStream* stream(int32_t id);
  size_t stream_count() const { return streams_.size(); }
  // Frees a closed stream.
  void Destroy(int32_t id);
  const std::vector<std::string>& log() const { return log_; }
  // Those of one stream, without its id.
  std::vector<std::string> log(int32_t id) const;

  bool refuse = false;         // Acquire returns null
  bool release_bodies = true;  // Release follows each kBody

 private:
  Handler handler_;
  std::vector<std::unique_ptr<TestStream>> streams_;
  std::vector<std::string> log_;
  std::unique_ptr<http::HttpSession> session_;
};

// Answers at the end of the request: 200, a header, `body`, and `trailers`.
TestServer::Handler Answer(std::string body, Fields trailers = {});
// The same, for one stream and now.
void AnswerNow(TestServer& server, TestStream& stream, std::string_view body, const Fields& trailers = {});

// What the client saw of a response.
struct ClientResponse {
  Fields headers;  // with :status
  std::string body;
  Fields trailers;
  bool ended = false;  // END_STREAM came
  bool closed = false;
  uint32_t close_code = 0;
  size_t data_frames = 0;
};

// nghttp2's client.
class TestClient {
 public:
  explicit TestClient(const std::vector<nghttp2_settings_entry>& settings = {});
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // Starts a request; with END_STREAM after `body` unless `open`.
  int32_t Send(const Fields& fields, std::string body = {}, bool open = false);
  // More of an open request's body, and its end.
  void SendMore(int32_t id, std::string_view bytes, bool end);
  void SendReset(int32_t id, uint32_t code);

  void Feed(std::string_view bytes);
  std::string Output();

  nghttp2_session* session() { return session_.get(); }
  ClientResponse& response(int32_t id) { return responses_[id]; }
  // Request body bytes that wait for window.
  size_t unsent(int32_t id) { return bodies_[id].bytes.size(); }
  const std::vector<uint32_t>& goaways() const { return goaways_; }  // error codes
  const std::vector<int32_t>& goaway_ids() const { return goaway_ids_; }

 private:
  struct Body {
    std::string bytes;
    bool ended = false;
  };

  static TestClient& Self(void* user_data) { return *static_cast<TestClient*>(user_data); }
  static http::Nghttp2Callbacks Callbacks();

  std::map<int32_t, ClientResponse> responses_;
  std::map<int32_t, Body> bodies_;
  std::vector<uint32_t> goaways_;
  std::vector<int32_t> goaway_ids_;
  http::Nghttp2Session session_;
};

// Carries bytes both ways until neither side has any.
void Exchange(TestClient& client, TestServer& server);

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_HTTP_H2_PEER_H_
