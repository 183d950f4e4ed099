#include "http/h1_output.h"

#include <algorithm>
#include <charconv>

namespace connectrpc::http {
namespace {

// A chunk is not made shorter than this to fit under the caller's high-water mark.
constexpr size_t kMinChunkBytes = 4 * 1024;

}  // namespace

void AppendNumber(uint64_t number, int base, std::string* out) {
  char digits[20];
  const auto result = std::to_chars(digits, digits + sizeof digits, number, base);
  out->append(digits, result.ptr);
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ").append(value).append("\r\n");
}

bool IsFramingName(std::string_view name) {
  return name == "content-length" || name == "transfer-encoding" || name == "connection";
}

void AppendChunkHeader(uint64_t size, std::string* out) {
  AppendNumber(size, 16, out);
  out->append("\r\n");
}

void WriteBody(std::string* head, wire::OutgoingBody* body, bool chunked, wire::OutputQueue* out, size_t high_water) {
  const size_t room = high_water - std::min(out->size() + head->size(), high_water);
  const size_t count = std::min(body->queue.size(), std::max(room, kMinChunkBytes));
  const bool last = body->ended && count == body->queue.size();
  if (chunked && count > 0) AppendChunkHeader(count, head);
  out->Append(*head);
  out->AppendFrom(body->queue, count);
  if (!chunked) return;
  if (count > 0) out->Append(kChunkEnd);
  if (last) out->Append(kLastChunk);
}

}  // namespace connectrpc::http
