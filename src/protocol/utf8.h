#ifndef CONNECTRPC_SRC_PROTOCOL_UTF8_H_
#define CONNECTRPC_SRC_PROTOCOL_UTF8_H_

#include <string>
#include <string_view>

namespace connectrpc::protocol {

// `text` with U+FFFD in place of every byte that belongs to no UTF-8 character: a status message may hold any bytes, a
// protobuf string only UTF-8.
std::string ToUtf8(std::string_view text);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_UTF8_H_
