// Round trips of what is written as text: timeouts, percent encoding, base64, JSON strings.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "wire/base64.h"
#include "wire/metadata.h"
#include "wire/percent.h"
#include "wire/text.h"
#include "wire/timeout.h"

namespace {

using namespace connectrpc::wire;  // NOLINT(google-build-using-namespace): all of it is under test

void Check(bool condition) {
  if (!condition) std::abort();
}

void CheckTimeouts(std::string_view input) {
  if (const auto timeout = ParseConnectTimeout(input))
    Check(ParseConnectTimeout(FormatConnectTimeout(*timeout)) == timeout);
  if (const auto timeout = ParseGrpcTimeout(input)) {
    const auto again = ParseGrpcTimeout(FormatGrpcTimeout(*timeout));
    Check(again && *again <= *timeout && *timeout - *again < std::chrono::hours(1));
  }

  int64_t nanoseconds = 0;
  std::memcpy(&nanoseconds, input.data(), std::min(input.size(), sizeof(nanoseconds)));
  const Duration any(nanoseconds);
  const std::string grpc = FormatGrpcTimeout(any);
  Check(ParseGrpcTimeout(grpc).has_value());
  Check(FormatGrpcTimeout(*ParseGrpcTimeout(grpc)) == grpc || any == Duration::max());
  const std::string connect = FormatConnectTimeout(any);
  if (!connect.empty()) Check(FormatConnectTimeout(*ParseConnectTimeout(connect)) == connect);
}

void CheckPercent(std::string_view input) {
  const std::string message = EncodeGrpcMessage(input);
  Check(IsValidMetadataValue(message));
  Check(TrimSpace(message) == message);
  Check(DecodeGrpcMessage(message) == input);
  const std::string decoded = DecodeGrpcMessage(input);  // any text at all
  Check(DecodeGrpcMessage(EncodeGrpcMessage(decoded)) == decoded);

  std::string component;
  Check(DecodeQueryComponent(EncodeQueryComponent(input), &component));
  Check(component == input);
  if (DecodeQueryComponent(input, &component)) {
    std::string again;
    Check(DecodeQueryComponent(EncodeQueryComponent(component), &again));
    Check(again == component);
  }
}

void CheckBase64(std::string_view input) {
  std::string decoded;
  for (Base64Alphabet alphabet : {Base64Alphabet::kStandard, Base64Alphabet::kUrlSafe}) {
    const std::string text = EncodeBase64(input, alphabet);
    Check(text.find('=') == std::string::npos);
    Check(DecodeBase64(text, &decoded));
    Check(decoded == input);
    Check(DecodeBase64(text + std::string((4 - text.size() % 4) % 4, '='), &decoded));
    Check(decoded == input);
  }
  if (DecodeBase64(input, &decoded)) {
    std::string again;
    Check(DecodeBase64(EncodeBase64(decoded), &again));
    Check(again == decoded);
  }
}

void CheckJsonString(std::string_view input) {
  std::string json;
  AppendJsonString(input, &json);
  Check(json.size() >= 2 && json.front() == '"' && json.back() == '"');
  for (char c : json) Check(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckTimeouts(input);
  CheckPercent(input);
  CheckBase64(input);
  CheckJsonString(input);
  return 0;
}
