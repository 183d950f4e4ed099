#include "support/http2_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "http/h2_frames.h"

namespace connectrpc::test {
namespace {

constexpr size_t kMaxFrameSize = 16384;

std::string WindowUpdate(int32_t id, uint32_t bytes) {
  return Frame(NGHTTP2_WINDOW_UPDATE, 0, id, Uint32(bytes));
}

}  // namespace

Http2Client::Http2Client(std::unique_ptr<TcpClient> tcp, Window window) : tcp_(std::move(tcp)), window_(window) {
  nghttp2_hd_inflater* raw = nullptr;
  EXPECT_EQ(nghttp2_hd_inflate_new(&raw), 0);
  inflater_.reset(raw);
  // The connection's window never matters to a test: streams have their own.
  tcp_->Send(Preface() + WindowUpdate(0, 0x7fffffff - 65535));
}

int32_t Http2Client::Send(const HttpRequest& request) {
  const int32_t id = next_id_;
  next_id_ += 2;
  streams_[id].window = initial_window_;
  std::string block = Block({{":method", request.method}, {":scheme", request.scheme}, {":path", request.target}}) +
                      Literal(":authority", "localhost") + Block(request.headers);
  const bool end = request.body.empty() && !request.open;
  tcp_->Send(HeadersFrames(id, end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, block));
  if (!end) SendData(id, request.body, !request.open);
  return id;
}

size_t Http2Client::TrySendData(int32_t id, std::string_view bytes) {
  Stream& stream = streams_.at(id);
  size_t sent = 0;
  while (!stream.ended) {
    const int64_t window = std::min(stream.window, connection_window_);
    if (window <= 0 || bytes.empty()) break;
    const std::string_view part = bytes.substr(0, std::min(kMaxFrameSize, static_cast<size_t>(window)));
    if (!tcp_->Send(Frame(NGHTTP2_DATA, 0, id, part))) break;
    stream.window -= static_cast<int64_t>(part.size());
    connection_window_ -= static_cast<int64_t>(part.size());
    sent += part.size();
    bytes.remove_prefix(part.size());
  }
  return sent;
}

bool Http2Client::SendData(int32_t id, std::string_view bytes, bool end) {
  for (;;) {
    bytes.remove_prefix(TrySendData(id, bytes));
    if (streams_.at(id).ended) return false;
    if (bytes.empty()) break;
    if (!Pump()) return false;
  }
  return !end || tcp_->Send(Frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id));
}

void Http2Client::SendReset(int32_t id, uint32_t code) {
  streams_.erase(id);
  tcp_->Send(Frame(NGHTTP2_RST_STREAM, 0, id, Uint32(code)));
}

void Http2Client::Grant(int32_t id, uint32_t bytes) {
  tcp_->Send(WindowUpdate(id, bytes));
}

HttpResponse Http2Client::ReadResponse(int32_t id) {
  while (!streams_.at(id).ended && Pump()) {
  }
  HttpResponse response = std::move(streams_.at(id).response);
  streams_.erase(id);
  return response;
}

const HttpResponse& Http2Client::ReadBody(int32_t id, size_t size) {
  Stream& stream = streams_.at(id);
  while (stream.response.body.size() < size && !stream.ended && Pump()) {
  }
  return stream.response;
}

bool Http2Client::Ping() {
  const int before = pings_answered_;
  if (!tcp_->Send(Frame(NGHTTP2_PING, 0, 0, "roundtri"))) return false;
  while (pings_answered_ == before) {
    if (!Pump()) return false;
  }
  return true;
}

bool Http2Client::Pump() {
  const std::string bytes = tcp_->Receive();
  if (bytes.empty()) return false;
  input_ += bytes;
  size_t used = 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(input_[used + i]); };
  while (input_.size() - used >= 9) {
    const size_t size = size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2);
    if (input_.size() - used < 9 + size) break;
    const auto id = static_cast<int32_t>(ReadUint32(input_, used + 5) & 0x7fffffff);
    OnFrame(byte(3), byte(4), id, std::string_view(input_).substr(used + 9, size));
    used += 9 + size;
  }
  input_.erase(0, used);
  return true;
}

void Http2Client::OnFrame(uint8_t type, uint8_t flags, int32_t id, std::string_view payload) {
  const auto it = streams_.find(id);
  Stream* stream = it == streams_.end() ? nullptr : &it->second;
  switch (type) {
    case NGHTTP2_DATA:
      if (window_ == Window::kRefill && !payload.empty()) {
        const auto size = static_cast<uint32_t>(payload.size());
        tcp_->Send(WindowUpdate(0, size) + (stream != nullptr ? WindowUpdate(id, size) : ""));
      }
      if (stream == nullptr) break;
      stream->response.body += payload;
      if ((flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->ended = stream->response.complete = true;
      break;
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:
      block_ += payload;
      if ((flags & NGHTTP2_FLAG_END_HEADERS) != 0) {
        // Only HEADERS carries END_STREAM, and the server never needs CONTINUATION in these tests.
        OnHeaders(id, (flags & NGHTTP2_FLAG_END_STREAM) != 0);
      }
      break;
    case NGHTTP2_RST_STREAM:
      if (stream == nullptr) break;
      stream->response.reset_code = ReadUint32(payload);
      stream->ended = true;
      break;
    case NGHTTP2_SETTINGS:
      OnSettings(flags, payload);
      break;
    case NGHTTP2_PING:
      if ((flags & NGHTTP2_FLAG_ACK) != 0) {
        ++pings_answered_;
      } else {
        ++pings_received_;
        if (answer_pings_) tcp_->Send(Frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, payload));
      }
      break;
    case NGHTTP2_GOAWAY:
      goaway_code_ = ReadUint32(payload, 4);
      goaway_last_stream_ = static_cast<int32_t>(ReadUint32(payload) & 0x7fffffff);
      goaway_debug_data_ = payload.substr(8);
      break;
    case NGHTTP2_WINDOW_UPDATE:
      OnWindowUpdate(id, payload);
      break;
    default:
      break;
  }
}

void Http2Client::OnHeaders(int32_t id, bool end) {
  Stream ignored;
  const auto it = streams_.find(id);
  Stream& stream = it == streams_.end() ? ignored : it->second;
  // Inflated even for a stream that was given up: the table belongs to the connection.
  const auto* input = reinterpret_cast<const uint8_t*>(block_.data());
  size_t size = block_.size();
  Fields fields;
  for (;;) {
    nghttp2_nv field;
    int flags = 0;
    const ssize_t used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, input, size, 1);
    if (used < 0) {
      ADD_FAILURE() << "header block: " << nghttp2_strerror(static_cast<int>(used));
      break;
    }
    input += used;
    size -= static_cast<size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      fields.emplace_back(std::string(reinterpret_cast<const char*>(field.name), field.namelen),
                          std::string(reinterpret_cast<const char*>(field.value), field.valuelen));
    }
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
  }
  nghttp2_hd_inflate_end_headers(inflater_.get());
  block_.clear();
  if (stream.response.status == 0) {
    stream.response.status = std::atoi(Find(fields, ":status").value_or("0").c_str());
    stream.response.headers = std::move(fields);
  } else {
    stream.response.trailers = std::move(fields);
  }
  if (end) stream.ended = stream.response.complete = true;
}

void Http2Client::OnSettings(uint8_t flags, std::string_view payload) {
  if ((flags & NGHTTP2_FLAG_ACK) != 0) return;
  for (; payload.size() >= 6; payload.remove_prefix(6)) {
    if (payload[0] != 0 || payload[1] != NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) continue;
    const int64_t window = ReadUint32(payload, 2);
    for (auto& [id, stream] : streams_) stream.window += window - initial_window_;
    initial_window_ = window;
  }
  tcp_->Send(Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
}

void Http2Client::OnWindowUpdate(int32_t id, std::string_view payload) {
  const int64_t bytes = ReadUint32(payload);
  if (id == 0) {
    connection_window_ += bytes;
  } else if (const auto it = streams_.find(id); it != streams_.end()) {
    it->second.window += bytes;
  }
}

}  // namespace connectrpc::test
