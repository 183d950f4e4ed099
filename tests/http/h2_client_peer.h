#ifndef CONNECTRPC_TESTS_HTTP_H2_CLIENT_PEER_H_
#define CONNECTRPC_TESTS_HTTP_H2_CLIENT_PEER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/client_driver.h"
#include "http/h2_client_session.h"
#include "http/h2_frames.h"

// A client session with the connection made, and what a server may say to it, frame by frame.
namespace connectrpc::test {

// SETTINGS of a server; entries of an identifier and a value.
inline std::string Settings(const std::vector<std::pair<uint16_t, uint32_t>>& entries = {}) {
  std::string payload;
  for (const auto& [id, value] : entries) payload += Uint32(id).substr(2) + Uint32(value);
  return Frame(NGHTTP2_SETTINGS, 0, 0, payload);
}

inline std::string Response(int32_t id, uint8_t flags = NGHTTP2_FLAG_NONE,
                            const Fields& fields = {{":status", "200"}}) {
  return HeadersFrames(id, flags, Block(fields));
}
inline std::string Trailers(int32_t id, const Fields& fields = {{"grpc-status", "0"}}) {
  return HeadersFrames(id, NGHTTP2_FLAG_END_STREAM, Block(fields));
}
inline std::string Data(int32_t id, std::string_view bytes, bool end = false) {
  return Frame(NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE, id, bytes);
}
inline std::string Rst(int32_t id, uint32_t code) {
  return Frame(NGHTTP2_RST_STREAM, 0, id, Uint32(code));
}
inline std::string GoAway(int32_t last_stream_id, uint32_t code = NGHTTP2_NO_ERROR) {
  return Frame(NGHTTP2_GOAWAY, 0, 0, Uint32(static_cast<uint32_t>(last_stream_id)) + Uint32(code));
}

// The prefaces are exchanged, and acknowledged.
class H2ClientPeer : public ClientDriver {
 public:
  explicit H2ClientPeer(const http::ClientSessionLimits& limits = {},
                        const std::vector<std::pair<uint16_t, uint32_t>>& settings = {}, int32_t first_stream_id = 1)
      : ClientDriver(std::make_unique<http::H2ClientSession>(limits, first_stream_id)) {
    Output();
    Feed(Settings(settings) + Frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0));
    Output();
  }

  std::vector<RawFrame> OutputFrames(size_t high_water = SIZE_MAX) { return ParseFrames(Output(high_water)); }
};

// "HEADERS 1 end", "DATA 1", "RST_STREAM 1 8", "GOAWAY 0 11 debug data", ...
inline std::vector<std::string> Names(const std::vector<RawFrame>& frames) {
  static constexpr const char* kNames[] = {"DATA",         "HEADERS", "PRIORITY", "RST_STREAM",    "SETTINGS",
                                           "PUSH_PROMISE", "PING",    "GOAWAY",   "WINDOW_UPDATE", "CONTINUATION"};
  std::vector<std::string> names;
  for (const RawFrame& frame : frames) {
    std::string name = frame.type < 10 ? kNames[frame.type] : "?";
    if (frame.type == NGHTTP2_GOAWAY) {
      name += " " + std::to_string(ReadUint32(frame.payload)) + " " + std::to_string(ReadUint32(frame.payload, 4));
      if (frame.payload.size() > 8) name += " " + frame.payload.substr(8);
    } else {
      name += " " + std::to_string(frame.stream_id);
    }
    if (frame.type == NGHTTP2_RST_STREAM) name += " " + std::to_string(ReadUint32(frame.payload));
    const bool can_end = frame.type == NGHTTP2_DATA || frame.type == NGHTTP2_HEADERS;
    if (can_end && (frame.flags & NGHTTP2_FLAG_END_STREAM) != 0) name += " end";
    names.push_back(name);
  }
  return names;
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_HTTP_H2_CLIENT_PEER_H_
