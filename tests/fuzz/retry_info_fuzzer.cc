// What a server says about waiting, in whatever bytes.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "transport/retry_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using connectrpc::transport::RetryInfoDelay;

  connectrpc::Error error(connectrpc::Code::kUnavailable, "");
  error.details.push_back({"google.rpc.RetryInfo", std::string(reinterpret_cast<const char*>(data), size)});
  const auto delay = RetryInfoDelay(error);
  if (delay && *delay < connectrpc::wire::Duration(0)) std::abort();

  // Protobuf: of a field that comes again the last one counts, and fields that nobody knows are passed over.
  error.details[0].value += std::string("\x12\x01x\x0a\x02\x08\x07", 7);
  const auto appended = RetryInfoDelay(error);
  if (delay && appended != connectrpc::wire::Duration(std::chrono::seconds(7))) std::abort();
  return 0;
}
