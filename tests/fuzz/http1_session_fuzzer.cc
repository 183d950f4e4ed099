#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1_session.h"

// An HTTP/1.x session that answers everything. Where the bytes are cut must not matter: requests, their bodies and the
// answers are the same, whole or in pieces. The first byte of the input picks the way to answer, the second the pieces.
namespace connectrpc::http {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Stream : HttpStream {
  bool ended = false;
  bool closed = false;
};

class Server final : public StreamSource {
 public:
  explicit Server(bool answer_early) : answer_early_(answer_early) {}

  void Feed(std::string_view bytes) {
    // A copy of its own: gone when its events are handled.
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    session_.Feed(std::string_view(copy.get(), bytes.size()));
    Require(session_.events().size() <= bytes.size() + 2);
    Handle();
    const size_t kept = limits_.max_request_line_bytes + limits_.max_header_list_bytes + 512;
    Require(session_.buffered_bytes() <= kept + bytes.size());
    Write();
    Require(session_.want_read() || session_.finished());
  }

  void End() {
    session_.FeedEnd();
    Handle();
    Write();
    Require(session_.finished());
    for (const auto& stream : streams_) Require(stream->closed);
  }

  // What happened, with nothing in it that may depend on the cuts.
  std::string log;

 private:
  HttpStream* Acquire() override {
    streams_.push_back(std::make_unique<Stream>());
    return streams_.back().get();
  }

  void Handle() {
    for (size_t i = 0; i < session_.events().size(); ++i) {
      const HttpEvent event = session_.events()[i];
      Stream* stream = static_cast<Stream*>(event.stream);
      Require(!stream->closed);
      if (event.kind == HttpEvent::Kind::kHead) OnHead(stream);
      if (event.kind == HttpEvent::Kind::kBody) {
        Require(!stream->ended);
        log += event.bytes;
        session_.Release(stream, event.bytes.size());
      }
      if (event.kind == HttpEvent::Kind::kAborted) log += "<aborted>";
      if (event.kind == HttpEvent::Kind::kClosed) stream->closed = true;
      stream->ended = stream->ended || event.end == wire::EndStream::kYes;
      if (stream->ended || event.kind == HttpEvent::Kind::kAborted) Answer(stream);
    }
    session_.events().clear();
  }

  void OnHead(Stream* stream) {
    Require(!stream->request.target.empty() && stream->request.method.size() <= 16);
    Require(stream->request.headers.ListSize() <= limits_.max_header_list_bytes);
    log += "<" + stream->request.method + " " + stream->request.target + " " + stream->request.authority;
    for (const HeaderField field : stream->request.headers) {
      log.append("|").append(field.name).append(":").append(field.value);
    }
    log += ">";
    if (answer_early_) Answer(stream);
  }

  void Answer(Stream* stream) {
    if (stream->responded) return;
    stream->response.status = 299;
    stream->body.ended = true;
    session_.Respond(stream);
  }

  void Write() {
    do {
      Handle();
      wire::OutputQueue out;
      session_.Write(&out, 1 << 20);
      std::string text;
      std::string_view piece;
      while (out.Peek(&piece, 1) == 1) {
        text += piece;
        out.Consume(piece.size());
      }
      // Depends on whether the body comes at once.
      if (text != "HTTP/1.1 100 Continue\r\n\r\n") log += text;
    } while (!session_.events().empty());
  }

  static SessionLimits Limits() {
    SessionLimits limits;
    limits.max_drain_bytes = 200;
    return limits;
  }

  const bool answer_early_;
  const SessionLimits limits_ = Limits();
  std::vector<std::unique_ptr<Stream>> streams_;
  H1Session session_{limits_, this};
};

// Feeds `bytes` in pieces that `seed` picks; whole if it is 0.
std::string Run(std::string_view bytes, uint32_t seed, bool answer_early) {
  Server server(answer_early);
  const bool whole = seed == 0;
  while (!bytes.empty()) {
    seed = seed * 1103515245 + 12345;
    const size_t size = whole ? bytes.size() : std::min<size_t>(bytes.size(), 1 + (seed >> 16) % 40);
    server.Feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  server.End();
  return server.log;
}

}  // namespace
}  // namespace connectrpc::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using connectrpc::http::Require;
  using connectrpc::http::Run;
  if (size < 2) return 0;
  const bool answer_early = (data[0] & 1) != 0;
  const uint32_t seed = data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string in_pieces = Run(bytes, seed, answer_early);
  // How much of a body is dropped after an early answer does depend on when it arrives.
  if (!answer_early) Require(in_pieces == Run(bytes, 0, false));
  return 0;
}
