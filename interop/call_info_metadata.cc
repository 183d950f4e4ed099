#include "interop/call_info_metadata.h"

#include "wire/metadata.h"

namespace connectrpc::interop {
namespace {

void AddText(const std::string& name, std::string_view value, grpc::ClientContext* context) {
  if (IsCallInfoText(value)) context->AddMetadata(name, std::string(value));
}

}  // namespace

bool IsCallInfoText(std::string_view value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' && wire::IsValidMetadataValue(value);
}

void CallInfoWriter::Write(const CallHead& head, grpc::ClientContext* context) const {
  AddText(protocol_, ProtocolName(head.protocol), context);
  AddText(codec_, head.codec, context);
  AddText(peer_, head.peer, context);
  if (head.is_get) AddText(http_method_, kGet, context);
  if (head.certificate != nullptr) WriteCertificate(*head.certificate, context);
}

void CallInfoWriter::WriteCertificate(const PeerCertificate& certificate, grpc::ClientContext* context) const {
  context->AddMetadata(certificate_, certificate.der);  // on the wire gRPC makes it base64
  AddText(common_name_, certificate.common_name, context);
  for (const std::string& name : certificate.dns_names) AddText(dns_name_, name, context);
  for (const std::string& uri : certificate.uris) AddText(uri_, uri, context);
}

}  // namespace connectrpc::interop
