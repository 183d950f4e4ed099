#ifndef CONNECTRPC_SRC_PROTOCOL_SERVER_PROTOCOL_H_
#define CONNECTRPC_SRC_PROTOCOL_SERVER_PROTOCOL_H_

#include <cstdint>

#include "connectrpc/error.h"
#include "protocol/model.h"
#include "wire/content_type.h"
#include "wire/http_head.h"

namespace connectrpc::protocol {

// What an envelope is, by its flags.
enum class FrameKind {
  kMessage,
  kCompressedMessage,
  kEnd,            // Connect's EndStreamResponse, gRPC-Web's trailers; only ever from a server
  kCompressedEnd,  // the same, compressed
  kInvalid,
};

// The server's role of one protocol: a stateless translator between HTTP and the neutral model. One final class for
// each wire::Framing, in the file that also holds the client's role. Instances are constants that live for ever.
class ServerProtocol {
 public:
  // Reads the head into `*meta` (cleared before). `codec` is what the content type names (unused by Connect GET). Fills
  // in at least framing, codec and path even when it returns an error, so that the error can be written. error.ok() for
  // success.
  virtual Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const = 0;

  // What an envelope from a client is. Connect unary and GET have no envelopes and are never asked.
  virtual FrameKind ClassifyRequestFrame(uint8_t flags) const = 0;

  // Fills the head of an answer that has messages to come, or, for Connect unary, that succeeds. Fails, naming the
  // field, when the handler's metadata is not valid; the call then ends with that error.
  virtual Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const = 0;

  // Writes the end of the answer: trailers, final envelope, or status and error body. `head` is null when it has been
  // sent already; otherwise it is filled here, in the form the protocol has for an answer without messages (gRPC:
  // Trailers-Only). A Connect unary success is written by WriteResponseHead followed by this function with that head:
  // it only adds the trailers. Invalid trailers set by the handler turn a success into an `internal` error and are left
  // out of an error. Does not set body->ended.
  virtual void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                        wire::OutgoingBody* body) const = 0;

 protected:
  ~ServerProtocol() = default;
};

// The translator of a framing.
const ServerProtocol& ServerProtocolFor(wire::Framing framing);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_SERVER_PROTOCOL_H_
