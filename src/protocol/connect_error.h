#ifndef CONNECTRPC_SRC_PROTOCOL_CONNECT_ERROR_H_
#define CONNECTRPC_SRC_PROTOCOL_CONNECT_ERROR_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "connectrpc/error.h"
#include "connectrpc/header_list.h"
#include "protocol/model.h"
#include "wire/web_trailers.h"

// The two JSON texts of the Connect protocol: the error in the body of a unary response, and the EndStreamResponse.
namespace connectrpc::protocol {

// Longer texts, and those with more brackets inside one another, are not read.
inline constexpr size_t kMaxConnectJsonBytes = 256 * 1024;
inline constexpr int kMaxConnectJsonDepth = 32;

// {"code":"not_found","message":"...","details":[{"type":"...","value":"..."}]}, message and details only if there are
// any (https://connectrpc.com/docs/protocol#error-end-stream). The error is not ok.
void AppendConnectError(const Error& error, std::string* out);

// {"error":{...},"metadata":{"name":["value",...]}}, both only if there is something to say: {} for a plain success.
// `trailers` are HTTP fields: "-bin" values are base64 already.
void AppendEndStream(const Error& error, const HeaderList& trailers, std::string* out);

// Replaces `*error`. Lenient: whatever is missing, null, of another type or unknown counts as absent; without a known
// code it is that of `fallback`, without both that and a message also the message. False for what is no JSON object,
// and for one with one of these members twice; `*error` is then as it may be.
[[nodiscard]] bool ParseConnectError(std::string_view json, const Error& fallback, Error* error);

// With the same leniency; a code that is not known is `unknown`. An error of `internal` for what is no JSON object, of
// `resource_exhausted` for a text that is too long, and for more metadata than the limits permit. Metadata that is not
// valid is passed over.
RpcEnd ParseEndStream(std::string_view json, const wire::WebTrailerLimits& limits);

}  // namespace connectrpc::protocol

#endif  // CONNECTRPC_SRC_PROTOCOL_CONNECT_ERROR_H_
