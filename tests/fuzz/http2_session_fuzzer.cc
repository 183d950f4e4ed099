// All that a client may say on an HTTP/2 connection, from the preface on, cut into pieces of any size, to a server that
// answers every request. Events come in their order, limits hold, and what we say is always HTTP/2.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/sessions.h"
#include "wire/output_queue.h"

namespace {

using namespace connectrpc;  // NOLINT: a program of one file
using http::HttpEvent;

void Check(bool condition) {
  if (!condition) std::abort();
}

struct Stream : http::HttpStream {};

struct Clock final : http::SessionClock {
  wire::TimePoint Now() const override { return now; }
  std::string_view Date() override { return "Sun, 06 Nov 1994 08:49:37 GMT"; }

  wire::TimePoint now{};
};

// Frees a stream at its kClosed, so that a sanitizer sees whoever looks at it later.
class Server final : public http::StreamSource {
 public:
  Server() {
    limits_.max_header_list_bytes = 300;
    limits_.max_header_fields = 5;
    limits_.max_concurrent_streams = 10;
    limits_.max_control_frames = 200;
    limits_.max_resets = 20;
    session_ = http::NewHttp2ServerSession(limits_, this, &clock);
  }

  http::HttpStream* Acquire() override {
    if (++acquired_ % 7 == 0) return nullptr;
    streams_.push_back(std::make_unique<Stream>());
    return streams_.back().get();
  }

  Clock clock;

  http::HttpSession& session() { return *session_; }
  size_t open() const { return streams_.size(); }

  void HandleEvents() {
    while (!session_->events().empty()) {
      const std::vector<HttpEvent> events = std::move(session_->events());
      session_->events().clear();
      for (const HttpEvent& event : events) Handle(event, static_cast<Stream*>(event.stream));
    }
  }

 private:
  void Handle(const HttpEvent& event, Stream* stream) {
    const auto known = std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.get() == stream; });
    Check(known != streams_.end());
    switch (event.kind) {
      case HttpEvent::Kind::kHead:
        Check(stream->request.headers.ListSize() <= limits_.max_header_list_bytes);
        Check(stream->request.headers.size() <= limits_.max_header_fields);
        Check(stream->request_ended || event.end == wire::EndStream::kNo);
        // Some are answered at once, some piece by piece, some only when the request has ended, some given up.
        if (stream->id % 8 == 1 || event.end == wire::EndStream::kYes) Answer(stream);
        if (stream->id % 8 == 3) session_->Respond(stream);
        if (stream->id % 16 == 7) session_->Reset(stream);
        break;
      case HttpEvent::Kind::kBody:
        Check(stream->head_delivered);
        if (stream->id % 8 == 3 && !stream->body.ended) {
          stream->body.queue.Append(event.bytes);
          session_->Resume(stream);
        }
        session_->Release(stream, event.bytes.size());
        if (event.end == wire::EndStream::kYes) Answer(stream);
        break;
      case HttpEvent::Kind::kAborted:
        Check(stream->head_delivered && !stream->response_sent);
        break;
      case HttpEvent::Kind::kClosed:
        Check(stream->unreleased_bytes == 0);
        streams_.erase(known);
        break;
    }
  }

  void Answer(Stream* stream) {
    if (stream->body.ended) return;
    stream->response.headers.Add("content-type", "application/proto");
    stream->body.queue.Append(Payload::Own(std::string(static_cast<size_t>(stream->id % 5) * 9000, 'r')));
    stream->body.trailers.Add("grpc-status", "0");
    stream->body.ended = true;
    session_->Respond(stream);
    session_->Resume(stream);
  }

  http::SessionLimits limits_;
  std::list<std::unique_ptr<Stream>> streams_;
  size_t acquired_ = 0;
  std::unique_ptr<http::HttpSession> session_;
};

// `out` is whole frames; SETTINGS is the first, and none follows a GOAWAY with an error code.
void CheckFrames(wire::OutputQueue* out) {
  std::string bytes;
  for (std::string_view piece; out->Peek(&piece, 1) == 1; out->Consume(piece.size())) bytes.append(piece);
  bool first = true;
  for (size_t at = 0; at < bytes.size(); first = false) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes.at(at + i)); };
    const size_t size = size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2);
    Check(!first || byte(3) == 4);
    const bool failed = byte(3) == 7 && (byte(13) | byte(14) | byte(15) | byte(16)) != 0;
    at += 9 + size;
    Check(at <= bytes.size());
    Check(!failed || at == bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  std::minstd_rand random(static_cast<unsigned>(size));
  Server server;
  wire::OutputQueue out;
  while (!input.empty()) {
    const size_t count = std::min<size_t>(input.size(), 1 + random() % (random() % 4 == 0 ? 8 : 4096));
    // A copy, so that a sanitizer sees who looks at the input after Feed.
    const std::string piece(input.substr(0, count));
    input.remove_prefix(count);
    server.clock.now += std::chrono::milliseconds(random() % 20000);
    if (random() % 8 == 0) server.session().HoldInput(random() % 2 == 0);
    if (random() % 64 == 0) server.session().Ping();
    server.session().Feed(piece);
    server.HandleEvents();
    server.session().Write(&out, random() % 2 == 0 ? SIZE_MAX : out.size() + random() % 20000);
    server.HandleEvents();
    Check(server.session().idle() == (server.open() == 0));
    Check(server.open() > 0 || server.session().held_bytes() == 0);
  }
  if (random() % 4 == 0) server.session().Shutdown();
  if (random() % 4 == 0) server.session().EndNotice();
  if (random() % 8 == 0) server.session().EndForSettings();
  server.session().Write(&out, SIZE_MAX);
  server.HandleEvents();
  server.session().FeedEnd();
  server.HandleEvents();
  Check(server.session().held_output_bytes() == 0);
  Check(server.open() == 0 && server.session().idle() && server.session().finished());
  CheckFrames(&out);
  return 0;
}
