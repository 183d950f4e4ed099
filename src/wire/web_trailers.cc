#include "wire/web_trailers.h"

#include "wire/text.h"

namespace connectrpc::wire {
namespace {

// The first line of `*block` without its line end, which is CRLF or LF and may be missing on the last one.
std::string_view TakeLine(std::string_view* block) {
  const size_t end = std::min(block->find('\n'), block->size());
  std::string_view line = block->substr(0, end);
  const bool ended = end < block->size();
  block->remove_prefix(ended ? end + 1 : end);
  if (ended && !line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

void AppendWebTrailers(const HeaderList& trailers, std::string* out) {
  for (HeaderField field : trailers) out->append(field.name).append(": ").append(field.value).append("\r\n");
}

WebTrailersResult ParseWebTrailers(std::string_view block, const WebTrailerLimits& limits, HeaderList* trailers) {
  trailers->Clear();
  while (!block.empty()) {
    const std::string_view line = TakeLine(&block);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return WebTrailersResult::kMalformed;
    const std::string_view value = TrimSpace(line.substr(colon + 1));
    if (value.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
      return WebTrailersResult::kMalformed;
    trailers->AddLowerCased(line.substr(0, colon), value);
    if (trailers->size() > limits.max_fields || trailers->ListSize() > limits.max_bytes) {
      return WebTrailersResult::kTooMuch;
    }
  }
  return WebTrailersResult::kOk;
}

}  // namespace connectrpc::wire
