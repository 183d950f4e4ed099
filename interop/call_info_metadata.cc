#include "interop/call_info_metadata.h"

#include "wire/metadata.h"

namespace connectrpc::interop {

bool IsCallInfoText(std::string_view value) {
  return !value.empty() && value.front() != ' ' && value.back() != ' ' && wire::IsValidMetadataValue(value);
}

void CallInfoWriter::Write(const CallHead& head, grpc::ClientContext* context) const {
  const auto add = [context](const std::string& name, std::string_view value) {
    context->AddMetadata(name, std::string(value));  // on the wire gRPC makes bytes base64
  };
  ForEachCallField(names_, head, [&](const std::string& name, std::string_view value) {
    if (IsCallInfoText(value)) add(name, value);
  });
  if (head.certificate != nullptr) ForEachCertificateField(names_, *head.certificate, add);
}

}  // namespace connectrpc::interop
