#include "protocol/grpc.h"

#include "protocol/grpc_head.h"
#include "protocol/grpc_status.h"
#include "protocol/response_faults.h"
#include "protocol/sendable_end.h"

namespace connectrpc::protocol {
namespace {

class GrpcServer final : public ServerProtocol {
 public:
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const override {
    return ReadGrpcRequestHead(head, wire::Framing::kGrpc, codec, meta);
  }

  FrameKind ClassifyRequestFrame(uint8_t flags) const override { return ClassifyGrpcMessage(flags); }

  Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const override {
    return WriteGrpcResponseHead(meta, head);
  }

  void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                wire::OutgoingBody* body) const override {
    const SendableEnd sendable(head != nullptr ? &meta.metadata : nullptr, end);
    if (head != nullptr && WriteGrpcHeadAtEnd(meta, sendable, head) == HeadAtEnd::kComplete) return;
    AppendGrpcEnd(sendable, &body->trailers);
  }
};

class GrpcClient final : public ClientProtocol {
 public:
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    return WriteGrpcRequestHead(meta, {"te", "trailers"}, head);
  }

  Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                          std::optional<RpcEnd>* head_end) const override {
    return ReadGrpcResponseHead(request, head, meta, head_end);
  }

  FrameKind ClassifyResponseFrame(uint8_t flags) const override { return ClassifyGrpcMessage(flags); }

  RpcEnd ParseEndFrame(std::string_view /*payload*/, const EndLimits& /*limits*/) const override {
    return BrokenResponse("unexpected end frame");
  }

  RpcEnd ParseTrailers(const HeaderList& trailers, HasBody has_body,
                       const std::optional<RpcEnd>& head_end) const override {
    if (trailers.empty()) {
      if (has_body == HasBody::kNo && head_end.has_value()) return *head_end;
      return BrokenResponse("response ended without trailers");
    }
    return ParseGrpcTrailers(trailers);
  }

  Error ParseErrorBody(const ResponseMeta& /*meta*/, std::string_view /*body*/, const Error& fallback) const override {
    return fallback;
  }
};

constexpr GrpcServer kServer{};
constexpr GrpcClient kClient{};

}  // namespace

const ServerProtocol& kGrpcServer = kServer;
const ClientProtocol& kGrpcClient = kClient;

}  // namespace connectrpc::protocol
