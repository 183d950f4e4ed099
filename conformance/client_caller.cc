#include "conformance/client_caller.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace connectrpc::conformance {

CancelTiming::CancelTiming(const v1::ClientCompatRequest& request) {
  if (!request.has_cancel()) return;
  const v1::ClientCompatRequest::Cancel& cancel = request.cancel();
  switch (cancel.cancel_timing_case()) {
    case v1::ClientCompatRequest::Cancel::kBeforeCloseSend:
      before_close_send = true;
      break;
    case v1::ClientCompatRequest::Cancel::kAfterNumResponses:
      after_num_responses = static_cast<int>(cancel.after_num_responses());
      break;
    default:
      after_close_send = std::chrono::milliseconds(cancel.after_close_send_ms());
  }
}

v1::ClientCompatResponse Refusal(const v1::ClientCompatRequest& request, const std::string& reason) {
  v1::ClientCompatResponse response;
  response.set_test_name(request.test_name());
  response.mutable_error()->set_message(reason);
  return response;
}

std::string ToRawValue(const std::string& name, const std::string& value) {
  std::string raw;
  return absl::EndsWithIgnoreCase(name, "-bin") && absl::Base64Unescape(value, &raw) ? raw : value;
}

std::string FromRawValue(const std::string& name, const std::string& value) {
  if (!absl::EndsWithIgnoreCase(name, "-bin")) return value;
  std::string padded = absl::Base64Escape(value);
  while (absl::EndsWith(padded, "=")) padded.pop_back();
  return padded;
}

}  // namespace connectrpc::conformance
