// Whatever a server sends as EndStreamResponse: the metadata read is valid and bounded, and survives being written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/connect_error.h"
#include "protocol/metadata_fields.h"
#include "wire/metadata.h"

namespace {

using connectrpc::HeaderField;
using connectrpc::HeaderList;
using connectrpc::protocol::ParseEndStream;
using connectrpc::protocol::RpcEnd;

void Check(bool condition) {
  if (!condition) std::abort();
}

// Names come back in another order.
std::vector<std::pair<std::string, std::string>> Sorted(const HeaderList& fields) {
  std::vector<std::pair<std::string, std::string>> sorted;
  for (HeaderField field : fields) {
    if (!connectrpc::wire::IsReservedResponseName(field.name)) sorted.emplace_back(field.name, field.value);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return sorted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const connectrpc::wire::WebTrailerLimits limits;
  const RpcEnd end = ParseEndStream({reinterpret_cast<const char*>(data), size}, limits);
  Check(connectrpc::CodeFromNumber(static_cast<int>(end.error.code)).has_value());
  // One field of a "-bin" name may hold many values.
  Check(end.trailers.size() <= limits.max_fields + limits.max_bytes);
  for (HeaderField field : end.trailers) Check(connectrpc::protocol::IsValidMetadata(field));

  HeaderList fields;
  connectrpc::protocol::WriteCheckedMetadata(end.trailers, "", &fields);
  std::string written;
  connectrpc::protocol::AppendEndStream(end.error, fields, &written);
  if (written.size() > connectrpc::protocol::kMaxConnectJsonBytes) return 0;
  const RpcEnd again = ParseEndStream(written, {SIZE_MAX, SIZE_MAX});
  Check(again.error.code == end.error.code && again.error.message == end.error.message);
  Check(again.error.details.size() == end.error.details.size());
  Check(Sorted(again.trailers) == Sorted(end.trailers));
  return 0;
}
