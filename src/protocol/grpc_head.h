#ifndef CONNECTRPC_SRC_PROTOCOL_GRPC_HEAD_H_
#define CONNECTRPC_SRC_PROTOCOL_GRPC_HEAD_H_

#include <optional>
#include <string>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"
#include "protocol/sendable_end.h"
#include "protocol/server_protocol.h"
#include "wire/http_head.h"

// The heads of gRPC and of gRPC-Web, which took them over: they differ in the content type, which follows from the
// framing, and in one marker that clients send.
namespace connectrpc::protocol {

// What one message's flags say, from either side: the compressed bit and nothing else.
FrameKind ClassifyGrpcMessage(uint8_t flags);

// Server.
Error ReadGrpcRequestHead(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                          RequestMeta* meta);
Error WriteGrpcResponseHead(const ResponseMeta& meta, wire::ResponseHead* head);

// Server: what goes into the head when the response ends before it was sent. Trailers-Only (PROTOCOL-HTTP2.md,
// "Responses") where it can be: it has no place for a handler's headers, which the caller would take for trailers.
enum class HeadAtEnd {
  kComplete,    // Trailers-Only: nothing is left to write
  kWithoutEnd,  // an ordinary head: status and trailers are still to be written
};
HeadAtEnd WriteGrpcHeadAtEnd(const ResponseMeta& meta, const SendableEnd& end, wire::ResponseHead* head);

// Server: the fields that end a response.
void AppendGrpcEnd(const SendableEnd& end, HeaderList* fields);

// Client. `marker` is the field that tells the protocol from others.
Error WriteGrpcRequestHead(const RequestMeta& meta, const HeaderField& marker, wire::RequestHead* head);
Error ReadGrpcResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                           std::optional<RpcEnd>* head_end);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_GRPC_HEAD_H_
