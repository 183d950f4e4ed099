#ifndef CONNECTRPC_SRC_HTTP_H1_OUTPUT_H_
#define CONNECTRPC_SRC_HTTP_H1_OUTPUT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/http_head.h"
#include "wire/output_queue.h"

// Writes what HTTP/1.1 requests and responses have in common. All functions append to `*out`.
namespace connectrpc::http {

void AppendNumber(uint64_t number, int base, std::string* out);
void AppendField(std::string_view name, std::string_view value, std::string* out);
// Whether the session alone decides on the field of that name.
bool IsFramingName(std::string_view name);

void AppendChunkHeader(uint64_t size, std::string* out);
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Moves `head`, which may be empty, and what there is of `body` into `*out`: up to high_water, or somewhat more. The
// last chunk follows the end of the body. `*head` serves as scratch.
void WriteBody(std::string* head, wire::OutgoingBody* body, bool chunked, wire::OutputQueue* out, size_t high_water);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H1_OUTPUT_H_
