#include "connectrpc/status.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/cord.h"

namespace connectrpc {
namespace {

constexpr std::string_view kTypeUrlPrefix = "type.googleapis.com/";

}  // namespace

absl::Status ToStatus(const Error& error) {
  absl::Status status(static_cast<absl::StatusCode>(error.code), error.message);  // the numbers are the same
  for (const ErrorDetail& detail : error.details) {
    const std::string url = std::string(kTypeUrlPrefix).append(detail.type);
    if (!status.GetPayload(url).has_value()) status.SetPayload(url, absl::Cord(detail.value));
  }
  return status;
}

Error FromStatus(const absl::Status& status) {
  if (status.ok()) return Error();
  Error error(CodeFromNumber(static_cast<int>(status.code())).value_or(Code::kUnknown), std::string(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    ErrorDetail detail;
    detail.type = std::string(url.substr(url.rfind('/') + 1));
    detail.value = std::string(payload);
    error.details.push_back(std::move(detail));
  });
  return error;
}

}  // namespace connectrpc
