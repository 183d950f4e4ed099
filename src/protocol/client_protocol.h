#ifndef CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_
#define CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_

#include <cstdint>
#include <string_view>

#include "connectrpc/error.h"
#include "protocol/model.h"
#include "protocol/server_protocol.h"
#include "wire/http_head.h"
#include "wire/web_trailers.h"

namespace connectrpc::protocol {

// Bounds on what a server may send as metadata of an end frame.
using EndLimits = wire::WebTrailerLimits;

// The client's role of one protocol: the mirror of ServerProtocol.
class ClientProtocol {
 public:
  // Fills method, target, headers. The metadata must be valid: the error names the first field that is not. For Connect
  // GET, meta.get_message goes into the query.
  virtual Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const = 0;

  // Reads the head of the answer. An error here ends the call: wrong content type, unknown status, Trailers-Only error.
  // For Connect unary with a status other than 200 it is the error to use if the body turns out not to be a Connect
  // error: see ParseErrorBody.
  virtual Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                                  RpcEnd* end) const = 0;

  virtual FrameKind ClassifyResponseFrame(uint8_t flags) const = 0;

  // The payload (decompressed) of a kEnd frame. Malformed ones end in `internal`.
  virtual RpcEnd ParseEndFrame(std::string_view payload, const EndLimits& limits) const = 0;

  // The end as the protocol tells it outside the body: gRPC's HTTP trailers. Others have said it before: this is then
  // the error of a response that stops without its end frame.
  virtual RpcEnd ParseTrailers(const HeaderList& trailers) const = 0;

  // Connect unary and GET: the error in a non-200 response; `fallback` is what ParseResponseHead returned.
  virtual Error ParseErrorBody(std::string_view body, const Error& fallback) const = 0;

 protected:
  ~ClientProtocol() = default;
};

const ClientProtocol& ClientProtocolFor(wire::Framing framing);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_
