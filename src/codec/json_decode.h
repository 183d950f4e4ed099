#ifndef CONNECTRPC_SRC_CODEC_JSON_DECODE_H_
#define CONNECTRPC_SRC_CODEC_JSON_DECODE_H_

#include <string>
#include <string_view>

#include "codec/json_types.h"

namespace connectrpc::codec {

// Writes the message that a JSON text stands for in protobuf's wire format. Time and memory are linear in the text.
// False with a reason of one printable line, which says where; `*binary` is then as it may be.
[[nodiscard]] bool DecodeJson(const JsonTypes& types, const JsonType& type, std::string_view json, int max_depth,
                              std::string* binary, std::string* error);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_DECODE_H_
