#include "protocol/grpc_web.h"

#include <optional>
#include <string>

#include "protocol/grpc_head.h"
#include "protocol/grpc_status.h"
#include "protocol/response_faults.h"
#include "protocol/sendable_end.h"
#include "wire/content_type.h"
#include "wire/encoding_list.h"
#include "wire/envelope.h"
#include "wire/web_trailers.h"

namespace connectrpc::protocol {
namespace {

constexpr uint8_t kTrailerFlag = 0x80;

void AppendTrailerFrame(const SendableEnd& end, wire::OutgoingBody* body) {
  // gRPC-Web sends no HTTP trailers: the list serves to gather the fields, and keeps its memory from call to call.
  body->trailers.Clear();
  AppendGrpcEnd(end, &body->trailers);
  std::string payload;
  wire::AppendWebTrailers(body->trailers, &payload);
  body->trailers.Clear();
  std::string header;
  wire::AppendEnvelopeHeader({kTrailerFlag, static_cast<uint32_t>(payload.size())}, &header);
  body->queue.Append(header);
  body->queue.Append(payload);
}

// Nothing where Accept names neither form.
std::optional<wire::Framing> AcceptedForm(const HeaderList& headers) {
  for (HeaderField field : headers) {
    if (field.name != "accept") continue;
    wire::EncodingList types(field.value);
    for (auto type = types.Next(); !type.name.empty(); type = types.Next()) {
      if (type.weight == 0) continue;
      const std::optional<wire::ContentType> parsed = wire::ParseContentType(type.name);
      if (parsed.has_value() && FamilyOf(parsed->framing) == Protocol::kGrpcWeb) return parsed->framing;
    }
  }
  return std::nullopt;
}

class GrpcWebServer final : public ServerProtocol {
 public:
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const override {
    return ReadGrpcWebRequestHead(head, wire::Framing::kGrpcWeb, codec, meta);
  }

  FrameKind ClassifyRequestFrame(uint8_t flags) const override { return ClassifyGrpcMessage(flags); }

  Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const override {
    return WriteGrpcResponseHead(meta, head);
  }

  void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                wire::OutgoingBody* body) const override {
    const SendableEnd sendable(head != nullptr ? &meta.metadata : nullptr, end);
    if (head != nullptr && WriteGrpcHeadAtEnd(meta, sendable, head) == HeadAtEnd::kComplete) return;
    AppendTrailerFrame(sendable, body);
  }
};

class GrpcWebClient final : public ClientProtocol {
 public:
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    Error error = WriteGrpcRequestHead(meta, {"x-grpc-web", "1"}, head);
    // Messages are compressed one by one; no proxy should compress the stream of them as well.
    head->headers.Add("accept-encoding", "identity");
    return error;
  }

  Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                          std::optional<RpcEnd>* head_end) const override {
    return ReadGrpcResponseHead(request, head, meta, head_end);
  }

  FrameKind ClassifyResponseFrame(uint8_t flags) const override {
    if ((flags & kTrailerFlag) == 0) return ClassifyGrpcMessage(flags);
    switch (ClassifyGrpcMessage(flags & ~kTrailerFlag)) {
      case FrameKind::kMessage:
        return FrameKind::kEnd;
      case FrameKind::kCompressedMessage:
        return FrameKind::kCompressedEnd;
      default:
        return FrameKind::kInvalid;
    }
  }

  RpcEnd ParseEndFrame(std::string_view payload, const EndLimits& limits) const override {
    HeaderList trailers;
    switch (wire::ParseWebTrailers(payload, limits, &trailers)) {
      case wire::WebTrailersResult::kOk:
        return ParseGrpcTrailers(trailers);
      case wire::WebTrailersResult::kMalformed:
        return BrokenResponse("malformed trailer frame");
      case wire::WebTrailersResult::kTooMuch:
        break;
    }
    return TooMuchMetadata();
  }

  RpcEnd ParseTrailers(const HeaderList& /*trailers*/, HasBody has_body,
                       const std::optional<RpcEnd>& head_end) const override {
    if (has_body == HasBody::kNo && head_end.has_value()) return *head_end;
    return BrokenResponse("response ended without its trailer frame");
  }

  Error ParseErrorBody(const ResponseMeta& /*meta*/, std::string_view /*body*/, const Error& fallback) const override {
    return fallback;
  }
};

constexpr GrpcWebServer kServer{};
constexpr GrpcWebClient kClient{};

}  // namespace

Error ReadGrpcWebRequestHead(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                             RequestMeta* meta) {
  Error error = ReadGrpcRequestHead(head, framing, codec, meta);
  meta->response_framing = AcceptedForm(head.headers).value_or(framing);
  return error;
}

const ServerProtocol& kGrpcWebServer = kServer;
const ClientProtocol& kGrpcWebClient = kClient;

}  // namespace connectrpc::protocol
