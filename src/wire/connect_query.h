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

// Reads "connect=v1&encoding=json&message=..." in any order; unknown parameters are ignored, and so are values of
// base64 other than 1. False, with a reason for the caller in `*error`, for a broken escape or broken base64 in one of
// ours, or one of ours given twice.
[[nodiscard]] bool ParseConnectQuery(std::string_view query, ConnectQuery* out, std::string* error);

// "connect=v1&base64=1&compression=gzip&encoding=proto&message=...": the order that the specification recommends.
// Base64 unless the codec is "json" and the message is not compressed; `compression` may be empty.
std::string FormatConnectQuery(std::string_view codec, std::string_view compression, std::string_view message);

// Path and query of a request target; the query is without its '?'. An absolute target, "http://host/path", loses
// scheme and authority (RFC 9112 section 3.2.2).
struct Target {
  std::string_view path;
  std::string_view query;
};
Target SplitTarget(std::string_view target);

}  // namespace connectrpc::wire

#endif  // CONNECTRPC_SRC_WIRE_CONNECT_QUERY_H_
