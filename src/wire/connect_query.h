#ifndef CONNECTRPC_SRC_WIRE_CONNECT_QUERY_H_
#define CONNECTRPC_SRC_WIRE_CONNECT_QUERY_H_

#include <optional>
#include <string>
#include <string_view>

namespace connectrpc::wire {

// The query of a Connect GET (https://connectrpc.com/docs/protocol#unary-get-request), decoded.
struct ConnectQuery {
  std::optional<std::string> connect;   // version, "v1" expected
  std::optional<std::string> encoding;  // codec name
  std::optional<std::string> compression;
  std::optional<std::string> message;  // percent-decoded, and base64-decoded where base64=1
};

// Reads "connect=v1&encoding=json&message=..." in any order; unknown parameters are ignored. False, with a reason for
// the caller in
// `*error`, for a broken escape, broken base64 or one of ours given twice.
[[nodiscard]] bool ParseConnectQuery(std::string_view query, ConnectQuery* out, std::string* error);

// "connect=v1&base64=1&compression=gzip&encoding=proto&message=...": the order that the specification recommends.
// Base64 where the codec is binary ("proto") or the message is compressed.
std::string FormatConnectQuery(std::string_view codec, std::string_view compression, std::string_view message);

// Path and query of a request target; the query is without its '?'.
struct Target {
  std::string_view path;
  std::string_view query;
};
Target SplitTarget(std::string_view target);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_CONNECT_QUERY_H_
