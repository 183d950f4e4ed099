// What a server may say on an HTTP/1.x connection, to a client that calls again as long as it may. Where the bytes are
// cut must not matter: responses and their ends are the same, whole or in pieces. The first byte of the input picks the
// requests, the second the pieces.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1_client_session.h"

namespace connectrpc::http {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Stream : HttpClientStream {
  bool head = false;
  bool ended = false;
};

class Client {
 public:
  explicit Client(uint8_t kind) : kind_(kind) { Call(); }

  void Feed(std::string_view bytes) {
    // A copy of its own: gone when its events are handled.
    const std::unique_ptr<char[]> copy(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), copy.get());
    session_.Feed(std::string_view(copy.get(), bytes.size()));
    Require(session_.events().size() <= bytes.size() + 3);
    Handle();
    Require(session_.buffered_bytes() <= 2 * limits_.max_header_list_bytes + 512 + bytes.size());
    Require(session_.want_read() || session_.finished());
    Require(session_.idle() == (stream_ == nullptr));
  }

  void End() {
    session_.FeedEnd();
    Handle();
    Require(session_.finished() && session_.idle() && stream_ == nullptr);
    Write();
  }

  // The next call, on the same connection if it may be used again.
  void Call() {
    if (session_.capacity() == 0) return;
    stream_ = std::make_unique<Stream>();
    stream_->request.method = (kind_ & 2) != 0 ? "HEAD" : "POST";
    stream_->request.target = "/";
    stream_->request.authority = "host";
    stream_->body.ended = (kind_ & 1) == 0;
    session_.Start(stream_.get());
    Write();
  }

  bool idle() const { return stream_ == nullptr; }

  // What happened, with nothing in it that may depend on the cuts.
  std::string log;

 private:
  void Handle() {
    for (size_t i = 0; i < session_.events().size(); ++i) Handle(session_.events()[i]);
    session_.events().clear();
  }

  void Handle(HttpClientEvent event) {
    Require(event.stream == stream_.get());
    switch (event.kind) {
      case HttpClientEvent::Kind::kHead:
        Require(!stream_->head && !stream_->ended && stream_->response.status >= 200);
        Require(stream_->response.headers.ListSize() <= limits_.max_header_list_bytes);
        Require(stream_->response.headers.size() <= limits_.max_header_fields);
        stream_->head = true;
        stream_->ended = event.end == wire::EndStream::kYes;
        log += "<" + std::to_string(stream_->response.status);
        Log(stream_->response.headers);
        log += ">";
        break;
      case HttpClientEvent::Kind::kBody:
        Require(stream_->head && !stream_->ended && !event.bytes.empty());
        log += event.bytes;
        session_.Release(stream_.get(), event.bytes.size());
        break;
      case HttpClientEvent::Kind::kEnd:
        Require(stream_->head && !stream_->ended);
        Require(stream_->trailers.ListSize() <= limits_.max_header_list_bytes);
        stream_->ended = true;
        log += "<end";
        Log(stream_->trailers);
        log += ">";
        break;
      case HttpClientEvent::Kind::kReset:
        Require(!stream_->ended && !stream_->fault.empty() && !stream_->unprocessed);
        stream_->ended = true;
        log.append("<reset ").append(stream_->fault).append(">");
        break;
      case HttpClientEvent::Kind::kClosed:
        Require(stream_->ended);
        stream_.reset();
        break;
    }
  }

  void Log(const HeaderList& fields) {
    for (const HeaderField field : fields) log.append("|").append(field.name).append(":").append(field.value);
  }

  void Write() {
    wire::OutputQueue out;
    session_.Write(&out, SIZE_MAX);
    Require(session_.events().empty());
  }

  const uint8_t kind_;
  const ClientSessionLimits limits_;
  std::unique_ptr<Stream> stream_;
  H1ClientSession session_{limits_};
};

// Feeds `bytes` in pieces that `seed` picks; whole if it is 0. The next call starts only where a response has ended at
// the end of a piece; so it is only made where `bytes` are cut at the same places.
std::string Run(std::string_view bytes, uint32_t seed, uint8_t kind) {
  Client client(kind);
  const bool whole = seed == 0;
  while (!bytes.empty()) {
    seed = seed * 1103515245 + 12345;
    const size_t size = whole ? bytes.size() : std::min<size_t>(bytes.size(), 1 + (seed >> 16) % 40);
    client.Feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if ((kind & 4) != 0 && client.idle()) client.Call();
  }
  client.End();
  return client.log;
}

}  // namespace
}  // namespace connectrpc::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using connectrpc::http::Require;
  using connectrpc::http::Run;
  if (size < 2) return 0;
  const uint8_t kind = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::string in_pieces = Run(bytes, data[1], kind);
  if ((kind & 4) == 0) Require(in_pieces == Run(bytes, 0, kind));
  return 0;
}
