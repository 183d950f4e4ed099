#ifndef CONNECTRPC_SRC_HTTP_H2_SETUP_H_
#define CONNECTRPC_SRC_HTTP_H2_SETUP_H_

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/h2_memory.h"
#include "http/nghttp2_handles.h"

// How both ends of an HTTP/2 connection set nghttp2 up, and what they say when they cannot use it any longer.
namespace connectrpc::http {

// Null if there is no memory for them. A client leaves it to nghttp2 to check the responses; requests, see
// H2RequestCheck.
Nghttp2Option NewNghttp2ServerOption(size_t max_continuation_frames, size_t max_queued_frames);
Nghttp2Option NewNghttp2Option(size_t max_continuation_frames, size_t max_queued_frames);

// nghttp2's way to `memory`; sessions copy it.
nghttp2_mem Nghttp2MemOf(H2Memory* memory);

// Sizes of ours as HTTP/2 can say them.
int32_t WindowSize(size_t bytes);
uint32_t SettingsValue(size_t value);

// A whole frame (RFC 9113 section 6.8).
std::string GoAwayFrame(int32_t last_stream_id, uint32_t error_code, std::string_view debug_data);

// What to tell the peer of a fatal error of nghttp2_session_mem_recv.
uint32_t GoAwayCode(ssize_t nghttp2_error);

// nghttp2 only reads through such pointers.
inline uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_SETUP_H_
