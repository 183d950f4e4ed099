#ifndef CONNECTRPC_SRC_CODEC_JSON_HAZARDS_H_
#define CONNECTRPC_SRC_CODEC_JSON_HAZARDS_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "codec/message_types.h"

namespace connectrpc::codec {

// Refuses JSON that protobuf 3.21 cannot bear, beyond what JsonDepthWithin sees:
//
// - An Any of a type with a JSON form of its own, such as Duration, with more than "@type" and "value". A second value
//   fails a check in protobuf that ends the process, unless the exception is caught.
// - An Any whose "@type" does not come first. protobuf buffers what precedes it, some 100 bytes for each value and once
//   more for each Any around it: 200 KiB of text costs 450 MB. `max_any_values` bounds the values of all Any in the
//   text, each counted again for every "@type" that comes after it. Opening brackets and commas are what is counted.
// - A FieldMask with parentheses, "a(b,c)" for "a.b,a.c". The result grows as the square of the text: 100 KB costs 2
//   GB. The JSON mapping knows no parentheses, so there are none to accept.
//
// Costs nothing for messages that can hold neither. False with the reason in `*error`.
[[nodiscard]] bool CheckJsonHazards(const google::protobuf::Descriptor& type, std::string_view json,
                                    size_t max_any_values, MessageTypes* types, std::string* error);

}  // namespace connectrpc::codec

#endif  // CONNECTRPC_SRC_CODEC_JSON_HAZARDS_H_
