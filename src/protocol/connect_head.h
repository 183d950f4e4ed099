#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_HEAD_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_HEAD_H_

#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"
#include "wire/http_head.h"

// What the heads of Connect's three translators have in common.
namespace connectrpc::protocol {

// The fields that speak of compression: of the whole body, or of each message in a stream.
struct ConnectCompressionFields {
  std::string_view encoding;
  std::string_view accept;
};
inline constexpr ConnectCompressionFields kConnectUnaryCompression{"content-encoding", "accept-encoding"};
inline constexpr ConnectCompressionFields kConnectStreamCompression{"connect-content-encoding",
                                                                    "connect-accept-encoding"};

// Server. Of a POST: everything. Of any Connect request: what stands in headers even when the message does not follow,
// that is timeout, accepted encodings and metadata.
Error ReadConnectPost(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                      const ConnectCompressionFields& compression, RequestMeta* meta);
Error ReadConnectCallFields(const HeaderList& headers, const ConnectCompressionFields& compression, RequestMeta* meta);

// Client, the mirror.
Error WriteConnectPost(const RequestMeta& meta, const ConnectCompressionFields& compression, wire::RequestHead* head);
Error WriteConnectCallFields(const RequestMeta& meta, const ConnectCompressionFields& compression, HeaderList* headers);

// Server: the head of a response with messages, but for its metadata. Replaces what was in `*head`.
void BeginConnectResponse(const ResponseMeta& meta, const ConnectCompressionFields& compression,
                          wire::ResponseHead* head);

// Client, the mirror.
void ReadConnectResponse(const RequestMeta& request, const HeaderList& headers,
                         const ConnectCompressionFields& compression, ResponseMeta* meta);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_HEAD_H_
