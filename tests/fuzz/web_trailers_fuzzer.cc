// What ParseWebTrailers takes keeps its limits, and comes back the same from what AppendWebTrailers writes of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wire/text.h"
#include "wire/web_trailers.h"

namespace {

using connectrpc::HeaderField;
using connectrpc::HeaderList;
using connectrpc::wire::ParseWebTrailers;
using connectrpc::wire::WebTrailersResult;

void Check(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  connectrpc::wire::WebTrailerLimits limits;
  limits.max_bytes = 512;
  limits.max_fields = 8;
  HeaderList trailers;
  if (ParseWebTrailers(input, limits, &trailers) != WebTrailersResult::kOk) return 0;
  Check(trailers.size() <= limits.max_fields);
  Check(trailers.ListSize() <= limits.max_bytes);
  for (HeaderField field : trailers) {
    std::string lower(field.name);
    connectrpc::wire::LowerCase(&lower);
    Check(!lower.empty() && lower == field.name);
    Check(connectrpc::wire::TrimSpace(field.value) == field.value);
  }

  std::string block;
  connectrpc::wire::AppendWebTrailers(trailers, &block);
  HeaderList again;
  Check(ParseWebTrailers(block, limits, &again) == WebTrailersResult::kOk);
  Check(again.size() == trailers.size());
  for (size_t i = 0; i < trailers.size(); ++i) {
    Check(again[i].name == trailers[i].name);
    Check(again[i].value == trailers[i].value);
  }
  return 0;
}
