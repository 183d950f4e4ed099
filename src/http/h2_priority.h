#ifndef CONNECTRPC_SRC_HTTP_H2_PRIORITY_H_
#define CONNECTRPC_SRC_HTTP_H2_PRIORITY_H_

#include <cstdint>
#include <string_view>

namespace connectrpc::http {

// In what order the answers of a connection shall leave, by RFC 9218.
struct Priority {
  uint32_t urgency = 3;      // 0, the most urgent, to 7
  bool incremental = false;  // takes turns with the others of its urgency
};

// The value of the field `priority`. What is unknown or broken in it is passed over.
Priority ParsePriority(std::string_view value);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_H2_PRIORITY_H_
