#include "conformance/service_logic.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "rpc_status.pb.h"

namespace connectrpc::conformance {
namespace {

bool IsBinary(const std::string& name) {
  return absl::EndsWith(name, "-bin");
}

// From what gRPC handlers see, raw bytes, to what the suite's Header message holds, text.
std::string ToHeaderValue(const std::string& name, std::string value) {
  if (!IsBinary(name)) return value;
  std::string text = absl::Base64Escape(value);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

// The other way round. Text that is not base64 stays as it is.
std::string ToMetadataValue(const std::string& name, const std::string& value) {
  std::string bytes;
  if (IsBinary(name) && absl::Base64Unescape(value, &bytes)) return bytes;
  return value;
}

grpc::Status MakeStatus(const v1::Error& error, const RequestInfo* info) {
  RpcStatus status;
  status.set_code(error.code());
  status.set_message(error.message());
  *status.mutable_details() = error.details();
  if (info != nullptr) status.add_details()->PackFrom(*info);
  // The suite's codes are gRPC's by number.
  return grpc::Status(static_cast<grpc::StatusCode>(error.code()), error.message(), status.SerializeAsString());
}

}  // namespace

RequestInfo DescribeCall(const grpc::ServerContextBase& context) {
  RequestInfo info;
  v1::Header* header = nullptr;
  for (const auto& [key, value] : context.client_metadata()) {  // sorted by name
    std::string name(key.data(), key.size());
    if (header == nullptr || header->name() != name) {
      header = info.add_request_headers();
      header->set_name(name);
    }
    header->add_value(ToHeaderValue(name, std::string(value.data(), value.size())));
  }

  using Clock = std::chrono::system_clock;
  if (context.deadline() != Clock::time_point::max()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline() - Clock::now());
    info.set_timeout_ms(std::max<int64_t>(left.count(), 0));
  }
  return info;
}

void AppendRequest(const google::protobuf::Message& request, RequestInfo* info) {
  info->add_requests()->PackFrom(request);
}

void SetMetadata(const HeaderFields& headers, const HeaderFields& trailers, grpc::ServerContextBase* context) {
  for (const v1::Header& header : headers) {
    for (const std::string& value : header.value()) {
      context->AddInitialMetadata(header.name(), ToMetadataValue(header.name(), value));
    }
  }
  for (const v1::Header& trailer : trailers) {
    for (const std::string& value : trailer.value()) {
      context->AddTrailingMetadata(trailer.name(), ToMetadataValue(trailer.name(), value));
    }
  }
}

grpc::Status AnswerOnce(const v1::UnaryResponseDefinition& definition, RequestInfo info,
                        v1::ConformancePayload* payload) {
  if (definition.has_error()) return MakeStatus(definition.error(), &info);
  payload->set_data(definition.response_data());
  *payload->mutable_request_info() = std::move(info);
  return grpc::Status::OK;
}

v1::ConformancePayload StreamAnswer::Next() {
  v1::ConformancePayload payload;
  payload.set_data(definition_.response_data(sent_));
  if (sent_ == 0 || info_.requests_size() > 0) payload.mutable_request_info()->Swap(&info_);
  ++sent_;
  return payload;
}

grpc::Status StreamAnswer::Finish() const {
  if (!definition_.has_error()) return grpc::Status::OK;
  return MakeStatus(definition_.error(), sent_ == 0 ? &info_ : nullptr);
}

}  // namespace connectrpc::conformance
