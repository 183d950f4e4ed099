#ifndef CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_
#define CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "connectrpc/error.h"
#include "protocol/model.h"
#include "protocol/server_protocol.h"
#include "wire/http_head.h"
#include "wire/web_trailers.h"

namespace connectrpc::protocol {

// Bounds on what a server may send as metadata of an end frame.
using EndLimits = wire::WebTrailerLimits;

// Whether a response had a body: at least one byte of it.
enum class HasBody : bool { kNo, kYes };

// The client's role of one protocol: the mirror of ServerProtocol. Nothing here fills Error::metadata: who reports the
// error puts the headers and trailers there.
class ClientProtocol {
 public:
  // Fills method, target and headers, replacing what was there; the rest of the head is the transport's. The metadata
  // must be valid: the error names the first field that is not. Reserved names are left out. For Connect GET,
  // meta.get_message goes into the query.
  virtual Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const = 0;

  // Reads the head of the answer. An error ends the call, whatever follows: wrong content type, HTTP status. For
  // Connect unary with a status other than 200 it is the error to use if the body turns out not to be a Connect error:
  // see ParseErrorBody. Fields that are not valid metadata are passed over.
  //
  // `*head_end` is what the head itself says about the end, if anything:
  // - Connect unary and GET: the trailers; its error is that of the call, or ok.
  // - gRPC and gRPC-Web: the status of a Trailers-Only response, in force only if neither body nor trailers follow, as
  //   ParseTrailers decides, or if an error is returned: then it is that error. Its trailers are what `meta->metadata`
  //   holds, and the response has no headers.
  virtual Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                                  std::optional<RpcEnd>* head_end) const = 0;

  virtual FrameKind ClassifyResponseFrame(uint8_t flags) const = 0;

  // The payload (decompressed) of a kEnd frame. Malformed ones end in `internal`, those beyond the limits in
  // `resource_exhausted`.
  virtual RpcEnd ParseEndFrame(std::string_view payload, const EndLimits& limits) const = 0;

  // The end of a response that stops without an end frame. gRPC says it in its HTTP trailers, empty if there were none,
  // and Connect unary has said it in the head; for the others it is the error of a truncated response, unless it was
  // Trailers-Only.
  virtual RpcEnd ParseTrailers(const HeaderList& trailers, HasBody has_body,
                               const std::optional<RpcEnd>& head_end) const = 0;

  // Connect unary and GET: the error in the body (decompressed) of a response whose head gave `meta` and the error
  // `fallback`. Returns `fallback` where the body is no Connect error, and always for the other protocols.
  virtual Error ParseErrorBody(const ResponseMeta& meta, std::string_view body, const Error& fallback) const = 0;

 protected:
  ~ClientProtocol() = default;
};

const ClientProtocol& ClientProtocolFor(wire::Framing framing);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CLIENT_PROTOCOL_H_
