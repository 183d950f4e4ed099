#ifndef CONNECTRPC_SRC_HTTP_SESSIONS_H_
#define CONNECTRPC_SRC_HTTP_SESSIONS_H_

#include <memory>
#include <string_view>

#include "http/http_session.h"

namespace connectrpc::http {

class H2Memory;

// The client connection preface of HTTP/2 (RFC 9113 section 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// What the first bytes of a clear connection say about it.
enum class Sniffed { kHttp1, kHttp2, kNeedMore };
Sniffed SniffPreface(std::string_view first_bytes);

// `streams` and `clock` must outlive the session. Without a clock time stands still: PINGs are not judged by their
// intervals, resets are not forgiven, and answers carry no date. `memory`, if any, is that of the thread, and outlives
// the session too.
std::unique_ptr<HttpSession> NewHttp1ServerSession(const SessionLimits& limits, StreamSource* streams,
                                                   SessionClock* clock = nullptr);
std::unique_ptr<HttpSession> NewHttp2ServerSession(const SessionLimits& limits, StreamSource* streams,
                                                   SessionClock* clock = nullptr, H2Memory* memory = nullptr);

}  // namespace connectrpc::http

#endif  // CONNECTRPC_SRC_HTTP_SESSIONS_H_
