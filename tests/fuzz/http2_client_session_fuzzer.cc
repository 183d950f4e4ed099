// All that a server may say on an HTTP/2 connection, cut into pieces of any size, to a client that keeps calls of all
// kinds under way. Events come in their order, limits hold, and what we say is always HTTP/2.
#include <algorithm>
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

#include "http/http_client_session.h"
#include "wire/output_queue.h"

namespace {

using namespace connectrpc;  // NOLINT: a program of one file
using http::HttpClientEvent;

void Check(bool condition) {
  if (!condition) std::abort();
}

struct Stream : http::HttpClientStream {
  size_t number = 0;
  bool head = false;
  bool ended = false;
  bool reset_by_us = false;
};

// Frees a stream at its kClosed, so that a sanitizer sees whoever looks at it later.
class Client {
 public:
  Client() {
    limits_.max_header_list_bytes = 300;
    limits_.max_header_fields = 5;
    limits_.max_concurrent_streams = 10;
    limits_.max_control_frames = 200;
    limits_.max_informational_responses = 2;
    session_ = http::NewHttp2ClientSession(limits_);
  }

  http::HttpClientSession& session() { return *session_; }
  size_t open() const { return streams_.size(); }

  void Call() {
    Check(session_->capacity() <= limits_.max_concurrent_streams);
    if (session_->capacity() == 0) return;
    streams_.push_back(std::make_unique<Stream>());
    Stream* stream = streams_.back().get();
    stream->number = ++started_;
    stream->request.method = stream->number % 11 == 0 ? "HEAD" : "POST";
    stream->request.scheme = "http";
    stream->request.authority = "host";
    stream->request.target = stream->number % 13 == 0 ? "/\r\n" : "/s/m";
    stream->body.queue.Append(Payload::Own(std::string(stream->number % 5 * 9000, 'q')));
    stream->body.ended = stream->number % 3 != 0;
    if (stream->number % 7 == 0) stream->body.trailers.Add("a", "b");
    session_->Start(stream);
  }

  // More of the open requests, or their end.
  void Send(unsigned random) {
    for (const auto& stream : streams_) {
      if (stream->body.ended || (random + stream->number) % 4 != 0) continue;
      stream->body.queue.Append("more");
      stream->body.ended = random % 8 == 0;
      session_->Resume(stream.get());
    }
  }

  void Reset(unsigned random) {
    if (streams_.empty()) return;
    Stream* stream = std::next(streams_.begin(), random % streams_.size())->get();
    stream->reset_by_us = true;
    session_->Reset(stream);
  }

  void HandleEvents() {
    while (!session_->events().empty()) {
      const std::vector<HttpClientEvent> events = std::move(session_->events());
      session_->events().clear();
      for (const HttpClientEvent& event : events) Handle(event, static_cast<Stream*>(event.stream));
    }
  }

 private:
  void Handle(const HttpClientEvent& event, Stream* stream) {
    const auto known = std::find_if(streams_.begin(), streams_.end(), [&](const auto& s) { return s.get() == stream; });
    Check(known != streams_.end());
    Check(!stream->reset_by_us || event.kind == HttpClientEvent::Kind::kClosed);
    switch (event.kind) {
      case HttpClientEvent::Kind::kHead:
        Check(!stream->head && !stream->ended && stream->response.status >= 200 && stream->response.status <= 999);
        Check(stream->response.headers.ListSize() <= limits_.max_header_list_bytes);
        Check(stream->response.headers.size() <= limits_.max_header_fields);
        stream->head = true;
        stream->ended = event.end == wire::EndStream::kYes;
        break;
      case HttpClientEvent::Kind::kBody:
        Check(stream->head && !stream->ended && !event.bytes.empty());
        if (stream->number % 4 != 0) session_->Release(stream, event.bytes.size());
        break;
      case HttpClientEvent::Kind::kEnd:
        Check(stream->head && !stream->ended);
        Check(stream->trailers.ListSize() <= limits_.max_header_list_bytes);
        stream->ended = true;
        break;
      case HttpClientEvent::Kind::kReset:
        Check(!stream->ended && (!stream->unprocessed || !stream->head));
        Check(!stream->too_large || !stream->fault.empty());
        stream->ended = true;
        break;
      case HttpClientEvent::Kind::kClosed:
        Check(stream->ended || stream->reset_by_us);
        Check(stream->unreleased_bytes == 0);
        streams_.erase(known);
        break;
    }
  }

  http::ClientSessionLimits limits_;
  std::list<std::unique_ptr<Stream>> streams_;
  size_t started_ = 0;
  std::unique_ptr<http::HttpClientSession> session_;
};

// `out` is the magic and whole frames; SETTINGS is the first, and none follows a GOAWAY with an error code.
void CheckFrames(wire::OutputQueue* out) {
  std::string bytes;
  for (std::string_view piece; out->Peek(&piece, 1) == 1; out->Consume(piece.size())) bytes.append(piece);
  constexpr size_t kMagicSize = 24;
  bool first = true;
  for (size_t at = kMagicSize; at < bytes.size(); first = false) {
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
  Client client;
  wire::OutputQueue out;
  for (int i = 0; i < 4; ++i) client.Call();
  client.session().Write(&out, SIZE_MAX);
  client.HandleEvents();
  while (!input.empty()) {
    const size_t count = std::min<size_t>(input.size(), 1 + random() % (random() % 4 == 0 ? 8 : 4096));
    // A copy, so that a sanitizer sees who looks at the input after Feed.
    const std::string piece(input.substr(0, count));
    input.remove_prefix(count);
    client.session().Feed(piece);
    client.HandleEvents();
    if (random() % 2 == 0) client.Call();
    client.Send(static_cast<unsigned>(random()));
    if (random() % 8 == 0) client.Reset(static_cast<unsigned>(random()));
    if (random() % 64 == 0) client.session().Ping();
    if (random() % 256 == 0) client.session().Shutdown();
    client.session().Write(&out, random() % 2 == 0 ? SIZE_MAX : out.size() + random() % 20000);
    client.HandleEvents();
    Check(client.session().idle() == (client.open() == 0));
    Check(client.session().capacity() == 0 || !client.session().going_away());
  }
  if (random() % 4 == 0) client.session().Shutdown();
  if (random() % 8 == 0) client.session().EndForSettings();
  client.session().Write(&out, SIZE_MAX);
  client.HandleEvents();
  client.session().FeedEnd();
  client.HandleEvents();
  client.session().Write(&out, SIZE_MAX);
  client.HandleEvents();
  Check(client.open() == 0 && client.session().idle() && client.session().finished());
  CheckFrames(&out);
  return 0;
}
