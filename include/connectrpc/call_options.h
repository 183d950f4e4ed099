#ifndef CONNECTRPC_CALL_OPTIONS_H_
#define CONNECTRPC_CALL_OPTIONS_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "connectrpc/code.h"
#include "connectrpc/header_list.h"

namespace connectrpc {

class Cancellation;

// When a call that failed is made again. By default never: only what a server is known not to have processed
// (REFUSED_STREAM, a stream beyond the last one of a GOAWAY, a connection that could not be made) is sent once more.
// A retry happens before the first message of the answer has come, and while the request's messages are still kept
// (ClientLimits::max_replay_bytes).
struct RetryPolicy {
  int max_attempts = 1;  // the first one included
  // Before attempt n + 1: initial_backoff * multiplier^(n - 1), at most max_backoff, varied by a fifth either way. A
  // server's own wish (google.rpc.RetryInfo in the error's details) comes first.
  std::chrono::milliseconds initial_backoff{100};
  std::chrono::milliseconds max_backoff{5'000};
  double multiplier = 1.6;
  // Only errors of these codes.
  std::vector<Code> codes = {Code::kUnavailable};
  // Only methods that promise to bear it (Idempotency).
  bool idempotent_only = true;
  // A transport stops retrying while more than this share of its recent calls were retries. On each loop a few are
  // free.
  double budget = 0.2;
};

// How one call is made. What is not set comes from the transport's defaults (HttpTransportOptions::defaults), and then
// from what is said here. A value type; read when the call starts.
struct CallOptions {
  // From the start of the call to its end, retries included: sent to the server and enforced here. None: no deadline.
  // Beyond: deadline_exceeded.
  std::optional<std::chrono::nanoseconds> timeout;
  // Request metadata. Names in lower case; values of "-bin" names raw. Sent after those of the defaults.
  HeaderList headers;
  // Encoding of messages: "proto" or "json". None: "proto".
  std::optional<std::string> codec;
  // Compression of request messages: "gzip", "zstd", "br", "deflate", "snappy", or "identity". None: "identity".
  std::optional<std::string> compression;
  // A response message, decompressed. None: 4 MiB. Beyond: resource_exhausted.
  std::optional<size_t> max_message_bytes;
  // Messages of a response stream that were read ahead of the application; beyond, reading pauses. One may exceed it.
  // None: 256 KiB.
  std::optional<size_t> max_unread_bytes;
  // Connect, for methods without side effects: by GET, so that caches may answer. A URL longer than
  // ClientLimits::max_get_url_bytes falls back to POST. None: no.
  std::optional<bool> http_get;
  // While no connection can be made: wait for one (until the deadline) instead of failing with `unavailable`. None: no.
  std::optional<bool> wait_for_ready;
  std::optional<RetryPolicy> retry;
  // Cancels the call from any thread; must outlive it.
  Cancellation* cancellation = nullptr;
};

}  // namespace connectrpc

#endif  // CONNECTRPC_CALL_OPTIONS_H_
