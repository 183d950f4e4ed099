#include "http/h2_peer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace connectrpc::test {
namespace {

using http::HttpEvent;

std::string Describe(const HttpEvent& event) {
  std::string line = std::to_string(event.stream->id);
  switch (event.kind) {
    case HttpEvent::Kind::kHead:
      line += " head " + event.stream->request.method + " " + event.stream->request.target;
      break;
    case HttpEvent::Kind::kBody:
      line += " body " + std::string(event.bytes.size() <= 64 ? event.bytes : "...");
      break;
    case HttpEvent::Kind::kAborted:
      line += " aborted";
      break;
    case HttpEvent::Kind::kClosed:
      line += " closed";
      break;
  }
  if (event.end == wire::EndStream::kYes) line += " end";
  return line;
}

std::string Drain(wire::OutputQueue& queue) {
  std::string out;
  std::string_view piece;
  while (queue.Peek(&piece, 1) == 1) {
    out.append(piece);
    queue.Consume(piece.size());
  }
  return out;
}

uint8_t* Bytes(const std::string& text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace

// --- TestServer ---

TestServer::TestServer(const http::SessionLimits& limits, Handler handler, http::SessionClock* clock)
    : handler_(std::move(handler)), session_(http::NewHttp2ServerSession(limits, this, clock)) {}

http::HttpStream* TestServer::Acquire() {
  if (refuse) return nullptr;
  streams_.push_back(std::make_unique<TestStream>());
  return streams_.back().get();
}

void TestServer::Feed(std::string_view bytes) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  session_->Feed({copy.get(), bytes.size()});
  HandleEvents();
}

void TestServer::FeedEnd() {
  session_->FeedEnd();
  HandleEvents();
}

void TestServer::HandleEvents() {
  // Handlers may append events: kept for the next round.
  while (!session_->events().empty()) {
    const std::vector<HttpEvent> events = std::move(session_->events());
    session_->events().clear();
    for (const HttpEvent& event : events) {
      auto& stream = static_cast<TestStream&>(*event.stream);
      EXPECT_FALSE(stream.closed) << "after kClosed: " << Describe(event);
      log_.push_back(Describe(event));
      if (event.kind == HttpEvent::Kind::kBody) {
        stream.received.append(event.bytes);
        if (release_bodies) session_->Release(&stream, event.bytes.size());
      }
      if (handler_) handler_(*this, stream, event);
      if (event.kind == HttpEvent::Kind::kClosed) stream.closed = true;
    }
  }
}

std::string TestServer::Output(size_t high_water) {
  wire::OutputQueue queue;
  session_->Write(&queue, high_water);
  HandleEvents();
  return Drain(queue);
}

TestStream* TestServer::stream(int32_t id) {
  for (const auto& stream : streams_) {
    if (stream->id == id) return stream.get();
  }
  return nullptr;
}

void TestServer::Destroy(int32_t id) {
  const auto found =
      std::find_if(streams_.begin(), streams_.end(), [&](const auto& stream) { return stream->id == id; });
  ASSERT_TRUE(found != streams_.end() && (*found)->closed);
  streams_.erase(found);
}

std::vector<std::string> TestServer::log(int32_t id) const {
  const std::string prefix = std::to_string(id) + " ";
  std::vector<std::string> lines;
  for (const std::string& line : log_) {
    if (line.compare(0, prefix.size(), prefix) == 0) lines.push_back(line.substr(prefix.size()));
  }
  return lines;
}

void AnswerNow(TestServer& server, TestStream& stream, std::string_view body, const Fields& trailers) {
  stream.response.status = 200;
  stream.response.headers.Add("content-type", "application/proto");
  stream.body.queue.Append(Payload::Own(std::string(body)));
  for (const auto& [name, value] : trailers) stream.body.trailers.Add(name, value);
  stream.body.ended = true;
  server.session().Respond(&stream);
}

TestServer::Handler Answer(std::string body, Fields trailers) {
  return [body = std::move(body), trailers = std::move(trailers)](TestServer& server, TestStream& stream,
                                                                  const HttpEvent& event) {
    const bool request = event.kind == HttpEvent::Kind::kHead || event.kind == HttpEvent::Kind::kBody;
    if (request && event.end == wire::EndStream::kYes) AnswerNow(server, stream, body, trailers);
  };
}

// --- TestClient ---

http::Nghttp2Callbacks TestClient::Callbacks() {
  nghttp2_session_callbacks* raw = nullptr;
  nghttp2_session_callbacks_new(&raw);
  nghttp2_session_callbacks_set_on_header_callback(
      raw, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
              size_t value_size, uint8_t, void* user_data) {
        ClientResponse& response = Self(user_data).responses_[frame->hd.stream_id];
        Fields& fields = frame->headers.cat == NGHTTP2_HCAT_RESPONSE ? response.headers : response.trailers;
        fields.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                            std::string(reinterpret_cast<const char*>(value), value_size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      raw, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* data, size_t size, void* user_data) {
        Self(user_data).responses_[id].body.append(reinterpret_cast<const char*>(data), size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      raw, [](nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
        TestClient& self = Self(user_data);
        if (frame->hd.type == NGHTTP2_GOAWAY) {
          self.goaways_.push_back(frame->goaway.error_code);
          self.goaway_ids_.push_back(frame->goaway.last_stream_id);
        } else if (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) {
          ClientResponse& response = self.responses_[frame->hd.stream_id];
          if (frame->hd.type == NGHTTP2_DATA) ++response.data_frames;
          if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) response.ended = true;
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      raw, [](nghttp2_session*, int32_t id, uint32_t code, void* user_data) {
        ClientResponse& response = Self(user_data).responses_[id];
        response.closed = true;
        response.close_code = code;
        return 0;
      });
  return http::Nghttp2Callbacks(raw);
}

TestClient::TestClient(const std::vector<nghttp2_settings_entry>& settings) {
  const http::Nghttp2Callbacks callbacks = Callbacks();
  nghttp2_session* raw = nullptr;
  nghttp2_session_client_new(&raw, callbacks.get(), this);
  session_.reset(raw);
  EXPECT_EQ(nghttp2_submit_settings(raw, NGHTTP2_FLAG_NONE, settings.data(), settings.size()), 0);
}

int32_t TestClient::Send(const Fields& fields, std::string body, bool open) {
  std::vector<nghttp2_nv> nva;
  for (const auto& [name, value] : fields) {
    nva.push_back({Bytes(name), Bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider provider;
  provider.source.ptr = nullptr;
  provider.read_callback = [](nghttp2_session*, int32_t id, uint8_t* buffer, size_t size, uint32_t* flags,
                              nghttp2_data_source*, void* user_data) -> ssize_t {
    Body& rest = Self(user_data).bodies_[id];
    const size_t count = std::min(size, rest.bytes.size());
    if (count == 0 && !rest.ended) return NGHTTP2_ERR_DEFERRED;
    std::memcpy(buffer, rest.bytes.data(), count);
    rest.bytes.erase(0, count);
    if (rest.bytes.empty() && rest.ended) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  };
  const bool has_body = !body.empty() || open;
  const int32_t id =
      nghttp2_submit_request(session_.get(), nullptr, nva.data(), nva.size(), has_body ? &provider : nullptr, nullptr);
  EXPECT_GT(id, 0);
  bodies_[id] = {std::move(body), !open};
  return id;
}

void TestClient::SendMore(int32_t id, std::string_view bytes, bool end) {
  bodies_[id].bytes.append(bytes);
  bodies_[id].ended = end;
  nghttp2_session_resume_data(session_.get(), id);
}

void TestClient::SendReset(int32_t id, uint32_t code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
}

void TestClient::Feed(std::string_view bytes) {
  EXPECT_EQ(nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()),
            static_cast<ssize_t>(bytes.size()));
}

std::string TestClient::Output() {
  std::string out;
  const uint8_t* bytes = nullptr;
  while (true) {
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    EXPECT_GE(size, 0);
    if (size <= 0) return out;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  }
}

void Exchange(TestClient& client, TestServer& server) {
  while (true) {
    const std::string up = client.Output();
    if (!up.empty()) server.Feed(up);
    const std::string down = server.Output();
    if (!down.empty()) client.Feed(down);
    if (up.empty() && down.empty()) return;
  }
}

}  // namespace connectrpc::test
