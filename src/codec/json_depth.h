#ifndef CONNECTRPC_SRC_CODEC_JSON_DEPTH_H_
#define CONNECTRPC_SRC_CODEC_JSON_DEPTH_H_

#include <string_view>

namespace connectrpc::codec {

// Whether no point of `json` lies inside more than `max_depth` brackets, counting '{' and '[' alike and passing over
// strings. One pass, no recursion. protobuf 3.21 limits objects only, and spends quadratic time on nested lists (a 64
// KiB body costs 25 s), so what protobuf is to read is checked here first. Text that is not JSON may pass; the parser
// judges it.
bool JsonDepthWithin(std::string_view json, int max_depth);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_DEPTH_H_
