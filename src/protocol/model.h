#ifndef CONNECTRPC_SRC_PROTOCOL_MODEL_H_
#define CONNECTRPC_SRC_PROTOCOL_MODEL_H_

#include <optional>
#include <string>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "connectrpc/protocol.h"
#include "wire/content_type.h"
#include "wire/timeout.h"

// The neutral model: what all protocols say about a call, each in its own words. Translators turn HTTP into it and
// back; everything else speaks only this. Metadata values of "-bin" names are raw bytes here.
namespace connectrpc::protocol {

constexpr Protocol FamilyOf(wire::Framing framing) {
  switch (framing) {
    case wire::Framing::kGrpc:
      return Protocol::kGrpc;
    case wire::Framing::kGrpcWeb:
    case wire::Framing::kGrpcWebText:
      return Protocol::kGrpcWeb;
    default:
      return Protocol::kConnect;
  }
}

// The head of a call.
struct RequestMeta {
  wire::Framing framing = wire::Framing::kConnectUnary;
  // Server: of the answer. Differs only where a caller of gRPC-Web asks for its other form.
  wire::Framing response_framing = wire::Framing::kConnectUnary;
  std::string path;                       // "/package.Service/Method", without query
  std::string codec;                      // "proto", "json"
  std::string content_encoding;           // of the request's messages; empty for identity
  std::string accept_encoding;            // what the caller takes in response messages, as it wrote it; may be empty
  std::optional<wire::Duration> timeout;  // none: the caller sets no deadline
  bool names_version = false;             // Server: the caller named the version of Connect's protocol
  HeaderList metadata;
  std::optional<std::string> get_message;  // Connect GET: the message as encoded by codec and content_encoding

  void Clear();
};

// The head of an answer.
struct ResponseMeta {
  wire::Framing framing = wire::Framing::kConnectUnary;
  std::string codec;
  std::string content_encoding;  // of the response's messages; empty for identity
  std::string accept_encoding;   // what the server takes in requests: a comma-separated list
  HeaderList metadata;

  void Clear();
};

// How a call ended: error.ok() for success. error.metadata is not sent by servers: what they send beside the status is
// `trailers`.
struct RpcEnd {
  Error error;
  HeaderList trailers;
  // The HTTP status for protocols that show one, in place of the code's own: 404 for an unknown path, 431 for too large
  // a head. Connect shows it as long as the head is not sent; gRPC and gRPC-Web never.
  std::optional<int> http_status;

  void Clear();
};

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_MODEL_H_
