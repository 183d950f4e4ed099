#include "protocol/connect_unary_response.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/connect_error.h"
#include "protocol/metadata_fields.h"
#include "protocol/response_faults.h"
#include "protocol/sendable_end.h"
#include "wire/content_type.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kTrailerPrefix = "trailer-";
constexpr std::string_view kErrorCodec = "json";
constexpr int kNotModified = 304;

// Answers to a GET may be cached, and depend on what the caller can decompress. Beside a handler's own Vary.
void AddVary(const ResponseMeta& meta, HeaderList* headers) {
  if (meta.framing == wire::Framing::kConnectGet) headers->Add("vary", "accept-encoding");
}

bool IsTrailer(std::string_view name) {
  return name.size() > kTrailerPrefix.size() && name.substr(0, kTrailerPrefix.size()) == kTrailerPrefix;
}

// Headers and trailers lie in one header block: sorts them out.
void ReadUnaryMetadata(const HeaderList& fields, HeaderList* headers, HeaderList* trailers) {
  if (std::none_of(fields.begin(), fields.end(), [](HeaderField field) { return IsTrailer(field.name); })) {
    return ReadResponseMetadata(fields, headers);
  }
  HeaderList plain;
  HeaderList prefixed;
  for (HeaderField field : fields) {
    if (IsTrailer(field.name)) {
      prefixed.Add(field.name.substr(kTrailerPrefix.size()), field.value);
    } else {
      plain.Add(field.name, field.value);
    }
  }
  ReadResponseMetadata(plain, headers);
  ReadResponseMetadata(prefixed, trailers);
}

bool MayBeErrorBody(const HeaderList& headers) {
  std::optional<std::string_view> text = headers.Find("content-type");
  if (!text.has_value()) return true;
  std::optional<wire::ContentType> type = wire::ParseContentType(*text);
  return type.has_value() && type->framing == wire::Framing::kConnectUnary && type->codec == kErrorCodec;
}

}  // namespace

Error WriteConnectUnaryHead(const ResponseMeta& meta, wire::ResponseHead* head) {
  BeginConnectResponse(meta, kConnectUnaryCompression, head);
  AddVary(meta, &head->headers);
  return WriteResponseMetadata(meta.metadata, &head->headers);
}

void WriteConnectUnaryEnd(const ResponseMeta& meta, const RpcEnd& end, wire::ResponseHead* head,
                          wire::OutgoingBody* body) {
  if (head == nullptr) return;  // everything was said
  // Before a success the head was written, and its metadata checked.
  const bool head_checked = end.error.ok();
  const SendableEnd sendable(head_checked ? nullptr : &meta.metadata, end);
  if (sendable.error().ok()) {
    WriteCheckedMetadata(sendable.trailers(), kTrailerPrefix, &head->headers);
    return;
  }
  int status = HttpStatusFromCode(sendable.error().code);
  if (!end.error.ok()) status = end.http_status.value_or(status);
  WriteConnectErrorResponse(
      meta, kConnectUnaryCompression,
      {status, sendable.error(), head_checked ? meta.metadata : sendable.headers(), sendable.trailers()}, head, body);
}

void WriteConnectErrorResponse(const ResponseMeta& meta, const ConnectCompressionFields& compression,
                               const ConnectErrorResponse& response, wire::ResponseHead* head,
                               wire::OutgoingBody* body) {
  head->Clear();
  head->status = response.http_status;
  head->headers.Add("content-type", "application/json");
  AddIfSet(compression.accept, meta.accept_encoding, &head->headers);
  AddVary(meta, &head->headers);
  WriteCheckedMetadata(response.headers, "", &head->headers);
  WriteCheckedMetadata(response.trailers, kTrailerPrefix, &head->headers);
  std::string json;
  AppendConnectError(response.error, &json);
  body->queue.Clear();  // a message queued before its head turned out not to be sendable
  body->queue.Append(json);
}

Error ReadConnectUnaryHead(const RequestMeta& request, const wire::ResponseHead& head, ResponseMeta* meta,
                           std::optional<RpcEnd>* head_end) {
  ReadConnectResponse(request, head.headers, kConnectUnaryCompression, meta);
  RpcEnd end;
  ReadUnaryMetadata(head.headers, &meta->metadata, &end.trailers);
  if (head.status == 200) {
    end.error = CheckResponseType(request, head.headers);
  } else {
    end.error = ErrorFromHttpStatus(head.status);
    // The handler of a GET answers so when the caller's cached copy is still good.
    if (head.status == kNotModified && request.framing == wire::Framing::kConnectGet)
      end.error.message = "not modified";
    meta->codec = MayBeErrorBody(head.headers) ? kErrorCodec : "";
  }
  Error error = end.error;
  *head_end = std::move(end);
  return error;
}

RpcEnd ReadConnectUnaryEnd(const std::optional<RpcEnd>& head_end) {
  return head_end.has_value() ? *head_end : RpcEnd();
}

Error ReadConnectErrorBody(const ResponseMeta& meta, std::string_view body, const Error& fallback) {
  Error error;
  if (meta.codec != kErrorCodec || !ParseConnectError(body, fallback, &error)) return fallback;
  return error;
}

}  // namespace connectrpc::protocol
