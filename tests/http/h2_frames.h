#ifndef CONNECTRPC_TESTS_HTTP_H2_FRAMES_H_
#define CONNECTRPC_TESTS_HTTP_H2_FRAMES_H_

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/sessions.h"

// HTTP/2 frames by hand, for what a well-behaved client library would not send.
namespace connectrpc::test {

struct RawFrame {
  uint8_t type = 0;
  uint8_t flags = 0;
  int32_t stream_id = 0;
  std::string payload;
};

inline std::string Uint32(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
  return out;
}

inline std::string Frame(uint8_t type, uint8_t flags, int32_t stream_id, std::string_view payload = {}) {
  std::string out = Uint32(static_cast<uint32_t>(payload.size())).substr(1);
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  out += Uint32(static_cast<uint32_t>(stream_id));
  return out.append(payload);
}

// An HPACK literal without indexing, new name, no Huffman coding (RFC 7541 section 6.2.2).
inline std::string Literal(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  for (std::string_view text : {name, value}) {
    size_t size = text.size();
    if (size < 127) {
      out.push_back(static_cast<char>(size));
    } else {
      out.push_back(127);
      for (size -= 127; size >= 128; size >>= 7) out.push_back(static_cast<char>((size & 127) | 128));
      out.push_back(static_cast<char>(size));
    }
    out.append(text);
  }
  return out;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

inline std::string Block(const Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out += Literal(name, value);
  return out;
}

inline Fields RequestFields(std::string path = "/svc.S/Unary") {
  return {{":method", "POST"}, {":scheme", "http"}, {":path", std::move(path)}, {":authority", "host"}};
}

// A header block in one HEADERS frame and as many CONTINUATION frames as it takes.
inline std::string HeadersFrames(int32_t stream_id, uint8_t flags, std::string_view block) {
  constexpr size_t kMaxFrameSize = 16384;
  std::string out;
  uint8_t type = NGHTTP2_HEADERS;
  do {
    const std::string_view part = block.substr(0, kMaxFrameSize);
    block.remove_prefix(part.size());
    const uint8_t end = block.empty() ? NGHTTP2_FLAG_END_HEADERS : NGHTTP2_FLAG_NONE;
    out += Frame(type, static_cast<uint8_t>(type == NGHTTP2_HEADERS ? flags | end : end), stream_id, part);
    type = NGHTTP2_CONTINUATION;
  } while (!block.empty());
  return out;
}

// The client connection preface: magic and empty SETTINGS.
inline std::string Preface() {
  return std::string(http::kHttp2Preface) + Frame(NGHTTP2_SETTINGS, 0, 0);
}

// `bytes` as frames; what is left over becomes a frame of type 0xff.
inline std::vector<RawFrame> ParseFrames(std::string_view bytes) {
  std::vector<RawFrame> frames;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  while (!bytes.empty()) {
    const size_t size = bytes.size() < 9 ? bytes.size() : size_t{byte(0)} << 16 | size_t{byte(1)} << 8 | byte(2);
    if (bytes.size() < 9 + size) {
      frames.push_back({0xff, 0, 0, std::string(bytes)});
      break;
    }
    const int32_t id = (byte(5) & 0x7f) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
    frames.push_back({byte(3), byte(4), id, std::string(bytes.substr(9, size))});
    bytes.remove_prefix(9 + size);
  }
  return frames;
}

inline uint32_t ReadUint32(std::string_view bytes, size_t offset = 0) {
  uint32_t value = 0;
  for (size_t i = offset; i < offset + 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace connectrpc::test

#endif  // CONNECTRPC_TESTS_HTTP_H2_FRAMES_H_
