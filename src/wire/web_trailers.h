#ifndef CONNECTRPC_SRC_WIRE_WEB_TRAILERS_H_
#define CONNECTRPC_SRC_WIRE_WEB_TRAILERS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "connectrpc/header_list.h"

namespace connectrpc::wire {

// The payload of gRPC-Web's trailer frame: "name: value\r\n" lines (PROTOCOL-WEB.md).
void AppendWebTrailers(const HeaderList& trailers, std::string* out);

struct WebTrailerLimits {
  size_t max_bytes = 16 * 1024;  // as HeaderList::ListSize counts
  size_t max_fields = 100;
};

// Replaces `*trailers` by such a block: names of any case come out lower-case, the space after ':' is optional, values
// lose outer spaces. A line may end in LF alone, the last one in nothing. Malformed is a line without ':' or with an
// invalid name, bare CR or NUL.
enum class WebTrailersResult { kOk, kMalformed, kTooMuch };
[[nodiscard]] WebTrailersResult ParseWebTrailers(std::string_view block, const WebTrailerLimits& limits,
                                                 HeaderList* trailers);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_WEB_TRAILERS_H_
