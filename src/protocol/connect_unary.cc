#include "protocol/connect_unary.h"

#include "protocol/connect_head.h"
#include "protocol/connect_unary_response.h"
#include "protocol/response_faults.h"

namespace connectrpc::protocol {
namespace {

class ConnectUnaryServer final : public ServerProtocol {
 public:
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const override {
    return ReadConnectPost(head, wire::Framing::kConnectUnary, codec, kConnectUnaryCompression, meta);
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

class ConnectUnaryClient final : public ClientProtocol {
 public:
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    return WriteConnectPost(meta, kConnectUnaryCompression, head);
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

constexpr ConnectUnaryServer kServer{};
constexpr ConnectUnaryClient kClient{};

}  // namespace

const ServerProtocol& kConnectUnaryServer = kServer;
const ClientProtocol& kConnectUnaryClient = kClient;

}  // namespace connectrpc::protocol
