#ifndef CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_
#define CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/nghttp2_handles.h"

// Where nghttp2's C callbacks become calls of the session, H2Session or H2ClientSession, that is the user data of the
// nghttp2 session. No exception passes through C: one that our code throws, for want of memory, becomes
// NGHTTP2_ERR_CALLBACK_FAILURE, which ends the connection.
namespace connectrpc::http {

template <class Session>
class Nghttp2CallbacksOf {
 public:
  using Stream = typename Session::Stream;

  // Null if there is no memory for them.
  static Nghttp2Callbacks New() {
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
    if constexpr (Session::kIsClient) {
      nghttp2_session_callbacks_set_on_begin_frame_callback(raw, OnBeginFrame);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(raw, OnInvalidFrame);
    }
    return Nghttp2Callbacks(raw);
  }

  // A body that nghttp2 pulls from stream->body without a copy. `stream` must live until its on_stream_close.
  static nghttp2_data_provider BodyProvider(Stream* stream) {
    nghttp2_data_provider provider;
    provider.source.ptr = stream;
    provider.read_callback = ReadBody;
    return provider;
  }

 private:
  static std::string_view Text(const uint8_t* bytes, size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  template <class F>
  static auto Guarded(void* user_data, F&& f) noexcept -> decltype(f(*static_cast<Session*>(user_data))) {
    try {
      return f(*static_cast<Session*>(user_data));
    } catch (...) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static int OnBeginFrame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnBeginFrame(*header); });
  }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnBeginHeaders(*frame); });
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                      const uint8_t* value, size_t value_size, uint8_t /*flags*/, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) {
      return session.OnHeader(*frame, Text(name, name_size), Text(value, value_size));
    });
  }

  static int OnFrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnFrameReceived(*frame); });
  }

  static int OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnInvalidFrame(*frame, error); });
  }

  static int OnDataChunk(nghttp2_session*, uint8_t /*flags*/, int32_t stream_id, const uint8_t* data, size_t size,
                         void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnDataChunk(stream_id, Text(data, size)); });
  }

  static int OnStreamClose(nghttp2_session*, int32_t stream_id, uint32_t error_code, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnStreamClose(stream_id, error_code); });
  }

  static int OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnFrameSent(*frame); });
  }

  static int OnFrameNotSent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) { return session.OnFrameNotSent(*frame, error); });
  }

  // No padding is ever asked for, so what follows the frame header is the payload alone.
  static int SendData(nghttp2_session*, nghttp2_frame*, const uint8_t* frame_header, size_t size,
                      nghttp2_data_source* source, void* user_data) noexcept {
    constexpr size_t kFrameHeaderSize = 9;
    return Guarded(user_data, [&](Session& session) {
      return session.SendBody(static_cast<Stream*>(source->ptr), Text(frame_header, kFrameHeaderSize), size);
    });
  }

  static ssize_t ReadBody(nghttp2_session*, int32_t /*stream_id*/, uint8_t* /*buffer*/, size_t size,
                          uint32_t* data_flags, nghttp2_data_source* source, void* user_data) noexcept {
    return Guarded(user_data, [&](Session& session) -> ssize_t {
      return session.ReadBody(static_cast<Stream*>(source->ptr), size, data_flags);
    });
  }
};

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_NGHTTP2_CALLBACKS_H_
