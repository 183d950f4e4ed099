#ifndef CONNECTRPC_SRC_WIRE_ENVELOPE_H_
#define CONNECTRPC_SRC_WIRE_ENVELOPE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "connectrpc/payload.h"
#include "wire/decode_status.h"

// The 5-byte prefix that gRPC, gRPC-Web and Connect streams share: flags, then a big-endian length. Framing knows
// nothing of what the flags mean; protocols classify them.
namespace connectrpc::wire {

inline constexpr size_t kEnvelopeHeaderSize = 5;

struct EnvelopeHeader {
  uint8_t flags = 0;
  uint32_t size = 0;  // of the payload
};

void WriteEnvelopeHeader(EnvelopeHeader header, char (&out)[kEnvelopeHeaderSize]);
void AppendEnvelopeHeader(EnvelopeHeader header, std::string* out);

// Reads envelopes from input that arrives in pieces. ReadHeader until kDone, then ReadPayload until kDone, and again:
// between the two the caller judges flags and length, before any of the payload is stored.
//
// Flow: both take bytes from the front of `*input` and leave the rest there. kNeedMore: all of it was taken. Neither
// returns kError.
class EnvelopeReader {
 public:
  DecodeStatus ReadHeader(std::string_view* input, EnvelopeHeader* header);

  // The payload of the header read last. Borrowed from `*input` when it lies there whole; otherwise gathered into a
  // buffer that grows with the bytes that arrive, never to an announced length beyond 64 KiB.
  DecodeStatus ReadPayload(std::string_view* input, Payload* payload);

  // Whether an envelope has begun and not ended: input that stops here is truncated.
  bool InsideEnvelope() const { return header_bytes_ > 0; }
  // Bytes kept of a payload that is not complete.
  size_t gathered_bytes() const { return gathered_.size(); }

  void Reset();

 private:
  char header_[kEnvelopeHeaderSize] = {};
  size_t header_bytes_ = 0;
  std::string gathered_;
};

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_ENVELOPE_H_
