#ifndef CONNECTRPC_SRC_CODEC_JSON_ENCODE_H_
#define CONNECTRPC_SRC_CODEC_JSON_ENCODE_H_

#include <string>
#include <string_view>

#include "codec/json_types.h"

namespace connectrpc::codec {

struct JsonOptions;

// Appends the JSON text of a message in protobuf's wire format, with fields in the order of their numbers. Time and
// memory are linear in the message. False, with a reason of one printable line, for what is not a message of the type,
// though what a later value of the same field overwrites is not looked into, and for what has no JSON form: strings
// (also of proto2) that are not UTF-8, an Any whose type is not in the type's pool, a Timestamp out of range, messages
// nested more than kMaxMessageDepth deep. `*json` is then as it may be.
[[nodiscard]] bool EncodeJson(const JsonTypes& types, const JsonType& type, std::string_view binary,
                              const JsonOptions& options, std::string* json, std::string* error);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_ENCODE_H_
