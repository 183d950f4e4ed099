#include "protocol/connect_get.h"

#include <string>
#include <string_view>
#include <utility>

#include "protocol/connect_head.h"
#include "protocol/connect_unary_response.h"
#include "protocol/response_faults.h"
#include "wire/connect_query.h"
#include "wire/metadata.h"

namespace connectrpc::protocol {
namespace {

Error ReadQuery(std::string_view text, RequestMeta* meta) {
  wire::ConnectQuery query;
  std::string reason;
  if (!wire::ParseConnectQuery(text, &query, &reason)) return Error(Code::kInvalidArgument, reason);
  if (query.encoding.has_value()) meta->codec = *std::move(query.encoding);
  if (query.compression.has_value() && *query.compression != "identity") {
    meta->content_encoding = *std::move(query.compression);
  }
  meta->names_version = query.connect.has_value();
  if (query.connect.has_value() && *query.connect != "v1") {
    return Error(Code::kInvalidArgument,
                 "unsupported version connect=\"" + wire::Quoted(*query.connect) + "\", expected \"v1\"");
  }
  if (meta->codec.empty()) return Error(Code::kInvalidArgument, "missing encoding parameter");
  if (!query.message.has_value()) return Error(Code::kInvalidArgument, "missing message parameter");
  meta->get_message = std::move(query.message);
  return Error();
}

class ConnectGetServer final : public ServerProtocol {
 public:
  // The content type of a GET, if it has one, says nothing: the codec is named in the query.
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& /*codec*/,
                         RequestMeta* meta) const override {
    const wire::Target target = wire::SplitTarget(head.target);
    meta->Clear();
    meta->framing = meta->response_framing = wire::Framing::kConnectGet;
    meta->path = target.path;
    Error error = ReadQuery(target.query, meta);
    if (!error.ok()) return error;
    return ReadConnectCallFields(head.headers, kConnectUnaryCompression, meta);
  }

  FrameKind ClassifyRequestFrame(uint8_t /*flags*/) const override { return FrameKind::kInvalid; }

  Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const override {
    return WriteConnectUnaryHead(meta, head);
  }

  void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                wire::OutgoingBody* body) const override {
    WriteConnectUnaryEnd(meta, end, head, body);
  }
};

class ConnectGetClient final : public ClientProtocol {
 public:
  // No field here speaks of a body: there is none (https://connectrpc.com/docs/protocol#unary-get-request).
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    const std::string_view message = meta.get_message.has_value() ? std::string_view(*meta.get_message) : "";
    head->method = "GET";
    head->target = meta.path;
    head->target.append("?").append(wire::FormatConnectQuery(meta.codec, meta.content_encoding, message));
    head->headers.Clear();
    return WriteConnectCallFields(meta, kConnectUnaryCompression, &head->headers);
  }

  Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                          std::optional<RpcEnd>* head_end) const override {
    return ReadConnectUnaryHead(request, head, meta, head_end);
  }

  FrameKind ClassifyResponseFrame(uint8_t /*flags*/) const override { return FrameKind::kInvalid; }

  RpcEnd ParseEndFrame(std::string_view /*payload*/, const EndLimits& /*limits*/) const override {
    return BrokenResponse("unexpected end frame");
  }

  RpcEnd ParseTrailers(const HeaderList& /*trailers*/, HasBody /*has_body*/,
                       const std::optional<RpcEnd>& head_end) const override {
    return ReadConnectUnaryEnd(head_end);
  }

  Error ParseErrorBody(const ResponseMeta& meta, std::string_view body, const Error& fallback) const override {
    return ReadConnectErrorBody(meta, body, fallback);
  }
};

constexpr ConnectGetServer kServer{};
constexpr ConnectGetClient kClient{};

}  // namespace

const ServerProtocol& kConnectGetServer = kServer;
const ClientProtocol& kConnectGetClient = kClient;

}  // namespace connectrpc::protocol
