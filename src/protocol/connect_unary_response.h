#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_RESPONSE_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_RESPONSE_H_

#include <optional>
#include <string_view>

#include "connectrpc/error.h"
#include "protocol/connect_head.h"
#include "protocol/model.h"
#include "wire/http_head.h"

// The answer to a Connect unary call, which is the same for POST and GET
// (https://connectrpc.com/docs/protocol#unary-response).
namespace connectrpc::protocol {

// Server: as ServerProtocol has them.
Error WriteConnectUnaryHead(const ResponseMeta& meta, wire::ResponseHead* head);
void WriteConnectUnaryEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                          wire::OutgoingBody* body);

// Server: a whole response that is an error, in place of whatever `*head` and `*body` held. `headers` and `trailers`
// are checked metadata. Connect streams answer so too, as long as no stream was begun.
struct ConnectErrorResponse {
  int http_status;
  const Error& error;
  const HeaderList& headers;
  const HeaderList& trailers;
};
void WriteConnectErrorResponse(const ResponseMeta& meta, const ConnectCompressionFields& compression,
                               const ConnectErrorResponse& response, wire::ResponseHead* head,
                               wire::OutgoingBody* body);

// Client: as ClientProtocol has them. A non-200 response leaves meta->codec "json" if its body may be a Connect error,
// otherwise empty.
Error ReadConnectUnaryHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                           std::optional<RpcEnd>* head_end);
RpcEnd ReadConnectUnaryEnd(const std::optional<RpcEnd>& head_end);
Error ReadConnectErrorBody(const ResponseMeta& meta, std::string_view body, const Error& fallback);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_UNARY_RESPONSE_H_
