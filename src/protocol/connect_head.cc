#include "protocol/connect_head.h"

#include <optional>
#include <string>

#include "protocol/metadata_fields.h"
#include "wire/connect_query.h"
#include "wire/content_type.h"
#include "wire/metadata.h"
#include "wire/timeout.h"

namespace connectrpc::protocol {
namespace {

constexpr std::string_view kVersionField = "connect-protocol-version";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kTimeoutField = "connect-timeout-ms";

// Generated clients send the version, but curl does not: whether it may be absent is the server's to decide.
Error CheckVersion(const HeaderList& headers, RequestMeta* meta) {
  std::optional<std::string_view> version = headers.Find(kVersionField);
  meta->names_version = version.has_value();
  if (!version.has_value() || *version == kVersion) return Error();
  return Error(Code::kInvalidArgument,
               "unsupported connect-protocol-version \"" + wire::Quoted(*version) + "\", expected \"1\"");
}

Error ReadTimeout(const HeaderList& headers, std::optional<wire::Duration>* timeout) {
  std::optional<std::string_view> text = headers.Find(kTimeoutField);
  if (!text.has_value()) return Error();
  *timeout = wire::ParseConnectTimeout(*text);
  if (timeout->has_value()) return Error();
  return Error(Code::kInvalidArgument, "invalid connect-timeout-ms \"" + wire::Quoted(*text) + "\"");
}

}  // namespace

Error ReadConnectPost(const wire::RequestHead& head, wire::Framing framing, const std::string& codec,
                      const ConnectCompressionFields& compression, RequestMeta* meta) {
  meta->Clear();
  meta->framing = meta->response_framing = framing;
  meta->codec = codec;
  meta->path = wire::SplitTarget(head.target).path;
  ReadEncoding(head.headers, compression.encoding, &meta->content_encoding);
  Error error = CheckVersion(head.headers, meta);
  if (!error.ok()) return error;
  return ReadConnectCallFields(head.headers, compression, meta);
}

Error ReadConnectCallFields(const HeaderList& headers, const ConnectCompressionFields& compression, RequestMeta* meta) {
  ReadField(headers, compression.accept, &meta->accept_encoding);
  Error error = ReadTimeout(headers, &meta->timeout);
  if (!error.ok()) return error;
  return ReadRequestMetadata(headers, &meta->metadata);
}

Error WriteConnectPost(const RequestMeta& meta, const ConnectCompressionFields& compression, wire::RequestHead* head) {
  head->method = "POST";
  head->target = meta.path;
  head->headers.Clear();
  head->headers.Add("content-type", wire::FormatContentType(meta.framing, meta.codec));
  head->headers.Add(kVersionField, kVersion);
  AddIfSet(compression.encoding, meta.content_encoding, &head->headers);
  return WriteConnectCallFields(meta, compression, &head->headers);
}

Error WriteConnectCallFields(const RequestMeta& meta, const ConnectCompressionFields& compression,
                             HeaderList* headers) {
  if (meta.timeout.has_value()) AddIfSet(kTimeoutField, wire::FormatConnectTimeout(*meta.timeout), headers);
  AddIfSet(compression.accept, meta.accept_encoding, headers);
  return WriteRequestMetadata(meta.metadata, headers);
}

void BeginConnectResponse(const ResponseMeta& meta, const ConnectCompressionFields& compression,
                          wire::ResponseHead* head) {
  head->Clear();
  std::string scratch;
  head->headers.Add("content-type", wire::ContentTypeText(meta.framing, meta.codec, &scratch));
  AddIfSet(compression.encoding, meta.content_encoding, &head->headers);
  AddIfSet(compression.accept, meta.accept_encoding, &head->headers);
}

void ReadConnectResponse(const RequestMeta& request, const HeaderList& headers,
                         const ConnectCompressionFields& compression, ResponseMeta* meta) {
  meta->Clear();
  meta->framing = request.framing;
  meta->codec = request.codec;
  ReadEncoding(headers, compression.encoding, &meta->content_encoding);
  ReadField(headers, compression.accept, &meta->accept_encoding);
}

}  // namespace connectrpc::protocol
