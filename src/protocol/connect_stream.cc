#include "protocol/connect_stream.h"

#include <string>

#include "protocol/connect_error.h"
#include "protocol/connect_head.h"
#include "protocol/connect_unary_response.h"
#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "protocol/sendable_end.h"
#include "wire/envelope.h"

namespace connectrpc::protocol {
namespace {

constexpr uint8_t kCompressedFlag = 0x01;
constexpr uint8_t kEndFlag = 0x02;

void AppendEndFrame(const Error& error, const HeaderList& trailers, wire::OutgoingBody* body) {
  HeaderList fields;
  WriteCheckedMetadata(trailers, "", &fields);
  std::string payload;
  AppendEndStream(error, fields, &payload);
  std::string header;
  wire::AppendEnvelopeHeader({kEndFlag, static_cast<uint32_t>(payload.size())}, &header);
  body->queue.Append(header);
  body->queue.Append(payload);
}

class ConnectStreamServer final : public ServerProtocol {
 public:
  Error ParseRequestHead(const wire::RequestHead& head, const std::string& codec, RequestMeta* meta) const override {
    return ReadConnectPost(head, wire::Framing::kConnectStream, codec, kConnectStreamCompression, meta);
  }

  FrameKind ClassifyRequestFrame(uint8_t flags) const override {
    if (flags == 0) return FrameKind::kMessage;
    return flags == kCompressedFlag ? FrameKind::kCompressedMessage : FrameKind::kInvalid;
  }

  Error WriteResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) const override {
    BeginConnectResponse(meta, kConnectStreamCompression, head);
    return WriteResponseMetadata(meta.metadata, &head->headers);
  }

  void WriteEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                wire::OutgoingBody* body) const override {
    const SendableEnd sendable(head != nullptr ? &meta.metadata : nullptr, end);
    if (head != nullptr) {
      if (!end.error.ok() && end.http_status.has_value()) {
        WriteConnectErrorResponse(meta, kConnectStreamCompression,
                                  {*end.http_status, sendable.error(), sendable.headers(), sendable.trailers()}, head,
                                  body);
        return;
      }
      BeginConnectResponse(meta, kConnectStreamCompression, head);
      WriteCheckedMetadata(sendable.headers(), "", &head->headers);
    }
    AppendEndFrame(sendable.error(), sendable.trailers(), body);
  }
};

class ConnectStreamClient final : public ClientProtocol {
 public:
  Error WriteRequestHead(const RequestMeta& meta, wire::RequestHead* head) const override {
    Error error = WriteConnectPost(meta, kConnectStreamCompression, head);
    // Messages are compressed one by one; HTTP must not compress the stream of them as well.
    head->headers.Add("accept-encoding", "identity");
    return error;
  }

  Error ParseResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                          std::optional<RpcEnd>* head_end) const override {
    head_end->reset();
    ReadConnectResponse(request, head.headers, kConnectStreamCompression, meta);
    ReadResponseMetadata(head.headers, &meta->metadata);
    if (head.status != 200) return ErrorFromHttpStatus(head.status);
    return CheckResponseType(request, head.headers);
  }

  FrameKind ClassifyResponseFrame(uint8_t flags) const override {
    switch (flags) {
      case 0:
        return FrameKind::kMessage;
      case kCompressedFlag:
        return FrameKind::kCompressedMessage;
      case kEndFlag:
        return FrameKind::kEnd;
      case kEndFlag | kCompressedFlag:
        return FrameKind::kCompressedEnd;
      default:
        return FrameKind::kInvalid;
    }
  }

  RpcEnd ParseEndFrame(std::string_view payload, const EndLimits& limits) const override {
    return ParseEndStream(payload, limits);
  }

  RpcEnd ParseTrailers(const HeaderList& /*trailers*/, HasBody /*has_body*/,
                       const std::optional<RpcEnd>& /*head_end*/) const override {
    return BrokenResponse("response ended without the end of the stream");
  }

  Error ParseErrorBody(const ResponseMeta& /*meta*/, std::string_view /*body*/, const Error& fallback) const override {
    return fallback;
  }
};

constexpr ConnectStreamServer kServer{};
constexpr ConnectStreamClient kClient{};

}  // namespace

const ServerProtocol& kConnectStreamServer = kServer;
const ClientProtocol& kConnectStreamClient = kClient;

}  // namespace connectrpc::protocol
