#ifndef CONNECTRPC_TESTS_HTTP_H1_DRIVER_H_
#define CONNECTRPC_TESTS_HTTP_H1_DRIVER_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http_session.h"
#include "http/sessions.h"
#include "wire/output_queue.h"

namespace connectrpc::test {

// A stream that remembers what the session told about it.
struct H1Stream : http::HttpStream {
  std::string body_received;
  bool head_seen = false;
  bool end_seen = false;
  bool aborted = false;
  bool closed = false;
};

// A server around an HTTP/1.x session, without sockets: feeds, handles events, gathers the output. By default it
// answers each request, when it has ended or was aborted, with 200 and "<method> <target> <body>".
class H1Driver final : public http::StreamSource {
 public:
  using Handler = std::function<void(H1Stream*)>;

  explicit H1Driver(const http::SessionLimits& limits = {}) : session_(http::NewHttp1ServerSession(limits, this)) {}

  // What to do on the events; settable, so that a test can answer early, late or not at all.
  Handler on_head = [](H1Stream*) {};
  Handler on_end = [this](H1Stream* stream) { Echo(stream); };
  Handler on_abort = [this](H1Stream* stream) {
    if (!stream->responded) Echo(stream);
  };
  bool release = true;  // body bytes at once
  bool refuse = false;  // Acquire gives nothing
  size_t high_water = 1024 * 1024;

  http::HttpSession& session() { return *session_; }

  // Feeds the pieces as the session wants them; pieces that it never wants are not fed. The bytes are gone when their
  // events have been handled.
  void Feed(const std::vector<std::string_view>& pieces) {
    for (const std::string_view piece : pieces) {
      if (session_->finished() || !session_->want_read()) return;
      FeedAnyway(piece);
    }
  }
  void Feed(std::string_view bytes) { Feed(std::vector<std::string_view>{bytes}); }

  void FeedAnyway(std::string_view bytes) {
    {
      const std::unique_ptr<char[]> copy(new char[bytes.size()]);
      std::copy(bytes.begin(), bytes.end(), copy.get());
      session_->Feed(std::string_view(copy.get(), bytes.size()));
      HandleEvents();
    }
    Write();
  }

  void FeedEnd() {
    session_->FeedEnd();
    HandleEvents();
    Write();
  }

  void Write() {
    do {
      HandleEvents();
      session_->Write(&queue_, high_water);
      Collect();
    } while (!session_->events().empty());
  }

  void Answer(H1Stream* stream, int status, std::string_view body) {
    stream->response.status = status;
    stream->body.queue.Append(body);
    stream->body.ended = true;
    session_->Respond(stream);
  }
  void Echo(H1Stream* stream) {
    Answer(stream, 200, stream->request.method + " " + stream->request.target + " " + stream->body_received);
  }

  H1Stream* stream(size_t index) { return index < streams_.size() ? streams_[index].get() : nullptr; }
  size_t stream_count() const { return streams_.size(); }
  size_t closed_count() const {
    size_t count = 0;
    for (const auto& stream : streams_) count += stream->closed ? 1 : 0;
    return count;
  }

  // All output so far.
  const std::string& output() const { return output_; }
  // The output since the last call.
  std::string TakeOutput() {
    std::string taken = output_.substr(taken_);
    taken_ = output_.size();
    return taken;
  }
  // The status of the first answer, 0 if there is none.
  int first_status() const { return output_.size() < 12 ? 0 : std::stoi(output_.substr(9, 3)); }

 private:
  http::HttpStream* Acquire() override {
    if (refuse) return nullptr;
    streams_.push_back(std::make_unique<H1Stream>());
    return streams_.back().get();
  }

  void HandleEvents() {
    std::vector<http::HttpEvent>& events = session_->events();
    for (size_t i = 0; i < events.size(); ++i) Handle(events[i]);
    events.clear();
  }

  // By value: handling may append events.
  void Handle(http::HttpEvent event) {
    auto* stream = static_cast<H1Stream*>(event.stream);
    ASSERT_NE(stream, nullptr);
    EXPECT_FALSE(stream->closed) << "an event after kClosed";
    switch (event.kind) {
      case http::HttpEvent::Kind::kHead:
        EXPECT_FALSE(stream->head_seen);
        stream->head_seen = true;
        on_head(stream);
        break;
      case http::HttpEvent::Kind::kBody:
        EXPECT_TRUE(stream->head_seen && !stream->end_seen && !stream->aborted);
        stream->body_received += event.bytes;
        if (release) session_->Release(stream, event.bytes.size());
        break;
      case http::HttpEvent::Kind::kAborted:
        EXPECT_TRUE(stream->head_seen && !stream->aborted);
        stream->aborted = true;
        on_abort(stream);
        break;
      case http::HttpEvent::Kind::kClosed:
        stream->closed = true;
        break;
    }
    if (event.end == wire::EndStream::kYes) {
      EXPECT_TRUE(stream->request_ended);
      stream->end_seen = true;
      if (!stream->responded) on_end(stream);
    }
  }

  void Collect() {
    std::string_view piece;
    while (queue_.Peek(&piece, 1) == 1) {
      output_ += piece;
      queue_.Consume(piece.size());
    }
  }

  std::unique_ptr<http::HttpSession> session_;
  std::vector<std::unique_ptr<H1Stream>> streams_;
  wire::OutputQueue queue_;
  std::string output_;
  size_t taken_ = 0;
};

// An answer as the session writes it; `fields` are whole lines.
inline std::string Response(std::string_view status, std::string_view body, std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}
// An answer of the session itself.
inline std::string Refusal(std::string_view status) {
  const std::string body = std::string(status.substr(4)) + "\n";
  return "HTTP/1.1 " + std::string(status) +
         "\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\nconnection: close\r\n\r\n" + body;
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_HTTP_H1_DRIVER_H_
