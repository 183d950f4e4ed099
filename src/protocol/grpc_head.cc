#include "protocol/grpc_head.h"

#include <string>
#include <string_view>

#include "protocol/grpc_status.h"
#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "wire/connect_query.h"
#include "wire/content_type.h"
#include "wire/metadata.h"
#include "wire/text.h"
#include "wire/timeout.h"

namespace connectrpc::protocol {
namespace {

constexpr uint8_t kCompressedFlag = 0x01;

constexpr std::string_view kGrpcPrefix = "grpc-";
constexpr std::string_view kTimeoutField = "grpc-timeout";
constexpr std::string_view kEncodingField = "grpc-encoding";
constexpr std::string_view kAcceptField = "grpc-accept-encoding";

// The fields of a request that are gRPC's own, in one pass: nearly all calls have few of them, if any. False, with the
// timeout's text in `*invalid`, for a timeout that is none.
bool ReadGrpcFields(const HeaderList& headers, RequestMeta* meta, std::string_view* invalid) {
  std::optional<std::string_view> timeout;
  for (HeaderField field : headers) {
    if (!wire::StartsWith(field.name, kGrpcPrefix)) continue;
    if (field.name == kTimeoutField) {
      if (!timeout.has_value()) timeout = field.value;
    } else if (field.name == kEncodingField) {
      AppendToField(field.value, &meta->content_encoding);
    } else if (field.name == kAcceptField) {
      AppendToField(field.value, &meta->accept_encoding);
    }
  }
  if (!meta->content_encoding.empty()) FinishEncoding(&meta->content_encoding);
  if (!timeout.has_value()) return true;
  meta->timeout = wire::ParseGrpcTimeout(*timeout);
  *invalid = *timeout;
  return meta->timeout.has_value();
}

void BeginResponse(const ResponseMeta& meta, wire::ResponseHead* head) {
  head->Clear();
  std::string scratch;
  head->headers.Add("content-type", wire::ContentTypeText(meta.framing, meta.codec, &scratch));
  AddIfSet(kAcceptField, meta.accept_encoding, &head->headers);
}

}  // namespace

FrameKind ClassifyGrpcMessage(uint8_t flags) {
  if (flags == 0) return FrameKind::kMessage;
  return flags == kCompressedFlag ? FrameKind::kCompressedMessage : FrameKind::kInvalid;
}

Error ReadGrpcRequestHead(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                          RequestMeta* meta) {
  meta->Clear();
  meta->framing = meta->response_framing = framing;
  meta->codec = codec;
  meta->path = wire::SplitTarget(head.target).path;
  std::string_view invalid;
  if (!ReadGrpcFields(head.headers, meta, &invalid)) {
    return Error(Code::kInvalidArgument, "invalid grpc-timeout \"" + wire::Quoted(invalid) + "\"");
  }
  return ReadRequestMetadata(head.headers, &meta->metadata);
}

Error WriteGrpcResponseHead(const ResponseMeta& meta, wire::ResponseHead* head) {
  BeginResponse(meta, head);
  AddIfSet(kEncodingField, meta.content_encoding, &head->headers);
  return WriteResponseMetadata(meta.metadata, &head->headers);
}

HeadAtEnd WriteGrpcHeadAtEnd(const ResponseMeta& meta, const SendableEnd& end, wire::ResponseHead* head) {
  BeginResponse(meta, head);
  if (end.headers().empty()) {
    AppendGrpcEnd(end, &head->headers);
    return HeadAtEnd::kComplete;
  }
  AddIfSet(kEncodingField, meta.content_encoding, &head->headers);
  WriteCheckedMetadata(end.headers(), "", &head->headers);
  return HeadAtEnd::kWithoutEnd;
}

void AppendGrpcEnd(const SendableEnd& end, HeaderList* fields) {
  AppendGrpcStatus(end.error(), fields);
  WriteCheckedMetadata(end.trailers(), "", fields);
}

Error WriteGrpcRequestHead(const RequestMeta& meta, const HeaderField& marker, wire::RequestHead* head) {
  head->method = "POST";
  head->target = meta.path;
  head->headers.Clear();
  // The timeout goes first (PROTOCOL-HTTP2.md, "Requests").
  if (meta.timeout.has_value()) head->headers.Add(kTimeoutField, wire::FormatGrpcTimeout(*meta.timeout));
  head->headers.Add("content-type", wire::FormatContentType(meta.framing, meta.codec));
  head->headers.Add(marker.name, marker.value);
  AddIfSet(kEncodingField, meta.content_encoding, &head->headers);
  AddIfSet(kAcceptField, meta.accept_encoding, &head->headers);
  return WriteRequestMetadata(meta.metadata, &head->headers);
}

Error ReadGrpcResponseHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                           std::optional<RpcEnd>* head_end) {
  meta->Clear();
  meta->framing = request.framing;
  meta->codec = request.codec;
  ReadEncoding(head.headers, kEncodingField, &meta->content_encoding);
  ReadField(head.headers, kAcceptField, &meta->accept_encoding);
  ReadResponseMetadata(head.headers, &meta->metadata);
  *head_end = ParseGrpcHeadEnd(head.headers);
  if (head.status == 200) {
    Error error = CheckResponseType(request, head.headers);
    if (!error.ok()) head_end->reset();
    return error;
  }
  // A proxy that answers in gRPC's words knows better than its HTTP status tells.
  if (head_end->has_value() && !(*head_end)->error.ok()) return (*head_end)->error;
  head_end->reset();
  return ErrorFromHttpStatus(head.status);
}

}  // namespace connectrpc::protocol
