#include "http/nghttp2_callbacks.h"

#include <cstdint>
#include <string_view>

#include "http/h2_session.h"

namespace connectrpc::http {
namespace {

std::string_view Text(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

template <class F>
auto Guarded(void* user_data, F&& f) noexcept -> decltype(f(*static_cast<H2Session*>(user_data))) {
  try {
    return f(*static_cast<H2Session*>(user_data));
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnBeginHeaders(*frame); });
}

int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value,
             size_t value_size, uint8_t /*flags*/, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) {
    return session.OnHeader(*frame, Text(name, name_size), Text(value, value_size));
  });
}

int OnFrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnFrameReceived(*frame); });
}

int OnDataChunk(nghttp2_session*, uint8_t /*flags*/, int32_t stream_id, const uint8_t* data, size_t size,
                void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnDataChunk(stream_id, Text(data, size)); });
}

int OnStreamClose(nghttp2_session*, int32_t stream_id, uint32_t /*error_code*/, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnStreamClose(stream_id); });
}

int OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnFrameSent(*frame); });
}

int OnFrameNotSent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) { return session.OnFrameNotSent(*frame, error); });
}

// No padding is ever asked for, so what follows the frame header is the payload alone.
int SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* frame_header, size_t size, nghttp2_data_source* source,
             void* user_data) noexcept {
  constexpr size_t kFrameHeaderSize = 9;
  return Guarded(user_data, [&](H2Session& session) {
    return session.SendBody(static_cast<HttpStream*>(source->ptr), Text(frame_header, kFrameHeaderSize), size);
  });
}

ssize_t ReadBody(nghttp2_session*, int32_t /*stream_id*/, uint8_t* /*buffer*/, size_t size, uint32_t* data_flags,
                 nghttp2_data_source* source, void* user_data) noexcept {
  return Guarded(user_data, [&](H2Session& session) -> ssize_t {
    return session.ReadBody(static_cast<HttpStream*>(source->ptr), size, data_flags);
  });
}

}  // namespace

Nghttp2Callbacks NewNghttp2Callbacks() {
  nghttp2_session_callbacks* raw = nullptr;
  if (nghttp2_session_callbacks_new(&raw) != 0) return nullptr;
  nghttp2_session_callbacks_set_on_begin_headers_callback(raw, OnBeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback(raw, OnHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw, OnFrameReceived);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, OnDataChunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(raw, OnStreamClose);
  nghttp2_session_callbacks_set_on_frame_send_callback(raw, OnFrameSent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(raw, OnFrameNotSent);
  nghttp2_session_callbacks_set_send_data_callback(raw, SendData);
  return Nghttp2Callbacks(raw);
}

nghttp2_data_provider BodyProvider(HttpStream* stream) {
  nghttp2_data_provider provider;
  provider.source.ptr = stream;
  provider.read_callback = ReadBody;
  return provider;
}

}  // namespace connectrpc::http
