// URLs: what is accepted is accepted again in the form that it was given, and means the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "transport/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using connectrpc::transport::ParseUrl;

  const auto url = ParseUrl(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!url.ok()) return 0;
  if (!connectrpc::transport::IsValidHost(url->host) || url->port < 1 || url->port > 65535) std::abort();
  for (const std::string& part : {url->authority, url->path}) {
    for (const char c : part) {
      if (c <= 0x20 || c >= 0x7f) std::abort();  // goes into heads of requests
    }
  }
  const auto again = ParseUrl((url->https ? "https://" : "http://") + url->authority + url->path);
  if (!again.ok() || again->host != url->host || again->port != url->port || again->authority != url->authority ||
      again->path != url->path) {
    std::abort();
  }
  return 0;
}
