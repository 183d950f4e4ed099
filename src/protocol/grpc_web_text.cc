#include "protocol/grpc_web_text.h"

#include "protocol/grpc_web.h"
#include "wire/base64_stream.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kAcceptField = "accept";

class GrpcWebTextServer final : public ServerProtocol {
 public:
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const override {
    return ReadGrpcWebRequestHead(head, wire::Framing::kGrpcWebText, codec, meta);
  }

  FrameKind ClassifyRequestFrame(uint8_t flags) const override { return kGrpcWebServer.ClassifyRequestFrame(flags); }

  Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const override {
    return kGrpcWebServer.WriteResponseHead(meta, head);
  }

  void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                wire::OutgoingBody* body) const override {
    wire::OutgoingBody bytes;
    kGrpcWebServer.WriteEnd(meta, end, head, &bytes);
    wire::Base64Writer text(&body->queue);
    while (!bytes.queue.empty()) {
      std::string_view piece;
      static_cast<void>(bytes.queue.Peek(&piece, 1));
      text.Write(piece);
      bytes.queue.Consume(piece.size());
    }
    text.Finish();
  }
};

class GrpcWebTextClient final : public ClientProtocol {
 public:
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    Error error = kGrpcWebClient.WriteRequestHead(meta, head);
    // Some servers answer in text only where they are asked to.
    if (!head->headers.Find(kAcceptField).has_value()) {
      head->headers.Add(kAcceptField, wire::FormatContentType(meta.framing, meta.codec));
    }
    return error;
  }

  Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                          std::optional<RpcEnd>* head_end) const override {
    return kGrpcWebClient.ParseResponseHead(request, head, meta, head_end);
  }

  FrameKind ClassifyResponseFrame(uint8_t flags) const override { return kGrpcWebClient.ClassifyResponseFrame(flags); }

  RpcEnd ParseEndFrame(std::string_view payload, const EndLimits& limits) const override {
    return kGrpcWebClient.ParseEndFrame(payload, limits);
  }

  RpcEnd ParseTrailers(const HeaderList& trailers, HasBody has_body,
                       const std::optional<RpcEnd>& head_end) const override {
    return kGrpcWebClient.ParseTrailers(trailers, has_body, head_end);
  }

  Error ParseErrorBody(const ResponseMeta& meta, std::string_view body, const Error& fallback) const override {
    return kGrpcWebClient.ParseErrorBody(meta, body, fallback);
  }
};

constexpr GrpcWebTextServer kServer{};
constexpr GrpcWebTextClient kClient{};

}  // namespace

const ServerProtocol& kGrpcWebTextServer = kServer;
const ClientProtocol& kGrpcWebTextClient = kClient;

}  // namespace connectrpc::protocol
